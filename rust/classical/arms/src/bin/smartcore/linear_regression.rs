//! Ordinary least squares by smartcore, with its QR.

use std::rc::Rc;

use assay_classical::linear_regression::{fit, Inputs};
use assay_classical::supervised::{self, predictions};
use assay_worker::{Dataset, Error, Load, Mode, Work};
use serde_json::Map;
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::linear_regression::{LinearRegression, LinearRegressionParameters, LinearRegressionSolverName};

use crate::{dense, rows};

const CALL: &str =
    "LinearRegression::fit(x, y, solver QR); predict(q); predict of a matrix of one row. It always fits an intercept";

type Model = LinearRegression<f64, f64, DenseMatrix<f64>, Vec<f64>>;

struct Variant {
    x: DenseMatrix<f64>,
    y: Vec<f64>,
    q: DenseMatrix<f64>,
    q_rows: Vec<DenseMatrix<f64>>,
}

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::read(load, &dataset)?;
    drop(dataset);
    let count = inputs.rows();
    let variant = |variant: supervised::Variant| {
        let q_rows = rows(&variant.q, count)?;
        Ok(Variant { x: dense(variant.x)?, y: variant.y, q: dense(variant.q)?, q_rows })
    };
    let variants: Rc<[Variant]> = inputs.variants.into_iter().map(variant).collect::<Result<_, Error>>()?;
    let train = |Variant { x, y, .. }: &Variant| -> Result<Model, Error> {
        let parameters = LinearRegressionParameters::default().with_solver(LinearRegressionSolverName::QR);
        LinearRegression::fit(x, y, parameters).map_err(Error::failed)
    };
    let model = Rc::new(train(&variants[0])?);

    let data = Rc::clone(&variants);
    let fit_call = move |v: usize, _: usize| train(&data[v]);
    let (data, fitted) = (Rc::clone(&variants), Rc::clone(&model));
    let predict = move |v: usize, _: usize| fitted.predict(&data[v].q).map_err(Error::failed);
    let (data, fitted) = (Rc::clone(&variants), model);
    let predict_one = move |v: usize, row: usize| fitted.predict(&data[v].q_rows[row]).map_err(Error::failed);

    let mut parameters = Map::new();
    parameters.insert("fit_intercept".into(), true.into());
    parameters.insert("dtype".into(), "float64".into());
    let answer = |values: &Vec<f64>| Ok(predictions(values.clone()));
    Ok(Work::new(variants.len(), CALL, parameters)
        .mode(
            "fit",
            Mode::new(fit_call, |model: &Model| {
                Ok(fit(model.coefficients().iterator(0).copied().collect(), *model.intercept()))
            }),
        )
        .mode("predict", Mode::new(predict, answer))
        .mode("predict_one", Mode::new(predict_one, answer).by_row(count)))
}
