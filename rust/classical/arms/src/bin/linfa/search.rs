//! Searches with linfa: for ridge regression's penalty by coordinate descent, and for a machine's `C` and `gamma`.

use assay_classical::inputs::array;
use assay_classical::search::{accuracy, r2, work, Inputs, Machine, Ridge, Split, Svc};
use assay_worker::{Dataset, Error, Load, Work};
use linfa_core::{elastic_net, svm};
use ndarray::{Array1, Array2};

const RIDGE: &str =
    "per fold: the rows are copied; per alpha and fold: ElasticNet::params().penalty(alpha / n).l1_ratio(0)\
.with_intercept(false).tolerance(0).max_iterations(max_iter).fit(DatasetBase::new(x, y)); predict(q); R2";
const SVC: &str = "per fold: the rows are copied; per C, gamma and fold: Svm::<f64, bool>::params().gaussian_kernel(1 / gamma)\
.pos_neg_weights(C, C).eps(tol).shrinking(false).fit(DatasetBase::new(x, y)); weighted_sum(row) - rho of every row; accuracy";

struct Fold<Y> {
    x: Array2<f64>,
    y: Array1<Y>,
    q: Array2<f64>,
    wanted: Vec<f64>,
}

fn fold<Y>(Split { data, wanted }: Split, target: impl Fn(f64) -> Y) -> Result<Fold<Y>, Error> {
    let y = data.y.into_iter().map(target).collect();
    Ok(Fold { x: array(data.x)?, y, q: array(data.q)?, wanted })
}

/// Prepare the search of ridge regression.
pub fn load_ridge(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::<Ridge>::read(load, &dataset)?;
    drop(dataset);
    let (max_iter, mut effective) = (inputs.parameters.max_iter, inputs.parameters.effective());
    effective.insert("max_iter".into(), max_iter.into());
    let score = move |fold: &Fold<f64>, &alpha: &f64| {
        let settings = elastic_net::Settings::ridge(alpha, fold.x.nrows(), max_iter, false);
        let model = elastic_net::fit(fold.x.view(), fold.y.view(), &settings).map_err(Error::failed)?;
        Ok(r2(&fold.wanted, &elastic_net::predict(&model, fold.q.view()).to_vec()))
    };
    Ok(work(inputs, RIDGE, effective, |split| fold(split, |y| y), score))
}

/// Prepare the search of support vector classification.
pub fn load_svc(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::<Svc>::read(load, &dataset)?;
    drop(dataset);
    let (tol, effective) = (inputs.parameters.tol, inputs.parameters.effective());
    let score = move |fold: &Fold<bool>, &Machine { c, gamma }: &Machine| {
        let settings = svm::Settings { kernel: svm::Kernel::Rbf { gamma }, cost: svm::Cost::C(c), tol };
        let model = svm::fit(fold.x.view(), fold.y.view(), &settings).map_err(Error::failed)?;
        Ok(accuracy(&fold.wanted, &svm::decide(&model, fold.q.view())))
    };
    Ok(work(inputs, SVC, effective, |split| fold(split, |class| class > 0.0), score))
}
