//! Two convolutions of 3 x 3, one pooling, two dense layers.

use tch::nn::{self, ModuleT};
use tch::Tensor;

use crate::work::{pool, Network};

/// The network.
#[derive(Debug)]
pub struct SimpleCnn {
    conv1: nn::Conv2D,
    conv2: nn::Conv2D,
    fc1: nn::Linear,
    fc2: nn::Linear,
}

impl Network for SimpleCnn {
    const SHAPE: &'static [i64] = &[1, 28, 28];

    fn new(vs: &nn::Path, classes: i64) -> Self {
        Self {
            conv1: nn::conv2d(vs / "conv1", 1, 32, 3, Default::default()),
            conv2: nn::conv2d(vs / "conv2", 32, 64, 3, Default::default()),
            fc1: nn::linear(vs / "fc1", 9216, 128, Default::default()),
            fc2: nn::linear(vs / "fc2", 128, classes, Default::default()),
        }
    }
}

impl ModuleT for SimpleCnn {
    fn forward_t(&self, x: &Tensor, _train: bool) -> Tensor {
        let x = x.apply(&self.conv1).relu().apply(&self.conv2).relu();
        pool(&x).flatten(1, -1).apply(&self.fc1).relu().apply(&self.fc2)
    }
}
