//! linfa's k-means is not Lloyd's: the old centre counts as one more point of its cluster.

use findings::report;
use linfa::prelude::Fit;
use linfa::DatasetBase;
use linfa_clustering::{KMeans, KMeansInit};
use linfa_nn::distance::L2Dist;
use ndarray::array;
use rand_xoshiro::{rand_core::SeedableRng, Xoshiro256Plus};
use serde_json::json;

fn main() {
    let x = array![[0.0], [2.0], [10.0], [14.0]];
    let start = array![[1.5], [9.0]];
    let model = KMeans::params_with(2, Xoshiro256Plus::seed_from_u64(1), L2Dist)
        .n_runs(1)
        .max_n_iterations(1)
        .tolerance(1e-300)
        .init_method(KMeansInit::Precomputed(start))
        .fit(&DatasetBase::from(x))
        .unwrap();
    let centres = model.centroids();
    let lloyd = array![[1.0], [12.0]]; // the means of 0 and 2, and of 10 and 14
    let with_the_old = array![[(0.0 + 2.0 + 1.5) / 3.0], [(10.0 + 14.0 + 9.0) / 3.0]];
    report(
        centres == with_the_old,
        json!({
            "centres after one step": centres.column(0).to_vec(), "means of the members": lloyd.column(0).to_vec(),
            "means of the members and the old centre": with_the_old.column(0).to_vec(),
        }),
    );
}
