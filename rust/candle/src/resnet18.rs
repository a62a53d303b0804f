//! ResNet-18 for 32 x 32 images: a stem of 3 x 3 and no max-pooling.

use candle_core::{Result, Tensor};
use candle_nn::{batch_norm, linear, BatchNorm, Conv2d, Linear, Module, ModuleT, VarBuilder};

use crate::layers::convolution_no_bias;
use crate::work::Network;

/// What is added to the variance, PyTorch's default.
const EPS: f64 = 1e-5;

struct Block {
    conv1: Conv2d,
    bn1: BatchNorm,
    conv2: Conv2d,
    bn2: BatchNorm,
    downsample: Option<(Conv2d, BatchNorm)>,
}

impl Block {
    fn new(before: usize, after: usize, stride: usize, vb: VarBuilder) -> Result<Self> {
        let downsample = if stride == 1 && before == after {
            None
        } else {
            let (convolution, norm) = (vb.pp("downsample.0"), vb.pp("downsample.1"));
            Some((convolution_no_bias(before, after, 1, stride, 0, convolution)?, batch_norm(after, EPS, norm)?))
        };
        Ok(Self {
            conv1: convolution_no_bias(before, after, 3, stride, 1, vb.pp("conv1"))?,
            bn1: batch_norm(after, EPS, vb.pp("bn1"))?,
            conv2: convolution_no_bias(after, after, 3, 1, 1, vb.pp("conv2"))?,
            bn2: batch_norm(after, EPS, vb.pp("bn2"))?,
            downsample,
        })
    }

    fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let shortcut = match &self.downsample {
            None => x.clone(),
            Some((convolution, norm)) => norm.forward_t(&convolution.forward(x)?, train)?,
        };
        let x = self.bn1.forward_t(&self.conv1.forward(x)?, train)?.relu()?;
        let x = self.bn2.forward_t(&self.conv2.forward(&x)?, train)?;
        (x + shortcut)?.relu()
    }
}

/// The network.
pub struct ResNet18 {
    conv1: Conv2d,
    bn1: BatchNorm,
    blocks: Vec<Block>,
    fc: Linear,
}

impl Network for ResNet18 {
    const SHAPE: &'static [usize] = &[3, 32, 32];

    fn new(vb: VarBuilder, classes: usize) -> Result<Self> {
        let mut blocks = Vec::new();
        let mut before = 64;
        for (layer, channels) in [64, 128, 256, 512].into_iter().enumerate() {
            for block in 0..2 {
                let stride = if before == channels { 1 } else { 2 };
                let name = format!("layer{}.{block}", layer + 1);
                blocks.push(Block::new(before, channels, stride, vb.pp(name))?);
                before = channels;
            }
        }
        Ok(Self {
            conv1: convolution_no_bias(3, 64, 3, 1, 1, vb.pp("conv1"))?,
            bn1: batch_norm(64, EPS, vb.pp("bn1"))?,
            blocks,
            fc: linear(512, classes, vb.pp("fc"))?,
        })
    }

    fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let mut x = self.bn1.forward_t(&self.conv1.forward(x)?, train)?.relu()?;
        for block in &self.blocks {
            x = block.forward(&x, train)?;
        }
        self.fc.forward(&x.mean((2, 3))?)
    }
}
