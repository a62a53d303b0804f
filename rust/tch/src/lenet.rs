//! LeNet-5 on 28 x 28 images, with ReLU and max-pooling.

use tch::nn::{self, ModuleT};
use tch::Tensor;

use crate::work::{pool, Network};

/// The network.
#[derive(Debug)]
pub struct LeNet {
    conv1: nn::Conv2D,
    conv2: nn::Conv2D,
    fc1: nn::Linear,
    fc2: nn::Linear,
    fc3: nn::Linear,
}

impl Network for LeNet {
    const SHAPE: &'static [i64] = &[1, 28, 28];

    fn new(vs: &nn::Path, classes: i64) -> Self {
        let padded = nn::ConvConfig { padding: 2, ..Default::default() };
        Self {
            conv1: nn::conv2d(vs / "conv1", 1, 6, 5, padded),
            conv2: nn::conv2d(vs / "conv2", 6, 16, 5, Default::default()),
            fc1: nn::linear(vs / "fc1", 400, 120, Default::default()),
            fc2: nn::linear(vs / "fc2", 120, 84, Default::default()),
            fc3: nn::linear(vs / "fc3", 84, classes, Default::default()),
        }
    }
}

impl ModuleT for LeNet {
    fn forward_t(&self, x: &Tensor, _train: bool) -> Tensor {
        let x = pool(&x.apply(&self.conv1).relu());
        let x = pool(&x.apply(&self.conv2).relu());
        let x = x.flatten(1, -1).apply(&self.fc1).relu();
        x.apply(&self.fc2).relu().apply(&self.fc3)
    }
}
