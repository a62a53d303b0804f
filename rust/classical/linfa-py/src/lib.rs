//! linfa for Python.
//!
//! This crate only converts at the border: arguments to views (nothing is copied for float64 in C or Fortran order),
//! results to arrays, errors to the exceptions that a scikit-learn user expects. The work is done by `linfa-core`, with the
//! GIL released. While it runs, no other thread may write to the arrays it was given.

use std::collections::BTreeMap;

use linfa_core::Error;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

mod agglomerative;
mod arrays;
mod dbscan;
mod elastic_net;
mod fork;
mod kmeans;
mod linear_regression;
mod pickle;
mod svm;

/// How this module was built: profile, opt_level, target_cpu, lto, codegen_units, compiler, linfa's version and versions of crates.
#[pyfunction]
fn build_info() -> BTreeMap<&'static str, String> {
    let mut facts = assay_build_info::build_info!();
    let versions = [
        ("version", env!("ASSAY_VERSION_LINFA")),
        ("linfa", env!("ASSAY_VERSION_LINFA")),
        ("linfa-clustering", env!("ASSAY_VERSION_LINFA_CLUSTERING")),
        ("linfa-elasticnet", env!("ASSAY_VERSION_LINFA_ELASTICNET")),
        ("linfa-hierarchical", env!("ASSAY_VERSION_LINFA_HIERARCHICAL")),
        ("linfa-linear", env!("ASSAY_VERSION_LINFA_LINEAR")),
        ("linfa-svm", env!("ASSAY_VERSION_LINFA_SVM")),
        ("ndarray", env!("ASSAY_VERSION_NDARRAY")),
        ("numpy", env!("ASSAY_VERSION_NUMPY")),
        ("pyo3", env!("ASSAY_VERSION_PYO3")),
    ];
    facts.extend(versions.map(|(name, version)| (name, version.to_owned())));
    facts
}

/// The thread pools that linfa works with, and how many threads each has; the first call starts them.
#[pyfunction]
fn thread_pools(py: Python<'_>) -> PyResult<BTreeMap<&'static str, usize>> {
    let threads = compute_parallel(py, || Ok(rayon::current_num_threads()))?;
    Ok([("rayon", threads)].into())
}

/// Return x as every function of this module takes it: x itself where nothing need be converted, else a float64 copy.
///
/// Whether its values are finite is left to the function that computes with them, so that they are read once less.
#[pyfunction]
fn as_matrix<'py>(x: &Bound<'py, PyAny>, estimator: &str) -> PyResult<Bound<'py, PyAny>> {
    let array = arrays::any_matrix(x, estimator)?;
    Ok(array.as_any().clone())
}

/// The address from which x is read. It is that of x's own data where nothing is copied.
#[pyfunction]
fn data_address(x: &Bound<'_, PyAny>) -> PyResult<usize> {
    let array = arrays::matrix(x, "data_address")?;
    Ok(array.as_array().as_ptr() as usize)
}

/// The exception for an error: whose fault it is decides.
fn exception(error: Error) -> PyErr {
    match error {
        Error::Invalid(message) => PyValueError::new_err(message),
        Error::Failed(message) => PyRuntimeError::new_err(message),
    }
}

/// Compute with the GIL released; a panic becomes an error.
fn compute<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error> + Send) -> PyResult<T> {
    py.detach(|| linfa_core::guarded(work)).map_err(exception)
}

/// The same for work that linfa gives to rayon, so that it ends in a forked process too.
fn compute_parallel<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error> + Send) -> PyResult<T> {
    compute(py, || fork::in_pool(work))
}

#[pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::agglomerative::agglomerative_fit;
    #[pymodule_export]
    use super::dbscan::dbscan_fit;
    #[pymodule_export]
    use super::elastic_net::{elastic_net_fit, ridge_fit, ElasticNetModel};
    #[pymodule_export]
    use super::kmeans::{kmeans_fit, kmeans_tolerance, KMeansModel};
    #[pymodule_export]
    use super::linear_regression::{linear_regression_fit, LinearRegressionModel};
    #[pymodule_export]
    use super::svm::{svm_fit, SvmModel};
    #[pymodule_export]
    use super::{as_matrix, build_info, data_address, thread_pools};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        super::fork::watch(module.py())
    }
}
