//! k-means of linfa (m_k-means: in the update, the old centre counts as one more point of its cluster).

use linfa::prelude::{Fit, Predict};
use linfa::DatasetBase;
use linfa_clustering::{KMeans, KMeansInit};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256Plus;

use crate::counted::CountedL2;
use crate::Error;

/// A fitted model of linfa.
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Model {
    fitted: KMeans<f64, CountedL2>,
    iterations: Option<u64>,
}

impl Model {
    /// The centres, of shape (n_clusters, n_features).
    pub fn centroids(&self) -> &Array2<f64> {
        self.fitted.centroids()
    }

    /// Iterations of the run that was kept; not known if it is one of several that began at random.
    pub fn iterations(&self) -> Option<u64> {
        self.iterations
    }
}

/// Where the first centres come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Init {
    /// These centres, of shape (n_clusters, n_features).
    Centres(Array2<f64>),
    /// k-means++ with one candidate per step.
    PlusPlus,
    /// Rows of the data drawn at random.
    Random,
}

/// The settings of a fit, in linfa's terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Number of clusters.
    pub n_clusters: usize,
    /// First centres.
    pub init: Init,
    /// Most iterations of one run.
    pub max_iter: u64,
    /// A run ends when the Frobenius norm of the centres' shift is below this; above 0.
    pub tolerance: f64,
    /// Number of runs, of which the best is kept.
    pub n_runs: usize,
    /// Seed of what is drawn at random.
    pub seed: u64,
}

/// linfa's tolerance for a scikit-learn `tol`: scikit-learn stops when the squared shift is at most
/// `tol * mean(var(X))`, linfa when the shift itself is below its tolerance, which must be above 0.
///
/// # Errors
/// `Invalid` if the variance is not finite.
pub fn tolerance(tol: f64, x: ArrayView2<'_, f64>) -> Result<f64, Error> {
    let variance = x.var_axis(Axis(0), 0.0).mean().unwrap_or(0.0);
    if !variance.is_finite() {
        return Err(Error::Invalid("The variance of X is not finite in dtype('float64').".to_owned()));
    }
    Ok((tol * variance).sqrt().max(f64::MIN_POSITIVE))
}

/// Fit to the rows of `x`.
///
/// # Errors
/// `Invalid` if the settings do not fit the data, `Failed` if linfa finds no finite inertia or centre.
pub fn fit(x: ArrayView2<'_, f64>, settings: &Settings) -> Result<Model, Error> {
    check(x, settings)?;
    let init = match &settings.init {
        Init::Centres(centres) => KMeansInit::Precomputed(centres.clone()),
        Init::PlusPlus => KMeansInit::KMeansPlusPlus,
        Init::Random => KMeansInit::Random,
    };
    let rng = Xoshiro256Plus::seed_from_u64(settings.seed);
    let distance = CountedL2::default();
    let fitted = KMeans::params_with(settings.n_clusters, rng, distance.clone())
        .n_runs(settings.n_runs)
        .tolerance(settings.tolerance)
        .max_n_iterations(settings.max_iter)
        .init_method(init)
        .fit(&DatasetBase::from(x))
        .map_err(|error| Error::Failed(error.to_string()))?;
    if !fitted.centroids().iter().all(|value| value.is_finite()) {
        return Err(Error::Failed("the centres are not finite".to_owned()));
    }
    // Runs from given centres are all the same, so that each has an equal share of the iterations.
    let known = settings.n_runs == 1 || matches!(settings.init, Init::Centres(_));
    Ok(Model { fitted, iterations: known.then(|| distance.calls() / settings.n_runs as u64) })
}

fn check(x: ArrayView2<'_, f64>, settings: &Settings) -> Result<(), Error> {
    let (rows, k) = (x.nrows(), settings.n_clusters);
    if k == 0 || rows < k {
        return Err(Error::Invalid(format!("n_samples={rows} should be >= n_clusters={k} >= 1.")));
    }
    if settings.max_iter == 0 || settings.n_runs == 0 {
        return Err(Error::Invalid("max_iter and n_init must be at least 1.".to_owned()));
    }
    if !(settings.tolerance > 0.0 && settings.tolerance.is_finite()) {
        return Err(Error::Invalid(format!("tolerance={} must be finite and above 0.", settings.tolerance)));
    }
    match &settings.init {
        Init::Centres(centres) if centres.dim() != (k, x.ncols()) => Err(Error::Invalid(format!(
            "The shape of the initial centers {:?} does not match the number of clusters {k} and of features {}.",
            centres.dim(),
            x.ncols()
        ))),
        _ => Ok(()),
    }
}

/// A model that has exactly these centres: fitted to the centres themselves, starting from them, where one step of
/// m_k-means gives (c + c) / 2 = c.
///
/// # Errors
/// `Invalid` if the fitted centres are not the given ones, as when two of them are equal.
pub fn from_centres(centres: ArrayView2<'_, f64>) -> Result<Model, Error> {
    let settings = Settings {
        n_clusters: centres.nrows(),
        init: Init::Centres(centres.to_owned()),
        max_iter: 1,
        tolerance: f64::MIN_POSITIVE,
        n_runs: 1,
        seed: 0,
    };
    let model = fit(centres, &settings)?;
    if model.centroids() != centres {
        return Err(Error::Invalid("no model has exactly these centres: are two of them equal?".to_owned()));
    }
    Ok(model)
}

/// The cluster of every row of `x`.
pub fn predict(model: &Model, x: ArrayView2<'_, f64>) -> Array1<usize> {
    model.fitted.predict(&x)
}

