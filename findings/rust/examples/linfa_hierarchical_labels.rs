//! The cluster numbers of linfa's hierarchical clustering change from call to call on the same data.

use std::collections::BTreeSet;

use findings::report;
use linfa::traits::Transformer;
use linfa_hierarchical::HierarchicalCluster;
use linfa_kernel::{Kernel, KernelMethod};
use ndarray::array;
use serde_json::json;

fn main() {
    let x = array![[0.0], [0.1], [1.0], [1.1], [2.0], [2.1]];
    let labels = || {
        let kernel = Kernel::params().method(KernelMethod::Gaussian(1.0)).transform(x.view());
        HierarchicalCluster::default().num_clusters(3).transform(kernel).unwrap().targets().clone()
    };
    let different: BTreeSet<Vec<usize>> = (0..50).map(|_| labels()).collect();
    let shown: Vec<_> = different.iter().take(3).collect();
    report(different.len() > 1, json!({ "labellings in 50 calls": different.len(), "some of them": shown }));
}
