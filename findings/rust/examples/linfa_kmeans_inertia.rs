//! linfa's `inertia()` and `cluster_count()` do not belong to the centres that the model has, but to those before the last step.

use findings::report;
use linfa::prelude::{Fit, Predict};
use linfa::DatasetBase;
use linfa_clustering::{KMeans, KMeansInit};
use linfa_nn::distance::L2Dist;
use ndarray::array;
use rand_xoshiro::{rand_core::SeedableRng, Xoshiro256Plus};
use serde_json::json;

fn main() {
    let x = array![[0.0], [4.0], [6.0], [8.0], [20.0]];
    let start = array![[0.0], [7.0]]; // one step takes them to 1/2 or 0 and to 9
    let model = KMeans::params_with(2, Xoshiro256Plus::seed_from_u64(1), L2Dist)
        .n_runs(1)
        .max_n_iterations(1)
        .tolerance(1e-300)
        .init_method(KMeansInit::Precomputed(start))
        .fit(&DatasetBase::from(x.clone()))
        .unwrap();
    let labels = model.predict(&x);
    let counts = [0, 1].map(|label| labels.iter().filter(|&&l| l == label).count() as f64);
    let squares = |k: usize, value: f64| (value - model.centroids()[[k, 0]]).powi(2);
    let sum: f64 = x.column(0).iter().zip(&labels).map(|(&value, &k)| squares(k, value)).sum();
    report(
        model.cluster_count().to_vec() != counts && (model.inertia() - sum / 5.0).abs() > 1e-6,
        json!({
            "centres": model.centroids().column(0).to_vec(), "inertia()": model.inertia(),
            "mean squared distance to the centres": sum / 5.0, "sum of squared distances": sum,
            "cluster_count()": model.cluster_count().to_vec(), "rows per label of predict()": counts,
        }),
    );
}
