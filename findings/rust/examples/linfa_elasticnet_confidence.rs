//! `confidence_95th()` of linfa's elastic net spans 90 %: it multiplies the standard error with 1.645, the 95 % point of one side.

use findings::{report, Draw};
use linfa::prelude::{Dataset, Fit};
use linfa_elasticnet::ElasticNet;
use serde_json::json;

fn main() {
    let mut draw = Draw(2);
    let x = draw.matrix(200, 2);
    let y = x.column(0).to_owned() + &draw.vector(200);
    let model = ElasticNet::params().penalty(0.0).with_intercept(false).fit(&Dataset::new(x, y)).unwrap();
    let (low, high) = model.confidence_95th().unwrap()[0];
    let error = model.hyperplane()[0] / model.z_score().unwrap()[0];
    let factor = (high - low) / 2.0 / error;
    report(
        (factor - 1.645).abs() < 1e-6,
        json!({ "half width in standard errors": factor, "two-sided 95 %": 1.959964 }),
    );
}
