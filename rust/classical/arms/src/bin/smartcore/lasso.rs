//! The lasso by smartcore's interior point method.

use assay_classical::penalised::{fit, ElasticNetInputs};
use assay_worker::{Dataset, Error, Load, Work};
use smartcore::linalg::basic::arrays::Array;
use smartcore::linear::lasso::{Lasso, LassoParameters};

use crate::linear::{work, X};

const CALL: &str = "Lasso::fit(x, y, alpha 2 alpha, tol, max_iter, normalize false); predict(q); \
predict of a matrix of one row. Its tol bounds the duality gap as a share of the dual objective; it fits an intercept, \
which is 0 on centred data: without one its predict answers with an error";

type Model = Lasso<f64, f64, X, Vec<f64>>;

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = ElasticNetInputs::read(load, &dataset)?;
    drop(dataset);
    let asked = inputs.parameters.clone();
    if asked.l1_ratio != 1.0 {
        return Err(Error::unsupported(format!("l1_ratio {}: the lasso has 1", asked.l1_ratio)));
    }
    let mut effective = asked.effective();
    effective.remove("fit_intercept");
    let train = move |x: &X, y: &Vec<f64>| {
        let parameters = LassoParameters::default()
            .with_alpha(2.0 * asked.alpha) // its objective is the mean of the squared errors, not half of it
            .with_normalize(false)
            .with_tol(asked.tol)
            .with_max_iter(asked.max_iter as usize);
        Lasso::fit(x, y, parameters)
    };
    let answer = |model: &Model| fit(model.coefficients().iterator(0).copied().collect(), *model.intercept(), None);
    let count = inputs.rows();
    work(inputs.variants, count, CALL, effective, train, answer)
}
