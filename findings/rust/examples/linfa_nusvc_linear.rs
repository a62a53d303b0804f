//! NuSVC of linfa with the linear kernel decides otherwise than with the same kernel as a polynomial: rho is rescaled, the hyperplane is not.

use findings::{report, Draw};
use linfa::prelude::{Fit, Predict};
use linfa::DatasetBase;
use linfa_svm::{Svm, SvmParams};
use ndarray::{Array1, ArrayView1};
use serde_json::json;

fn main() {
    let mut draw = Draw(7);
    let x = draw.matrix(60, 2) + 2.0; // away from the origin, so that the threshold matters
    let y: Array1<bool> = x.column(0).iter().map(|value| value - 2.0 + 0.3 * draw.number() > 0.0).collect();
    let fit = |params: SvmParams<f64, bool>| {
        params.nu_weight(0.4).eps(1e-9).fit(&DatasetBase::new(x.clone(), y.clone())).unwrap()
    };
    let linear = fit(Svm::params().linear_kernel()); // <x, x'>
    let polynomial = fit(Svm::params().polynomial_kernel(0.0, 1.0)); // (<x, x'> + 0)^1
    let decide = |model: &Svm<f64, bool>, row: ArrayView1<f64>| model.weighted_sum(&row) - model.rho;
    let apart =
        x.rows().into_iter().map(|row| (decide(&linear, row) - decide(&polynomial, row)).abs()).fold(0.0, f64::max);
    let right = |model: &Svm<f64, bool>| model.predict(&x).iter().zip(&y).filter(|(a, b)| a == b).count();
    report(
        apart > 1e-3,
        json!({
            "largest difference of decision values": apart, "rows right of 60, linear": right(&linear),
            "rows right of 60, polynomial": right(&polynomial),
        }),
    );
}
