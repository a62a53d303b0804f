//! k-means++ of linfa panics where squared distances overflow, instead of returning its `InertiaError`.

use findings::{caught, report};
use linfa::prelude::Fit;
use linfa::DatasetBase;
use linfa_clustering::{KMeans, KMeansInit};
use ndarray::array;
use serde_json::json;

fn main() {
    let x = array![[-1e200], [0.0], [1e200], [2e200]];
    let fit = |init: KMeansInit<f64>| {
        let data = DatasetBase::from(x.clone());
        caught(|| KMeans::params(2).n_runs(1).init_method(init).fit(&data).map_err(|error| error.to_string()))
    };
    let text = |outcome: Result<Result<_, String>, String>| match outcome {
        Err(panic) => format!("panic: {panic}"),
        Ok(Err(error)) => format!("error: {error}"),
        Ok(Ok(_)) => "a model".to_owned(),
    };
    let (plusplus, random) = (fit(KMeansInit::KMeansPlusPlus), fit(KMeansInit::Random));
    report(plusplus.is_err(), json!({ "k-means++": text(plusplus), "random start": text(random) }));
}
