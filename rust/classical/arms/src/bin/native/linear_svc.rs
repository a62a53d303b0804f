//! Linear support vector machine in plain Rust: dual coordinate descent.

use std::rc::Rc;

use assay_classical::inputs::c_order;
use assay_classical::supervised::Variant;
use assay_classical::svm::{decisions, linear_fit, LinearInputs};
use assay_worker::{Dataset, Error, Load, Mode, Work};

use crate::dual_descent::{fit, Settings, Solution};

const CALL: &str = "dual_descent::fit(x, y, C, tol, max_iter); Solution::decide_all(q); Solution::decide(row)";

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = LinearInputs::read(load, &dataset)?;
    drop(dataset);
    let rows = inputs.rows();
    let asked = inputs.parameters;
    let parameters = asked.effective();
    let settings = Settings { c: asked.c, tol: asked.tol, max_iter: asked.max_iter, seed: load.seed };
    let in_c_order = |variant: Variant| Variant { x: c_order(variant.x), y: variant.y, q: c_order(variant.q) };
    let variants: Rc<[Variant]> = inputs.variants.into_iter().map(in_c_order).collect();
    let train = move |Variant { x, y, .. }: &Variant| fit(x, y, settings);
    let model = Rc::new(train(&variants[0])?);

    let data = Rc::clone(&variants);
    let fit_call = move |v: usize, _: usize| train(&data[v]);
    let (data, fitted) = (Rc::clone(&variants), Rc::clone(&model));
    let predict = move |v: usize, _: usize| Ok(fitted.decide_all(&data[v].q));
    let (data, fitted) = (Rc::clone(&variants), model);
    let predict_one = move |v: usize, row: usize| {
        let q = &data[v].q;
        Ok(fitted.decide(&q.values[row * q.columns..(row + 1) * q.columns]))
    };

    let fit_answer =
        |model: &Solution| Ok(linear_fit(model.coefficients.clone(), model.intercept, Some(model.iterations as u64)));
    Ok(Work::new(variants.len(), CALL, parameters)
        .mode("fit", Mode::new(fit_call, fit_answer))
        .mode("predict", Mode::new(predict, |values: &Vec<f64>| Ok(decisions(values))))
        .mode("predict_one", Mode::new(predict_one, |&value: &f64| Ok(decisions(&[value]))).by_row(rows)))
}
