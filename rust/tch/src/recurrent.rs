//! An embedding, one recurrent layer, and a dense layer on its last state.

use tch::nn::{self, ModuleT, RNN};
use tch::{Kind, Tensor};

use crate::work::Network;

const EMBEDDED: i64 = 32;
const HIDDEN: i64 = 128;

/// A recurrent layer: (rows, steps, embedded) to all states, (rows, steps, hidden).
pub trait Layer: std::fmt::Debug + Send + 'static {
    /// The layer under the names of PyTorch.
    fn new(vs: nn::Path) -> Self;
    /// All states.
    fn states(&self, x: &Tensor, train: bool) -> Tensor;
}

/// The network with a layer.
#[derive(Debug)]
pub struct Recurrent<L> {
    embedding: nn::Embedding,
    layer: L,
    fc: nn::Linear,
}

/// Long short-term memory.
pub type Lstm = Recurrent<nn::LSTM>;
/// Gated recurrent units.
pub type Gru = Recurrent<nn::GRU>;
/// The plain layer with tanh.
pub type Rnn = Recurrent<Plain>;

impl<L: Layer> Network for Recurrent<L> {
    const SHAPE: &'static [i64] = &[];

    fn new(vs: &nn::Path, classes: i64) -> Self {
        Self {
            embedding: nn::embedding(vs / "embedding", classes, EMBEDDED, Default::default()),
            layer: L::new(vs / "rnn"),
            fc: nn::linear(vs / "fc", HIDDEN, classes, Default::default()),
        }
    }

    fn input(x: Tensor) -> Tensor {
        x.to_kind(Kind::Int64)
    }
}

impl<L: Layer> ModuleT for Recurrent<L> {
    fn forward_t(&self, x: &Tensor, train: bool) -> Tensor {
        self.layer.states(&x.apply(&self.embedding), train).select(1, -1).apply(&self.fc)
    }
}

impl Layer for nn::LSTM {
    fn new(vs: nn::Path) -> Self {
        nn::lstm(vs, EMBEDDED, HIDDEN, Default::default())
    }

    fn states(&self, x: &Tensor, _train: bool) -> Tensor {
        self.seq(x).0
    }
}

impl Layer for nn::GRU {
    fn new(vs: nn::Path) -> Self {
        nn::gru(vs, EMBEDDED, HIDDEN, Default::default())
    }

    fn states(&self, x: &Tensor, _train: bool) -> Tensor {
        self.seq(x).0
    }
}

/// The plain layer: tch has libtorch's function for it and no module.
#[derive(Debug)]
pub struct Plain {
    weights: [Tensor; 4],
}

impl Layer for Plain {
    fn new(vs: nn::Path) -> Self {
        let drawn = nn::Init::Const(0.0);
        Self {
            weights: [
                vs.var("weight_ih_l0", &[HIDDEN, EMBEDDED], drawn),
                vs.var("weight_hh_l0", &[HIDDEN, HIDDEN], drawn),
                vs.var("bias_ih_l0", &[HIDDEN], drawn),
                vs.var("bias_hh_l0", &[HIDDEN], drawn),
            ],
        }
    }

    fn states(&self, x: &Tensor, train: bool) -> Tensor {
        let state = Tensor::zeros([1, x.size()[0], HIDDEN], (x.kind(), x.device()));
        x.rnn_tanh(&state, &self.weights, true, 1, 0.0, train, false, true).0
    }
}
