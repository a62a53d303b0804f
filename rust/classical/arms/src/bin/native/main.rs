//! The arm `native`: the algorithms written out in plain Rust, without a framework.

use std::process::ExitCode;

use assay_build_info::build_info;
use assay_classical::{search, MODES};
use assay_worker::{serve, Arm, Benchmark};

mod cholesky;
mod dual_descent;
mod householder;
mod kmeans;
mod linear;
mod linear_regression;
mod linear_svc;
mod lloyd;
mod pool;
mod ridge;
mod ridge_search;

const BENCHMARKS: &[Benchmark] = &[
    Benchmark { name: "kmeans", modes: MODES, load: kmeans::load },
    Benchmark { name: "linear_regression", modes: MODES, load: linear_regression::load },
    Benchmark { name: "linear_svc", modes: MODES, load: linear_svc::load },
    Benchmark { name: "ridge", modes: MODES, load: ridge::load },
    Benchmark { name: "ridge_search", modes: search::MODES, load: ridge_search::load },
];

fn main() -> ExitCode {
    serve::run(&Arm {
        name: "native",
        framework: "native",
        version: env!("CARGO_PKG_VERSION"),
        build: build_info!(),
        benchmarks: BENCHMARKS,
    })
}
