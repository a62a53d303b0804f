//! Search over a grid of parameters: every candidate is fitted to all folds but one and scored on that one. The folds are given.

use assay_worker::{Answer, Array, Dataset, Error, Load, Matrix, Mode, Order, Work};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::supervised::{self, Variant};

/// What can be timed.
pub const MODES: &[&str] = &["search"];

/// Parameters of a benchmark that searches.
pub trait Parameters: supervised::Parameters {
    /// One point of the grid.
    type Candidate;
    /// Number of folds.
    fn folds(&self) -> usize;
    /// All points of the grid; the last parameter by name goes round fastest.
    fn candidates(&self) -> Vec<Self::Candidate>;
}

/// The inputs of a search.
pub struct Inputs<P> {
    /// Parameters as asked for.
    pub parameters: P,
    /// Input variants; their rows to predict are not used.
    variants: Vec<Variant>,
    /// The fold of every row of a variant.
    folds: Vec<Vec<usize>>,
}

impl<P: Parameters> Inputs<P> {
    /// Read them from a request and its data file.
    pub fn read(load: &Load, dataset: &Dataset) -> Result<Self, Error> {
        let supervised::Inputs { parameters, variants } = supervised::Inputs::<P>::read(load, dataset)?;
        let fold = |&fold: &f64| match (0..parameters.folds()).find(|&known| known as f64 == fold) {
            Some(known) => Ok(known),
            None => Err(Error::failed(format!("data file: a row is in fold {fold} of {}", parameters.folds()))),
        };
        let folds = |(v, variant): (usize, &Variant)| {
            let folds = dataset.vector(&format!("folds.{v}"))?;
            if folds.len() != variant.x.rows {
                return Err(Error::failed(format!("data file: {} folds for {} rows", folds.len(), variant.x.rows)));
            }
            folds.iter().map(fold).collect::<Result<Vec<_>, Error>>()
        };
        let folds = variants.iter().enumerate().map(folds).collect::<Result<Vec<_>, Error>>()?;
        Ok(Self { parameters, variants, folds })
    }
}

/// The rows of all folds but one, and that one's rows and targets to score on.
pub struct Split {
    /// Training rows, their targets, and the rows to predict.
    pub data: Variant,
    /// What should be predicted.
    pub wanted: Vec<f64>,
}

/// The score of every candidate on every fold, candidate after candidate, and the index of the best one in the mean.
pub struct Found {
    scores: Vec<f64>,
    best: usize,
}

/// The work of a search. `prepare` makes of a split what a library takes; `score` fits a candidate to it and scores it.
pub fn work<P: Parameters + 'static, S: 'static>(
    inputs: Inputs<P>,
    call: &str,
    parameters: Map<String, Value>,
    prepare: impl Fn(Split) -> Result<S, Error> + 'static,
    score: impl Fn(&S, &P::Candidate) -> Result<f64, Error> + 'static,
) -> Work {
    let (count, number) = (inputs.variants.len(), inputs.parameters.folds());
    let candidates = inputs.parameters.candidates();
    let search = move |v: usize, _: usize| {
        let split = |fold| prepare(split(&inputs.variants[v], &inputs.folds[v], fold));
        let splits = (0..number).map(split).collect::<Result<Vec<S>, Error>>()?;
        let pairs = candidates.iter().flat_map(|candidate| splits.iter().map(move |split| (split, candidate)));
        let scores = pairs.map(|(split, candidate)| score(split, candidate)).collect::<Result<Vec<f64>, Error>>()?;
        let best = best(&scores, number);
        Ok(Found { scores, best })
    };
    Work::new(count, call, parameters).mode("search", Mode::new(search, |found: &Found| Ok(answer(found))))
}

fn answer(found: &Found) -> Answer {
    [("scores", Array::floats(found.scores.clone())), ("best", Array::integers(vec![found.best as i64]))].into()
}

/// The first candidate with the highest mean score.
fn best(scores: &[f64], folds: usize) -> usize {
    let mean = |scores: &[f64]| scores.iter().sum::<f64>() / folds as f64;
    let means: Vec<f64> = scores.chunks_exact(folds).map(mean).collect();
    (1..means.len()).fold(0, |best, i| if means[i] > means[best] { i } else { best })
}

