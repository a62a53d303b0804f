//! smartcore's elastic net with `normalize(false)` does not find the optimum of its objective where X or y is not centred.

use findings::report;
use serde_json::json;
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::elastic_net::{ElasticNet, ElasticNetParameters};

fn fit(x: &[f64], y: &[f64]) -> (f64, f64) {
    let matrix = DenseMatrix::new(x.len(), 1, x.to_vec(), false).unwrap();
    let parameters =
        ElasticNetParameters::default().with_alpha(1e-6).with_l1_ratio(0.5).with_normalize(false).with_tol(1e-10);
    let model = ElasticNet::fit(&matrix, &y.to_vec(), parameters).unwrap();
    (*model.coefficients().get((0, 0)), *model.intercept())
}

fn main() {
    // y = 2 x + 5 exactly, and a penalty of nearly nothing: slope 2, intercept 5, wherever x lies.
    let line = |x: &[f64]| x.iter().map(|value| 2.0 * value + 5.0).collect::<Vec<_>>();
    let centred = [-2.0, -1.0, 0.0, 1.0, 2.0];
    let moved = centred.map(|value| value + 10.0);
    let (at_centre, away) = (fit(&centred, &line(&centred)), fit(&moved, &line(&moved)));
    report(
        (away.0 - 2.0).abs() > 0.1 || (away.1 - 5.0).abs() > 0.1,
        json!({ "slope and intercept, x centred": at_centre, "x moved by 10": away, "true": [2.0, 5.0] }),
    );
}
