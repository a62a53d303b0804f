//! Layers made of PyTorch's tensors, and their gradients in PyTorch's layout again.
//!
//! burn holds the weights of a dense layer as (inputs, outputs), PyTorch as (outputs, inputs); burn's recurrent layers have a dense layer
//! per gate, PyTorch has the gates' rows one below the other.

use std::collections::BTreeMap;

use assay_networks::Inputs;
use assay_worker::Error;
use burn::module::Param;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Embedding, Linear, PaddingConfig2d};
use burn::tensor::{Device, Gradients, Tensor, TensorData};

/// The tensors of a data file, and where a network is made of them.
pub struct Source<'a> {
    inputs: &'a Inputs,
    device: &'a Device,
    taken: Vec<String>,
}

/// Gradients by the names and in the layout of PyTorch.
pub type Found = BTreeMap<String, Vec<f64>>;

impl<'a> Source<'a> {
    /// The tensors of some inputs on a device.
    pub fn new(inputs: &'a Inputs, device: &'a Device) -> Self {
        Self { inputs, device, taken: Vec::new() }
    }

    /// Where the network is made.
    pub fn device(&self) -> &Device {
        self.device
    }

    /// Check that all tensors were taken.
    pub fn finish(self) -> Result<(), Error> {
        self.inputs.all_taken(self.taken.iter().map(String::as_str))
    }

    /// The values of a tensor.
    pub fn values(&mut self, name: String, shape: &[usize]) -> Result<Vec<f32>, Error> {
        let values = self.inputs.weight(&name, shape)?.values.clone();
        self.taken.push(name);
        Ok(values)
    }

    /// A parameter.
    pub fn parameter<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Param<Tensor<D>> {
        Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), self.device))
    }

    /// A dense layer.
    pub fn dense(&mut self, name: &str, inputs: usize, outputs: usize) -> Result<Linear, Error> {
        let weight = self.values(format!("{name}.weight"), &[outputs, inputs])?;
        let bias = self.values(format!("{name}.bias"), &[outputs])?;
        Ok(self.linear(&weight, bias, inputs, outputs))
    }

    /// A dense layer of PyTorch's values.
    pub fn linear(&self, weight: &[f32], bias: Vec<f32>, inputs: usize, outputs: usize) -> Linear {
        let weight = transposed(weight, outputs, inputs);
        Linear { weight: self.parameter(weight, [inputs, outputs]), bias: Some(self.parameter(bias, [outputs])) }
    }

    /// A convolution.
    pub fn convolution(&mut self, name: &str, shape: Convolution) -> Result<Conv2d, Error> {
        let Convolution { before, after, window, stride, padding, bias } = shape;
        let config = Conv2dConfig::new([before, after], [window, window])
            .with_stride([stride, stride])
            .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding))
            .with_bias(bias);
        let weight = self.values(format!("{name}.weight"), &[after, before, window, window])?;
        let bias = if bias { Some(self.values(format!("{name}.bias"), &[after])?) } else { None };
        let mut convolution = config.init(self.device);
        convolution.weight = self.parameter(weight, [after, before, window, window]);
        convolution.bias = bias.map(|values| self.parameter(values, [after]));
        Ok(convolution)
    }

    /// A normalising layer, whose running mean and variance begin at 0 and 1.
    pub fn norm(&mut self, name: &str, channels: usize) -> Result<BatchNorm, Error> {
        let mut norm = BatchNormConfig::new(channels).init(self.device);
        norm.gamma = {
            let values = self.values(format!("{name}.weight"), &[channels])?;
            self.parameter(values, [channels])
        };
        norm.beta = {
            let values = self.values(format!("{name}.bias"), &[channels])?;
            self.parameter(values, [channels])
        };
        let first = [("running_mean", 0.0), ("running_var", 1.0)];
        for (part, value) in first {
            if self.values(format!("{name}.{part}"), &[channels])?.iter().any(|&v| v != value) {
                return Err(Error::failed(format!("weights: {name}.{part} must begin at {value}")));
            }
        }
        Ok(norm)
    }

    /// An embedding.
    pub fn embedding(&mut self, name: &str, count: usize, width: usize) -> Result<Embedding, Error> {
        let values = self.values(format!("{name}.weight"), &[count, width])?;
        Ok(Embedding { weight: self.parameter(values, [count, width]) })
    }
}

/// The shape of a convolution.
#[derive(Clone, Copy)]
pub struct Convolution {
    /// Channels of its input.
    pub before: usize,
    /// Channels of its output.
    pub after: usize,
    /// Side of its window.
    pub window: usize,
    /// Step of its window.
    pub stride: usize,
    /// Zeros around its input.
    pub padding: usize,
    /// Whether it adds a bias.
    pub bias: bool,
}

impl Convolution {
    /// A convolution with a step of one, no padding, and a bias.
    pub fn new(before: usize, after: usize, window: usize) -> Self {
        Self { before, after, window, stride: 1, padding: 0, bias: true }
    }
}

/// The gradient of a parameter.
///
/// # Errors
/// `failed` if it has none.
pub fn gradient<const D: usize>(
    parameter: &Param<Tensor<D>>,
    gradients: &Gradients,
    name: &str,
) -> Result<Vec<f64>, Error> {
    let found = parameter.val().grad(gradients);
    let found = found.ok_or_else(|| Error::failed(format!("{name}: a trained tensor has no gradient")))?;
    found.into_data().convert::<f64>().try_to_vec().map_err(|error| Error::failed(format!("{name}: {error:?}")))
}

/// Put the gradients of a dense layer among those found.
pub fn dense(found: &mut Found, name: &str, layer: &Linear, gradients: &Gradients) -> Result<(), Error> {
    let [inputs, outputs] = layer.weight.val().dims();
    let weight = gradient(&layer.weight, gradients, name)?;
    found.insert(format!("{name}.weight"), transposed(&weight, inputs, outputs));
    if let Some(bias) = &layer.bias {
        found.insert(format!("{name}.bias"), gradient(bias, gradients, name)?);
    }
    Ok(())
}

/// Put the gradients of a convolution among those found.
pub fn convolution(found: &mut Found, name: &str, layer: &Conv2d, gradients: &Gradients) -> Result<(), Error> {
    found.insert(format!("{name}.weight"), gradient(&layer.weight, gradients, name)?);
    if let Some(bias) = &layer.bias {
        found.insert(format!("{name}.bias"), gradient(bias, gradients, name)?);
    }
    Ok(())
}

/// Put the gradients of a normalising layer among those found.
pub fn norm(found: &mut Found, name: &str, layer: &BatchNorm, gradients: &Gradients) -> Result<(), Error> {
    found.insert(format!("{name}.weight"), gradient(&layer.gamma, gradients, name)?);
    found.insert(format!("{name}.bias"), gradient(&layer.beta, gradients, name)?);
    Ok(())
}

/// A matrix of `rows` rows, row after row, as its transpose.
pub fn transposed<T: Copy>(values: &[T], rows: usize, columns: usize) -> Vec<T> {
    (0..columns).flat_map(|column| (0..rows).map(move |row| values[row * columns + column])).collect()
}
