//! Support vector machines: parameters and answers. Targets are -1 and +1.

use assay_worker::{Answer, Array, Error};
use serde::Deserialize;
use serde_json::{json, Map, Value};

use crate::inputs::check_dtype;
use crate::supervised;

/// Why shrinking is refused.
pub const SHRINKING: &str = "shrinking: linfa's is at fault; set shrinking: false";

/// Parameters of the benchmarks with a kernel: either `C` or `nu` is there.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Parameters {
    /// `rbf` or `linear`.
    pub kernel: String,
    /// Factor of the squared distance in the RBF kernel.
    pub gamma: f64,
    /// Upper bound of the dual coefficients.
    #[serde(rename = "C")]
    pub c: Option<f64>,
    /// Bound of the shares of support vectors and margin errors.
    pub nu: Option<f64>,
    /// Violation of the optimality conditions at which a fit ends.
    pub tol: f64,
    /// Whether rows that seem settled may be left out for a while.
    pub shrinking: bool,
    /// Number type.
    pub dtype: String,
}

impl supervised::Parameters for Parameters {
    fn check(&self) -> Result<(), Error> {
        if self.shrinking {
            return Err(Error::unsupported(SHRINKING));
        }
        if self.c.is_some() == self.nu.is_some() {
            return Err(Error::bad_request("parameters: either C or nu is needed"));
        }
        check_dtype(&self.dtype)
    }
}

impl Parameters {
    /// The parameters as they were set; `gamma` is part of the RBF kernel only.
    pub fn effective(&self) -> Map<String, Value> {
        let mut effective = Map::new();
        effective.insert("kernel".into(), self.kernel.as_str().into());
        if self.kernel == "rbf" {
            effective.insert("gamma".into(), self.gamma.into());
        }
        effective.extend(self.c.map(|c| ("C".into(), c.into())));
        effective.extend(self.nu.map(|nu| ("nu".into(), nu.into())));
        effective.insert("tol".into(), self.tol.into());
        effective.insert("shrinking".into(), false.into());
        effective.insert("dtype".into(), "float64".into());
        effective
    }
}

/// The inputs of the benchmarks with a kernel.
pub type Inputs = supervised::Inputs<Parameters>;

/// Parameters of the linear benchmark: the hinge loss, its weights and intercept both in the penalty.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct LinearParameters {
    /// Weight of the loss.
    #[serde(rename = "C")]
    pub c: f64,
    /// `hinge`.
    pub loss: String,
    /// Spread of the projected gradient at which a fit ends.
    pub tol: f64,
    /// Most passes over the rows.
    pub max_iter: usize,
    /// Number type.
    pub dtype: String,
}

impl supervised::Parameters for LinearParameters {
    fn check(&self) -> Result<(), Error> {
        if self.loss != "hinge" {
            return Err(Error::unsupported(format!("loss {}: these arms have the hinge loss only", self.loss)));
        }
        if !(self.c > 0.0 && self.tol > 0.0 && self.max_iter > 0) {
            return Err(Error::bad_request("parameters: C, tol and max_iter must be above 0"));
        }
        check_dtype(&self.dtype)
    }
}

impl LinearParameters {
    /// The parameters as they were set.
    pub fn effective(&self) -> Map<String, Value> {
        let effective = json!({
            "C": self.c, "loss": "hinge", "tol": self.tol, "max_iter": self.max_iter, "dtype": "float64",
        });
        effective.as_object().cloned().unwrap_or_default()
    }
}

/// The inputs of the linear benchmark.
pub type LinearInputs = supervised::Inputs<LinearParameters>;

/// The answer of a fit with a kernel.
pub fn fit(dual: &[f64], intercept: f64, iterations: Option<u64>) -> Answer {
    with_iterations([("dual", Array::floats(dual.to_vec())), ("intercept", Array::scalar(intercept))], iterations)
}

/// The answer of a linear fit.
pub fn linear_fit(coefficients: Vec<f64>, intercept: f64, iterations: Option<u64>) -> Answer {
    with_iterations(
        [("coefficients", Array::floats(coefficients)), ("intercept", Array::scalar(intercept))],
        iterations,
    )
}

/// The answer of `predict` and `predict_one`: decision values, above 0 for the class +1.
pub fn decisions(values: &[f64]) -> Answer {
    [("decisions", Array::floats(values.to_vec()))].into()
}

fn with_iterations(arrays: [(&'static str, Array); 2], iterations: Option<u64>) -> Answer {
    let mut answer = Answer::from(arrays);
    answer.extend(iterations.map(|count| ("iterations", Array::integers(vec![count as i64]))));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervised::Parameters as _;

    fn kernel(changed: Value) -> Result<Parameters, Error> {
        let mut asked = json!({"kernel": "rbf", "gamma": 0.1, "tol": 1e-6, "shrinking": false, "dtype": "float64"});
        asked.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        let parameters: Parameters = serde_json::from_value(asked).unwrap();
        parameters.check().map(|()| parameters)
    }

    #[test]
    fn either_c_or_nu_is_needed_and_shrinking_is_refused() {
        assert_eq!(kernel(json!({"C": 2.0})).unwrap().c, Some(2.0));
        assert_eq!(kernel(json!({"nu": 0.3})).unwrap().nu, Some(0.3));
        for wrong in [
            json!({}),
            json!({"C": 1.0, "nu": 0.3}),
            json!({"C": 1.0, "shrinking": true}),
            json!({"C": 1.0, "dtype": "float32"}),
        ] {
            assert!(kernel(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_reported_is_what_was_set() {
        let told = kernel(json!({"nu": 0.3})).unwrap().effective();
        assert_eq!(
            Value::from(told),
            json!({"kernel": "rbf", "gamma": 0.1, "nu": 0.3, "tol": 1e-6, "shrinking": false, "dtype": "float64"})
        );
        let told = kernel(json!({"C": 1.0, "kernel": "linear"})).unwrap().effective();
        assert!(!told.contains_key("gamma"), "no part of the inner product");
    }

    #[test]
    fn the_linear_machine_has_the_hinge_loss_only() {
        let asked = json!({"C": 1.0, "loss": "hinge", "tol": 1e-6, "max_iter": 10, "dtype": "float64"});
        let parameters: LinearParameters = serde_json::from_value(asked.clone()).unwrap();
        assert!(parameters.check().is_ok());
        assert_eq!(Value::from(parameters.effective()), asked);
        for wrong in [
            LinearParameters { loss: "squared_hinge".to_owned(), ..parameters.clone() },
            LinearParameters { c: 0.0, ..parameters.clone() },
            LinearParameters { tol: f64::NAN, ..parameters.clone() },
            LinearParameters { max_iter: 0, ..parameters.clone() },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
