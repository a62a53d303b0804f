//! The arm `linfa-blas`: linfa with LAPACK and BLAS of the system's OpenBLAS, from the same source as the arm `linfa`.

use std::process::ExitCode;

use assay_build_info::build_info;
use assay_classical::MODES;
use assay_worker::{serve, Arm, Benchmark};

#[path = "../../classical/arms/src/bin/linfa/linear.rs"]
mod linear;
#[path = "../../classical/arms/src/bin/linfa/linear_regression.rs"]
mod linear_regression;

const BENCHMARKS: &[Benchmark] =
    &[Benchmark { name: "linear_regression", modes: MODES, load: linear_regression::load }];

fn main() -> ExitCode {
    serve::run(&Arm {
        name: "linfa-blas",
        framework: "linfa-blas",
        version: env!("ASSAY_VERSION_LINFA"),
        build: build_info!(),
        benchmarks: BENCHMARKS,
    })
}
