//! `ops::softmax_last_dim` has a backward that gives no gradient and no error.

use candle_core::{Device, Result, Tensor, Var, D};
use findings_candle::report;
use serde_json::json;

fn main() -> Result<()> {
    let x = Var::from_tensor(&Tensor::from_slice(&[1f32, 2., 4.], (1, 3), &Device::Cpu)?)?;
    let fast = candle_nn::ops::softmax_last_dim(&x)?
        .sqr()?
        .sum_all()?
        .backward()?;
    let slow = candle_nn::ops::softmax(&x, D::Minus1)?
        .sqr()?
        .sum_all()?
        .backward()?;
    let has = |found: &candle_core::backprop::GradStore| found.get(&x).is_some();
    report(
        !has(&fast) && has(&slow),
        json!({"softmax_last_dim": has(&fast), "softmax": has(&slow)}),
    );
    Ok(())
}
