//! DBSCAN by linfa, with its kd-tree.

use assay_classical::clustering::{effective, Inputs};
use assay_classical::dbscan::{Parameters, NOISE};
use assay_classical::inputs::array;
use assay_classical::kmeans::labels;
use assay_worker::{Dataset, Error, Load, Mode, Work};
use linfa_core::dbscan;
use ndarray::{Array1, Array2};

const CALL: &str = "Dbscan::params(min_samples).tolerance(eps).nn_algo(KdTree).transform(x)";

/// Prepare fit_predict.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::<Parameters>::read(load, &dataset)?;
    drop(dataset);
    let set = effective(&inputs.parameters)?;
    let Parameters { eps, min_samples, .. } = inputs.parameters;
    let variants = inputs.variants.into_iter().map(array).collect::<Result<Vec<Array2<f64>>, Error>>()?;
    let count = variants.len();
    let call =
        move |v: usize, _: usize| dbscan::fit_predict(variants[v].view(), eps, min_samples).map_err(Error::failed);
    let answer = |of_rows: &Array1<Option<usize>>| {
        Ok(labels(of_rows.iter().map(|label| label.map_or(NOISE, |label| label as i64))))
    };
    Ok(Work::new(count, CALL, set).mode("fit_predict", Mode::new(call, answer)))
}
