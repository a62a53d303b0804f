//! The elastic net by linfa's coordinate descent.

use std::rc::Rc;

use assay_classical::inputs::array;
use assay_classical::penalised::{fit, ElasticNetInputs};
use assay_classical::supervised::{self, predictions};
use assay_worker::{Dataset, Error, Load, Mode, Work};
use linfa_core::elastic_net::{self, Model, Settings};
use ndarray::{s, Array1, Array2};
use serde_json::{Map, Value};

const CALL: &str = "ElasticNet::params().penalty(alpha).l1_ratio(l1_ratio).with_intercept(false).tolerance(tol)\
.max_iterations(max_iter).fit(DatasetBase::new(x, y)); predict(q); predict of a matrix of one row";

struct Variant {
    x: Array2<f64>,
    y: Array1<f64>,
    q: Array2<f64>,
}

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
    variants: Vec<supervised::Variant>,
    rows: usize,
    call: &str,
    parameters: Map<String, Value>,
    settings: impl Fn(usize) -> Settings + 'static,
) -> Result<Work, Error> {
    let variant =
        |variant: supervised::Variant| Ok(Variant { x: array(variant.x)?, y: variant.y.into(), q: array(variant.q)? });
    let variants: Rc<[Variant]> = variants.into_iter().map(variant).collect::<Result<_, Error>>()?;
    let train = move |Variant { x, y, .. }: &Variant| {
        elastic_net::fit(x.view(), y.view(), &settings(x.nrows())).map_err(Error::failed)
    };
    let model = Rc::new(train(&variants[0])?);

    let data = Rc::clone(&variants);
    let fit_call = move |v: usize, _: usize| train(&data[v]);
    let (data, fitted) = (Rc::clone(&variants), Rc::clone(&model));
    let predict = move |v: usize, _: usize| Ok(elastic_net::predict(&fitted, data[v].q.view()));
    let (data, fitted) = (Rc::clone(&variants), model);
    let predict_one = move |v: usize, row: usize| Ok(elastic_net::predict(&fitted, data[v].q.slice(s![row..=row, ..])));

    let fit_answer = |model: &Model| Ok(fit(model.coefficients().to_vec(), model.intercept(), Some(model.sweeps())));
    let answer = |values: &Array1<f64>| Ok(predictions(values.to_vec()));
    Ok(Work::new(variants.len(), call, parameters)
        .mode("fit", Mode::new(fit_call, fit_answer))
        .mode("predict", Mode::new(predict, answer))
        .mode("predict_one", Mode::new(predict_one, answer).by_row(rows)))
}
