//! k-means in plain Rust: Lloyd's algorithm with scikit-learn's rules.

use std::rc::Rc;

use assay_classical::kmeans::{fit, labels, Inputs};
use assay_worker::{Array, Dataset, Error, Load, Mode, Work};
use serde_json::json;

use crate::lloyd::{self, Fit, Nearest, Settings};
use crate::pool::Pool;

const CALL: &str =
    "lloyd::fit(x, init, {max_iter, tol}), with centring, the labels of the training rows and the number of \
iterations; Nearest::predict(q); Nearest::predict_one(q, row)";

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::read(load, &dataset)?;
    drop(dataset);
    let rows = inputs.rows();
    let (asked, d) = (inputs.parameters, inputs.centres.columns);
    let settings = Settings { max_iter: asked.max_iter, tol: asked.tol };
    let nearest = Rc::new(Nearest::new(&inputs.centres.values, d));
    let pool = Rc::new(Pool::new(load.threads)?);
    let variants = Rc::new(inputs.variants);

    let (data, threads) = (Rc::clone(&variants), Rc::clone(&pool));
    let fit_call = move |v: usize, _: usize| Ok(lloyd::fit(&data[v].x, &data[v].init.values, settings, &threads));
    let (data, threads, centres) = (Rc::clone(&variants), Rc::clone(&pool), Rc::clone(&nearest));
    let predict = move |v: usize, _: usize| Ok(centres.predict(&data[v].q, &threads));
    let (data, centres) = (Rc::clone(&variants), nearest);
    let predict_one = move |v: usize, row: usize| Ok(centres.predict_one(&data[v].q, row));

    let fit_answer = move |result: &Fit| {
        let centres = Array::matrix(result.centres.len() / d, d, result.centres.clone());
        Ok(fit(centres, result.labels.iter().map(|&label| label.into()), Some(result.iterations)))
    };
    let answer = |of_rows: &Vec<i32>| Ok(labels(of_rows.iter().map(|&label| label.into())));
    // Given first centres, another run would only repeat the first: one is made, as in scikit-learn.
    let effective = json!({
        "n_clusters": asked.n_clusters,
        "max_iter": asked.max_iter,
        "tol": asked.tol,
        "n_init": 1,
        "dtype": "float64",
    });
    let work = Work::new(variants.len(), CALL, effective.as_object().cloned().unwrap_or_default())
        .mode("fit", Mode::new(fit_call, fit_answer))
        .mode("predict", Mode::new(predict, answer))
        .mode("predict_one", Mode::new(predict_one, |&label: &i32| Ok(labels([label.into()]))).by_row(rows));
    Ok(pool.report(work))
}
