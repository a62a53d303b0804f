//! Optimisers: candle's AdamW without weight decay, which is Adam, and SGD with momentum, which candle has not.

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, Var};
use candle_nn::{AdamW, Optimizer as _, ParamsAdamW};

use assay_networks::{Optimizer, Parameters};

/// What moves the weights.
pub enum Stepper {
    /// `v = momentum v + g; w = w - learning_rate v`, with the velocity of every weight; none before the first step.
    Sgd {
        /// The weights, each with its velocity.
        weights: Vec<(Var, Option<Tensor>)>,
        /// Learning rate.
        learning_rate: f64,
        /// Share of the last step that is kept.
        momentum: f64,
    },
    /// Adam.
    Adam(AdamW),
}

impl Stepper {
    /// A new optimiser of some weights.
    pub fn new(optimizer: Optimizer, parameters: &Parameters, weights: &[Var]) -> Result<Self> {
        let learning_rate = parameters.learning_rate;
        match optimizer {
            Optimizer::Sgd { momentum } => {
                let weights = weights.iter().map(|var| (var.clone(), None)).collect();
                Ok(Self::Sgd { weights, learning_rate, momentum })
            }
            Optimizer::Adam { eps } => {
                let settings = ParamsAdamW { lr: learning_rate, eps, weight_decay: 0.0, ..Default::default() };
                Ok(Self::Adam(AdamW::new(weights.to_vec(), settings)?))
            }
        }
    }

    /// Move the weights along their gradients.
    pub fn step(&mut self, gradients: &GradStore) -> Result<()> {
        match self {
            Self::Adam(adam) => adam.step(gradients),
            Self::Sgd { weights, learning_rate, momentum } => {
                for (var, velocity) in weights {
                    let Some(gradient) = gradients.get(var) else { continue };
                    let next = match velocity.take() {
                        None => gradient.clone(),
                        Some(velocity) => ((velocity * *momentum)? + gradient)?,
                    };
                    var.set(&(var.as_tensor() - (&next * *learning_rate)?)?)?;
                    *velocity = Some(next);
                }
                Ok(())
            }
        }
    }
}
