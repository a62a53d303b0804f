//! Agglomerative clustering: labels for Python, for the linkages that linfa has right.

use linfa_core::agglomerative::{self, Linkage};
use linfa_core::Error;
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;

use crate::arrays::matrix;
use crate::compute;

/// The cluster of every row of x, numbered in the order in which they first appear.
#[pyfunction]
#[pyo3(signature = (x, n_clusters, *, linkage))]
pub fn agglomerative_fit<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    n_clusters: usize,
    linkage: &str,
) -> PyResult<Bound<'py, PyArray1<i32>>> {
    let x = matrix(x, "AgglomerativeClustering")?;
    let x = x.as_array();
    let labels = compute(py, || {
        let linkage: Linkage = linkage.parse()?;
        if !linkage.is_euclidean() {
            return Err(Error::Invalid(format!(
                "{linkage:?} linkage is not offered: linfa computes it from squared distances."
            )));
        }
        let labels = agglomerative::fit_predict(x, linkage, n_clusters)?;
        Ok(labels.into_iter().map(|label| label as i32).collect::<Vec<_>>())
    })?;
    Ok(labels.into_pyarray(py))
}
