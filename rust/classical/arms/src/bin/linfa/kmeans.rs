//! k-means by linfa: m_k-means, with the given centres as its start.

use std::rc::Rc;

use assay_classical::inputs::array;
use assay_classical::kmeans::{fit, labels, Inputs};
use assay_worker::{Array, Dataset, Error, Load, Mode, Work};
use linfa_core::kmeans::{self, Init, Model, Settings};
use ndarray::{Array1, Array2};
use serde_json::{json, Map, Value};

const CALL: &str = "KMeans::params_with(k, rng, L2Dist).n_runs(n_init).tolerance(sqrt(tol * mean variance)).max_n_iterations(max_iter)\
.init_method(Precomputed(init)).fit(x), then predict(x) for the labels of the training rows, in the time of `fit`; predict(q); \
predict(row) of one observation. The tolerance is computed before the clock starts; the L2Dist also counts the iterations, which linfa does not tell";

struct Variant {
    x: Array2<f64>,
    q: Array2<f64>,
    settings: Settings,
}

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::read(load, &dataset)?;
    drop(dataset);
    let rows = inputs.rows();
    let parameters = effective(&inputs);
    let wanted = inputs.parameters;
    let model = Rc::new(kmeans::from_centres(array(inputs.centres)?.view()).map_err(Error::failed)?);
    let variant = |variant: assay_classical::kmeans::Variant| {
        let (x, q) = (array(variant.x)?, array(variant.q)?);
        let settings = Settings {
            n_clusters: wanted.n_clusters,
            init: Init::Centres(array(variant.init)?),
            max_iter: wanted.max_iter as u64,
            tolerance: kmeans::tolerance(wanted.tol, x.view()).map_err(Error::failed)?,
            n_runs: wanted.n_init,
            seed: load.seed,
        };
        Ok(Variant { x, q, settings })
    };
    let variants: Rc<[Variant]> = inputs.variants.into_iter().map(variant).collect::<Result<_, Error>>()?;

    let data = Rc::clone(&variants);
    let fit_call = move |v: usize, _: usize| {
        let Variant { x, settings, .. } = &data[v];
        let model = kmeans::fit(x.view(), settings).map_err(Error::failed)?;
        let labels = kmeans::predict(&model, x.view());
        Ok((model, labels))
    };
    let (data, fitted) = (Rc::clone(&variants), Rc::clone(&model));
    let predict = move |v: usize, _: usize| Ok(kmeans::predict(&fitted, data[v].q.view()));
    let (data, fitted) = (Rc::clone(&variants), model);
    let predict_one = move |v: usize, row: usize| Ok(kmeans::predict_one(&fitted, data[v].q.row(row)));

    let fit_answer = |(model, of_rows): &(Model, Array1<usize>)| {
        let (k, d) = model.centroids().dim();
        let centres = Array::matrix(k, d, model.centroids().iter().copied().collect());
        Ok(fit(centres, of_rows.iter().map(|&label| label as i64), model.iterations().map(|count| count as usize)))
    };
    let answer = |of_rows: &Array1<usize>| Ok(labels(of_rows.iter().map(|&label| label as i64)));
    Ok(Work::new(variants.len(), CALL, parameters)
        .mode("fit", Mode::new(fit_call, fit_answer))
        .mode("predict", Mode::new(predict, answer))
        .mode("predict_one", Mode::new(predict_one, |&label: &usize| Ok(labels([label as i64]))).by_row(rows))
        .pool("rayon", rayon::current_num_threads()))
}

fn effective(inputs: &Inputs) -> Map<String, Value> {
    let asked = &inputs.parameters;
    let effective = json!({
        "n_clusters": asked.n_clusters,
        "max_iter": asked.max_iter,
        "tol": asked.tol,
        "n_init": asked.n_init,
        "dtype": "float64",
    });
    effective.as_object().cloned().unwrap_or_default()
}
