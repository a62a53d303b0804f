//! Agglomerative clustering: parameters.

use assay_worker::Error;
use serde::{Deserialize, Serialize};

use crate::inputs::check_dtype;
use crate::supervised;

/// How the distance between two clusters follows from those of their rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Linkage {
    /// The growth of the sum of squares.
    Ward,
    /// The largest.
    Complete,
    /// The mean.
    Average,
    /// The smallest.
    Single,
}

impl Linkage {
    /// Its name, as in the parameters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ward => "ward",
            Self::Complete => "complete",
            Self::Average => "average",
            Self::Single => "single",
        }
    }
}

/// Parameters of the benchmark, with scikit-learn's meaning.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Parameters {
    /// Number of clusters.
    pub n_clusters: usize,
    /// Linkage.
    pub linkage: Linkage,
    /// Number type.
    pub dtype: String,
}

impl supervised::Parameters for Parameters {
    fn check(&self) -> Result<(), Error> {
        check_dtype(&self.dtype)?;
        match self.n_clusters {
            0 => Err(Error::bad_request("parameters: n_clusters must be at least 1")),
            _ => Ok(()),
        }
    }
}
