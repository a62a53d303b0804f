//! The search for ridge regression's penalty by smartcore's Cholesky decomposition, fold by fold.

use assay_classical::search::{r2, work, Inputs, Ridge, Split};
use assay_worker::{Dataset, Error, Load, Work};

use crate::dense;
use crate::linear::X;
use crate::ridge::train;

const CALL: &str =
    "per fold: the rows are copied; per alpha and fold: RidgeRegression::fit(x, y, alpha, solver Cholesky, \
normalize false); predict(q); R2";

struct Fold {
    x: X,
    y: Vec<f64>,
    q: X,
    wanted: Vec<f64>,
}

/// Prepare search.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::<Ridge>::read(load, &dataset)?;
    drop(dataset);
    let effective = inputs.parameters.effective();
    let prepare = |Split { data, wanted }| Ok(Fold { x: dense(data.x)?, y: data.y, q: dense(data.q)?, wanted });
    let score = |fold: &Fold, &alpha: &f64| {
        let model = train(&fold.x, &fold.y, alpha).map_err(Error::failed)?;
        Ok(r2(&fold.wanted, &model.predict(&fold.q).map_err(Error::failed)?))
    };
    Ok(work(inputs, CALL, effective, prepare, score))
}
