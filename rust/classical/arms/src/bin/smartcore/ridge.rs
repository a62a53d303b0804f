//! Ridge regression by smartcore's Cholesky decomposition.

use assay_classical::penalised::{fit, RidgeInputs};
use assay_worker::{Dataset, Error, Load, Work};
use smartcore::error::Failed;
use smartcore::linalg::basic::arrays::Array;
use smartcore::linear::ridge_regression::{RidgeRegression, RidgeRegressionParameters, RidgeRegressionSolverName};

use crate::linear::{work, X};

const CALL: &str = "RidgeRegression::fit(x, y, alpha, solver Cholesky, normalize false); predict(q); \
predict of a matrix of one row";

/// A fitted model.
pub type Model = RidgeRegression<f64, f64, X, Vec<f64>>;

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = RidgeInputs::read(load, &dataset)?;
    drop(dataset);
    let (count, alpha, effective) = (inputs.rows(), inputs.parameters.alpha, inputs.parameters.effective());
    let train = move |x: &X, y: &Vec<f64>| train(x, y, alpha);
    let answer = |model: &Model| fit(model.coefficients().iterator(0).copied().collect(), *model.intercept(), None);
    work(inputs.variants, count, CALL, effective, train, answer)
}

/// Fit a model.
pub fn train(x: &X, y: &Vec<f64>, alpha: f64) -> Result<Model, Failed> {
    let parameters = RidgeRegressionParameters::default()
        .with_alpha(alpha)
        .with_solver(RidgeRegressionSolverName::Cholesky)
        .with_normalize(false);
    RidgeRegression::fit(x, y, parameters)
}
