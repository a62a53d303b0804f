//! Benchmarks that label the rows they are given: inputs that they share, whatever their parameters.

use assay_worker::{Dataset, Error, Load, Matrix};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::supervised::Parameters;

/// What these benchmarks can be timed at.
pub const MODES: &[&str] = &["fit_predict"];

/// The inputs of such a benchmark.
pub struct Inputs<P> {
    /// Parameters as asked for.
    pub parameters: P,
    /// The rows of every input variant.
    pub variants: Vec<Matrix>,
}

/// Parameters that an arm sets just as they were read.
pub fn effective(parameters: &impl Serialize) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(parameters).map_err(Error::failed)? {
        Value::Object(fields) => Ok(fields),
        other => Err(Error::failed(format!("parameters were written as {other}"))),
    }
}

impl<P: Parameters> Inputs<P> {
    /// Read them from a request and its data file.
    pub fn read(load: &Load, dataset: &Dataset) -> Result<Self, Error> {
        let parameters: P = load.parameters()?;
        parameters.check()?;
        let variants = (0..dataset.variants()).map(|v| dataset.matrix(&format!("x.{v}"))).collect::<Result<_, _>>()?;
        Ok(Self { parameters, variants })
    }
}
