//! Momentum has a dampening of 0.1 where nobody asked for one; PyTorch and TensorFlow have none.

use burn::optim::momentum::MomentumConfig;
use findings_burn::report;
use serde_json::json;

fn main() {
    let default = MomentumConfig::new();
    report(
        default.dampening != 0.0,
        json!({"momentum": default.momentum, "dampening": default.dampening}),
    );
}
