//! Support vector classification of linfa: sequential minimal optimisation over the whole kernel matrix.
//!
//! Shrinking is never used: linfa's panics on most small problems.

use linfa::prelude::Fit;
use linfa::DatasetBase;
use linfa_svm::Svm;
use ndarray::{Array1, ArrayView1, ArrayView2};

use crate::Error;

/// Most training rows: linfa holds all n x n values of the kernel, 3.2 GB at this limit.
pub const MAX_ROWS: usize = 20_000;

/// How two rows are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kernel {
    /// The inner product.
    Linear,
    /// `exp(-gamma ||a - b||^2)`.
    Rbf {
        /// Inverse of linfa's `eps`.
        gamma: f64,
    },
}

/// What a row on the wrong side costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cost {
    /// The upper bound of the dual coefficients.
    C(f64),
    /// A lower bound of the share of support vectors, an upper bound of the share of margin errors.
    Nu(f64),
}

/// The settings of a fit, with scikit-learn's meaning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Kernel.
    pub kernel: Kernel,
    /// Cost.
    pub cost: Cost,
    /// The largest violation of the optimality conditions at which a fit ends.
    pub tol: f64,
}

/// A fitted model of linfa.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Model {
    fitted: Svm<f64, bool>,
    columns: usize,
}

impl Model {
    /// One dual coefficient per training row, its sign that of the row's class; 0 where the row is no support vector.
    pub fn dual(&self) -> &[f64] {
        &self.fitted.alpha
    }

    /// The constant of the decision function.
    pub fn intercept(&self) -> f64 {
        -self.fitted.rho
    }

    /// Number of columns that the model was fitted to.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Steps of the optimisation, which linfa tells in its text only.
    pub fn iterations(&self) -> Option<u64> {
        self.fitted.to_string().split_whitespace().find_map(|word| word.parse().ok())
    }

    /// The weights of the columns; they are those of a linear kernel only.
    pub fn weights(&self) -> Vec<f64> {
        let column = |j| Array1::from_shape_fn(self.columns, |i| f64::from(u8::from(i == j)));
        (0..self.columns).map(|j| self.fitted.weighted_sum(&column(j))).collect()
    }
}

/// Fit the classes of the rows of `x`; `true` is the positive one.
///
/// # Errors
/// `Invalid` if the settings do not fit the data, `Failed` if linfa finds no finite answer.
pub fn fit(x: ArrayView2<'_, f64>, positive: ArrayView1<'_, bool>, settings: &Settings) -> Result<Model, Error> {
    check(x, positive, settings)?;
    let params = Svm::<f64, bool>::params().eps(settings.tol).shrinking(false);
    let params = match settings.kernel {
        Kernel::Linear => params.linear_kernel(),
        Kernel::Rbf { gamma } => params.gaussian_kernel(1.0 / gamma),
    };
    let params = match settings.cost {
        Cost::C(c) => params.pos_neg_weights(c, c),
        Cost::Nu(nu) => params.nu_weight(nu),
    };
    let fitted = params.fit(&DatasetBase::new(x, positive)).map_err(|error| Error::Failed(error.to_string()))?;
    if !(fitted.rho.is_finite() && fitted.alpha.iter().all(|value| value.is_finite())) {
        return Err(Error::Failed("the intercept or a dual coefficient is not finite".to_owned()));
    }
    if fitted.to_string().starts_with("Reached maximal iterations") {
        return Err(Error::Failed("the optimum was not reached within linfa's limit of iterations".to_owned()));
    }
    Ok(Model { fitted, columns: x.ncols() })
}

fn check(x: ArrayView2<'_, f64>, positive: ArrayView1<'_, bool>, settings: &Settings) -> Result<(), Error> {
    let (rows, positives) = (x.nrows(), positive.iter().filter(|&&value| value).count());
    if rows != positive.len() {
        let message =
            format!("Found input variables with inconsistent numbers of samples: [{rows}, {}]", positive.len());
        return Err(Error::Invalid(message));
    }
    if positives == 0 || positives == rows {
        return Err(Error::Invalid("The number of classes has to be greater than one; got 1 class".to_owned()));
    }
    if rows > MAX_ROWS {
        let gigabytes = 8.0 * (rows as f64).powi(2) / 1e9;
        return Err(Error::Invalid(format!(
            "linfa holds the whole kernel matrix: {rows} rows need {gigabytes:.0} GB; at most {MAX_ROWS} rows are taken."
        )));
    }
    let numbers = match settings.cost {
        Cost::C(c) => [("C", c), ("tol", settings.tol)],
        Cost::Nu(nu) => [("nu", nu), ("tol", settings.tol)],
    };
    let gamma = match settings.kernel {
        Kernel::Rbf { gamma } => Some(("gamma", gamma)),
        Kernel::Linear => None,
    };
    for (name, value) in numbers.into_iter().chain(gamma) {
        if !(value > 0.0 && value.is_finite()) {
            return Err(Error::Invalid(format!("{name}={value} must be finite and above 0.")));
        }
    }
    match (settings.cost, settings.kernel) {
        (Cost::Nu(_), Kernel::Linear) => Err(Error::Invalid(
            "linfa's linear kernel is wrong with nu: it scales the intercept and not the weights.".to_owned(),
        )),
        (Cost::Nu(nu), _) if nu * rows as f64 > 2.0 * positives.min(rows - positives) as f64 => {
            Err(Error::Invalid("specified nu is infeasible".to_owned()))
        }
        _ => Ok(()),
    }
}

