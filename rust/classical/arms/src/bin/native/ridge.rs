//! Ridge regression in plain Rust: Cholesky factors of the normal equations.

use std::rc::Rc;

use assay_classical::penalised::{fit, RidgeInputs};
use assay_classical::supervised::{predictions, Variant};
use assay_worker::{Dataset, Error, Load, Mode, Work};

use crate::cholesky::ridge;
use crate::householder::Solution;
use crate::pool::Pool;

const CALL: &str = "cholesky::ridge(x, y, alpha); Solution::predict(q); Solution::predict_one(q, row)";

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = RidgeInputs::read(load, &dataset)?;
    drop(dataset);
    let (rows, alpha, parameters) = (inputs.rows(), inputs.parameters.alpha, inputs.parameters.effective());
    let pool = Rc::new(Pool::new(load.threads)?);
    let variants = Rc::new(inputs.variants);
    let threads = Rc::clone(&pool);
    let train = move |Variant { x, y, .. }: &Variant| ridge(x, y, alpha, &threads);
    let model = Rc::new(train(&variants[0])?);

    let data = Rc::clone(&variants);
    let fit_call = move |v: usize, _: usize| train(&data[v]);
    let (data, fitted, threads) = (Rc::clone(&variants), Rc::clone(&model), Rc::clone(&pool));
    let predict = move |v: usize, _: usize| Ok(fitted.predict(&data[v].q, &threads));
    let (data, fitted) = (Rc::clone(&variants), model);
    let predict_one = move |v: usize, row: usize| Ok(fitted.predict_one(&data[v].q, row));

    let work = Work::new(variants.len(), CALL, parameters)
        .mode("fit", Mode::new(fit_call, |model: &Solution| Ok(fit(model.coefficients.clone(), model.intercept, None))))
        .mode("predict", Mode::new(predict, |values: &Vec<f64>| Ok(predictions(values.clone()))))
        .mode("predict_one", Mode::new(predict_one, |&value: &f64| Ok(predictions(vec![value]))).by_row(rows));
    Ok(pool.report(work))
}
