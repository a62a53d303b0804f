//! smartcore's ridge standardises the columns unless told not to, and then has no intercept: neither setting is scikit-learn's Ridge.

use findings::report;
use serde_json::json;
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::ridge_regression::{RidgeRegression, RidgeRegressionParameters};

fn main() {
    // y = 2 x + 5. Ridge with alpha 1 and a free intercept: slope = Sxy / (Sxx + 1) = 20 / 11 on x = -2 ... 2, intercept 5.
    let x = vec![-2.0, -1.0, 0.0, 1.0, 2.0];
    let y: Vec<f64> = x.iter().map(|value| 2.0 * value + 5.0).collect();
    let fit = |normalize: Option<bool>| {
        let parameters = RidgeRegressionParameters::default().with_alpha(1.0);
        let parameters = normalize.map_or(parameters.clone(), |normalize| parameters.with_normalize(normalize));
        let model = RidgeRegression::fit(&DenseMatrix::new(5, 1, x.clone(), false).unwrap(), &y, parameters).unwrap();
        (*model.coefficients().get((0, 0)), *model.intercept())
    };
    let (default, plain) = (fit(None), fit(Some(false)));
    report(
        (default.0 - 20.0 / 11.0).abs() > 0.01 && plain.1 == 0.0,
        json!({ "slope and intercept by default": default, "with_normalize(false)": plain, "penalised least squares with an intercept": [20.0 / 11.0, 5.0] }),
    );
}
