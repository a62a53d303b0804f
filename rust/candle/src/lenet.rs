//! LeNet-5 on 28 x 28 images, with ReLU and max-pooling.

use candle_core::{Result, Tensor};
use candle_nn::{linear, Conv2d, Linear, Module, VarBuilder};

use crate::layers::{convolution, max_pool2};
use crate::work::Network;

/// The network.
pub struct LeNet {
    /// How a 2 x 2 window becomes one value.
    pub pool: fn(&Tensor, bool) -> Result<Tensor>,
    conv1: Conv2d,
    conv2: Conv2d,
    fc1: Linear,
    fc2: Linear,
    fc3: Linear,
}

impl Network for LeNet {
    const SHAPE: &'static [usize] = &[1, 28, 28];

    fn new(vb: VarBuilder, classes: usize) -> Result<Self> {
        Ok(Self {
            pool: max_pool2,
            conv1: convolution(1, 6, 5, 2, vb.pp("conv1"))?,
            conv2: convolution(6, 16, 5, 0, vb.pp("conv2"))?,
            fc1: linear(400, 120, vb.pp("fc1"))?,
            fc2: linear(120, 84, vb.pp("fc2"))?,
            fc3: linear(84, classes, vb.pp("fc3"))?,
        })
    }

    fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let x = (self.pool)(&self.conv1.forward(x)?.relu()?, train)?;
        let x = (self.pool)(&self.conv2.forward(&x)?.relu()?, train)?;
        let x = self.fc1.forward(&x.flatten_from(1)?)?.relu()?;
        self.fc3.forward(&self.fc2.forward(&x)?.relu()?)
    }
}
