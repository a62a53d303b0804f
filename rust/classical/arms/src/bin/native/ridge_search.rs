//! The search for ridge regression's penalty in plain Rust: Cholesky factors of the normal equations, fold by fold.

use std::rc::Rc;

use assay_classical::search::{r2, work, Inputs, Ridge, Split};
use assay_worker::{Dataset, Error, Load, Work};

use crate::cholesky::ridge;
use crate::pool::Pool;

const CALL: &str =
    "per fold: the rows are copied; per alpha and fold: cholesky::ridge(x, y, alpha); Solution::predict(q); R2";

/// Prepare search.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::<Ridge>::read(load, &dataset)?;
    drop(dataset);
    let effective = inputs.parameters.effective();
    let pool = Rc::new(Pool::new(load.threads)?);
    let threads = Rc::clone(&pool);
    let score = move |Split { data, wanted }: &Split, &alpha: &f64| {
        Ok(r2(wanted, &ridge(&data.x, &data.y, alpha, &threads)?.predict(&data.q, &threads)))
    };
    Ok(pool.report(work(inputs, CALL, effective, Ok, score)))
}
