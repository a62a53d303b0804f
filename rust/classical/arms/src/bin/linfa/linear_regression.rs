//! Ordinary least squares by linfa.

use assay_classical::linear_regression::{fit, Inputs, Parameters};
use assay_worker::{Dataset, Error, Load, Work};
use linfa_core::linear_regression::{self, Model};

use crate::linear::work;

const CALL: &str = "LinearRegression::new().with_intercept(fit_intercept).fit(DatasetBase::new(x, y)); predict(q); \
predict of a matrix of one row";

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::read(load, &dataset)?;
    drop(dataset);
    let (rows, fit_intercept) = (inputs.rows(), inputs.parameters.fit_intercept);
    let work = work(
        inputs.variants,
        rows,
        CALL,
        Parameters::effective(fit_intercept),
        move |x, y| linear_regression::fit(x, y, fit_intercept),
        linear_regression::predict,
        |model: &Model| fit(model.params().to_vec(), model.intercept()),
    )?;
    Ok(work.pool("rayon", rayon::current_num_threads()))
}
