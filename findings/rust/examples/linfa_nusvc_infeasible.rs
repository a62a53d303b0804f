//! NuSVC of linfa accepts a nu that no solution can satisfy, and returns a model whose threshold is NaN.

use findings::{caught, report, Draw};
use linfa::prelude::Fit;
use linfa::DatasetBase;
use linfa_svm::Svm;
use ndarray::Array1;
use serde_json::json;

fn main() {
    // One row of ten is positive: nu can be 2 * 1 / 10 at most.
    let x = Draw(6).matrix(10, 2);
    let y = Array1::from_shape_fn(10, |row| row == 0);
    let fitted = caught(|| Svm::<f64, bool>::params().gaussian_kernel(1.0).nu_weight(0.9).fit(&DatasetBase::new(x, y)));
    match fitted {
        Ok(Ok(model)) => {
            let usable = model.rho.is_finite() && model.alpha.iter().any(|&weight| weight != 0.0);
            report(
                !usable,
                json!({ "result": "Ok", "rho": model.rho.to_string(), "largest nu that has a solution": 0.2 }),
            );
        }
        Ok(Err(error)) => report(false, json!({ "result": error.to_string() })),
        Err(panic) => report(true, json!({ "panic": panic })),
    }
}
