//! linfa's hierarchical clustering takes all pairs whose similarity is below 1e-6 as equally far, so that far clusters merge by chance.

use findings::{report, same_groups};
use linfa::traits::Transformer;
use linfa_hierarchical::HierarchicalCluster;
use linfa_kernel::{Kernel, KernelMethod};
use ndarray::array;
use serde_json::json;

fn main() {
    let x = array![[0.0], [100.0], [104.0]]; // the two nearest are 100 and 104, whatever the linkage
    let kernel = Kernel::params().method(KernelMethod::Gaussian(1.0)).transform(x.view());
    let found = HierarchicalCluster::default().num_clusters(2).transform(kernel).unwrap().targets().clone();
    report(!same_groups(&found, &[0, 1, 1]), json!({ "rows": [0.0, 100.0, 104.0], "labels": found }));
}
