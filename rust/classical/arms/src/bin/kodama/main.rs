//! The arm `kodama`: the crate kodama in a Rust process.

use std::process::ExitCode;

use assay_build_info::build_info;
use assay_classical::clustering;
use assay_worker::{serve, Arm, Benchmark};

mod agglomerative;

const BENCHMARKS: &[Benchmark] =
    &[Benchmark { name: "agglomerative", modes: clustering::MODES, load: agglomerative::load }];

fn main() -> ExitCode {
    serve::run(&Arm {
        name: "kodama",
        framework: "kodama",
        version: env!("ASSAY_VERSION_KODAMA"),
        build: build_info!(),
        benchmarks: BENCHMARKS,
    })
}
