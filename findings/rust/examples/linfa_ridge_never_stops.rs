//! `ElasticNet::ridge()` of linfa runs until max_iterations, however early it has converged.

use findings::{report, Draw};
use linfa::prelude::{Dataset, Fit};
use linfa_elasticnet::ElasticNet;
use serde_json::json;

fn main() {
    let mut draw = Draw(1);
    let x = draw.matrix(50, 3);
    let y = x.column(0).to_owned() + &draw.vector(50) * 0.1;
    let data = Dataset::new(x, y);
    let fit = |iterations| {
        let model = ElasticNet::ridge().penalty(0.01).with_intercept(false).max_iterations(iterations);
        model.fit(&data).unwrap()
    };
    let (early, late) = (fit(20), fit(1000));
    let moved = (early.hyperplane() - late.hyperplane()).mapv(f64::abs).sum();
    report(
        late.n_steps() == 1000 && moved < 1e-12,
        json!({
            "steps": late.n_steps(), "duality gap": late.duality_gap(),
            "change of the coefficients between step 20 and the last": moved,
        }),
    );
}
