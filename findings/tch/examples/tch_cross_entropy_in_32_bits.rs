//! `cross_entropy_for_logits` of logits in 64 bits answers in 32 bits; PyTorch's `cross_entropy` stays in 64.

use findings_tch::report;
use serde_json::json;
use tch::{Kind, Tensor};

fn main() {
    let logits = Tensor::from_slice(&[0.1f64, 0.2, 0.7]).view([1, 3]);
    let class = Tensor::from_slice(&[0i64]);
    let loss = logits.cross_entropy_for_logits(&class);
    let whole = logits.log_softmax(-1, Kind::Double).nll_loss(&class);
    let apart = (loss.double_value(&[]) - whole.double_value(&[])).abs();
    report(
        loss.kind() == Kind::Float && apart > 0.,
        json!({"logits": "Double", "loss": format!("{:?}", loss.kind()), "apart from 64 bits": apart}),
    );
}
