//! `ops::rms_norm` has a backward that gives no gradient and no error.

use candle_core::{Device, Result, Tensor, Var};
use findings_candle::report;
use serde_json::json;

fn main() -> Result<()> {
    let x = Var::from_tensor(&Tensor::from_slice(&[1f32, 2., 4.], (1, 3), &Device::Cpu)?)?;
    let weight = Tensor::ones(3, x.dtype(), x.device())?;
    let fast = candle_nn::ops::rms_norm(&x, &weight, 1e-5)?
        .sum_all()?
        .backward()?;
    let slow = candle_nn::ops::rms_norm_slow(&x, &weight, 1e-5)?
        .sum_all()?
        .backward()?;
    let has = |found: &candle_core::backprop::GradStore| found.get(&x).is_some();
    report(
        !has(&fast) && has(&slow),
        json!({"rms_norm": has(&fast), "rms_norm_slow": has(&slow)}),
    );
    Ok(())
}
