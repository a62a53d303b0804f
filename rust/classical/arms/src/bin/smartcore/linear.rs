//! What smartcore's linear models share: their inputs and modes.

use std::rc::Rc;

use assay_classical::supervised::{self, predictions};
use assay_worker::{Answer, Error, Mode, Work};
use serde_json::{Map, Value};
use smartcore::api::Predictor;
use smartcore::error::Failed;
use smartcore::linalg::basic::matrix::DenseMatrix;

use crate::{dense, rows};

/// A matrix as smartcore takes it.
pub type X = DenseMatrix<f64>;

struct Variant {
    x: X,
    y: Vec<f64>,
    q: X,
    q_rows: Vec<X>,
}

/// The work of a model: how it is fitted, and how its answer is read off it. `count` rows are predicted one by one.
pub fn work<M: Predictor<X, Vec<f64>> + 'static>(
    variants: Vec<supervised::Variant>,
    count: usize,
    call: &str,
    parameters: Map<String, Value>,
    train: impl Fn(&X, &Vec<f64>) -> Result<M, Failed> + 'static,
    answer: impl Fn(&M) -> Answer + 'static,
) -> Result<Work, Error> {
    let variant = |variant: supervised::Variant| {
        let q_rows = rows(&variant.q, count)?;
        Ok(Variant { x: dense(variant.x)?, y: variant.y, q: dense(variant.q)?, q_rows })
    };
    let variants: Rc<[Variant]> = variants.into_iter().map(variant).collect::<Result<_, Error>>()?;
    let train = move |Variant { x, y, .. }: &Variant| train(x, y).map_err(Error::failed);
    let model = Rc::new(train(&variants[0])?);

    let data = Rc::clone(&variants);
    let fit_call = move |v: usize, _: usize| train(&data[v]);
    let (data, fitted) = (Rc::clone(&variants), Rc::clone(&model));
    let predict = move |v: usize, _: usize| fitted.predict(&data[v].q).map_err(Error::failed);
    let (data, fitted) = (Rc::clone(&variants), model);
    let predict_one = move |v: usize, row: usize| fitted.predict(&data[v].q_rows[row]).map_err(Error::failed);

    let predicted = |values: &Vec<f64>| Ok(predictions(values.clone()));
    Ok(Work::new(variants.len(), call, parameters)
        .mode("fit", Mode::new(fit_call, move |model: &M| Ok(answer(model))))
        .mode("predict", Mode::new(predict, predicted))
        .mode("predict_one", Mode::new(predict_one, predicted).by_row(count)))
}
