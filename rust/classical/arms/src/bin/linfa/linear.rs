//! What linfa's linear models share: their inputs and modes.

use std::rc::Rc;

use assay_classical::inputs::array;
use assay_classical::supervised::{self, predictions};
use assay_worker::{Answer, Error, Mode, Work};
use ndarray::{s, Array1, Array2, ArrayView1, ArrayView2};
use serde_json::{Map, Value};

struct Variant {
    x: Array2<f64>,
    y: Array1<f64>,
    q: Array2<f64>,
}

/// The work of a model: how it is fitted, how it predicts, and how its answer is read off it. `rows` are predicted one by one.
pub fn work<M: 'static, E: std::fmt::Display>(
    variants: Vec<supervised::Variant>,
    rows: usize,
    call: &str,
    parameters: Map<String, Value>,
    train: impl Fn(ArrayView2<f64>, ArrayView1<f64>) -> Result<M, E> + 'static,
    predict: fn(&M, ArrayView2<f64>) -> Array1<f64>,
    answer: impl Fn(&M) -> Answer + 'static,
) -> Result<Work, Error> {
    let variant =
        |variant: supervised::Variant| Ok(Variant { x: array(variant.x)?, y: variant.y.into(), q: array(variant.q)? });
    let variants: Rc<[Variant]> = variants.into_iter().map(variant).collect::<Result<_, Error>>()?;
    let train = move |Variant { x, y, .. }: &Variant| train(x.view(), y.view()).map_err(Error::failed);
    let model = Rc::new(train(&variants[0])?);

    let data = Rc::clone(&variants);
    let fit_call = move |v: usize, _: usize| train(&data[v]);
    let (data, fitted) = (Rc::clone(&variants), Rc::clone(&model));
    let predict_all = move |v: usize, _: usize| Ok(predict(&fitted, data[v].q.view()));
    let (data, fitted) = (Rc::clone(&variants), model);
    let predict_one = move |v: usize, row: usize| Ok(predict(&fitted, data[v].q.slice(s![row..=row, ..])));

    let predicted = |values: &Array1<f64>| Ok(predictions(values.to_vec()));
    Ok(Work::new(variants.len(), call, parameters)
        .mode("fit", Mode::new(fit_call, move |model: &M| Ok(answer(model))))
        .mode("predict", Mode::new(predict_all, predicted))
        .mode("predict_one", Mode::new(predict_one, predicted).by_row(rows)))
}
