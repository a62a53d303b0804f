//! The arm `smartcore`: smartcore in a Rust process.

use std::process::ExitCode;

use assay_build_info::build_info;
use assay_classical::{clustering, search, MODES};
use assay_worker::{serve, Arm, Benchmark, Error, Matrix, Order};
use smartcore::linalg::basic::matrix::DenseMatrix;

mod agglomerative;
mod dbscan;
mod elastic_net;
mod kmeans;
mod lasso;
mod linear;
mod linear_regression;
mod ridge;
mod ridge_search;

const BENCHMARKS: &[Benchmark] = &[
    Benchmark { name: "agglomerative", modes: clustering::MODES, load: agglomerative::load },
    Benchmark { name: "dbscan", modes: clustering::MODES, load: dbscan::load },
    Benchmark { name: "elastic_net", modes: MODES, load: elastic_net::load },
    Benchmark { name: "kmeans", modes: MODES, load: kmeans::load },
    Benchmark { name: "lasso", modes: MODES, load: lasso::load },
    Benchmark { name: "linear_regression", modes: MODES, load: linear_regression::load },
    Benchmark { name: "ridge", modes: MODES, load: ridge::load },
    Benchmark { name: "ridge_search", modes: search::MODES, load: ridge_search::load },
];

fn main() -> ExitCode {
    serve::run(&Arm {
        name: "smartcore",
        framework: "smartcore",
        version: env!("ASSAY_VERSION_SMARTCORE"),
        build: build_info!(),
        benchmarks: BENCHMARKS,
    })
}

/// A matrix of smartcore in the memory order of the file; nothing is copied.
fn dense(matrix: Matrix) -> Result<DenseMatrix<f64>, Error> {
    let column_major = matrix.order == Order::F;
    DenseMatrix::new(matrix.rows, matrix.columns, matrix.values, column_major).map_err(Error::failed)
}

/// The first rows as matrices of one row each, which is what smartcore's `predict` takes.
fn rows(matrix: &Matrix, count: usize) -> Result<Vec<DenseMatrix<f64>>, Error> {
    let row = |row| DenseMatrix::new(1, matrix.columns, matrix.row(row), false).map_err(Error::failed);
    (0..count).map(row).collect()
}
