//! Layers that candle has not, or not with a right gradient.

use candle_core::{Result, Tensor};
use candle_nn::{conv2d, conv2d_no_bias, Conv2d, Conv2dConfig, VarBuilder};

/// The largest value of every 2 x 2 window; in training by its place.
///
/// `Tensor::max_pool2d` of candle 0.11.1 multiplies its gradient by the number of maxima over the size of the window (a fourth, where
/// there is one), and `Tensor::max` hands the whole gradient to each of several equal maxima, as an even background gives them. So the
/// place of the first maximum is looked up, and its value gathered: its gradient goes there and nowhere else, as in PyTorch.
pub fn max_pool2(x: &Tensor, train: bool) -> Result<Tensor> {
    if !train {
        return x.max_pool2d(2);
    }
    let (n, c, h, w) = x.dims4()?;
    let windows = x.reshape((n, c, h / 2, 2, w / 2, 2))?.transpose(3, 4)?.reshape((n, c, h / 2, w / 2, 4))?;
    let first = windows.detach().argmax_keepdim(4)?;
    windows.gather(&first, 4)?.squeeze(4)
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
