//! The calls into linfa that the native arm and the Python module share: both do the same work because it is the same code.
//!
//! Knows neither Python nor the worker protocol. Inputs are views, so nothing is copied on the way in.

pub mod agglomerative;
pub mod counted;
pub mod dbscan;
pub mod elastic_net;
pub mod guard;
pub mod kmeans;
pub mod linear_regression;
#[cfg(feature = "serde")]
pub mod stored;
pub mod svm;

pub use guard::guarded;

/// What went wrong, and whose fault it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The arguments do not fit together.
    Invalid(String),
    /// linfa could not do it.
    Failed(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invalid(message) | Self::Failed(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}
