//! Ridge regression in plain Rust: Cholesky factors of the normal equations.

use assay_classical::penalised::{fit, RidgeInputs};
use assay_worker::{Dataset, Error, Load, Work};

use crate::cholesky::ridge;
use crate::linear::work;

const CALL: &str = "cholesky::ridge(x, y, alpha); Solution::predict(q); Solution::predict_one(q, row)";

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = RidgeInputs::read(load, &dataset)?;
    drop(dataset);
    let (rows, alpha, effective) = (inputs.rows(), inputs.parameters.alpha, inputs.parameters.effective());
    work(
        inputs.variants,
        rows,
        load.threads,
        CALL,
        effective,
        move |data, pool| ridge(&data.x, &data.y, alpha, pool),
        |model| fit(model.coefficients.clone(), model.intercept, None),
    )
}
