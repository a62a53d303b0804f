//! Layers that candle has not, or not with a right gradient.

use candle_core::{Result, Tensor};
use candle_nn::{conv2d, conv2d_no_bias, Conv2d, Conv2dConfig, VarBuilder};

/// The largest value of every 2 x 2 window.
///
/// `Tensor::max_pool2d` of candle 0.11.1 multiplies its gradient by the number of maxima over the size of the window (a fourth, where
/// there is one); two maxima over axes of their own have the right one.
pub fn max_pool2(x: &Tensor) -> Result<Tensor> {
    let (n, c, h, w) = x.dims4()?;
    let columns = x.reshape((n, c, h / 2, 2, w))?.max(3)?;
    columns.reshape((n, c, h / 2, w / 2, 2))?.max(4)
}

/// A convolution with a bias.
pub fn convolution(before: usize, after: usize, window: usize, padding: usize, vb: VarBuilder) -> Result<Conv2d> {
    conv2d(before, after, window, Conv2dConfig { padding, ..Default::default() }, vb)
}

/// A convolution without a bias.
pub fn convolution_no_bias(
    before: usize,
    after: usize,
    window: usize,
    stride: usize,
    padding: usize,
    vb: VarBuilder,
) -> Result<Conv2d> {
    conv2d_no_bias(before, after, window, Conv2dConfig { padding, stride, ..Default::default() }, vb)
}
