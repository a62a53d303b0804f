//! The gradient of `max_pool2d` is the number of maxima over the size of the window: a fourth for 2 x 2 with one maximum.

use candle_core::{Device, Result, Tensor, Var};
use findings_candle::{report, values};
use serde_json::json;

fn main() -> Result<()> {
    let gradient = |window: [f32; 4]| -> Result<Vec<f32>> {
        let x = Var::from_tensor(&Tensor::from_slice(&window, (1, 1, 2, 2), &Device::Cpu)?)?;
        let found = x.max_pool2d(2)?.sum_all()?.backward()?;
        found.get(&x).map_or(Ok(vec![]), values)
    };
    let (one, four) = (gradient([1., 2., 3., 4.])?, gradient([1., 1., 1., 1.])?);
    let sum = |g: &[f32]| g.iter().sum::<f32>();
    report(
        sum(&one) != 1.0,
        json!({"one maximum": one, "four maxima, sum": sum(&four)}),
    );
    Ok(())
}
