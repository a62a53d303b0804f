//! Every `predict` of linfa's multi-task elastic net first allocates a matrix of n x n, where n x tasks is meant.

use findings::report;
use linfa::prelude::{Dataset, Fit};
use linfa::traits::PredictInplace;
use linfa_elasticnet::MultiTaskElasticNet;
use ndarray::{array, Array2};
use serde_json::json;

fn main() {
    let data = Dataset::new(array![[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    let model = MultiTaskElasticNet::params().penalty(0.1).fit(&data).unwrap();
    let target: Array2<f64> = model.default_target(&Array2::<f64>::zeros((1000, 2)));
    report(
        target.dim() == (1000, 1000),
        json!({ "rows": 1000, "tasks": 2, "allocated shape": target.dim(), "bytes at 1,000,000 rows": 8e12 }),
    );
}
