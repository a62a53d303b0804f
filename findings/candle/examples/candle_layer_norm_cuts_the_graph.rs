//! `LayerNorm` with a bias has a fast path whose backward gives no gradient and no error.

use candle_core::{Device, Result, Tensor, Var};
use candle_nn::{LayerNorm, Module};
use findings_candle::report;
use serde_json::json;

fn main() -> Result<()> {
    let x = Var::from_tensor(&Tensor::from_slice(&[1f32, 2., 4.], (1, 3), &Device::Cpu)?)?;
    let (weight, bias) = (
        Tensor::ones(3, x.dtype(), x.device())?,
        Tensor::zeros(3, x.dtype(), x.device())?,
    );
    let fast = LayerNorm::new(weight.clone(), bias.clone(), 1e-5)
        .forward(&x)?
        .sqr()?
        .sum_all()?
        .backward()?;
    let slow = candle_nn::ops::layer_norm_slow(&x, &weight, &bias, 1e-5)?
        .sqr()?
        .sum_all()?
        .backward()?;
    let has = |found: &candle_core::backprop::GradStore| found.get(&x).is_some();
    report(
        !has(&fast) && has(&slow),
        json!({"LayerNorm": has(&fast), "layer_norm_slow": has(&slow)}),
    );
    Ok(())
}
