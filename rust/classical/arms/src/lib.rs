//! The classical benchmarks: their parameters and inputs, the same for every arm. The arms are the binaries in `bin/`:
//! one folder per framework, one file per benchmark, one line per benchmark in the folder's `main.rs`.

pub mod agglomerative;
pub mod clustering;
pub mod dbscan;
pub mod inputs;
pub mod kmeans;
pub mod linear_regression;
pub mod penalised;
pub mod search;
pub mod supervised;
pub mod svm;

/// Rows that `predict_one` goes through in turn.
pub const ROWS: usize = 1024;

/// What every classical benchmark can be timed at.
pub const MODES: &[&str] = &["fit", "predict", "predict_one"];
