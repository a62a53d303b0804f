//! The deep-learning benchmarks as every arm sees them: parameters, the first weights, batches, and what is answered.
//!
//! A data file holds 64-bit numbers; weights and inputs are numbers of 32 bits, and are turned into those here, before anything is timed.

use std::collections::BTreeMap;

use assay_worker::{Answer, Array, Dataset, Error, Load};
use serde::Deserialize;
use serde_json::{Map, Value};

#[cfg(feature = "rayon")]
pub mod pool;

/// What can be timed (`forward` and `backward` are parts of `train`), and the proofs that are only compared: gradients, and both they and the
/// losses in numbers of 64 bits.
pub const MODES: &[&str] =
    &["train", "learn", "infer_1", "infer_32", "infer_256", "forward", "backward", "gradients", "exact"];

/// Rows of one call of each inferring mode.
pub const INFERRED: [(&str, usize); 3] = [("infer_1", 1), ("infer_32", 32), ("infer_256", 256)];

/// Rows that an inferring mode goes through, or those of one call where that has more.
const ANSWERED: usize = 32;

/// Parameters of a benchmark.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Parameters {
    /// The network: the benchmark's own, `lenet` in `lenet` and in `lenet_training`.
    pub network: String,
    /// Number of classes.
    pub classes: usize,
    /// Optimiser steps of one timed training call, each on the next batch of the data, from the first weights on.
    pub steps: usize,
    /// `sgd` with momentum, or `adam`.
    pub optimizer: String,
    /// Learning rate.
    pub learning_rate: f64,
    /// Momentum of `sgd`.
    #[serde(default)]
    pub momentum: f64,
    /// What `adam` adds to the root of the second moment.
    #[serde(default)]
    pub eps: f64,
    /// Number type.
    pub dtype: String,
    /// Where it computes, if not on the CPU.
    #[serde(default)]
    pub device: Option<String>,
}

/// How weights are moved along their gradients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimizer {
    /// `v = momentum v + g; w = w - learning_rate v`.
    Sgd {
        /// Share of the last step that is kept.
        momentum: f64,
    },
    /// Adam with betas 0.9 and 0.999, bias correction, and no weight decay.
    Adam {
        /// What is added to the root of the second moment.
        eps: f64,
    },
}

impl Parameters {
    /// The optimiser.
    ///
    /// # Errors
    /// `unsupported` for any other than `sgd` and `adam`.
    pub fn optimizer(&self) -> Result<Optimizer, Error> {
        match self.optimizer.as_str() {
            "sgd" => Ok(Optimizer::Sgd { momentum: self.momentum }),
            "adam" => Ok(Optimizer::Adam { eps: self.eps }),
            other => Err(Error::unsupported(format!("optimizer {other}: this arm has sgd and adam"))),
        }
    }

    /// The parameters as they were set.
    pub fn effective(&self) -> Map<String, Value> {
        let mut set = Map::new();
        set.insert("network".into(), self.network.as_str().into());
        set.insert("classes".into(), self.classes.into());
        set.insert("steps".into(), self.steps.into());
        set.insert("optimizer".into(), self.optimizer.as_str().into());
        set.insert("learning_rate".into(), self.learning_rate.into());
        match self.optimizer.as_str() {
            "adam" => set.insert("eps".into(), self.eps.into()),
            _ => set.insert("momentum".into(), self.momentum.into()),
        };
        set.insert("dtype".into(), "float32".into());
        if let Some(device) = &self.device {
            set.insert("device".into(), device.as_str().into());
        }
        set
    }

    fn check(&self) -> Result<(), Error> {
        if self.dtype != "float32" {
            return Err(Error::unsupported(format!("dtype {}: this arm computes in float32", self.dtype)));
        }
        if self.classes == 0 || self.steps == 0 || self.learning_rate.is_nan() || self.learning_rate <= 0.0 {
            return Err(Error::bad_request("parameters: classes, steps and learning_rate must be above 0"));
        }
        self.optimizer().map(|_| ())
    }
}

/// The networks that read characters; the others read images.
const CHARACTERS: [&str; 3] = ["gru", "lstm", "rnn"];

/// A tensor of weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values, in C order.
    pub values: Vec<f32>,
}

/// Rows of inputs with their classes: one optimiser step, or one call of an inferring mode (whose classes are not used).
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Number of rows.
    pub rows: usize,
    /// Their values, row after row: pixels, or the numbers of characters.
    pub values: Vec<f32>,
    /// The class of every row; empty where there is none.
    pub classes: Vec<i64>,
}

/// One input variant.
pub struct Variant {
    /// A batch per optimiser step.
    pub batches: Vec<Batch>,
    /// Rows to answer for.
    pub queries: Batch,
}

