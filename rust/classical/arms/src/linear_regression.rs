//! Ordinary least squares: parameters and answers.

use assay_worker::{Answer, Array, Error};
use serde::Deserialize;

use crate::inputs::check_dtype;
use crate::supervised;

/// Parameters of the benchmark.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Parameters {
    /// Whether the model has an intercept.
    pub fit_intercept: bool,
    /// Number type.
    pub dtype: String,
}

impl supervised::Parameters for Parameters {
    fn check(&self) -> Result<(), Error> {
        check_dtype(&self.dtype)
    }
}

/// The inputs of the benchmark.
pub type Inputs = supervised::Inputs<Parameters>;

/// The answer of `fit`.
pub fn fit(coefficients: Vec<f64>, intercept: f64) -> Answer {
    [("coefficients", Array::floats(coefficients)), ("intercept", Array::scalar(intercept))].into()
}
