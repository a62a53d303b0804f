//! Penalised least squares of linfa: coordinate descent for the elastic net and its ends, the lasso and ridge regression.
//!
//! linfa's own intercept is never asked for: it centres the target and not the columns, and so misses the optimum of its
//! objective. Where an intercept is wanted, both are centred here.

use linfa::prelude::{Fit, Predict};
use linfa::DatasetBase;
use linfa_elasticnet::ElasticNet;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, ShapeBuilder};

use crate::Error;

/// The settings of a fit, with the meaning of scikit-learn's `ElasticNet`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Weight of the penalty, against half the mean of the squared errors.
    pub alpha: f64,
    /// Share of the penalty that is on the absolute values; the rest is on half the squares.
    pub l1_ratio: f64,
    /// A fit ends when no coefficient moves by more than this share of the largest one and the duality gap is below this
    /// share of the sum of the squared targets; 0 asks for all sweeps.
    pub tol: f64,
    /// Most sweeps over the columns.
    pub max_iter: u32,
    /// Whether an intercept is fitted.
    pub fit_intercept: bool,
}

impl Settings {
    /// The settings for scikit-learn's `Ridge`, `|y - Xw|^2 + alpha |w|^2`, on a number of rows: without an absolute part.
    ///
    /// All sweeps are asked for, because linfa takes them in any case: without an absolute part its duality gap is the
    /// objective itself, which never falls below a tolerance.
    pub fn ridge(alpha: f64, rows: usize, max_iter: u32, fit_intercept: bool) -> Self {
        Self { alpha: alpha / rows as f64, l1_ratio: 0.0, tol: 0.0, max_iter, fit_intercept }
    }
}

/// A fitted model of linfa, with the intercept of the columns and target that were centred for it.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Model {
    fitted: ElasticNet<f64>,
    intercept: f64,
}

impl Model {
    /// One coefficient per column.
    pub fn coefficients(&self) -> &Array1<f64> {
        self.fitted.hyperplane()
    }

    /// The intercept, 0 if none was fitted.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// Sweeps over the columns.
    pub fn sweeps(&self) -> u32 {
        self.fitted.n_steps()
    }
}

/// Fit `y` to the rows of `x`. Columns that lie together (Fortran order) are swept two to three times as fast.
///
/// # Errors
/// `Invalid` if the lengths differ or a setting is out of its range, `Failed` if the coefficients are not finite.
pub fn fit(x: ArrayView2<'_, f64>, y: ArrayView1<'_, f64>, settings: &Settings) -> Result<Model, Error> {
    check(x, y, settings)?;
    let model = if settings.fit_intercept {
        fit_centred(x, y, settings)?
    } else {
        Model { fitted: descend(x, y, settings)?, intercept: 0.0 }
    };
    if model.intercept.is_finite() && model.coefficients().iter().all(|value| value.is_finite()) {
        Ok(model)
    } else {
        Err(Error::Failed("the coefficients are not finite".to_owned()))
    }
}

fn fit_centred(x: ArrayView2<'_, f64>, y: ArrayView1<'_, f64>, settings: &Settings) -> Result<Model, Error> {
    let rows = x.nrows() as f64;
    let (x_mean, y_mean) = (x.sum_axis(Axis(0)) / rows, y.sum() / rows);
    let mut centred = Array2::zeros(x.raw_dim().f());
    centred.assign(&x);
    centred -= &x_mean;
    let fitted = descend(centred.view(), (&y - y_mean).view(), settings)?;
    let intercept = y_mean - x_mean.dot(fitted.hyperplane());
    Ok(Model { fitted, intercept })
}

fn descend(x: ArrayView2<'_, f64>, y: ArrayView1<'_, f64>, settings: &Settings) -> Result<ElasticNet<f64>, Error> {
    ElasticNet::params()
        .penalty(settings.alpha)
        .l1_ratio(settings.l1_ratio)
        .with_intercept(false)
        .tolerance(settings.tol)
        .max_iterations(settings.max_iter)
        .fit(&DatasetBase::new(x, y))
        .map_err(|error| Error::Failed(error.to_string()))
}

