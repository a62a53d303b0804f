//! DBSCAN: labels for Python.

use linfa_core::dbscan;
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;

use crate::arrays::matrix;
use crate::compute;

/// The cluster of every row of x, -1 for noise.
#[pyfunction]
#[pyo3(signature = (x, *, eps, min_samples))]
pub fn dbscan_fit<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    eps: f64,
    min_samples: usize,
) -> PyResult<Bound<'py, PyArray1<i32>>> {
    let x = matrix(x, "DBSCAN")?;
    let x = x.as_array();
    let labels = compute(py, || {
        let labels = dbscan::fit_predict(x, eps, min_samples)?;
        Ok(labels.iter().map(|label| label.map_or(-1, |label| label as i32)).collect::<Vec<_>>())
    })?;
    Ok(labels.into_pyarray(py))
}
