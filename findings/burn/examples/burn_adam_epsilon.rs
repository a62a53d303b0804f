//! Adam adds 1e-5 to the root of the second moment by default; the paper, PyTorch and TensorFlow 1e-8 or 1e-7.

use burn::optim::AdamConfig;
use findings_burn::report;
use serde_json::{Value, json};

fn main() -> serde_json::Result<()> {
    let default = serde_json::to_value(AdamConfig::new())?;
    let epsilon = default
        .get("epsilon")
        .and_then(Value::as_f64)
        .unwrap_or(f64::NAN);
    report(epsilon > 5e-6, json!({ "epsilon": epsilon }));
    Ok(())
}
