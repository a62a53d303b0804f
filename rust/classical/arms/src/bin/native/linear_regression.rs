//! Ordinary least squares in plain Rust: Householder QR.

use assay_classical::linear_regression::{fit, Inputs, Parameters};
use assay_worker::{Dataset, Error, Load, Work};

use crate::householder::least_squares;
use crate::linear::work;

const CALL: &str =
    "householder::least_squares(x, y, fit_intercept); Solution::predict(q); Solution::predict_one(q, row)";

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::read(load, &dataset)?;
    drop(dataset);
    let (rows, fit_intercept) = (inputs.rows(), inputs.parameters.fit_intercept);
    work(
        inputs.variants,
        rows,
        load.threads,
        CALL,
        Parameters::effective(fit_intercept),
        move |data, pool| least_squares(&data.x, &data.y, fit_intercept, pool),
        |model| fit(model.coefficients.clone(), model.intercept),
    )
}
