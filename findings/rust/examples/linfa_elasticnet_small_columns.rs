//! linfa's elastic net drops a column whose sum of squares is below 2.2e-16, as numbers of the size 1e-9 have it.

use findings::report;
use linfa::prelude::{Dataset, Fit};
use linfa_elasticnet::ElasticNet;
use ndarray::array;
use serde_json::json;

fn main() {
    let fit = |unit: f64| {
        let x = array![[-1.0], [0.0], [2.0]] * unit;
        let model = ElasticNet::params().penalty(0.0).with_intercept(false);
        model.fit(&Dataset::new(x, array![-1.0, 0.0, 2.0])).unwrap().hyperplane()[0] * unit
    };
    let (metres, nanometres) = (fit(1.0), fit(1e-9));
    report(
        (metres - 1.0).abs() < 1e-9 && nanometres == 0.0,
        json!({ "slope times unit, unit 1": metres, "slope times unit, unit 1e-9": nanometres }),
    );
}
