//! A planted fault: the arm `candle` with candle's own max-pooling, whose gradient is wrong. The gate must refuse its training.

use std::process::ExitCode;

use assay_build_info::build_info;
use assay_candle::lenet::LeNet;
use assay_candle::work::{load, Network};
use assay_networks::MODES;
use assay_worker::{serve, Arm, Benchmark};
use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

struct BuiltinPool(LeNet);

impl Network for BuiltinPool {
    const SHAPE: &'static [usize] = LeNet::SHAPE;

    fn new(vb: VarBuilder, classes: usize) -> Result<Self> {
        let mut network = LeNet::new(vb, classes)?;
        network.pool = |x, _| x.max_pool2d(2);
        Ok(Self(network))
    }

    fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        self.0.forward(x, train)
    }
}

fn main() -> ExitCode {
    serve::run(&Arm {
        name: "candle",
        framework: "candle",
        version: env!("ASSAY_VERSION_CANDLE_CORE"),
        build: build_info!(),
        benchmarks: &[Benchmark { name: "lenet", modes: MODES, load: load::<BuiltinPool> }],
    })
}
