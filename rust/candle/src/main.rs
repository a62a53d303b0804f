//! The arm `candle`: candle on the CPU.

use std::process::ExitCode;

use assay_build_info::build_info;
use assay_candle::lenet::LeNet;
use assay_candle::recurrent::{Gru, Lstm, Rnn};
use assay_candle::resnet18::ResNet18;
use assay_candle::simple_cnn::SimpleCnn;
use assay_candle::work::load;
use assay_networks::MODES;
use assay_worker::{serve, Arm, Benchmark};

const BENCHMARKS: &[Benchmark] = &[
    Benchmark { name: "gru", modes: MODES, load: load::<Gru> },
    Benchmark { name: "lenet", modes: MODES, load: load::<LeNet> },
    Benchmark { name: "lenet_training", modes: MODES, load: load::<LeNet> },
    Benchmark { name: "lstm", modes: MODES, load: load::<Lstm> },
    Benchmark { name: "lstm_training", modes: MODES, load: load::<Lstm> },
    Benchmark { name: "resnet18", modes: MODES, load: load::<ResNet18> },
    Benchmark { name: "rnn", modes: MODES, load: load::<Rnn> },
    Benchmark { name: "simple_cnn", modes: MODES, load: load::<SimpleCnn> },
];

fn main() -> ExitCode {
    serve::run(&Arm {
        name: "candle",
        framework: "candle",
        version: env!("ASSAY_VERSION_CANDLE_CORE"),
        build: build_info!(),
        benchmarks: BENCHMARKS,
    })
}
