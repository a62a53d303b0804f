//! ResNet-18 for 32 x 32 images: a stem of 3 x 3 and no max-pooling.

use tch::nn::{self, ModuleT};
use tch::{Kind, Tensor};

use crate::work::Network;

#[derive(Debug)]
struct Block {
    conv1: nn::Conv2D,
    bn1: nn::BatchNorm,
    conv2: nn::Conv2D,
    bn2: nn::BatchNorm,
    downsample: Option<(nn::Conv2D, nn::BatchNorm)>,
}

fn convolution(vs: nn::Path, before: i64, after: i64, window: i64, stride: i64) -> nn::Conv2D {
    let config = nn::ConvConfig { stride, padding: window / 2, bias: false, ..Default::default() };
    nn::conv2d(vs, before, after, window, config)
}

impl Block {
    fn new(vs: &nn::Path, before: i64, after: i64, stride: i64) -> Self {
        let shortcut = || {
            let vs = vs / "downsample";
            (convolution(&vs / "0", before, after, 1, stride), nn::batch_norm2d(&vs / "1", after, Default::default()))
        };
        Self {
            conv1: convolution(vs / "conv1", before, after, 3, stride),
            bn1: nn::batch_norm2d(vs / "bn1", after, Default::default()),
            conv2: convolution(vs / "conv2", after, after, 3, 1),
            bn2: nn::batch_norm2d(vs / "bn2", after, Default::default()),
            downsample: (stride != 1 || before != after).then(shortcut),
        }
    }
}

impl ModuleT for Block {
    fn forward_t(&self, x: &Tensor, train: bool) -> Tensor {
        let shortcut = match &self.downsample {
            None => x.shallow_clone(),
            Some((convolution, norm)) => x.apply(convolution).apply_t(norm, train),
        };
        let x = x.apply(&self.conv1).apply_t(&self.bn1, train).relu();
        (x.apply(&self.conv2).apply_t(&self.bn2, train) + shortcut).relu()
    }
}

/// The network.
#[derive(Debug)]
pub struct ResNet18 {
    conv1: nn::Conv2D,
    bn1: nn::BatchNorm,
    blocks: Vec<Block>,
    fc: nn::Linear,
}

impl Network for ResNet18 {
    const SHAPE: &'static [i64] = &[3, 32, 32];

    fn new(vs: &nn::Path, classes: i64) -> Self {
        let mut blocks = Vec::new();
        let mut before = 64;
        for (layer, channels) in [64, 128, 256, 512].into_iter().enumerate() {
            for block in 0..2 {
                let stride = if before == channels { 1 } else { 2 };
                let path = vs / format!("layer{}", layer + 1) / block;
                blocks.push(Block::new(&path, before, channels, stride));
                before = channels;
            }
        }
        Self {
            conv1: convolution(vs / "conv1", 3, 64, 3, 1),
            bn1: nn::batch_norm2d(vs / "bn1", 64, Default::default()),
            blocks,
            fc: nn::linear(vs / "fc", 512, classes, Default::default()),
        }
    }
}

impl ModuleT for ResNet18 {
    fn forward_t(&self, x: &Tensor, train: bool) -> Tensor {
        let mut x = x.apply(&self.conv1).apply_t(&self.bn1, train).relu();
        for block in &self.blocks {
            x = x.apply_t(block, train);
        }
        x.mean_dim([2i64, 3].as_slice(), false, None::<Kind>).apply(&self.fc)
    }
}
