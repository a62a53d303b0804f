//! The gradient of `relu` at zero is one; PyTorch and burn have zero.

use candle_core::{Device, Result, Tensor, Var};
use findings_candle::{report, values};
use serde_json::json;

fn main() -> Result<()> {
    let x = Var::from_tensor(&Tensor::from_slice(&[-1f32, 0., 1.], 3, &Device::Cpu)?)?;
    let found = x.relu()?.sum_all()?.backward()?;
    let gradient = found.get(&x).map_or(Ok(vec![]), values)?;
    report(gradient == [0., 1., 1.], json!({"at -1, 0, 1": gradient}));
    Ok(())
}