/// The inputs of a benchmark.
pub struct Inputs {
    /// Parameters as asked for.
    pub parameters: Parameters,
    /// The first weights by name.
    pub weights: BTreeMap<String, Weights>,
    /// Numbers of one row.
    pub features: usize,
    /// Input variants.
    pub variants: Vec<Variant>,
}

impl Inputs {
    /// Read them from a request and its data file, for an arm that computes on the CPU.
    ///
    /// # Errors
    /// `unsupported` for another device; otherwise as [`Inputs::for_devices`].
    pub fn read(load: &Load, dataset: &Dataset) -> Result<Self, Error> {
        Self::for_devices(load, dataset, &[])
    }

    /// Read them for an arm that computes on the CPU and on these devices.
    ///
    /// # Errors
    /// What is wrong with the request or the data file.
    pub fn for_devices(load: &Load, dataset: &Dataset, devices: &[&str]) -> Result<Self, Error> {
        let parameters: Parameters = load.parameters()?;
        parameters.check()?;
        if let Some(device) = parameters.device.as_deref().filter(|device| !devices.contains(device)) {
            return Err(Error::unsupported(format!("device {device}: this arm has the CPU and {devices:?}")));
        }
        if load.benchmark.strip_suffix("_training").unwrap_or(&load.benchmark) != parameters.network {
            return Err(Error::bad_request(format!(
                "network {} in the benchmark {}",
                parameters.network, load.benchmark
            )));
        }
        let mut weights = BTreeMap::new();
        for name in dataset.names() {
            if let Some(own) = name.strip_prefix("w.") {
                let (shape, values) = dataset.tensor(&name)?;
                weights.insert(own.to_owned(), Weights { shape, values: narrow(&name, &values)? });
            }
        }
        let variants =
            (0..dataset.variants()).map(|v| variant(dataset, v, &parameters)).collect::<Result<Vec<_>, _>>()?;
        let features = dataset.matrix("x.0")?.columns;
        Ok(Self { parameters, weights, features, variants })
    }

    /// The weights of a name.
    ///
    /// # Errors
    /// `failed` if there are none, or they have another shape.
    pub fn weight(&self, name: &str, shape: &[usize]) -> Result<&Weights, Error> {
        let weights = self.weights.get(name).ok_or_else(|| Error::failed(format!("weights: no tensor {name}")))?;
        if weights.shape != shape {
            return Err(Error::failed(format!("weights: {name} has the shape {:?}, not {shape:?}", weights.shape)));
        }
        Ok(weights)
    }

    /// Check that a network has taken all weights: `taken` are the names that it knows.
    ///
    /// # Errors
    /// `failed` if one is left over.
    pub fn all_taken<'a>(&self, taken: impl Iterator<Item = &'a str>) -> Result<(), Error> {
        let taken: Vec<&str> = taken.collect();
        match self.weights.keys().find(|name| !taken.contains(&name.as_str())) {
            Some(name) => Err(Error::failed(format!("weights: {name} is no tensor of this network"))),
            None => Ok(()),
        }
    }
}

impl Batch {
    /// The inputs of an inferring mode: its first rows in batches of so many, of [`ANSWERED`] rows together where there are several.
    pub fn cut(&self, rows: usize) -> Vec<Self> {
        let features = self.values.len() / self.rows.max(1);
        let part = |values: &[f32]| Self { rows, values: values.to_vec(), classes: Vec::new() };
        self.values.chunks_exact(rows * features).take((ANSWERED / rows).max(1)).map(part).collect()
    }
}

/// The answer of training: the loss of every step.
pub fn losses(losses: &[f32]) -> Answer {
    [("losses", floats(losses))].into()
}

/// The answer of learning: the loss of every step, and the logits of the rows that were never trained on.
pub fn learned(found: &[f32], rows: usize, logits: &[f32]) -> Answer {
    let mut answer = losses(found);
    answer.extend(outputs(rows, logits));
    answer
}

/// The answer of an inferring mode: the logits of every row.
pub fn outputs(rows: usize, logits: &[f32]) -> Answer {
    let values = logits.iter().map(|&value| f64::from(value)).collect();
    [("outputs", Array::matrix(rows, logits.len() / rows.max(1), values))].into()
}

/// The loss of every step, and the gradients of one: of the first in 64 bits, or of the last of `backward`.
pub fn sloped(losses: Vec<f64>, gradients: Vec<f64>) -> Answer {
    [("gradients", Array::floats(gradients)), ("losses", Array::floats(losses))].into()
}

