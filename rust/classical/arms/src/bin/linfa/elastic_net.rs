//! The elastic net by linfa's coordinate descent.

use assay_classical::penalised::{fit, ElasticNetInputs};
use assay_classical::supervised::Variant;
use assay_worker::{Dataset, Error, Load, Work};
use linfa_core::elastic_net::{self, Model, Settings};
use serde_json::{Map, Value};

use crate::linear;

const CALL: &str = "ElasticNet::params().penalty(alpha).l1_ratio(l1_ratio).with_intercept(false).tolerance(tol)\
.max_iterations(max_iter).fit(DatasetBase::new(x, y)); predict(q); predict of a matrix of one row";

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = ElasticNetInputs::read(load, &dataset)?;
    drop(dataset);
    let asked = &inputs.parameters;
    let settings = Settings {
        alpha: asked.alpha,
        l1_ratio: asked.l1_ratio,
        tol: asked.tol,
        max_iter: asked.max_iter,
        fit_intercept: false,
    };
    let (rows, parameters) = (inputs.rows(), asked.effective());
    work(inputs.variants, rows, CALL, parameters, move |_| settings)
}

/// The work of a linear model with a penalty, whose settings may depend on the number of training rows.
pub fn work(
    variants: Vec<Variant>,
    rows: usize,
    call: &str,
    parameters: Map<String, Value>,
    settings: impl Fn(usize) -> Settings + 'static,
) -> Result<Work, Error> {
    linear::work(
        variants,
        rows,
        call,
        parameters,
        move |x, y| elastic_net::fit(x, y, &settings(x.nrows())),
        elastic_net::predict,
        |model: &Model| fit(model.coefficients().to_vec(), model.intercept(), Some(model.sweeps())),
    )
}
