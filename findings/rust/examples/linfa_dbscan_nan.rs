//! DBSCAN of linfa panics on a NaN or an infinity instead of returning an error.

use findings::{caught, report};
use linfa::traits::Transformer;
use linfa::ParamGuard;
use linfa_clustering::Dbscan;
use linfa_nn::distance::L2Dist;
use linfa_nn::CommonNearestNeighbour::{BallTree, KdTree, LinearSearch};
use ndarray::array;
use serde_json::json;

fn main() {
    let outcome = |value: f64, index| {
        let x = array![[0.0], [1.0], [value], [2.0]];
        let labels =
            caught(|| Dbscan::params_with(2, L2Dist, index).tolerance(1.5).check().unwrap().transform(&x).to_vec());
        labels.map_or_else(|panic| format!("panic: {panic}"), |labels| format!("{labels:?}"))
    };
    let all = [("kd-tree", KdTree), ("ball tree", BallTree), ("linear search", LinearSearch)];
    let found = all.map(|(name, index)| (name, outcome(f64::NAN, index.clone()), outcome(f64::INFINITY, index)));
    let panics = found.iter().any(|(_, nan, infinity)| nan.starts_with("panic") || infinity.starts_with("panic"));
    report(
        panics,
        found.iter().map(|(name, nan, inf)| (name.to_string(), json!({ "NaN": nan, "infinity": inf }))).collect(),
    );
}
