//! k-means: parameters, inputs and answers.

use assay_worker::{Answer, Array, Dataset, Error, Load, Matrix};
use serde::Deserialize;

use crate::inputs::{c_order, check_dtype};

/// Parameters of the benchmark, with scikit-learn's meaning.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Parameters {
    /// Number of clusters.
    pub n_clusters: usize,
    /// Most iterations.
    pub max_iter: usize,
    /// Squared shift of the centres, as a multiple of the mean variance of the columns, at which a fit ends.
    pub tol: f64,
    /// Number of runs.
    pub n_init: usize,
    /// Number type.
    pub dtype: String,
}

/// One input variant.
pub struct Variant {
    /// Training rows.
    pub x: Matrix,
    /// Rows to predict.
    pub q: Matrix,
    /// First centres, in C order.
    pub init: Matrix,
}

/// The inputs of the benchmark.
pub struct Inputs {
    /// Parameters as asked for.
    pub parameters: Parameters,
    /// Input variants.
    pub variants: Vec<Variant>,
    /// Centres of the model that predicts, in C order.
    pub centres: Matrix,
}

impl Inputs {
    /// Read them from a request and its data file.
    pub fn read(load: &Load, dataset: &Dataset) -> Result<Self, Error> {
        let parameters: Parameters = load.parameters()?;
        check_dtype(&parameters.dtype)?;
        if parameters.tol.is_nan() || parameters.tol < 0.0 || parameters.max_iter == 0 || parameters.n_init == 0 {
            return Err(Error::bad_request("parameters: tol must not be negative, max_iter and n_init at least 1"));
        }
        let centres = c_order(dataset.matrix("centres")?);
        let variant = |v: usize| {
            let variant = Variant {
                x: dataset.matrix(&format!("x.{v}"))?,
                q: dataset.matrix(&format!("q.{v}"))?,
                init: c_order(dataset.matrix(&format!("init.{v}"))?),
            };
            let widths = [&variant.x, &variant.q, &variant.init, &centres].map(|matrix| matrix.columns);
            if widths.iter().any(|&width| width != widths[0]) {
                return Err(Error::failed(format!(
                    "data file: the matrices of variant {v} differ in width {widths:?}"
                )));
            }
            if variant.init.rows != parameters.n_clusters || variant.x.rows < parameters.n_clusters {
                let (k, rows) = (parameters.n_clusters, variant.x.rows);
                let message = format!("n_clusters {k} with {} first centres and {rows} rows", variant.init.rows);
                return Err(Error::bad_request(message));
            }
            Ok(variant)
        };
        let variants = (0..dataset.variants()).map(variant).collect::<Result<_, _>>()?;
        Ok(Self { variants, centres, parameters })
    }

    /// Rows that `predict_one` goes through: those that every variant has, at most [`crate::ROWS`].
    pub fn rows(&self) -> usize {
        self.variants.iter().map(|variant| variant.q.rows).fold(crate::ROWS, usize::min)
    }
}

/// The answer of `predict` and `predict_one`.
pub fn labels(labels: impl IntoIterator<Item = i64>) -> Answer {
    [("labels", Array::integers(labels.into_iter().collect()))].into()
}

/// The answer of `fit`; `iterations` only where the library tells.
pub fn fit(centres: Array, labels: impl IntoIterator<Item = i64>, iterations: Option<usize>) -> Answer {
    let mut answer = self::labels(labels);
    answer.insert("centres", centres);
    if let Some(iterations) = iterations {
        answer.insert("iterations", Array::integers(vec![iterations as i64]));
    }
    answer
}
