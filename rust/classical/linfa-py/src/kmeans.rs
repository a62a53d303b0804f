//! k-means: a fitted model of linfa as a Python object.

use linfa_core::kmeans::{self, Init, Model, Settings};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1, ToPyArray};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::arrays::{check_features, matrix};
use crate::{compute, compute_parallel, pickle};

const NAME: &str = "KMeans";

/// A fitted k-means model of linfa.
#[pyclass(frozen, module = "linfa_py._core")]
pub struct KMeansModel {
    model: Model,
}

#[pymethods]
impl KMeansModel {
    /// A model from the bytes that pickle keeps of one.
    #[new]
    fn new(state: &[u8]) -> PyResult<Self> {
        Ok(Self { model: pickle::restored(NAME, state)? })
    }

    /// The bytes from which the model can be made again.
    fn __getnewargs__<'py>(&self, py: Python<'py>) -> PyResult<pickle::State<'py>> {
        pickle::state(py, NAME, &self.model)
    }

    /// A model with exactly these centres.
    #[staticmethod]
    fn from_centres(py: Python<'_>, centres: &Bound<'_, PyAny>) -> PyResult<Self> {
        let centres = matrix(centres, NAME)?;
        let centres = centres.as_array();
        Ok(Self { model: compute_parallel(py, || kmeans::from_centres(centres))? })
    }

    /// The centres, of shape (n_clusters, n_features).
    #[getter]
    fn centres<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        self.model.centroids().to_pyarray(py)
    }

    /// Iterations of the run that was kept; None if it is one of several that began at random.
    #[getter]
    fn iterations(&self) -> Option<u64> {
        self.model.iterations()
    }

    /// The cluster of every row of x; a single row goes to linfa's predict for one observation, which starts no threads.
    fn predict<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<i32>>> {
        let x = matrix(x, NAME)?;
        let x = x.as_array();
        check_features(x.ncols(), self.model.centroids().ncols(), NAME)?;
        let labels = match x.nrows() {
            1 => compute(py, || Ok(vec![kmeans::predict_one(&self.model, x.row(0)) as i32])),
            _ => compute_parallel(py, || Ok(narrow(kmeans::predict(&self.model, x)))),
        }?;
        Ok(labels.into_pyarray(py))
    }

    /// The sum of the squared distances of the rows of x to the centres of their labels.
    fn inertia(&self, py: Python<'_>, x: &Bound<'_, PyAny>, labels: PyReadonlyArray1<'_, i32>) -> PyResult<f64> {
        let x = matrix(x, NAME)?;
        let (x, labels) = (x.as_array(), labels.as_array());
        check_features(x.ncols(), self.model.centroids().ncols(), NAME)?;
        compute(py, || kmeans::inertia(&self.model, x, labels))
    }
}

/// Fit k-means; returns the model and the cluster of every row of x.
///
/// `init` is an array of centres, "k-means++" or "random"; `tolerance` is linfa's: the norm of the centres' shift.
#[pyfunction]
#[pyo3(signature = (x, n_clusters, *, init, max_iter, tolerance, n_init=1, seed=0))]
#[allow(clippy::too_many_arguments)] // they are keywords in Python
pub fn kmeans_fit<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    n_clusters: usize,
    init: &Bound<'py, PyAny>,
    max_iter: u64,
    tolerance: f64,
    n_init: usize,
    seed: u64,
) -> PyResult<(KMeansModel, Bound<'py, PyArray1<i32>>)> {
    let x = matrix(x, NAME)?;
    let x = x.as_array();
    let init = first_centres(init)?;
    let settings = Settings { n_clusters, init, max_iter, tolerance, n_runs: n_init, seed };
    let (model, labels) = compute_parallel(py, || {
        let model = kmeans::fit(x, &settings)?;
        let labels = narrow(kmeans::predict(&model, x));
        Ok((model, labels))
    })?;
    Ok((KMeansModel { model }, labels.into_pyarray(py)))
}

/// linfa's tolerance for a scikit-learn `tol`: sqrt(tol * mean variance of the columns), but above 0.
#[pyfunction]
pub fn kmeans_tolerance(py: Python<'_>, x: &Bound<'_, PyAny>, tol: f64) -> PyResult<f64> {
    if tol.is_nan() || tol < 0.0 {
        return Err(PyValueError::new_err(format!("tol must not be negative, got {tol}.")));
    }
    let x = matrix(x, NAME)?;
    let x = x.as_array();
    compute(py, || kmeans::tolerance(tol, x))
}

fn first_centres(init: &Bound<'_, PyAny>) -> PyResult<Init> {
    match init.extract::<&str>() {
        Ok("k-means++") => Ok(Init::PlusPlus),
        Ok("random") => Ok(Init::Random),
        Ok(other) => Err(PyValueError::new_err(format!(
            "init must be \"k-means++\", \"random\" or an array of centres, got {other:?}."
        ))),
        Err(_) if init.is_none() => Err(PyTypeError::new_err("init must not be None.")),
        Err(_) => Ok(Init::Centres(matrix(init, NAME)?.as_array().to_owned())),
    }
}

/// Labels as scikit-learn has them: 32 bits.
fn narrow(labels: ndarray::Array1<usize>) -> Vec<i32> {
    labels.into_iter().map(|label| label as i32).collect()
}
