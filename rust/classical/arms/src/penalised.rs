//! Penalised least squares: parameters and answers of ridge regression, lasso and elastic net. Columns and targets come centred.

use assay_worker::{Answer, Array, Error};
use serde::Deserialize;
use serde_json::{json, Map, Value};

use crate::inputs::check_dtype;
use crate::{linear_regression, supervised};

/// Parameters of ridge regression: `|y - Xw|^2 + alpha |w|^2`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Ridge {
    /// Weight of the penalty.
    pub alpha: f64,
    /// Sweeps over the columns of a solver that iterates.
    pub max_iter: u32,
    /// Whether the model has an intercept.
    pub fit_intercept: bool,
    /// Number type.
    pub dtype: String,
}

/// Parameters of the elastic net: `|y - Xw|^2 / (2n) + alpha l1_ratio |w|_1 + alpha (1 - l1_ratio) |w|^2 / 2`.
/// The lasso has `l1_ratio` 1.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ElasticNet {
    /// Weight of the penalty.
    pub alpha: f64,
    /// Share of it that is on the absolute values.
    pub l1_ratio: f64,
    /// Accuracy at which a fit ends.
    pub tol: f64,
    /// Most sweeps over the columns.
    pub max_iter: u32,
    /// Whether the model has an intercept.
    pub fit_intercept: bool,
    /// Number type.
    pub dtype: String,
}

impl supervised::Parameters for Ridge {
    fn check(&self) -> Result<(), Error> {
        if !(self.alpha > 0.0 && self.alpha.is_finite() && self.max_iter > 0) {
            return Err(Error::bad_request("parameters: alpha and max_iter must be above 0"));
        }
        check_shared(self.fit_intercept, &self.dtype)
    }
}

impl supervised::Parameters for ElasticNet {
    fn check(&self) -> Result<(), Error> {
        if !(self.alpha > 0.0 && self.alpha.is_finite() && self.tol > 0.0 && self.max_iter > 0) {
            return Err(Error::bad_request("parameters: alpha, tol and max_iter must be above 0"));
        }
        if !(0.0..=1.0).contains(&self.l1_ratio) {
            return Err(Error::bad_request(format!("parameters: l1_ratio {} is not between 0 and 1", self.l1_ratio)));
        }
        check_shared(self.fit_intercept, &self.dtype)
    }
}

fn check_shared(fit_intercept: bool, dtype: &str) -> Result<(), Error> {
    if fit_intercept {
        let reason = "fit_intercept: linfa and smartcore centre the target and not the columns; take centred data";
        return Err(Error::unsupported(reason));
    }
    check_dtype(dtype)
}

impl Ridge {
    /// The parameters as a direct solver has set them: it has no sweeps.
    pub fn effective(&self) -> Map<String, Value> {
        object(json!({ "alpha": self.alpha, "fit_intercept": false, "dtype": "float64" }))
    }
}

impl ElasticNet {
    /// The parameters as they were set.
    pub fn effective(&self) -> Map<String, Value> {
        object(json!({
            "alpha": self.alpha, "l1_ratio": self.l1_ratio, "tol": self.tol, "max_iter": self.max_iter,
            "fit_intercept": false, "dtype": "float64",
        }))
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// The inputs of ridge regression.
pub type RidgeInputs = supervised::Inputs<Ridge>;

/// The inputs of lasso and elastic net.
pub type ElasticNetInputs = supervised::Inputs<ElasticNet>;

/// The answer of `fit`, with the sweeps over the columns where they are known.
pub fn fit(coefficients: Vec<f64>, intercept: f64, sweeps: Option<u32>) -> Answer {
    let mut answer = linear_regression::fit(coefficients, intercept);
    answer.extend(sweeps.map(|count| ("iterations", Array::integers(vec![count.into()]))));
    answer
}
