//! Average and Ward linkage of linfa on a Gaussian kernel are computed from squared distances; single and complete are not affected.

use findings::{report, same_groups, Draw};
use kodama::Method;
use linfa::traits::Transformer;
use linfa_hierarchical::HierarchicalCluster;
use linfa_kernel::{Kernel, KernelMethod};
use ndarray::Array2;
use serde_json::json;

/// The linkage of the same crate that linfa calls, on plain distances, cut at `k` clusters.
fn expected(x: &Array2<f64>, method: Method, k: usize) -> Vec<usize> {
    let n = x.nrows();
    let distance = |(i, j): (usize, usize)| (&x.row(i) - &x.row(j)).mapv(|d| d * d).sum().sqrt();
    let mut condensed: Vec<f64> = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).map(distance).collect();
    let steps = kodama::linkage(&mut condensed, n, method);
    let mut cluster: Vec<usize> = (0..n).collect();
    for (step, merge) in steps.steps().iter().take(n - k).enumerate() {
        for label in cluster.iter_mut().filter(|label| [merge.cluster1, merge.cluster2].contains(label)) {
            *label = n + step;
        }
    }
    cluster
}

fn main() {
    let methods = [
        ("single", linfa_hierarchical::Method::Single, Method::Single),
        ("complete", linfa_hierarchical::Method::Complete, Method::Complete),
        ("average", linfa_hierarchical::Method::Average, Method::Average),
        ("ward", linfa_hierarchical::Method::Ward, Method::Ward),
    ];
    let problems = 200;
    let differ = methods.map(|(name, linfa, plain)| {
        let wrong = (0..problems).filter(|&seed| {
            let x = Draw(seed).matrix(12, 2);
            let kernel = Kernel::params().method(KernelMethod::Gaussian(1.0)).transform(x.view());
            let found = HierarchicalCluster::default().with_method(linfa).num_clusters(3).transform(kernel).unwrap();
            !same_groups(found.targets(), &expected(&x, plain, 3))
        });
        (name, wrong.count())
    });
    let [single, complete, average, ward] = differ.map(|(_, wrong)| wrong);
    report(
        single == 0 && complete == 0 && average > 0 && ward > 0,
        json!({ "problems": problems, "other partition than from distances": differ.iter().map(|(n, w)| (n.to_string(), json!(w))).collect::<serde_json::Map<_, _>>() }),
    );
}
