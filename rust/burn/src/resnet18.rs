//! ResNet-18 for 32 x 32 images: a stem of 3 x 3 and no max-pooling.

use assay_worker::Error;
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::activation::relu;
use burn::tensor::{Gradients, Tensor};

use crate::weights::{self, Convolution, Found, Source};
use crate::work::{Images, Network};

#[derive(Module, Debug)]
struct Block {
    conv1: Conv2d,
    bn1: BatchNorm,
    conv2: Conv2d,
    bn2: BatchNorm,
    downsample: Option<Shortcut>,
}

#[derive(Module, Debug)]
struct Shortcut {
    convolution: Conv2d,
    norm: BatchNorm,
}

fn window(before: usize, after: usize, window: usize, stride: usize) -> Convolution {
    Convolution { stride, padding: window / 2, bias: false, ..Convolution::new(before, after, window) }
}

impl Block {
    fn new(source: &mut Source, name: &str, before: usize, after: usize) -> Result<Self, Error> {
        let stride = if before == after { 1 } else { 2 };
        let shortcut = |source: &mut Source| -> Result<Shortcut, Error> {
            Ok(Shortcut {
                convolution: source.convolution(&format!("{name}.downsample.0"), window(before, after, 1, stride))?,
                norm: source.norm(&format!("{name}.downsample.1"), after)?,
            })
        };
        Ok(Self {
            conv1: source.convolution(&format!("{name}.conv1"), window(before, after, 3, stride))?,
            bn1: source.norm(&format!("{name}.bn1"), after)?,
            conv2: source.convolution(&format!("{name}.conv2"), window(after, after, 3, 1))?,
            bn2: source.norm(&format!("{name}.bn2"), after)?,
            downsample: if before == after { None } else { Some(shortcut(source)?) },
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let shortcut = match &self.downsample {
            None => x.clone(),
            Some(Shortcut { convolution, norm }) => norm.forward(convolution.forward(x.clone())),
        };
        let x = relu(self.bn1.forward(self.conv1.forward(x)));
        relu(self.bn2.forward(self.conv2.forward(x)) + shortcut)
    }

    fn gradients(&self, found: &mut Found, name: &str, gradients: &Gradients) -> Result<(), Error> {
        weights::convolution(found, &format!("{name}.conv1"), &self.conv1, gradients)?;
        weights::norm(found, &format!("{name}.bn1"), &self.bn1, gradients)?;
        weights::convolution(found, &format!("{name}.conv2"), &self.conv2, gradients)?;
        weights::norm(found, &format!("{name}.bn2"), &self.bn2, gradients)?;
        if let Some(Shortcut { convolution, norm }) = &self.downsample {
            weights::convolution(found, &format!("{name}.downsample.0"), convolution, gradients)?;
            weights::norm(found, &format!("{name}.downsample.1"), norm, gradients)?;
        }
        Ok(())
    }
}

/// The network.
#[derive(Module, Debug)]
pub struct ResNet18 {
    conv1: Conv2d,
    bn1: BatchNorm,
    blocks: Vec<Block>,
    fc: Linear,
}

/// The name of every block in PyTorch, with its channels before and after.
fn blocks() -> Vec<(String, usize, usize)> {
    let mut before = 64;
    let mut named = Vec::new();
    for (layer, channels) in [64, 128, 256, 512].into_iter().enumerate() {
        for block in 0..2 {
            named.push((format!("layer{}.{block}", layer + 1), before, channels));
            before = channels;
        }
    }
    named
}

impl Network for ResNet18 {
    type Rows = Images<3, 32>;

    fn new(source: &mut Source, classes: usize) -> Result<Self, Error> {
        let block = |(name, before, after): (String, usize, usize)| Block::new(source, &name, before, after);
        let blocks = blocks().into_iter().map(block).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            conv1: source.convolution("conv1", window(3, 64, 3, 1))?,
            bn1: source.norm("bn1", 64)?,
            blocks,
            fc: source.dense("fc", 512, classes)?,
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let mut x = relu(self.bn1.forward(self.conv1.forward(x)));
        for block in &self.blocks {
            x = block.forward(x);
        }
        self.fc.forward(x.mean_dim(3).mean_dim(2).flatten::<2>(1, 3))
    }

    fn gradients(&self, gradients: &Gradients) -> Result<Found, Error> {
        let mut found = Found::new();
        weights::convolution(&mut found, "conv1", &self.conv1, gradients)?;
        weights::norm(&mut found, "bn1", &self.bn1, gradients)?;
        for (block, (name, _, _)) in self.blocks.iter().zip(blocks()) {
            block.gradients(&mut found, &name, gradients)?;
        }
        weights::dense(&mut found, "fc", &self.fc, gradients)?;
        Ok(found)
    }
}
