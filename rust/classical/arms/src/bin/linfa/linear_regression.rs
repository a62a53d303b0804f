//! Ordinary least squares by linfa.

use std::rc::Rc;

use assay_classical::inputs::array;
use assay_classical::linear_regression::{fit, Inputs};
use assay_classical::supervised::{self, predictions};
use assay_worker::{Dataset, Error, Load, Mode, Work};
use linfa_core::linear_regression::{self, Model};
use ndarray::{s, Array1, Array2};
use serde_json::Map;

const CALL: &str = "LinearRegression::new().with_intercept(fit_intercept).fit(DatasetBase::new(x, y)); predict(q); \
predict of a matrix of one row";

struct Variant {
    x: Array2<f64>,
    y: Array1<f64>,
    q: Array2<f64>,
}

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::read(load, &dataset)?;
    drop(dataset);
    let (rows, fit_intercept) = (inputs.rows(), inputs.parameters.fit_intercept);
    let variant =
        |variant: supervised::Variant| Ok(Variant { x: array(variant.x)?, y: variant.y.into(), q: array(variant.q)? });
    let variants: Rc<[Variant]> = inputs.variants.into_iter().map(variant).collect::<Result<_, Error>>()?;
    let train = move |Variant { x, y, .. }: &Variant| {
        linear_regression::fit(x.view(), y.view(), fit_intercept).map_err(Error::failed)
    };
    let model = Rc::new(train(&variants[0])?);

    let data = Rc::clone(&variants);
    let fit_call = move |v: usize, _: usize| train(&data[v]);
    let (data, fitted) = (Rc::clone(&variants), Rc::clone(&model));
    let predict = move |v: usize, _: usize| Ok(linear_regression::predict(&fitted, data[v].q.view()));
    let (data, fitted) = (Rc::clone(&variants), model);
    let predict_one =
        move |v: usize, row: usize| Ok(linear_regression::predict(&fitted, data[v].q.slice(s![row..=row, ..])));

    let mut parameters = Map::new();
    parameters.insert("fit_intercept".into(), fit_intercept.into());
    parameters.insert("dtype".into(), "float64".into());
    let answer = |values: &Array1<f64>| Ok(predictions(values.to_vec()));
    Ok(Work::new(variants.len(), CALL, parameters)
        .mode("fit", Mode::new(fit_call, |model: &Model| Ok(fit(model.params().to_vec(), model.intercept()))))
        .mode("predict", Mode::new(predict, answer))
        .mode("predict_one", Mode::new(predict_one, answer).by_row(rows))
        .pool("rayon", rayon::current_num_threads()))
}
