//! Ordinary least squares by smartcore, with its QR.

use assay_classical::linear_regression::{fit, Inputs, Parameters};
use assay_worker::{Dataset, Error, Load, Work};
use smartcore::linalg::basic::arrays::Array;
use smartcore::linear::linear_regression::{LinearRegression, LinearRegressionParameters, LinearRegressionSolverName};

use crate::linear::{work, X};

const CALL: &str =
    "LinearRegression::fit(x, y, solver QR); predict(q); predict of a matrix of one row. It always fits an intercept";

type Model = LinearRegression<f64, f64, X, Vec<f64>>;

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::read(load, &dataset)?;
    drop(dataset);
    let count = inputs.rows();
    let train = |x: &X, y: &Vec<f64>| {
        let parameters = LinearRegressionParameters::default().with_solver(LinearRegressionSolverName::QR);
        LinearRegression::fit(x, y, parameters)
    };
    let answer = |model: &Model| fit(model.coefficients().iterator(0).copied().collect(), *model.intercept());
    work(inputs.variants, count, CALL, Parameters::effective(true), train, answer)
}