/// The gradients of the first step's loss, those of all trained tensors in the order of their names.
pub fn gradients(gradients: &[f32]) -> Answer {
    [("gradients", floats(gradients))].into()
}

fn floats(values: &[f32]) -> Array {
    Array::floats(values.iter().map(|&value| f64::from(value)).collect())
}

fn variant(dataset: &Dataset, v: usize, parameters: &Parameters) -> Result<Variant, Error> {
    let (name, x, y) = (format!("x.{v}"), dataset.matrix(&format!("x.{v}"))?, dataset.vector(&format!("y.{v}"))?);
    let q = dataset.matrix(&format!("q.{v}"))?;
    if x.rows != y.len() || x.rows == 0 || x.rows % parameters.steps != 0 || q.rows == 0 || q.columns != x.columns {
        let shapes = format!("x {}x{}, y {}, q {}x{}", x.rows, x.columns, y.len(), q.rows, q.columns);
        return Err(Error::failed(format!("data file: variant {v} does not fit {} steps: {shapes}", parameters.steps)));
    }
    let class = |&class: &f64| match (0..parameters.classes).find(|&known| known as f64 == class) {
        Some(known) => Ok(known as i64),
        None => Err(Error::failed(format!(
            "data file: y.{v} holds {class}, which is no class below {}",
            parameters.classes
        ))),
    };
    let classes = y.iter().map(class).collect::<Result<Vec<_>, _>>()?;
    let rows = x.rows / parameters.steps;
    let read = if CHARACTERS.contains(&parameters.network.as_str()) { characters } else { narrow };
    let values = read(&name, &x.values)?;
    let batch =
        |(values, classes): (&[f32], &[i64])| Batch { rows, values: values.to_vec(), classes: classes.to_vec() };
    let batches = values.chunks_exact(rows * x.columns).zip(classes.chunks_exact(rows)).map(batch).collect();
    let queries = Batch { rows: q.rows, values: read(&format!("q.{v}"), &q.values)?, classes: Vec::new() };
    Ok(Variant { batches, queries })
}

/// Numbers of 64 bits as the same numbers of 32 bits. What is no number stays none: a network that is given it answers with it.
fn narrow(name: &str, values: &[f64]) -> Result<Vec<f32>, Error> {
    let one = |&value: &f64| match value as f32 {
        narrow if f64::from(narrow) == value || value.is_nan() => Ok(narrow),
        _ => Err(Error::failed(format!("data file: {name} holds {value}, which is no number of 32 bits"))),
    };
    values.iter().map(one).collect()
}

/// The numbers of characters; how many a network knows is for its framework to say.
fn characters(name: &str, values: &[f64]) -> Result<Vec<f32>, Error> {
    match values.iter().find(|&&value| value.is_nan() || value < 0.0 || value.fract() != 0.0) {
        Some(value) => {
            Err(Error::failed(format!("data file: {name} holds {value}, which is no number of a character")))
        }
        None => narrow(name, values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_have_whole_numbers() {
        assert_eq!(characters("x", &[0.0, 95.0]), Ok(vec![0.0, 95.0]));
        for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.5] {
            assert!(characters("x", &[1.0, wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_batch_is_cut_into_equal_parts_and_the_rest_is_dropped() {
        let batch = |rows: usize| Batch { rows, values: (0..2 * rows).map(|v| v as f32).collect(), classes: vec![] };
        let parts = batch(5).cut(2);
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[1].values, [4., 5., 6., 7.]);
        assert_eq!([1, 32, 256, 512].map(|rows| batch(256).cut(rows).len()), [32, 1, 1, 0]);
    }

    #[test]
    fn numbers_that_32_bits_cannot_hold_are_refused() {
        assert_eq!(narrow("x", &[0.5, -3.0]), Ok(vec![0.5, -3.0]));
        assert!(narrow("x", &[0.1]).is_err());
        assert!(narrow("x", &[f64::NAN]).is_ok_and(|values| values[0].is_nan()));
    }

    #[test]
    fn only_known_optimisers_are_taken() {
        let asked = |name: &str| Parameters {
            network: "lenet".to_owned(),
            classes: 10,
            steps: 10,
            optimizer: name.to_owned(),
            learning_rate: 0.1,
            momentum: 0.9,
            eps: 1e-8,
            dtype: "float32".to_owned(),
            device: None,
        };
        assert_eq!(asked("sgd").optimizer(), Ok(Optimizer::Sgd { momentum: 0.9 }));
        assert_eq!(asked("adam").optimizer(), Ok(Optimizer::Adam { eps: 1e-8 }));
        assert!(asked("lion").check().is_err());
        assert!(!asked("adam").effective().contains_key("momentum"));
    }
}
