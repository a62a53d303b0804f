//! Benchmarks with a target: inputs and answers that they share, whatever their parameters.

use assay_worker::{Answer, Array, Dataset, Error, Load, Matrix};
use serde::de::DeserializeOwned;

/// Parameters of a benchmark with a target.
pub trait Parameters: DeserializeOwned {
    /// What is wrong with them, if anything is: a number out of its range, a type that these arms do not compute in.
    fn check(&self) -> Result<(), Error>;
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

/// The inputs of a benchmark with a target.
pub struct Inputs<P> {
    /// Parameters as asked for.
    pub parameters: P,
    /// Input variants.
    pub variants: Vec<Variant>,
}

impl<P: Parameters> Inputs<P> {
    /// Read them from a request and its data file.
    pub fn read(load: &Load, dataset: &Dataset) -> Result<Self, Error> {
        let parameters: P = load.parameters()?;
        parameters.check()?;
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

/// The answer of `predict` and `predict_one` where a number is predicted.
pub fn predictions(predictions: Vec<f64>) -> Answer {
    [("predictions", Array::floats(predictions))].into()
}
