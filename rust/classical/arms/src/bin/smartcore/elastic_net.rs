//! The elastic net by smartcore: the lasso's interior point method on a matrix with p more rows.

use assay_classical::penalised::{fit, ElasticNetInputs};
use assay_worker::{Dataset, Error, Load, Work};
use smartcore::linalg::basic::arrays::Array;
use smartcore::linear::elastic_net::{ElasticNet, ElasticNetParameters};

use crate::linear::{work, X};

const CALL: &str =
    "ElasticNet::fit(x, y, alpha (1 + r) alpha, l1_ratio 2 r / (1 + r) where r = l1_ratio, tol, max_iter, \
normalize false); predict(q); predict of a matrix of one row. Its tol bounds the duality gap as a share of the dual \
objective; its intercept is the mean of y, 0 on centred data";

type Model = ElasticNet<f64, f64, X, Vec<f64>>;

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = ElasticNetInputs::read(load, &dataset)?;
    drop(dataset);
    let asked = inputs.parameters.clone();
    let mut effective = asked.effective();
    effective.remove("fit_intercept"); // it has no such parameter
    let (alpha, l1_ratio) = in_its_objective(asked.alpha, asked.l1_ratio);
    let train = move |x: &X, y: &Vec<f64>| {
        let parameters = ElasticNetParameters::default()
            .with_alpha(alpha)
            .with_l1_ratio(l1_ratio)
            .with_normalize(false)
            .with_tol(asked.tol)
            .with_max_iter(asked.max_iter as usize);
        ElasticNet::fit(x, y, parameters)
    };
    let answer = |model: &Model| fit(model.coefficients().iterator(0).copied().collect(), *model.intercept(), None);
    let count = inputs.rows();
    work(inputs.variants, count, CALL, effective, train, answer)
}

/// Its alpha and l1_ratio for the benchmark's: its objective is `|y - Xw|^2 / n + a b |w|_1 + a (1 - b) |w|^2`, twice the
/// benchmark's where `a b = 2 alpha l1_ratio` and `a (1 - b) = alpha (1 - l1_ratio)`.
fn in_its_objective(alpha: f64, l1_ratio: f64) -> (f64, f64) {
    (alpha * (1.0 + l1_ratio), 2.0 * l1_ratio / (1.0 + l1_ratio))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_penalties_are_twice_those_of_the_benchmark() {
        for (alpha, l1_ratio) in [(0.04, 0.5), (1.0, 1.0), (3.0, 0.0), (0.7, 0.2)] {
            let (a, b) = in_its_objective(alpha, l1_ratio);
            assert!((a * b - 2.0 * alpha * l1_ratio).abs() < 1e-15);
            assert!((a * (1.0 - b) - alpha * (1.0 - l1_ratio)).abs() < 1e-15);
        }
    }
}
