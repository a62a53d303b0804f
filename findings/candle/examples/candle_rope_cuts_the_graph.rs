//! `rotary_emb::rope` has a backward that gives no gradient and no error.

use candle_core::{Device, Result, Tensor, Var};
use candle_nn::rotary_emb::{rope, rope_slow};
use findings_candle::report;
use serde_json::json;

fn main() -> Result<()> {
    let values: Vec<f32> = (0..8).map(|v| v as f32).collect();
    let x = Var::from_tensor(&Tensor::from_vec(values, (1, 1, 2, 4), &Device::Cpu)?)?;
    let angles = Tensor::from_slice(&[0f32, 0., 1., 0.1], (2, 2), &Device::Cpu)?;
    let (cos, sin) = (angles.cos()?, angles.sin()?);
    let fast = rope(&x, &cos, &sin)?.sqr()?.sum_all()?.backward()?;
    let slow = rope_slow(&x, &cos, &sin)?.sqr()?.sum_all()?.backward()?;
    let has = |found: &candle_core::backprop::GradStore| found.get(&x).is_some();
    report(
        !has(&fast) && has(&slow),
        json!({"rope": has(&fast), "rope_slow": has(&slow)}),
    );
    Ok(())
}
