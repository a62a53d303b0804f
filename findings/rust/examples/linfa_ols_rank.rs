//! linfa's least squares notices lost rank only where a pivot is exactly 0: dependent columns give huge coefficients as a success.

use findings::{report, Draw};
use linfa::prelude::{Dataset, Fit};
use linfa_linear::LinearRegression;
use ndarray::{stack, Axis};
use serde_json::json;

fn main() {
    // The third column is the sum of the first two; y is their first. Without noise in y nothing would show.
    let mut draw = Draw(3);
    let (a, b) = (draw.vector(30), draw.vector(30));
    let y = &a + &(draw.vector(30) * 0.1);
    let x = stack(Axis(1), &[a.view(), b.view(), (&a + &b).view()]).unwrap();
    let fit = |x: ndarray::Array2<f64>| LinearRegression::new().fit(&Dataset::new(x, y.clone()));
    let exact = stack(Axis(1), &[a.view(), (&a * 0.0).view()]).unwrap();
    let zero = fit(exact).err().map(|error| error.to_string());
    match fit(x) {
        Ok(model) => {
            let largest = model.params().iter().fold(0.0f64, |m, c| m.max(c.abs()));
            report(
                largest > 1e6,
                json!({ "rank 2 of 3": "Ok", "largest coefficient": largest, "minimum-norm solution": "below 1", "a column of zeros": zero }),
            );
        }
        Err(error) => report(false, json!({ "rank 2 of 3": error.to_string(), "a column of zeros": zero })),
    }
}
