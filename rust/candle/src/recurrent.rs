//! An embedding, one recurrent layer, and a dense layer on its last state.

use candle_core::{DType, IndexOp, Result, Tensor};
use candle_nn::{embedding, gru, linear, lstm, Embedding, Linear, Module, VarBuilder, GRU, LSTM, RNN};

use crate::work::Network;

const EMBEDDED: usize = 32;
const HIDDEN: usize = 128;

/// A recurrent layer: (rows, steps, embedded) to the last state, (rows, hidden).
pub trait Layer: Sized + 'static {
    /// The layer under the names of PyTorch.
    fn new(vb: VarBuilder) -> Result<Self>;
    /// The last state.
    fn last(&self, x: &Tensor) -> Result<Tensor>;
}

/// The network with a layer.
pub struct Recurrent<L> {
    embedding: Embedding,
    layer: L,
    fc: Linear,
}

/// Long short-term memory.
pub type Lstm = Recurrent<LSTM>;
/// Gated recurrent units.
pub type Gru = Recurrent<GRU>;
/// The plain layer with tanh.
pub type Rnn = Recurrent<Plain>;

impl<L: Layer> Network for Recurrent<L> {
    const SHAPE: &'static [usize] = &[];

    fn new(vb: VarBuilder, classes: usize) -> Result<Self> {
        Ok(Self {
            embedding: embedding(classes, EMBEDDED, vb.pp("embedding"))?,
            layer: L::new(vb.pp("rnn"))?,
            fc: linear(HIDDEN, classes, vb.pp("fc"))?,
        })
    }

    fn input(x: Tensor) -> Result<Tensor> {
        x.to_dtype(DType::U32)
    }

    fn forward(&self, x: &Tensor, _train: bool) -> Result<Tensor> {
        self.fc.forward(&self.layer.last(&self.embedding.forward(x)?)?)
    }
}

impl Layer for LSTM {
    fn new(vb: VarBuilder) -> Result<Self> {
        lstm(EMBEDDED, HIDDEN, Default::default(), vb)
    }

    fn last(&self, x: &Tensor) -> Result<Tensor> {
        let states = self.seq(x)?;
        states.last().map(|state| state.h().clone()).ok_or_else(no_steps)
    }
}

impl Layer for GRU {
    fn new(vb: VarBuilder) -> Result<Self> {
        gru(EMBEDDED, HIDDEN, Default::default(), vb)
    }

    fn last(&self, x: &Tensor) -> Result<Tensor> {
        let states = self.seq(x)?;
        states.last().map(|state| state.h().clone()).ok_or_else(no_steps)
    }
}

/// `h = tanh(W_ih x + b_ih + W_hh h + b_hh)`, which candle has not; written as its other layers are, step by step.
pub struct Plain {
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor,
    b_hh: Tensor,
}

impl Layer for Plain {
    fn new(vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            w_ih: vb.get((HIDDEN, EMBEDDED), "weight_ih_l0")?,
            w_hh: vb.get((HIDDEN, HIDDEN), "weight_hh_l0")?,
            b_ih: vb.get(HIDDEN, "bias_ih_l0")?,
            b_hh: vb.get(HIDDEN, "bias_hh_l0")?,
        })
    }

    fn last(&self, x: &Tensor) -> Result<Tensor> {
        let (rows, steps, _) = x.dims3()?;
        let mut state = Tensor::zeros((rows, HIDDEN), x.dtype(), x.device())?;
        for step in 0..steps {
            let input = x.i((.., step, ..))?.contiguous()?.matmul(&self.w_ih.t()?)?.broadcast_add(&self.b_ih)?;
            let carried = state.matmul(&self.w_hh.t()?)?.broadcast_add(&self.b_hh)?;
            state = (input + carried)?.tanh()?;
        }
        Ok(state)
    }
}

fn no_steps() -> candle_core::Error {
    candle_core::Error::Msg("a sequence without steps".to_owned())
}
