//! Agglomerative clustering by linfa, on a Gaussian kernel that is built inside the time.

use assay_classical::agglomerative::Parameters;
use assay_classical::clustering::{effective, Inputs};
use assay_classical::inputs::array;
use assay_classical::kmeans::labels;
use assay_worker::{Dataset, Error, Load, Mode, Work};
use linfa_core::agglomerative::{self, Linkage};
use ndarray::Array2;

const CALL: &str = "Kernel::params().method(Gaussian(eps)).transform(x), then HierarchicalCluster::default().with_method(linkage)\
.num_clusters(n_clusters).transform(kernel), whose distances are the squares divided by eps; eps is set by the box around the rows, so that \
none is cut off; the labels, which linfa numbers at random, are renumbered. All in the time";

/// Prepare fit_predict.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::<Parameters>::read(load, &dataset)?;
    drop(dataset);
    let set = effective(&inputs.parameters)?;
    let (linkage, n_clusters) = (inputs.parameters.linkage.name().parse::<Linkage>(), inputs.parameters.n_clusters);
    let linkage = linkage.map_err(Error::failed)?;
    let variants = inputs.variants.into_iter().map(array).collect::<Result<Vec<Array2<f64>>, Error>>()?;
    let count = variants.len();
    let call = move |v: usize, _: usize| {
        agglomerative::fit_predict(variants[v].view(), linkage, n_clusters).map_err(Error::failed)
    };
    let answer = |of_rows: &Vec<usize>| Ok(labels(of_rows.iter().map(|&label| label as i64)));
    Ok(Work::new(count, CALL, set).mode("fit_predict", Mode::new(call, answer)))
}
