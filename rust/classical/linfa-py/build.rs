//! Tells the module how it is built and which versions it links.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    assay_build_info::emit(&[
        "linfa",
        "linfa-clustering",
        "linfa-elasticnet",
        "linfa-hierarchical",
        "linfa-linear",
        "linfa-svm",
        "ndarray",
        "numpy",
        "pyo3",
    ])
}