fn split(variant: &Variant, folds: &[usize], fold: usize) -> Split {
    let (test, train): (Vec<usize>, Vec<usize>) = (0..folds.len()).partition(|&row| folds[row] == fold);
    let targets = |rows: &[usize]| rows.iter().map(|&row| variant.y[row]).collect();
    let data = Variant { x: rows(&variant.x, &train), y: targets(&train), q: rows(&variant.x, &test) };
    Split { data, wanted: targets(&test) }
}

/// Some rows of a matrix, in its memory order.
fn rows(matrix: &Matrix, chosen: &[usize]) -> Matrix {
    let values = match matrix.order {
        Order::C => {
            let row = |&row: &usize| &matrix.values[row * matrix.columns..(row + 1) * matrix.columns];
            chosen.iter().flat_map(row).copied().collect()
        }
        Order::F => {
            let columns = matrix.values.chunks_exact(matrix.rows);
            columns.flat_map(|column| chosen.iter().map(|&row| column[row])).collect()
        }
    };
    Matrix { rows: chosen.len(), values, ..*matrix }
}

/// The share of variance that predictions explain (R2).
pub fn r2(wanted: &[f64], predictions: &[f64]) -> f64 {
    let mean = wanted.iter().sum::<f64>() / wanted.len() as f64;
    let squares = |pairs: &mut dyn Iterator<Item = f64>| pairs.map(|difference| difference * difference).sum::<f64>();
    let left = squares(&mut wanted.iter().zip(predictions).map(|(y, p)| y - p));
    1.0 - left / squares(&mut wanted.iter().map(|y| y - mean))
}

/// The share of rows whose decision value is on their class's side.
pub fn accuracy(wanted: &[f64], decisions: &[f64]) -> f64 {
    let right = wanted.iter().zip(decisions).filter(|(&y, &decision)| (y > 0.0) == (decision > 0.0)).count();
    right as f64 / wanted.len() as f64
}

/// Parameters of the search for ridge regression's `alpha`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Ridge {
    /// Weights of the penalty to try.
    pub alpha: Vec<f64>,
    /// Number of folds.
    pub folds: usize,
    /// Sweeps over the columns of a solver that iterates.
    pub max_iter: u32,
    /// Whether the model has an intercept.
    pub fit_intercept: bool,
    /// Number type.
    pub dtype: String,
}

impl supervised::Parameters for Ridge {
    fn check(&self) -> Result<(), Error> {
        check_grid(self.folds, &[&self.alpha])?;
        let (max_iter, fit_intercept) = (self.max_iter, self.fit_intercept);
        let one = |&alpha: &f64| {
            crate::penalised::Ridge { alpha, max_iter, fit_intercept, dtype: self.dtype.clone() }.check()
        };
        self.alpha.iter().try_for_each(one)
    }
}

impl Parameters for Ridge {
    type Candidate = f64;

    fn folds(&self) -> usize {
        self.folds
    }

    fn candidates(&self) -> Vec<f64> {
        self.alpha.clone()
    }
}

impl Ridge {
    /// The parameters as a direct solver has set them: it has no sweeps.
    pub fn effective(&self) -> Map<String, Value> {
        let set = serde_json::json!({
            "alpha": self.alpha, "folds": self.folds, "fit_intercept": false, "dtype": "float64",
        });
        set.as_object().cloned().unwrap_or_default()
    }
}

/// Parameters of the search for the `C` and `gamma` of a machine with an RBF kernel.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Svc {
    /// Upper bounds of the dual coefficients to try.
    #[serde(rename = "C")]
    pub c: Vec<f64>,
    /// Factors of the squared distance to try.
    pub gamma: Vec<f64>,
    /// Number of folds.
    pub folds: usize,
    /// Violation of the optimality conditions at which a fit ends.
    pub tol: f64,
    /// Whether rows that seem settled may be left out for a while.
    pub shrinking: bool,
    /// Number type.
    pub dtype: String,
}

