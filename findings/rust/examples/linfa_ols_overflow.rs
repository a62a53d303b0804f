//! linfa's least squares returns NaN coefficients as a success where a column's sum of squares overflows.

use findings::report;
use linfa::prelude::{Dataset, Fit};
use linfa_linear::LinearRegression;
use ndarray::array;
use serde_json::json;

fn main() {
    let x = array![[1e200], [2e200], [3e200], [5e200]];
    let y = array![1.0, 2.0, 3.0, 5.0]; // slope 1e-200, intercept 0
    match LinearRegression::new().fit(&Dataset::new(x, y)) {
        Ok(model) => {
            let (slope, intercept): (f64, f64) = (model.params()[0], model.intercept());
            let shown = json!({ "result": "Ok", "slope": slope.to_string(), "intercept": intercept.to_string(), "true slope": 1e-200 });
            report(!slope.is_finite() || !intercept.is_finite(), shown);
        }
        Err(error) => report(false, json!({ "result": error.to_string() })),
    }
}
