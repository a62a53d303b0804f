//! The arm `tch`: the libtorch that PyTorch ships, from Rust.

use std::process::ExitCode;

use assay_build_info::build_info;
use assay_networks::MODES;
use assay_worker::{serve, Arm, Benchmark};

mod lenet;
mod libtorch;
mod recurrent;
mod resnet18;
mod simple_cnn;
mod work;

const BENCHMARKS: &[Benchmark] = &[
    Benchmark { name: "gru", modes: MODES, load: work::load::<recurrent::Gru> },
    Benchmark { name: "lenet", modes: MODES, load: work::load::<lenet::LeNet> },
    Benchmark { name: "lenet_training", modes: MODES, load: work::load::<lenet::LeNet> },
    Benchmark { name: "lstm", modes: MODES, load: work::load::<recurrent::Lstm> },
    Benchmark { name: "lstm_training", modes: MODES, load: work::load::<recurrent::Lstm> },
    Benchmark { name: "resnet18", modes: MODES, load: work::load::<resnet18::ResNet18> },
    Benchmark { name: "rnn", modes: MODES, load: work::load::<recurrent::Rnn> },
    Benchmark { name: "simple_cnn", modes: MODES, load: work::load::<simple_cnn::SimpleCnn> },
];

fn main() -> ExitCode {
    serve::run(&Arm {
        name: "tch",
        framework: "tch",
        version: env!("ASSAY_VERSION_TCH"),
        build: build_info!(),
        benchmarks: BENCHMARKS,
    })
}
