//! What the linear models of this arm share: their modes.

use std::rc::Rc;

use assay_classical::supervised::{predictions, Variant};
use assay_worker::{Answer, Error, Mode, Work};
use serde_json::{Map, Value};

use crate::householder::Solution;
use crate::pool::Pool;

/// The work of a model: how it is fitted on a pool of threads, and how its answer is read off it. `rows` are predicted one by one.
pub fn work(
    variants: Vec<Variant>,
    rows: usize,
    threads: usize,
    call: &str,
    parameters: Map<String, Value>,
    train: impl Fn(&Variant, &Pool) -> Result<Solution, Error> + 'static,
    answer: impl Fn(&Solution) -> Answer + 'static,
) -> Result<Work, Error> {
    let pool = Rc::new(Pool::new(threads)?);
    let variants = Rc::new(variants);
    let model = Rc::new(train(&variants[0], &pool)?);

    let (data, threads) = (Rc::clone(&variants), Rc::clone(&pool));
    let fit_call = move |v: usize, _: usize| train(&data[v], &threads);
    let (data, fitted, threads) = (Rc::clone(&variants), Rc::clone(&model), Rc::clone(&pool));
    let predict = move |v: usize, _: usize| Ok(fitted.predict(&data[v].q, &threads));
    let (data, fitted) = (Rc::clone(&variants), model);
    let predict_one = move |v: usize, row: usize| Ok(fitted.predict_one(&data[v].q, row));

    let work = Work::new(variants.len(), call, parameters)
        .mode("fit", Mode::new(fit_call, move |model: &Solution| Ok(answer(model))))
        .mode("predict", Mode::new(predict, |values: &Vec<f64>| Ok(predictions(values.clone()))))
        .mode("predict_one", Mode::new(predict_one, |&value: &f64| Ok(predictions(vec![value]))).by_row(rows));
    Ok(pool.report(work))
}
