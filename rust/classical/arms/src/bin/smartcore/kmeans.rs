//! k-means by smartcore: a k-d tree of bounding boxes, its own k-means++ start and its own stopping rule.

use std::rc::Rc;

use assay_classical::kmeans::{fit, labels, Inputs};
use assay_worker::{Array, Dataset, Error, Load, Matrix, Mode, Work};
use serde_json::{json, Map, Value};
use smartcore::cluster::kmeans::{KMeans, KMeansParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;

use crate::{dense, rows};

const CALL: &str = "KMeans::fit(x, {k, max_iter, seed}), then predict(x) for the labels of the training rows, in the time of `fit`; \
predict(q); predict of a matrix of one row. It draws its own first centres (k-means++) and stops when the distortion no longer falls";

type Model = KMeans<f64, i64, DenseMatrix<f64>, Vec<i64>>;

struct Variant {
    x: DenseMatrix<f64>,
    q: DenseMatrix<f64>,
    q_rows: Vec<DenseMatrix<f64>>,
}

/// Prepare fit, predict and predict_one.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::read(load, &dataset)?;
    drop(dataset);
    let count = inputs.rows();
    let (k, max_iter) = (inputs.parameters.n_clusters, inputs.parameters.max_iter);
    let parameters = KMeansParameters { k, max_iter, seed: Some(load.seed) };
    let model = Rc::new(from_centres(inputs.centres)?);
    let variant = |variant: assay_classical::kmeans::Variant| {
        Ok(Variant { q_rows: rows(&variant.q, count)?, x: dense(variant.x)?, q: dense(variant.q)? })
    };
    let variants: Rc<[Variant]> = inputs.variants.into_iter().map(variant).collect::<Result<_, Error>>()?;

    let data = Rc::clone(&variants);
    let fit_call = move |v: usize, _: usize| {
        let x = &data[v].x;
        let model: Model = KMeans::fit(x, parameters.clone()).map_err(Error::failed)?;
        let labels = model.predict(x).map_err(Error::failed)?;
        Ok((model, labels))
    };
    let (data, fitted) = (Rc::clone(&variants), Rc::clone(&model));
    let predict = move |v: usize, _: usize| fitted.predict(&data[v].q).map_err(Error::failed);
    let (data, fitted) = (Rc::clone(&variants), model);
    let predict_one = move |v: usize, row: usize| fitted.predict(&data[v].q_rows[row]).map_err(Error::failed);

    // It has no `tol`, and one run is all it can make.
    let effective = json!({ "n_clusters": k, "max_iter": max_iter, "n_init": 1, "dtype": "float64" });
    let answer = |of_rows: &Vec<i64>| Ok(labels(of_rows.iter().copied()));
    Ok(Work::new(variants.len(), CALL, effective.as_object().cloned().unwrap_or_default())
        .mode(
            "fit",
            Mode::new(fit_call, |(model, of_rows): &(Model, Vec<i64>)| {
                let centres = centres(model)?;
                let (k, d) = (centres.len(), centres.first().map_or(0, Vec::len));
                Ok(fit(Array::matrix(k, d, centres.concat()), of_rows.iter().copied(), None))
            }),
        )
        .mode("predict", Mode::new(predict, answer))
        .mode("predict_one", Mode::new(predict_one, answer).by_row(count)))
}

/// A model that has exactly these centres: fitted to the centres themselves, then written out and read back with the
/// centres in their given order, because smartcore has neither a constructor nor an accessor for them.
fn from_centres(centres: Matrix) -> Result<Model, Error> {
    let (k, wanted) = (centres.rows, (0..centres.rows).map(|row| centres.row(row)).collect::<Vec<_>>());
    let parameters = KMeansParameters { k, max_iter: 1, seed: Some(0) };
    let model: Model = KMeans::fit(&dense(centres)?, parameters).map_err(Error::failed)?;
    let mut fields = fields(&model)?;
    fields.insert("centroids".to_owned(), json!(wanted));
    let model: Model = serde_json::from_value(Value::Object(fields)).map_err(Error::failed)?;
    match self::centres(&model)? == wanted {
        true => Ok(model),
        false => Err(Error::failed("no model has exactly the centres of the data file")),
    }
}

fn centres(model: &Model) -> Result<Vec<Vec<f64>>, Error> {
    let centres = fields(model)?.remove("centroids").unwrap_or_default();
    serde_json::from_value(centres).map_err(Error::failed)
}

fn fields(model: &Model) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(model).map_err(Error::failed)? {
        Value::Object(fields) => Ok(fields),
        other => Err(Error::failed(format!("a model was written as {other}"))),
    }
}
