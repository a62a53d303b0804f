//! Of linfa's three neighbour indices the kd-tree counts a point at exactly the radius, ball tree and linear search do not:
//! DBSCAN's answer depends on the index.

use findings::report;
use linfa::traits::Transformer;
use linfa::ParamGuard;
use linfa_clustering::Dbscan;
use linfa_nn::distance::L2Dist;
use linfa_nn::CommonNearestNeighbour::{BallTree, KdTree, LinearSearch};
use ndarray::array;
use serde_json::json;

fn main() {
    let x = array![[0.0], [1.0], [2.0], [3.0]]; // neighbours at exactly eps = 1
    let clusters = |index| {
        let labels = Dbscan::params_with(2, L2Dist, index).tolerance(1.0).check().unwrap().transform(&x);
        labels.iter().filter(|label| label.is_some()).count()
    };
    let [kd, ball, linear] = [KdTree, BallTree, LinearSearch].map(clusters);
    report(
        kd != ball || kd != linear,
        json!({ "rows in a cluster": { "kd-tree": kd, "ball tree": ball, "linear search": linear } }),
    );
}
