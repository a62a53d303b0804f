//! Two convolutions of 3 x 3, one pooling, two dense layers.

use candle_core::{Result, Tensor};
use candle_nn::{linear, Conv2d, Linear, Module, VarBuilder};

use crate::layers::{convolution, max_pool2};
use crate::work::Network;

/// The network.
pub struct SimpleCnn {
    conv1: Conv2d,
    conv2: Conv2d,
    fc1: Linear,
    fc2: Linear,
}

impl Network for SimpleCnn {
    const SHAPE: &'static [usize] = &[1, 28, 28];

    fn new(vb: VarBuilder, classes: usize) -> Result<Self> {
        Ok(Self {
            conv1: convolution(1, 32, 3, 0, vb.pp("conv1"))?,
            conv2: convolution(32, 64, 3, 0, vb.pp("conv2"))?,
            fc1: linear(9216, 128, vb.pp("fc1"))?,
            fc2: linear(128, classes, vb.pp("fc2"))?,
        })
    }

    fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let x = self.conv2.forward(&self.conv1.forward(x)?.relu()?)?.relu()?;
        let x = self.fc1.forward(&max_pool2(&x, train)?.flatten_from(1)?)?.relu()?;
        self.fc2.forward(&x)
    }
}