/// The decision value of every row of `x`: above 0 for the positive class.
pub fn decide(model: &Model, x: ArrayView2<'_, f64>) -> Vec<f64> {
    x.rows().into_iter().map(|row| decide_one(model, row)).collect()
}

/// The decision value of one row.
pub fn decide_one(model: &Model, row: ArrayView1<'_, f64>) -> f64 {
    model.fitted.weighted_sum(&row) - model.fitted.rho
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{array, Array2};

    const C: Settings = Settings { kernel: Kernel::Linear, cost: Cost::C(1e3), tol: 1e-9 };
    const NU: Settings = Settings { kernel: Kernel::Rbf { gamma: 0.5 }, cost: Cost::Nu(0.4), tol: 1e-6 };

    /// Two classes on a line, the widest gap from 1 to 3: the margin's middle is 2, its weight 1.
    fn line() -> (Array2<f64>, Array1<bool>) {
        (array![[0.0], [1.0], [3.0], [4.0]], array![false, false, true, true])
    }

    #[test]
    fn the_widest_gap_of_separable_rows_is_found() {
        let (x, y) = line();
        let model = fit(x.view(), y.view(), &C).unwrap();
        assert!((model.weights()[0] - 1.0).abs() < 1e-7, "{:?}", model.weights());
        assert!((model.intercept() + 2.0).abs() < 1e-7);
        assert!(decide(&model, x.view()).iter().zip([-2.0, -1.0, 1.0, 2.0]).all(|(a, b)| (a - b).abs() < 1e-6));
        assert_eq!(model.dual().iter().map(|a| (a * 1e6).round() / 1e6).collect::<Vec<_>>(), [0.0, -0.5, 0.5, 0.0]);
        assert!(model.iterations().unwrap() > 0);
    }

    #[test]
    fn a_gaussian_kernel_separates_what_no_line_can() {
        let (x, y) = (array![[-1.0], [0.0], [1.0]], array![false, true, false]);
        let model = fit(x.view(), y.view(), &Settings { kernel: Kernel::Rbf { gamma: 1.0 }, ..C }).unwrap();
        let values = decide(&model, x.view());
        assert!(values[1] > 0.999 && values[0] < -0.999 && values[2] < -0.999, "{values:?}");
    }

    #[test]
    fn nu_bounds_the_share_of_support_vectors() {
        let x = Array2::from_shape_fn((40, 1), |(i, _)| i as f64 / 10.0);
        let y = Array1::from_shape_fn(40, |i| i >= 20);
        let model = fit(x.view(), y.view(), &NU).unwrap();
        assert!(model.dual().iter().filter(|a| a.abs() > 1e-12).count() >= 16);
        assert!(model.intercept().is_finite());
    }

    /// With nu = 1/2 the inner rows have the coefficient 1 and the outer ones 0: none is between its bounds. The scale of the answer is
    /// then the middle of two limits, one of which linfa leaves at infinity. LIBSVM finds the plane at 0.
    #[test]
    fn a_class_without_a_free_vector_is_an_error_and_no_answer() {
        let (x, y) = (array![[-2.0], [-1.0], [1.0], [2.0]], array![false, false, true, true]);
        let settings = Settings { kernel: Kernel::Rbf { gamma: 0.01 }, cost: Cost::Nu(0.5), tol: 1e-6 };
        let failed = fit(x.view(), y.view(), &settings).unwrap_err();
        assert!(matches!(&failed, Error::Failed(message) if message.contains("not finite")), "{failed}");
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        let (x, y) = line();
        let one_class = array![true, true, true, true];
        let few = array![true, false, false, false];
        let wrong = [
            (y.clone(), Settings { cost: Cost::C(0.0), ..C }),
            (y.clone(), Settings { tol: f64::NAN, ..C }),
            (y.clone(), Settings { kernel: Kernel::Rbf { gamma: f64::INFINITY }, ..C }),
            (y.clone(), Settings { kernel: Kernel::Linear, ..NU }),
            (few, Settings { cost: Cost::Nu(0.9), ..NU }),
            (one_class, C),
            (array![true, false], C),
        ];
        for (y, settings) in wrong {
            assert!(matches!(fit(x.view(), y.view(), &settings), Err(Error::Invalid(_))), "{settings:?} {y}");
        }
        let many = Array2::zeros((MAX_ROWS + 1, 1));
        let classes = Array1::from_shape_fn(MAX_ROWS + 1, |i| i % 2 == 0);
        assert!(matches!(fit(many.view(), classes.view(), &C), Err(Error::Invalid(_))));
    }
}
