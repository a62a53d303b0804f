//! Ordinary least squares: parameters and answers.

use assay_worker::{Answer, Array, Error};
use serde::Deserialize;
use serde_json::{Map, Value};

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

impl Parameters {
    /// The parameters as they were set; some arms fit an intercept whatever was asked for.
    pub fn effective(fit_intercept: bool) -> Map<String, Value> {
        [("fit_intercept".to_string(), fit_intercept.into()), ("dtype".to_string(), "float64".into())]
            .into_iter()
            .collect()
    }
}

/// The inputs of the benchmark.
pub type Inputs = supervised::Inputs<Parameters>;

/// The answer of `fit`.
pub fn fit(coefficients: Vec<f64>, intercept: f64) -> Answer {
    [("coefficients", Array::floats(coefficients)), ("intercept", Array::scalar(intercept))].into()
}
