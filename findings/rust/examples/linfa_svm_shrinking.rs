//! SVC of linfa with `shrinking(true)` panics on most small problems: an index runs below 0.

use findings::{caught, report, Draw};
use linfa::prelude::Fit;
use linfa::DatasetBase;
use linfa_svm::Svm;
use ndarray::{Array1, Array2};
use serde_json::json;

const C: f64 = 1.0;

/// The dual objective, whose optimum shrinking must not change: sum |a| - a'Ka / 2, where `alpha` has the sign of its class.
fn dual(x: &Array2<f64>, alpha: &[f64]) -> f64 {
    let kernel = |i: usize, j: usize| (-(&x.row(i) - &x.row(j)).mapv(|d| d * d).sum()).exp();
    let pairs = (0..alpha.len()).flat_map(|i| (0..alpha.len()).map(move |j| (i, j)));
    let quadratic: f64 = pairs.map(|(i, j)| alpha[i] * alpha[j] * kernel(i, j)).sum();
    alpha.iter().map(|a| a.abs()).sum::<f64>() - quadratic / 2.0
}

fn main() {
    let problems = 100;
    let (mut panics, mut wrong, mut message) = (0, 0, String::new());
    for seed in 0..problems {
        let mut draw = Draw(seed);
        let x = draw.matrix(40, 2);
        let y: Array1<bool> = x.column(0).iter().map(|value| value + draw.number() > 0.0).collect();
        let fit = |shrinking| {
            let data = DatasetBase::new(x.clone(), y.clone());
            let params =
                Svm::<f64, bool>::params().gaussian_kernel(1.0).pos_neg_weights(C, C).eps(1e-6).shrinking(shrinking);
            caught(|| params.fit(&data).unwrap())
        };
        let without = fit(false).unwrap();
        match fit(true) {
            Err(panic) => (panics, message) = (panics + 1, panic),
            Ok(with) => wrong += usize::from((dual(&x, &with.alpha) / dual(&x, &without.alpha) - 1.0).abs() > 1e-3),
        }
    }
    report(
        panics > 0,
        json!({ "problems": problems, "panics": panics, "a panic": message, "dual objective off by more than 0.1 %": wrong }),
    );
}
