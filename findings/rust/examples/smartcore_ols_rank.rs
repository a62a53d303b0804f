//! smartcore's least squares gives an answer off the optimum as a success where a column is constant beside the intercept.

use findings::{report, Draw};
use ndarray::Array2;
use serde_json::json;
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::linear_regression::{
    LinearRegression, LinearRegressionParameters, LinearRegressionSolverName::QR,
};

fn main() {
    // A column of ones and three others; y depends on the others. Residuals of least squares are orthogonal to every column.
    let mut draw = Draw(8);
    let (rows, columns) = (200, 4);
    let x = Array2::from_shape_fn((rows, columns), |(_, j)| if j == 0 { 1.0 } else { 3.0 + draw.number() });
    let y: Vec<f64> = x.rows().into_iter().map(|row| row.sum() + 0.1 * draw.number()).collect();
    let matrix = DenseMatrix::new(rows, columns, x.iter().copied().collect(), false).unwrap();
    let parameters = LinearRegressionParameters::default().with_solver(QR);
    match LinearRegression::fit(&matrix, &y, parameters) {
        Ok(model) => {
            let w: Vec<f64> = model.coefficients().iterator(0).copied().collect();
            let residual =
                |i: usize| y[i] - model.intercept() - x.row(i).iter().zip(&w).map(|(a, b)| a * b).sum::<f64>();
            let slope = |j: usize| (0..rows).map(|i| residual(i) * x[[i, j]]).sum::<f64>().abs() / rows as f64;
            let worst = (0..columns).map(slope).fold(0.0, f64::max);
            let shown = json!({ "result": "Ok", "coefficients": w, "intercept": model.intercept(), "largest mean of residual times column (0 at the optimum)": worst });
            report(worst.is_nan() || worst > 1e-6, shown);
        }
        Err(error) => report(false, json!({ "result": error.to_string() })),
    }
}
