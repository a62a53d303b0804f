//! Ridge regression by linfa's coordinate descent: it has no direct solver.

use assay_classical::penalised::RidgeInputs;
use assay_worker::{Dataset, Error, Load, Work};
use linfa_core::elastic_net::Settings;

use crate::elastic_net::work;

const CALL: &str = "ElasticNet::params().penalty(alpha / n).l1_ratio(0).with_intercept(false).tolerance(0)\
.max_iterations(max_iter).fit(DatasetBase::new(x, y)); predict(q); predict of a matrix of one row";

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = RidgeInputs::read(load, &dataset)?;
    drop(dataset);
    let (alpha, max_iter) = (inputs.parameters.alpha, inputs.parameters.max_iter);
    let mut parameters = inputs.parameters.effective();
    parameters.insert("max_iter".into(), max_iter.into());
    let rows = inputs.rows();
    work(inputs.variants, rows, CALL, parameters, move |n| Settings::ridge(alpha, n, max_iter, false))
}
