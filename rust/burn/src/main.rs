//! The arm `burn`: burn with its `flex` backend on the CPU.

use std::process::ExitCode;

use assay_build_info::build_info;
use assay_networks::MODES;
use assay_worker::{Arm, Benchmark, serve};

mod lenet;
mod recurrent;
mod resnet18;
mod simple_cnn;
mod weights;
mod work;

/// burn's recurrent layers begin with zeros of 32 bits whatever they are given, so they have no answer in 64.
const RECURRENT: &[&str] = &["train", "learn", "infer_1", "infer_32", "infer_256", "forward", "backward", "gradients"];

const BENCHMARKS: &[Benchmark] = &[
    Benchmark { name: "gru", modes: RECURRENT, load: work::load::<recurrent::GruNet> },
    Benchmark { name: "lenet", modes: MODES, load: work::load::<lenet::LeNet> },
    Benchmark { name: "lenet_training", modes: MODES, load: work::load::<lenet::LeNet> },
    Benchmark { name: "lstm", modes: RECURRENT, load: work::load::<recurrent::LstmNet> },
    Benchmark { name: "lstm_training", modes: RECURRENT, load: work::load::<recurrent::LstmNet> },
    Benchmark { name: "resnet18", modes: MODES, load: work::load::<resnet18::ResNet18> },
    Benchmark { name: "rnn", modes: RECURRENT, load: work::load::<recurrent::RnnNet> },
    Benchmark { name: "simple_cnn", modes: MODES, load: work::load::<simple_cnn::SimpleCnn> },
];

fn main() -> ExitCode {
    serve::run(&Arm {
        name: "burn",
        framework: "burn",
        version: env!("ASSAY_VERSION_BURN"),
        build: build_info!(),
        benchmarks: BENCHMARKS,
    })
}
