//! Support vector classification of two classes: a fitted model of linfa as a Python object.

use linfa_core::svm::{self, Cost, Kernel, Model, Settings};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, ToPyArray};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::arrays::{check_features, matrix};
use crate::{compute, pickle};

const NAME: &str = "SVC";

/// A machine that linfa fitted, for the estimator of a name.
#[pyclass(frozen, module = "linfa_py._core")]
pub struct SvmModel {
    estimator: String,
    model: Model,
}

#[pymethods]
impl SvmModel {
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

    /// One coefficient per training row, above 0 for a row of the positive class, below 0 for one of the other, and 0 where
    /// the row is no support vector.
    #[getter]
    fn dual<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.model.dual().to_pyarray(py)
    }

    /// The constant of the decision function.
    #[getter]
    fn intercept(&self) -> f64 {
        self.model.intercept()
    }

    /// Steps of the optimisation.
    #[getter]
    fn iterations(&self) -> Option<u64> {
        self.model.iterations()
    }

    /// One weight per column, if the kernel is linear.
    #[getter]
    fn weights<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.model.weights().into_pyarray(py)
    }

    /// The decision value of every row of x, above 0 for the positive class.
    fn decide<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let x = matrix(x, &self.estimator)?;
        let x = x.as_array();
        check_features(x.ncols(), self.model.columns(), &self.estimator)?;
        let values = compute(py, || Ok(svm::decide(&self.model, x)))?;
        Ok(values.into_pyarray(py))
    }
}

/// Fit the classes of the rows of x, bounded by c or by nu; without gamma the kernel is linear.
#[pyfunction]
#[pyo3(signature = (x, positive, *, gamma, tol, c=None, nu=None, estimator="SVC"))]
#[allow(clippy::too_many_arguments)] // they are keywords in Python
pub fn svm_fit(
    py: Python<'_>,
    x: &Bound<'_, PyAny>,
    positive: PyReadonlyArray1<'_, bool>,
    gamma: Option<f64>,
    tol: f64,
    c: Option<f64>,
    nu: Option<f64>,
    estimator: &str,
) -> PyResult<SvmModel> {
    let kernel = gamma.map_or(Kernel::Linear, |gamma| Kernel::Rbf { gamma });
    let cost = match (c, nu) {
        (Some(c), None) => Cost::C(c),
        (None, Some(nu)) => Cost::Nu(nu),
        _ => return Err(PyValueError::new_err("Either c or nu must be given.")),
    };
    let x = matrix(x, estimator)?;
    let (x, positive) = (x.as_array(), positive.as_array());
    let model = compute(py, || svm::fit(x, positive, &Settings { kernel, cost, tol }))?;
    Ok(SvmModel { estimator: estimator.to_owned(), model })
}
