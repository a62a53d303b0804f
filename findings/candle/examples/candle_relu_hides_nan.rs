//! `relu` turns what is no number into 0, so a network goes on where others answer NaN.

use candle_core::{Device, Result, Tensor};
use findings_candle::{report, values};
use serde_json::json;

fn main() -> Result<()> {
    let found = values(&Tensor::from_slice(&[f32::NAN], 1, &Device::Cpu)?.relu()?)?;
    report(!found[0].is_nan(), json!({"relu of NaN": found[0]}));
    Ok(())
}
