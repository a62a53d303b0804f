//! DBSCAN by smartcore, with its default cover tree.

use std::io::{self, Write};

use assay_classical::clustering::{effective, Inputs};
use assay_classical::dbscan::Parameters;
use assay_classical::kmeans::labels;
use assay_worker::{Dataset, Error, Load, Mode, Work};
use smartcore::cluster::dbscan::{DBSCANParameters, DBSCAN};
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::metrics::distance::euclidian::Euclidian;

use crate::dense;

const CALL: &str = "DBSCAN::fit(x, {eps, min_samples}); the labels of the rows are a private field and are read, after the clock has stopped, \
from the model as serde writes it. `predict` is another rule: a vote of the neighbours, noise among them";

type Model = DBSCAN<f64, i64, DenseMatrix<f64>, Vec<i64>, Euclidian<f64>>;

/// Prepare fit_predict.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::<Parameters>::read(load, &dataset)?;
    drop(dataset);
    let set = effective(&inputs.parameters)?;
    let Parameters { eps, min_samples, .. } = inputs.parameters;
    let parameters = DBSCANParameters::default().with_eps(eps).with_min_samples(min_samples);
    let variants = inputs.variants.into_iter().map(dense).collect::<Result<Vec<_>, Error>>()?;
    let count = variants.len();
    let call = move |v: usize, _: usize| Model::fit(&variants[v], parameters.clone()).map_err(Error::failed);
    let answer = |model: &Model| Ok(labels(labels_of(model)?));
    Ok(Work::new(count, CALL, set).mode("fit_predict", Mode::new(call, answer)))
}

/// The labels of the training rows, -1 for noise. They are the first field of the model; the rest, a whole tree, is not written.
fn labels_of(model: &Model) -> Result<Vec<i64>, Error> {
    let mut list = FirstList::default();
    let written = serde_json::to_writer(&mut list, model);
    match list.complete {
        true => serde_json::from_slice(&list.bytes).map_err(Error::failed),
        false => Err(Error::failed(format!("a model was written without a list of labels: {written:?}"))),
    }
}

/// Keeps the first list of a JSON text and refuses what comes after it.
#[derive(Default)]
struct FirstList {
    bytes: Vec<u8>,
    complete: bool,
}

impl Write for FirstList {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if self.complete {
            return Err(io::Error::other("the list is complete"));
        }
        for &byte in text {
            if !self.bytes.is_empty() || byte == b'[' {
                self.bytes.push(byte);
            }
            if byte == b']' {
                self.complete = true;
                break;
            }
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_list_is_kept() {
        let mut list = FirstList::default();
        let written =
            serde_json::to_writer(&mut list, &serde_json::json!({ "a": [-1, 0, 12], "b": [3], "c": { "d": [4] } }));
        assert!(written.is_err(), "the rest is not written");
        assert_eq!(list.bytes, b"[-1,0,12]");
    }

    #[test]
    fn the_labels_are_those_of_the_rows() {
        let x = [0.0, 1.0, 2.0, 10.0, 11.0, 20.0].map(|v| vec![v]);
        let x = DenseMatrix::from_2d_vec(&x.to_vec()).unwrap();
        let labels = |eps, min_samples| {
            let parameters = DBSCANParameters::default().with_eps(eps).with_min_samples(min_samples);
            labels_of(&Model::fit(&x, parameters).unwrap()).unwrap()
        };
        assert_eq!(labels(1.0, 2), [0, 0, 0, 1, 1, -1], "the radius is inclusive and a row counts itself");
        assert_eq!(labels(1.0, 3), [0, 0, 0, -1, -1, -1]);
    }
}
