//! An embedding, one recurrent layer, and a dense layer on its last state.

use assay_worker::Error;
use burn::module::Module;
use burn::nn::{Embedding, GateController, Gru, GruConfig, Linear, Lstm, LstmConfig, Rnn, RnnConfig};
use burn::tensor::{Gradients, Int, Tensor};

use crate::weights::{self, Found, Source};
use crate::work::{Characters, Network};

const EMBEDDED: usize = 32;
const HIDDEN: usize = 128;

/// The values of a recurrent layer in PyTorch: the rows of its gates, one gate below the other.
struct Gates {
    w_ih: Vec<f32>,
    w_hh: Vec<f32>,
    b_ih: Vec<f32>,
    b_hh: Vec<f32>,
}

impl Gates {
    fn read(source: &mut Source, count: usize) -> Result<Self, Error> {
        let rows = count * HIDDEN;
        Ok(Self {
            w_ih: source.values("rnn.weight_ih_l0".to_owned(), &[rows, EMBEDDED])?,
            w_hh: source.values("rnn.weight_hh_l0".to_owned(), &[rows, HIDDEN])?,
            b_ih: source.values("rnn.bias_ih_l0".to_owned(), &[rows])?,
            b_hh: source.values("rnn.bias_hh_l0".to_owned(), &[rows])?,
        })
    }

    /// Put one gate's values into a gate of burn.
    fn give(&self, source: &Source, gate: &mut GateController, index: usize) {
        let part = |values: &[f32], width: usize| values[index * HIDDEN * width..(index + 1) * HIDDEN * width].to_vec();
        gate.input_transform = source.linear(&part(&self.w_ih, EMBEDDED), part(&self.b_ih, 1), EMBEDDED, HIDDEN);
        gate.hidden_transform = source.linear(&part(&self.w_hh, HIDDEN), part(&self.b_hh, 1), HIDDEN, HIDDEN);
    }
}

/// Put the gradients of gates, in PyTorch's order, among those found.
fn gates(found: &mut Found, gates: &[&GateController], gradients: &Gradients) -> Result<(), Error> {
    for gate in gates {
        let mut own = Found::new();
        weights::dense(&mut own, "ih", &gate.input_transform, gradients)?;
        weights::dense(&mut own, "hh", &gate.hidden_transform, gradients)?;
        for (name, values) in own {
            let (part, kind) = name.split_once('.').unwrap_or((&name, ""));
            found.entry(format!("rnn.{kind}_{part}_l0")).or_default().extend(values);
        }
    }
    Ok(())
}

/// The last of all states.
fn last(states: Tensor<3>) -> Tensor<2> {
    let [rows, steps, hidden] = states.dims();
    states.slice([0..rows, steps - 1..steps, 0..hidden]).flatten::<2>(1, 2)
}

/// Long short-term memory; the gates of PyTorch are input, forget, cell, output.
#[derive(Module, Debug)]
pub struct LstmNet {
    embedding: Embedding,
    rnn: Lstm,
    fc: Linear,
}

impl Network for LstmNet {
    type Rows = Characters;

    fn new(source: &mut Source, classes: usize) -> Result<Self, Error> {
        let values = Gates::read(source, 4)?;
        let mut rnn = LstmConfig::new(EMBEDDED, HIDDEN, true).init(source.device());
        values.give(source, &mut rnn.input_gate, 0);
        if let Some(gate) = rnn.forget_gate.as_mut() {
            values.give(source, gate, 1);
        }
        values.give(source, &mut rnn.cell_gate, 2);
        values.give(source, &mut rnn.output_gate, 3);
        Ok(Self {
            embedding: source.embedding("embedding", classes, EMBEDDED)?,
            rnn,
            fc: source.dense("fc", HIDDEN, classes)?,
        })
    }

    fn forward(&self, x: Tensor<2, Int>) -> Tensor<2> {
        let (_, state) = self.rnn.forward(self.embedding.forward(x), None);
        self.fc.forward(state.hidden)
    }

    fn gradients(&self, gradients: &Gradients) -> Result<Found, Error> {
        let mut found = Found::new();
        let forget = self.rnn.forget_gate.as_ref().ok_or_else(|| Error::failed("an LSTM without a forget gate"))?;
        gates(&mut found, &[&self.rnn.input_gate, forget, &self.rnn.cell_gate, &self.rnn.output_gate], gradients)?;
        finish(found, &self.embedding, &self.fc, gradients)
    }
}

/// Gated recurrent units; the gates of PyTorch are reset, update, new.
#[derive(Module, Debug)]
pub struct GruNet {
    embedding: Embedding,
    rnn: Gru,
    fc: Linear,
}

impl Network for GruNet {
    type Rows = Characters;

    fn new(source: &mut Source, classes: usize) -> Result<Self, Error> {
        let values = Gates::read(source, 3)?;
        let mut rnn = GruConfig::new(EMBEDDED, HIDDEN, true).init(source.device());
        values.give(source, &mut rnn.reset_gate, 0);
        values.give(source, &mut rnn.update_gate, 1);
        values.give(source, &mut rnn.new_gate, 2);
        Ok(Self {
            embedding: source.embedding("embedding", classes, EMBEDDED)?,
            rnn,
            fc: source.dense("fc", HIDDEN, classes)?,
        })
    }

    fn forward(&self, x: Tensor<2, Int>) -> Tensor<2> {
        self.fc.forward(last(self.rnn.forward(self.embedding.forward(x), None)))
    }

    fn gradients(&self, gradients: &Gradients) -> Result<Found, Error> {
        let mut found = Found::new();
        gates(&mut found, &[&self.rnn.reset_gate, &self.rnn.update_gate, &self.rnn.new_gate], gradients)?;
        finish(found, &self.embedding, &self.fc, gradients)
    }
}

/// The plain layer with tanh.
#[derive(Module, Debug)]
pub struct RnnNet {
    embedding: Embedding,
    rnn: Rnn,
    fc: Linear,
}

impl Network for RnnNet {
    type Rows = Characters;

    fn new(source: &mut Source, classes: usize) -> Result<Self, Error> {
        let values = Gates::read(source, 1)?;
        let mut rnn = RnnConfig::new(EMBEDDED, HIDDEN, true).init(source.device());
        values.give(source, &mut rnn.gate, 0);
        Ok(Self {
            embedding: source.embedding("embedding", classes, EMBEDDED)?,
            rnn,
            fc: source.dense("fc", HIDDEN, classes)?,
        })
    }

    fn forward(&self, x: Tensor<2, Int>) -> Tensor<2> {
        let (_, state) = self.rnn.forward(self.embedding.forward(x), None);
        self.fc.forward(state.hidden)
    }

    fn gradients(&self, gradients: &Gradients) -> Result<Found, Error> {
        let mut found = Found::new();
        gates(&mut found, &[&self.rnn.gate], gradients)?;
        finish(found, &self.embedding, &self.fc, gradients)
    }
}

fn finish(mut found: Found, embedding: &Embedding, fc: &Linear, gradients: &Gradients) -> Result<Found, Error> {
    found.insert("embedding.weight".to_owned(), weights::gradient(&embedding.weight, gradients, "embedding")?);
    weights::dense(&mut found, "fc", fc, gradients)?;
    Ok(found)
}
