//! The elastic net and its ends, lasso and ridge regression: a fitted model of linfa as a Python object.

use linfa_core::elastic_net::{self, Model, Settings};
use numpy::{IntoPyArray, PyArray1, ToPyArray};
use pyo3::prelude::*;

use crate::arrays::{check_features, matrix, vector};
use crate::{compute, pickle};

const NAME: &str = "ElasticNet";

/// A linear model that linfa fitted by coordinate descent, for the estimator of a name.
#[pyclass(frozen, module = "linfa_py._core")]
pub struct ElasticNetModel {
    estimator: String,
    model: Model,
}

#[pymethods]
impl ElasticNetModel {
    /// A model from the bytes that pickle keeps of one.
    #[new]
    fn new(state: &[u8]) -> PyResult<Self> {
        let (estimator, model) = pickle::restored(NAME, state)?;
        Ok(Self { estimator, model })
    }

    /// The bytes from which the model can be made again.
    fn __getnewargs__<'py>(&self, py: Python<'py>) -> PyResult<pickle::State<'py>> {
        pickle::state(py, NAME, &(&self.estimator, &self.model))
    }

    /// One coefficient per column of x.
    #[getter]
    fn coefficients<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.model.coefficients().to_pyarray(py)
    }

    /// The intercept, 0 if none was fitted.
    #[getter]
    fn intercept(&self) -> f64 {
        self.model.intercept()
    }

    /// Sweeps over the columns.
    #[getter]
    fn sweeps(&self) -> u32 {
        self.model.sweeps()
    }

    /// Predict the target of every row of x.
    fn predict<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let x = matrix(x, &self.estimator)?;
        let x = x.as_array();
        check_features(x.ncols(), self.model.coefficients().len(), &self.estimator)?;
        let predictions = compute(py, || Ok(elastic_net::predict(&self.model, x)))?;
        Ok(predictions.into_pyarray(py))
    }
}

/// Fit y to the rows of x by scikit-learn's objective of the elastic net; with l1_ratio 1 that of the lasso.
#[pyfunction]
#[pyo3(signature = (x, y, *, alpha, l1_ratio, tol, max_iter, fit_intercept, estimator="ElasticNet"))]
#[allow(clippy::too_many_arguments)] // they are keywords in Python
pub fn elastic_net_fit(
    py: Python<'_>,
    x: &Bound<'_, PyAny>,
    y: &Bound<'_, PyAny>,
    alpha: f64,
    l1_ratio: f64,
    tol: f64,
    max_iter: u64,
    fit_intercept: bool,
    estimator: &str,
) -> PyResult<ElasticNetModel> {
    let max_iter = at_most_u32(max_iter);
    fit(py, x, y, estimator, |_| Settings { alpha, l1_ratio, tol, max_iter, fit_intercept })
}

/// Fit y to the rows of x by scikit-learn's objective of ridge regression, in `max_iter` sweeps over the columns.
#[pyfunction]
#[pyo3(signature = (x, y, *, alpha, max_iter, fit_intercept))]
pub fn ridge_fit(
    py: Python<'_>,
    x: &Bound<'_, PyAny>,
    y: &Bound<'_, PyAny>,
    alpha: f64,
    max_iter: u64,
    fit_intercept: bool,
) -> PyResult<ElasticNetModel> {
    let max_iter = at_most_u32(max_iter);
    fit(py, x, y, "Ridge", |rows| Settings::ridge(alpha, rows, max_iter, fit_intercept))
}

fn fit(
    py: Python<'_>,
    x: &Bound<'_, PyAny>,
    y: &Bound<'_, PyAny>,
    estimator: &str,
    settings: impl Fn(usize) -> Settings,
) -> PyResult<ElasticNetModel> {
    let (x, y) = (matrix(x, estimator)?, vector(y, "y")?);
    let (x, y) = (x.as_array(), y.as_array());
    let settings = settings(x.nrows());
    let model = compute(py, || elastic_net::fit(x, y, &settings))?;
    Ok(ElasticNetModel { estimator: estimator.to_owned(), model })
}

/// linfa counts to 2^32: more sweeps than that nobody waits for.
fn at_most_u32(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
