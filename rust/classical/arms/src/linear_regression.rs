//! Ordinary least squares: parameters, inputs and answers.

use assay_worker::{Answer, Array, Dataset, Error, Load, Matrix};
use serde::Deserialize;

use crate::inputs::check_dtype;

/// Parameters of the benchmark.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Parameters {
    /// Whether the model has an intercept.
    pub fit_intercept: bool,
    /// Number type.
    pub dtype: String,
}

/// One input variant.
pub struct Variant {
    /// Training rows.
    pub x: Matrix,
    /// Their targets.
    pub y: Vec<f64>,
    /// Rows to predict.
    pub q: Matrix,
}

/// The inputs of the benchmark.
pub struct Inputs {
    /// Parameters as asked for.
    pub parameters: Parameters,
    /// Input variants.
    pub variants: Vec<Variant>,
}

impl Inputs {
    /// Read them from a request and its data file.
    pub fn read(load: &Load, dataset: &Dataset) -> Result<Self, Error> {
        let parameters: Parameters = load.parameters()?;
        check_dtype(&parameters.dtype)?;
        let variant = |v: usize| {
            let variant = Variant {
                x: dataset.matrix(&format!("x.{v}"))?,
                y: dataset.vector(&format!("y.{v}"))?,
                q: dataset.matrix(&format!("q.{v}"))?,
            };
            let Variant { x, y, q } = &variant;
            if x.rows != y.len() || x.columns != q.columns {
                let message = format!("x {}x{}, y {}, q {}x{}", x.rows, x.columns, y.len(), q.rows, q.columns);
                return Err(Error::failed(format!("data file: variant {v} does not fit together: {message}")));
            }
            Ok(variant)
        };
        let variants = (0..dataset.variants()).map(variant).collect::<Result<_, _>>()?;
        Ok(Self { parameters, variants })
    }

    /// Rows that `predict_one` goes through: those that every variant has, at most [`crate::ROWS`].
    pub fn rows(&self) -> usize {
        self.variants.iter().map(|variant| variant.q.rows).fold(crate::ROWS, usize::min)
    }
}

/// The answer of `fit`.
pub fn fit(coefficients: Vec<f64>, intercept: f64) -> Answer {
    [("coefficients", Array::floats(coefficients)), ("intercept", Array::scalar(intercept))].into()
}

/// The answer of `predict` and `predict_one`.
pub fn predictions(predictions: Vec<f64>) -> Answer {
    [("predictions", Array::floats(predictions))].into()
}