fn check(x: ArrayView2<'_, f64>, y: ArrayView1<'_, f64>, settings: &Settings) -> Result<(), Error> {
    if x.nrows() != y.len() {
        let (rows, targets) = (x.nrows(), y.len());
        let message = format!("Found input variables with inconsistent numbers of samples: [{rows}, {targets}]");
        return Err(Error::Invalid(message));
    }
    for (name, value) in [("alpha", settings.alpha), ("tol", settings.tol)] {
        if !(value >= 0.0 && value.is_finite()) {
            return Err(Error::Invalid(format!("{name}={value} must be finite and at least 0.")));
        }
    }
    if !(0.0..=1.0).contains(&settings.l1_ratio) {
        return Err(Error::Invalid(format!("l1_ratio={} must be between 0 and 1.", settings.l1_ratio)));
    }
    if settings.max_iter == 0 {
        return Err(Error::Invalid("max_iter=0 must be at least 1.".to_owned()));
    }
    Ok(())
}

/// Predict the target of every row of `x`.
pub fn predict(model: &Model, x: ArrayView2<'_, f64>) -> Array1<f64> {
    let mut predictions = model.fitted.predict(&x);
    if model.intercept != 0.0 {
        predictions += model.intercept;
    }
    predictions
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    const EXACT: Settings = Settings { alpha: 1.0, l1_ratio: 1.0, tol: 1e-12, max_iter: 1000, fit_intercept: false };

    /// Two orthogonal columns of ones, X'X = 4 I; least squares has the coefficients 2 and 0.5.
    fn orthogonal() -> (Array2<f64>, Array1<f64>) {
        let x = array![[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]];
        let y = x.dot(&array![2.0, 0.5]);
        (x, y)
    }

    fn near(found: &Array1<f64>, expected: [f64; 2]) -> bool {
        found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12)
    }

    #[test]
    fn on_orthogonal_columns_coefficients_are_thresholded_and_shrunk() {
        // Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning", 2nd ed., table 3.4 (lasso, ridge);
        // Zou and Hastie 2005, equation 6 (naive elastic net), each with the columns scaled to X'X = n I.
        let (x, y) = orthogonal();
        for (alpha, l1_ratio, expected) in
            [(1.0, 1.0, [1.0, 0.0]), (0.2, 1.0, [1.8, 0.3]), (0.4, 0.5, [1.5, 0.25]), (2.0, 0.5, [0.5, 0.0])]
        {
            let model = fit(x.view(), y.view(), &Settings { alpha, l1_ratio, ..EXACT }).unwrap();
            assert!(near(model.coefficients(), expected), "{alpha} {l1_ratio} {model:?}");
            assert_eq!(model.coefficients()[1] == 0.0, expected[1] == 0.0, "zeros are exact");
        }
        let model = fit(x.view(), y.view(), &Settings::ridge(4.0, 4, 10, false)).unwrap();
        assert!(near(model.coefficients(), [1.0, 0.25]), "n / (n + alpha) of least squares: {model:?}");
        assert_eq!(model.sweeps(), 10);
    }

    #[test]
    fn an_intercept_moves_with_the_columns_and_changes_nothing_else() {
        // y = 2 x + 1, x with variance 2: the lasso's slope is 2 - alpha / 2, wherever x lies and in either memory order.
        let alpha = 0.1;
        let settings = Settings { alpha, fit_intercept: true, ..EXACT };
        for shift in [0.0, 12.0, -1e3] {
            let x = array![[-2.0], [-1.0], [0.0], [1.0], [2.0]] + shift;
            let y = x.column(0).mapv(|value| 2.0 * value + 1.0);
            let model = fit(x.view(), y.view(), &settings).unwrap();
            let slope = 2.0 - alpha / 2.0;
            assert!((model.coefficients()[0] - slope).abs() < 1e-12, "{model:?}");
            assert!((model.intercept() - (1.0 + (2.0 - slope) * shift)).abs() < 1e-9, "{model:?}");
            let expected = x.column(0).mapv(|value| slope * value + model.intercept());
            assert!((predict(&model, x.view()) - expected).iter().all(|error| error.abs() < 1e-9));
        }
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let (x, y) = orthogonal();
        let wrong = [
            Settings { alpha: -1.0, ..EXACT },
            Settings { alpha: f64::INFINITY, ..EXACT },
            Settings { l1_ratio: 1.5, ..EXACT },
            Settings { l1_ratio: f64::NAN, ..EXACT },
            Settings { tol: f64::NAN, ..EXACT },
            Settings { max_iter: 0, ..EXACT },
        ];
        for settings in wrong {
            assert!(matches!(fit(x.view(), y.view(), &settings), Err(Error::Invalid(_))), "{settings:?}");
        }
        assert!(matches!(fit(x.view(), array![1.0].view(), &EXACT), Err(Error::Invalid(_))));
        let no_number = x.mapv(|value| value * f64::NAN);
        assert!(matches!(fit(no_number.view(), y.view(), &EXACT), Err(Error::Failed(_))));
    }
}
