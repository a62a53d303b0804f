//! Ordinary least squares: a fitted model of linfa as a Python object.

use linfa_core::linear_regression::{self, Model};
use numpy::{IntoPyArray, PyArray1, ToPyArray};
use pyo3::prelude::*;

use crate::arrays::{check_features, matrix, vector};
use crate::{compute, pickle};

const NAME: &str = "LinearRegression";

/// A fitted linear model of linfa.
#[pyclass(frozen, module = "linfa_py._core")]
pub struct LinearRegressionModel {
    model: Model,
}

#[pymethods]
impl LinearRegressionModel {
    /// A model from the bytes that pickle keeps of one.
    #[new]
    fn new(state: &[u8]) -> PyResult<Self> {
        Ok(Self { model: pickle::restored(NAME, state)? })
    }

    /// The bytes from which the model can be made again.
    fn __getnewargs__<'py>(&self, py: Python<'py>) -> PyResult<pickle::State<'py>> {
        pickle::state(py, NAME, &self.model)
    }

    /// One coefficient per column of x.
    #[getter]
    fn coefficients<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.model.params().to_pyarray(py)
    }

    /// The intercept, 0 if none was fitted.
    #[getter]
    fn intercept(&self) -> f64 {
        self.model.intercept()
    }

    /// Predict the target of every row of x.
    fn predict<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let x = matrix(x, NAME)?;
        let x = x.as_array();
        check_features(x.ncols(), self.model.params().len(), NAME)?;
        let predictions = compute(py, || Ok(linear_regression::predict(&self.model, x)))?;
        Ok(predictions.into_pyarray(py))
    }
}

/// Fit y to the rows of x.
#[pyfunction]
#[pyo3(signature = (x, y, *, fit_intercept=true))]
pub fn linear_regression_fit(
    py: Python<'_>,
    x: &Bound<'_, PyAny>,
    y: &Bound<'_, PyAny>,
    fit_intercept: bool,
) -> PyResult<LinearRegressionModel> {
    let (x, y) = (matrix(x, NAME)?, vector(y, "y")?);
    let (x, y) = (x.as_array(), y.as_array());
    let model = compute(py, || linear_regression::fit(x, y, fit_intercept))?;
    Ok(LinearRegressionModel { model })
}
