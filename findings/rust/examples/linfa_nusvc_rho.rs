//! NuSVC of linfa returns a NaN threshold and weights of 0 where a class has no support vector strictly between the bounds.

use findings::report;
use linfa::prelude::{Fit, Predict};
use linfa::DatasetBase;
use linfa_svm::Svm;
use ndarray::array;
use serde_json::json;

fn main() {
    // nu n / 2 = 1: the nearest point of each class takes the whole weight, the other none. The boundary is at 0.
    let x = array![[1.0], [2.0], [-1.0], [-2.0]];
    let y = array![true, true, false, false];
    let model = Svm::<f64, bool>::params().polynomial_kernel(0.0, 1.0).nu_weight(0.5).eps(1e-9);
    let model = model.fit(&DatasetBase::new(x.clone(), y)).unwrap();
    let labels = model.predict(&x);
    report(
        model.rho.is_nan() && labels.iter().all(|label| !label),
        json!({ "rho": model.rho.to_string(), "alpha": model.alpha, "predicted": labels.to_vec(), "expected": [true, true, false, false] }),
    );
}