impl supervised::Parameters for Svc {
    fn check(&self) -> Result<(), Error> {
        check_grid(self.folds, &[&self.c, &self.gamma])?;
        if self.shrinking {
            return Err(Error::unsupported(crate::svm::SHRINKING));
        }
        crate::inputs::check_dtype(&self.dtype)
    }
}

/// A candidate of [`Svc`].
pub struct Machine {
    /// Upper bound of the dual coefficients.
    pub c: f64,
    /// Factor of the squared distance.
    pub gamma: f64,
}

impl Parameters for Svc {
    type Candidate = Machine;

    fn folds(&self) -> usize {
        self.folds
    }

    fn candidates(&self) -> Vec<Machine> {
        self.c.iter().flat_map(|&c| self.gamma.iter().map(move |&gamma| Machine { c, gamma })).collect()
    }
}

impl Svc {
    /// The parameters as they were set.
    pub fn effective(&self) -> Map<String, Value> {
        let set = serde_json::json!({
            "C": self.c, "gamma": self.gamma, "folds": self.folds, "tol": self.tol, "shrinking": false, "dtype": "float64",
        });
        set.as_object().cloned().unwrap_or_default()
    }
}

fn check_grid(folds: usize, axes: &[&[f64]]) -> Result<(), Error> {
    if folds < 2
        || axes.iter().any(|axis| axis.is_empty() || axis.iter().any(|value| !(*value > 0.0 && value.is_finite())))
    {
        return Err(Error::bad_request(
            "parameters: folds must be at least 2, and every list of the grid hold numbers above 0",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervised::Parameters as _;

    fn variant(order: Order) -> Variant {
        let by_rows = vec![1., 10., 2., 20., 3., 30., 4., 40.];
        let values = if order == Order::C { by_rows } else { vec![1., 2., 3., 4., 10., 20., 30., 40.] };
        let x = Matrix { rows: 4, columns: 2, order, values };
        Variant { q: x.clone(), x, y: vec![1., 2., 3., 4.] }
    }

    #[test]
    fn a_fold_is_left_out_of_training_and_scored_in_either_memory_order() {
        for order in [Order::C, Order::F] {
            let Split { data, wanted } = split(&variant(order), &[0, 1, 0, 1], 1);
            assert_eq!((data.x.rows, data.q.rows), (2, 2));
            assert_eq!((data.x.row(0), data.x.row(1)), (vec![1., 10.], vec![3., 30.]));
            assert_eq!((data.q.row(0), data.q.row(1)), (vec![2., 20.], vec![4., 40.]));
            assert_eq!((data.y, wanted), (vec![1., 3.], vec![2., 4.]));
        }
    }

    #[test]
    fn the_first_of_the_best_candidates_is_kept() {
        assert_eq!(best(&[0.5, 0.5, 0.9, 0.7, 0.7, 0.9], 2), 1);
        assert_eq!(best(&[0.5], 1), 0);
    }

    #[test]
    fn scores_are_those_of_their_definitions() {
        assert_eq!(r2(&[1., 2., 3.], &[1., 2., 3.]), 1.0);
        assert_eq!(r2(&[1., 2., 3.], &[2., 2., 2.]), 0.0);
        assert_eq!(accuracy(&[1., -1., 1., -1.], &[0.3, -2.0, -0.1, 0.0]), 0.75);
    }

    #[test]
    fn the_last_parameter_goes_round_fastest() {
        let asked = Svc {
            c: vec![1., 2.],
            gamma: vec![0.1, 0.2],
            folds: 5,
            tol: 1e-6,
            shrinking: false,
            dtype: "float64".into(),
        };
        let found: Vec<(f64, f64)> = asked.candidates().iter().map(|machine| (machine.c, machine.gamma)).collect();
        assert_eq!(found, [(1., 0.1), (1., 0.2), (2., 0.1), (2., 0.2)]);
        assert!(asked.check().is_ok());
        for wrong in
            [Svc { folds: 1, ..asked.clone() }, Svc { gamma: vec![], ..asked.clone() }, Svc { c: vec![0.0], ..asked }]
        {
            assert!(wrong.check().is_err());
        }
    }
}
