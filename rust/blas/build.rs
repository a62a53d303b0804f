//! Tells the worker how it is built and which version it links.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rustc-link-lib=openblas");
    assay_build_info::emit(&["linfa"])
}
