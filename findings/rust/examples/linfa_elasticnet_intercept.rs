//! The elastic net of linfa with an intercept does not find the optimum of its objective unless X is centred.

use findings::report;
use linfa::prelude::{Dataset, Fit};
use linfa_elasticnet::ElasticNet;
use ndarray::{array, Array1, Array2};
use serde_json::json;

const PENALTY: f64 = 0.1;

fn objective(x: &Array2<f64>, y: &Array1<f64>, slope: f64, intercept: f64) -> f64 {
    let residual = y - &x.column(0).mapv(|value| slope * value + intercept);
    residual.dot(&residual) / (2.0 * y.len() as f64) + PENALTY * slope.abs()
}

fn main() {
    // y = 2 x + 1 exactly. The lasso's optimum is at slope 2 - penalty / var(x) = 2 - 0.1 / 2 and intercept 25 - 12 slope.
    let x = array![[10.0], [11.0], [12.0], [13.0], [14.0]];
    let y = array![21.0, 23.0, 25.0, 27.0, 29.0];
    let model = ElasticNet::lasso().penalty(PENALTY).tolerance(1e-12).with_intercept(true);
    let model = model.fit(&Dataset::new(x.clone(), y.clone())).unwrap();
    let (slope, intercept) = (model.hyperplane()[0], model.intercept());
    let (best_slope, best_intercept) = (2.0 - PENALTY / 2.0, 25.0 - 12.0 * (2.0 - PENALTY / 2.0));
    let (found, best) = (objective(&x, &y, slope, intercept), objective(&x, &y, best_slope, best_intercept));
    report(
        found > 1.01 * best,
        json!({
            "slope": slope, "intercept": intercept, "objective": found,
            "slope of the optimum": best_slope, "intercept of the optimum": best_intercept, "objective of the optimum": best,
        }),
    );
}