/// The cluster of one row.
pub fn predict_one(model: &Model, row: ArrayView1<'_, f64>) -> usize {
    model.fitted.predict(&row)
}

/// The sum of the squared distances of the rows of `x` to the centres of their labels.
///
/// linfa's own `inertia()` is a mean, over the centres before the last step.
///
/// # Errors
/// `Invalid` if there is not one label of an existing centre per row.
pub fn inertia(model: &Model, x: ArrayView2<'_, f64>, labels: ArrayView1<'_, i32>) -> Result<f64, Error> {
    let centres = model.centroids();
    let exists = |&label: &i32| usize::try_from(label).is_ok_and(|label| label < centres.nrows());
    if labels.len() != x.nrows() || !labels.iter().all(exists) {
        return Err(Error::Invalid("labels must name one of the centres for every row of X.".to_owned()));
    }
    let distance = |(row, &label): (ArrayView1<'_, f64>, &i32)| -> f64 {
        row.iter().zip(centres.row(label as usize)).map(|(a, b)| (a - b) * (a - b)).sum()
    };
    Ok(x.rows().into_iter().zip(labels).map(distance).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{array, ShapeBuilder};

    fn settings(init: Init, max_iter: u64) -> Settings {
        Settings { n_clusters: 2, init, max_iter, tolerance: 1e-300, n_runs: 1, seed: 1 }
    }

    #[test]
    fn one_step_counts_the_old_centre_as_a_point() {
        let x = array![[0.0], [2.0], [10.0], [14.0]];
        let model = fit(x.view(), &settings(Init::Centres(array![[1.0], [9.0]]), 1)).unwrap();
        assert_eq!(model.centroids(), array![[(0.0 + 2.0 + 1.0) / 3.0], [(10.0 + 14.0 + 9.0) / 3.0]]);
        assert_eq!(predict(&model, x.view()).to_vec(), [0, 0, 1, 1]);
    }

    #[test]
    fn iterations_are_counted() {
        let x = array![[0.0], [2.0], [10.0], [14.0]];
        let init = Init::Centres(array![[1.0], [9.0]]);
        let iterations = |settings: &Settings| fit(x.view(), settings).unwrap().iterations();
        assert_eq!(iterations(&settings(init.clone(), 7)), Some(7));
        assert_eq!(iterations(&Settings { n_runs: 3, ..settings(init.clone(), 7) }), Some(7));
        // The centres move by 0 and 2, then by 0 and 2/3: two steps for a tolerance of 1.
        assert_eq!(iterations(&Settings { tolerance: 1.0, ..settings(init, 7) }), Some(2));
        assert_eq!(iterations(&Settings { n_runs: 3, ..settings(Init::PlusPlus, 7) }), None);
    }

    #[test]
    fn a_model_has_exactly_the_given_centres() {
        let centres = array![[0.1, 1e-17], [3.3, -7.7], [1e9, 1e-9]];
        assert_eq!(from_centres(centres.view()).unwrap().centroids(), centres);
        let twice = array![[0.0, 1.0], [0.0, 1.0]];
        assert_eq!(from_centres(twice.view()).unwrap().centroids(), twice);
    }

    #[test]
    fn inertia_is_a_sum_of_squares_to_the_final_centres() {
        let model = from_centres(array![[0.0, 0.0], [10.0, 0.0]].view()).unwrap();
        let x = array![[3.0, 4.0], [10.0, 1.0]];
        assert_eq!(inertia(&model, x.view(), array![0, 1].view()), Ok(26.0));
        assert!(inertia(&model, x.view(), array![0, 2].view()).is_err());
        assert!(inertia(&model, x.view(), array![0].view()).is_err());
    }

    #[test]
    fn memory_order_does_not_change_the_result() {
        let c =
            Array2::from_shape_fn((50, 3), |(i, j)| ((i * 7 + j * 13) % 17) as f64 + if i < 25 { 0.0 } else { 40.0 });
        let mut f = Array2::zeros((50, 3).f());
        f.assign(&c);
        let init = c.select(Axis(0), &[0, 49]);
        let [a, b] = [c, f].map(|x| fit(x.view(), &settings(Init::Centres(init.clone()), 5)).unwrap());
        assert_eq!(a.centroids(), b.centroids());
    }

    #[test]
    fn the_tolerance_is_the_root_of_the_squared_one() {
        let x = array![[0.0, 0.0], [2.0, 4.0]]; // variances 1 and 4
        assert_eq!(tolerance(1e-4, x.view()), Ok((1e-4f64 * 2.5).sqrt()));
        assert!(tolerance(0.0, x.view()).unwrap() > 0.0);
        assert!(tolerance(1e-4, array![[1e200], [0.0]].view()).is_err());
    }

    #[test]
    fn settings_that_do_not_fit_are_refused() {
        let x = array![[0.0], [1.0]];
        let wrong = [
            Settings { n_clusters: 3, ..settings(Init::PlusPlus, 5) },
            Settings { n_clusters: 0, ..settings(Init::PlusPlus, 5) },
            settings(Init::PlusPlus, 0),
            settings(Init::Centres(array![[0.0, 1.0], [1.0, 2.0]]), 5),
            settings(Init::Centres(array![[0.0]]), 5),
            Settings { tolerance: f64::NAN, ..settings(Init::PlusPlus, 5) },
        ];
        for settings in wrong {
            assert!(matches!(fit(x.view(), &settings), Err(Error::Invalid(_))), "{settings:?}");
        }
    }
}
