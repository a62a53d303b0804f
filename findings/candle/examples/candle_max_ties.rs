//! The gradient of `max` goes in full to each of several equal values.

use candle_core::{Device, Result, Tensor, Var};
use findings_candle::{report, values};
use serde_json::json;

fn main() -> Result<()> {
    let x = Var::from_tensor(&Tensor::from_slice(
        &[1f32, 1., 1., 1.],
        (1, 4),
        &Device::Cpu,
    )?)?;
    let found = x.max(1)?.sum_all()?.backward()?;
    let gradient = found.get(&x).map_or(Ok(vec![]), values)?;
    report(
        gradient.iter().sum::<f32>() > 1.0,
        json!({"equal values": 4, "gradient": gradient}),
    );
    Ok(())
}
