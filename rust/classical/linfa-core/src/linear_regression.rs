//! Ordinary least squares of linfa: Householder QR in pure Rust, the intercept as a column of ones.

use linfa::prelude::{Fit, Predict};
use linfa::DatasetBase;
use linfa_linear::{FittedLinearRegression, LinearRegression};
use ndarray::{Array1, ArrayView1, ArrayView2};

use crate::Error;

/// A fitted model of linfa.
pub type Model = FittedLinearRegression<f64>;

/// Fit `y` to the rows of `x`.
///
/// # Errors
/// `Invalid` if the lengths differ or the problem has more unknowns than rows, `Failed` if a pivot of the QR is exactly 0:
/// linfa does not see columns that depend on each other up to rounding, and then its coefficients are one optimum of many.
pub fn fit(x: ArrayView2<'_, f64>, y: ArrayView1<'_, f64>, fit_intercept: bool) -> Result<Model, Error> {
    if x.nrows() != y.len() {
        let (rows, targets) = (x.nrows(), y.len());
        let message = format!("Found input variables with inconsistent numbers of samples: [{rows}, {targets}]");
        return Err(Error::Invalid(message));
    }
    let unknowns = x.ncols() + usize::from(fit_intercept);
    if x.nrows() < unknowns {
        let message =
            format!("linfa needs at least as many samples as unknowns: n_samples={} < {unknowns}.", x.nrows());
        return Err(Error::Invalid(message));
    }
    let model = LinearRegression::new().with_intercept(fit_intercept).fit(&DatasetBase::new(x, y));
    let model = model.map_err(|error| Error::Failed(error.to_string()))?;
    if !(model.intercept().is_finite() && model.params().iter().all(|value| value.is_finite())) {
        return Err(Error::Failed("the coefficients are not finite".to_owned()));
    }
    Ok(model)
}

/// Predict the target of every row of `x`.
pub fn predict(model: &Model, x: ArrayView2<'_, f64>) -> Array1<f64> {
    model.predict(&x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{array, Array2};

    #[test]
    fn an_exact_plane_is_found() {
        let x = array![[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [3.0, -1.0]];
        let y = x.dot(&array![2.0, -3.0]) + 0.5;
        let model = fit(x.view(), y.view(), true).unwrap();
        assert!((model.intercept() - 0.5).abs() < 1e-12);
        assert!((model.params() - &array![2.0, -3.0]).iter().all(|error| error.abs() < 1e-12));
        assert!((predict(&model, x.view()) - y).iter().all(|error| error.abs() < 1e-12));
    }

    #[test]
    fn wrong_shapes_and_a_column_of_zeros_are_errors() {
        let x = array![[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]];
        let y = array![1.0, 2.0, 3.0];
        assert!(matches!(fit(x.view(), y.view(), false), Err(Error::Failed(_))));
        assert!(matches!(fit(x.view(), array![1.0].view(), true), Err(Error::Invalid(_))));
        let wide = Array2::<f64>::zeros((2, 5));
        assert!(matches!(fit(wide.view(), array![1.0, 2.0].view(), true), Err(Error::Invalid(_))));
    }
}
