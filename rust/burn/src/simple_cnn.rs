//! Two convolutions of 3 x 3, one pooling, two dense layers.

use assay_worker::Error;
use burn::module::Module;
use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::activation::relu;
use burn::tensor::{Gradients, Tensor};

use crate::weights::{self, Convolution, Found, Source};
use crate::work::{Images, Network, max_pool};

/// The network.
#[derive(Module, Debug)]
pub struct SimpleCnn {
    conv1: Conv2d,
    conv2: Conv2d,
    fc1: Linear,
    fc2: Linear,
}

impl Network for SimpleCnn {
    type Rows = Images<1, 28>;

    fn new(source: &mut Source, classes: usize) -> Result<Self, Error> {
        Ok(Self {
            conv1: source.convolution("conv1", Convolution::new(1, 32, 3))?,
            conv2: source.convolution("conv2", Convolution::new(32, 64, 3))?,
            fc1: source.dense("fc1", 9216, 128)?,
            fc2: source.dense("fc2", 128, classes)?,
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = relu(self.conv2.forward(relu(self.conv1.forward(x))));
        let x = relu(self.fc1.forward(max_pool(x).flatten::<2>(1, 3)));
        self.fc2.forward(x)
    }

    fn gradients(&self, gradients: &Gradients) -> Result<Found, Error> {
        let mut found = Found::new();
        weights::convolution(&mut found, "conv1", &self.conv1, gradients)?;
        weights::convolution(&mut found, "conv2", &self.conv2, gradients)?;
        weights::dense(&mut found, "fc1", &self.fc1, gradients)?;
        weights::dense(&mut found, "fc2", &self.fc2, gradients)?;
        Ok(found)
    }
}
