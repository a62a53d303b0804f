//! smartcore's lasso fitted without an intercept does not predict: it answers that it was not fitted.

use findings::report;
use serde_json::json;
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::lasso::{Lasso, LassoParameters};

fn main() {
    let x = DenseMatrix::new(5, 1, vec![-2.0, -1.0, 0.0, 1.0, 2.0], false).unwrap();
    let y = vec![-4.0, -2.0, 0.0, 2.0, 4.0];
    let parameters = LassoParameters::default().with_alpha(0.01).with_normalize(false).with_fit_intercept(false);
    let model: Lasso<f64, f64, _, Vec<f64>> = Lasso::fit(&x, &y, parameters).unwrap();
    let predicted = model.predict(&x).map_err(|error| error.to_string());
    report(
        predicted.is_err(),
        json!({ "slope": model.coefficients().get((0, 0)), "predict": format!("{predicted:?}") }),
    );
}
