//! DBSCAN: parameters and how noise is written.

use assay_worker::Error;
use serde::{Deserialize, Serialize};

use crate::inputs::check_dtype;
use crate::supervised;

/// The label of rows that belong to no cluster.
pub const NOISE: i64 = -1;

/// Parameters of the benchmark, with scikit-learn's meaning.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Parameters {
    /// Largest distance, inclusive, between a row and its neighbours.
    pub eps: f64,
    /// Neighbours that make a row the core of a cluster, itself among them.
    pub min_samples: usize,
    /// Number type.
    pub dtype: String,
}

impl supervised::Parameters for Parameters {
    fn check(&self) -> Result<(), Error> {
        check_dtype(&self.dtype)?;
        match self.eps > 0.0 && self.eps.is_finite() && self.min_samples > 0 {
            true => Ok(()),
            false => Err(Error::bad_request("parameters: eps must be above 0 and finite, min_samples at least 1")),
        }
    }
}
