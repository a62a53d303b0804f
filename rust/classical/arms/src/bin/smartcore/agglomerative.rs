//! Agglomerative clustering by smartcore, which has single linkage.

use assay_classical::agglomerative::{Linkage, Parameters};
use assay_classical::clustering::{effective, Inputs};
use assay_classical::kmeans::labels;
use assay_worker::{Dataset, Error, Load, Mode, Work};
use smartcore::cluster::agglomerative::{AgglomerativeClustering, AgglomerativeClusteringParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;

use crate::dense;

const CALL: &str = "AgglomerativeClustering::fit(x, {n_clusters}); labels";

type Model = AgglomerativeClustering<f64, f64, DenseMatrix<f64>, Vec<f64>>;

/// Prepare fit_predict.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::<Parameters>::read(load, &dataset)?;
    drop(dataset);
    let set = effective(&inputs.parameters)?;
    let Parameters { linkage, n_clusters, .. } = inputs.parameters;
    if linkage != Linkage::Single {
        return Err(Error::unsupported(format!("linkage {}: smartcore has single linkage only", linkage.name())));
    }
    let variants = inputs.variants.into_iter().map(dense).collect::<Result<Vec<_>, Error>>()?;
    let count = variants.len();
    let parameters = AgglomerativeClusteringParameters { n_clusters };
    let call = move |v: usize, _: usize| Model::fit(&variants[v], parameters).map_err(Error::failed);
    let answer = |model: &Model| Ok(labels(model.labels.iter().map(|&label| label as i64)));
    Ok(Work::new(count, CALL, set).mode("fit_predict", Mode::new(call, answer)))
}
