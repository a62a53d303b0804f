//! smartcore's lasso lacks the 1/2 of the usual objective: its alpha shrinks half as much as scikit-learn's or linfa's.

use findings::report;
use serde_json::json;
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::lasso::{Lasso, LassoParameters};

fn main() {
    // y = 2 x, x with mean 0 and mean square 2: RSS/n + alpha |b| has its optimum at 2 - alpha / 4, RSS/(2n) + alpha |b| at 2 - alpha / 2.
    let x = vec![-2.0, -1.0, 0.0, 1.0, 2.0];
    let y: Vec<f64> = x.iter().map(|value| 2.0 * value).collect();
    let parameters =
        LassoParameters::default().with_alpha(1.0).with_normalize(false).with_tol(1e-8).with_max_iter(10_000);
    let model = Lasso::fit(&DenseMatrix::new(5, 1, x, false).unwrap(), &y, parameters).unwrap();
    let slope: f64 = *model.coefficients().get((0, 0));
    report(
        (slope - 1.75).abs() < 1e-3,
        json!({ "slope": slope, "optimum of RSS/n + alpha |b|": 1.75, "optimum of RSS/(2n) + alpha |b|": 1.5 }),
    );
}
