//! What all networks share: weights, batches, and the modes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use assay_networks::{
    gradients, learned, losses, outputs, sloped, Batch, Inputs, Optimizer, Parameters, Variant, INFERRED,
};
use assay_worker::{Dataset, Error, Load, Mode, Work};
use tch::nn::{self, ModuleT, OptimizerConfig};
use tch::{no_grad, Device, Kind, Reduction, TchError, Tensor};

use crate::libtorch;

const CALL: &str = "per step: forward_t; cross_entropy_loss; zero_grad; backward; step of nn::Sgd or nn::Adam";

/// The folder of the libtorch that the worker was built with.
const LIBTORCH: &str = match option_env!("ASSAY_LIBTORCH") {
    Some(folder) => folder,
    None => "",
};

/// Refuse to work with another libtorch than the one that the worker was built with; where one does not tell its version, nothing is known.
fn same_libtorch(built: &str, found: Option<String>) -> Result<(), Error> {
    match found {
        Some(found) if !built.is_empty() && found != built => Err(Error::failed(format!(
            "libtorch {found} is installed, and this worker was built with {built}: build it again with make build"
        ))),
        _ => Ok(()),
    }
}

/// A network of tch.
pub trait Network: ModuleT + Sized + 'static {
    /// Shape of one row; empty where it is a sequence.
    const SHAPE: &'static [i64];

    /// The network, its tensors under the names of PyTorch.
    fn new(vs: &nn::Path, classes: i64) -> Self;

    /// Rows of the data file as the network takes them.
    fn input(x: Tensor) -> Tensor {
        x
    }
}

/// The largest value of every 2 x 2 window.
pub fn pool(x: &Tensor) -> Tensor {
    x.max_pool2d(2, 2, 0, 1, false)
}

/// A network with its weights, and the first of them to go back to.
struct Model<N> {
    network: N,
    store: RefCell<nn::VarStore>,
    trained: Vec<Tensor>,
    first: Vec<(Tensor, Tensor)>,
    device: Device,
}

type Steps = Vec<(Tensor, Tensor)>;

/// Prepare training and inferring on the threads of the request.
pub fn load<N: Network>(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    same_libtorch(option_env!("ASSAY_LIBTORCH_VERSION").unwrap_or_default(), libtorch::version(Path::new(LIBTORCH)))?;
    tch::set_num_threads(load.threads as i32);
    if tch::get_num_interop_threads() != 1 {
        tch::set_num_interop_threads(1); // can be set only once in a process
    }
    let inputs = Inputs::for_devices(load, &dataset, &["cuda"])?;
    drop(dataset);
    let parameters = inputs.parameters.clone();
    let device = device(&parameters)?;
    let optimizer = parameters.optimizer()?;
    let model = Rc::new(Model::<N>::new(&inputs, device)?);
    let inferring = Rc::new(Model::<N>::new(&inputs, device)?); // training moves the other's weights and running means
    let training: Rc<[Steps]> = inputs
        .variants
        .iter()
        .map(|v| v.batches.iter().map(|batch| step::<N>(batch, device)).collect())
        .collect::<Result<_, _>>()
        .map_err(Error::failed)?;

    let rows = |batch: &Batch| tensor::<N>(batch, device);
    let queries: Vec<Tensor> =
        inputs.variants.iter().map(|v| rows(&v.queries)).collect::<Result<_, _>>().map_err(Error::failed)?;

    let (net, data, asked) = (Rc::clone(&model), Rc::clone(&training), parameters.clone());
    let train = move |v: usize, _: usize| net.train(&data[v], optimizer, &asked).map_err(Error::failed);
    let (net, data, asked) = (Rc::clone(&model), Rc::clone(&training), parameters.clone());
    let learn = move |v: usize, _: usize| net.learn(&data[v], &queries[v], optimizer, &asked).map_err(Error::failed);
    let seen = |(found, logits): &(Vec<Tensor>, Tensor)| {
        let (found, logits) =
            (scalars(found).map_err(Error::failed)?, (logits.size()[0], values(logits).map_err(Error::failed)?));
        Ok(learned(&found, logits.0 as usize, &logits.1))
    };
    let (net, data) = (Rc::clone(&model), Rc::clone(&training));
    let forward = move |v: usize, _: usize| Ok(net.forward(&data[v]));
    let (net, data, asked) = (Rc::clone(&model), Rc::clone(&training), parameters.clone());
    let backward = move |v: usize, _: usize| net.backward(&data[v], optimizer, &asked).map_err(Error::failed);
    let (net, data, asked) = (Rc::clone(&model), Rc::clone(&training), parameters.clone());
    let precise = move |v: usize, _: usize| net.precise(&data[v], optimizer, &asked);
    let asked = parameters.clone();
    let first_gradients = move |v: usize, _: usize| Ok(narrowed(&model.gradients(&training[v], optimizer, &asked)?));
    let mut work = Work::new(inputs.variants.len(), CALL, parameters.effective())
        .mode("train", Mode::new(train, |found: &Vec<Tensor>| Ok(losses(&scalars(found).map_err(Error::failed)?))))
        .mode("learn", Mode::new(learn, seen))
        .mode("forward", Mode::new(forward, |found: &Vec<Tensor>| Ok(losses(&scalars(found).map_err(Error::failed)?))))
        .mode(
            "backward",
            Mode::new(backward, |(found, slopes): &(Vec<Tensor>, Vec<Tensor>)| {
                let found = scalars(found).map_err(Error::failed)?.into_iter().map(f64::from).collect();
                Ok(sloped(found, joined(slopes)?))
            }),
        )
        .mode(
            "exact",
            Mode::new(precise, |(found, slopes): &(Vec<f64>, Vec<f64>)| Ok(sloped(found.clone(), slopes.clone()))),
        )
        .mode("gradients", Mode::new(first_gradients, |values: &Vec<f32>| Ok(gradients(values))));
    for (name, count) in INFERRED {
        let parts = |v: &Variant| v.queries.cut(count).iter().map(rows).collect::<Result<Vec<_>, _>>();
        let parts = inputs.variants.iter().map(parts).collect::<Result<Vec<_>, _>>().map_err(Error::failed)?;
        let calls = parts.iter().map(Vec::len).min().unwrap_or(0);
        if calls == 0 {
            continue;
        }
        let net = Rc::clone(&inferring);
        let infer = move |v: usize, part: usize| Ok(net.infer(&parts[v][part]));
        let answer = move |logits: &Tensor| Ok(outputs(count, &values(logits).map_err(Error::failed)?));
        work = work.mode(name, Mode::new(infer, answer).by_row(calls));
    }
    Ok(work.pool("libtorch", tch::get_num_threads() as usize))
}

impl<N: Network> Model<N> {
    fn new(inputs: &Inputs, device: Device) -> Result<Self, Error> {
        let store = nn::VarStore::new(device);
        let network = N::new(&store.root(), inputs.parameters.classes as i64);
        let named: BTreeMap<String, Tensor> = store.variables().into_iter().collect();
        inputs.all_taken(named.keys().map(String::as_str))?;
        let mut first = Vec::new();
        for (name, own) in &named {
            let shape: Vec<usize> = own.size().iter().map(|&n| n as usize).collect();
            let weights = inputs.weight(name, &shape)?;
            let tensor = Tensor::from_slice(&weights.values).view(own.size().as_slice()).to_device(device);
            first.push((own.shallow_clone(), tensor));
        }
        let trained = named.values().filter(|tensor| tensor.requires_grad()).map(Tensor::shallow_clone).collect();
        let model = Self { network, store: RefCell::new(store), trained, first, device };
        model.begin();
        Ok(model)
    }

    /// Go back to the first weights.
    fn begin(&self) {
        no_grad(|| self.first.iter().for_each(|(own, first)| own.shallow_clone().copy_(first)));
    }

    /// Wait until the device has ended its work: a call does not end when it is handed over.
    fn finish(&self) {
        if let Device::Cuda(number) = self.device {
            tch::Cuda::synchronize(number as i64);
        }
    }

    /// The logits of a batch.
    fn infer(&self, x: &Tensor) -> Tensor {
        let found = no_grad(|| self.network.forward_t(x, false));
        self.finish();
        found
    }

    /// Train from the first weights on, a step per batch, and return the losses.
    fn train(&self, data: &Steps, optimizer: Optimizer, parameters: &Parameters) -> Result<Vec<Tensor>, TchError> {
        self.begin();
        let mut optimizer = self.optimizer(optimizer, parameters)?;
        let mut found = Vec::with_capacity(data.len());
        for (x, y) in data {
            let loss = loss(&self.network.forward_t(x, true), y);
            optimizer.backward_step(&loss);
            found.push(loss.detach());
        }
        self.finish();
        Ok(found)
    }

    fn optimizer(&self, optimizer: Optimizer, parameters: &Parameters) -> Result<nn::Optimizer, TchError> {
        let store = self.store.borrow();
        match optimizer {
            Optimizer::Sgd { momentum } => nn::sgd(momentum, 0.0, 0.0, false).build(&store, parameters.learning_rate),
            Optimizer::Adam { eps } => nn::Adam { eps, ..Default::default() }.build(&store, parameters.learning_rate),
        }
    }

    /// The losses of all batches at the first weights: a training without backward passes and optimiser.
    fn forward(&self, data: &[(Tensor, Tensor)]) -> Vec<Tensor> {
        self.begin();
        let found = data.iter().map(|(x, y)| loss(&self.network.forward_t(x, true), y).detach()).collect();
        self.finish();
        found
    }

    /// The losses of all batches at the first weights, and the gradients of the last: a training without the optimiser's steps.
    fn backward(
        &self,
        data: &[(Tensor, Tensor)],
        optimizer: Optimizer,
        parameters: &Parameters,
    ) -> Result<(Vec<Tensor>, Vec<Tensor>), TchError> {
        self.begin();
        let mut optimizer = self.optimizer(optimizer, parameters)?;
        let mut found = Vec::with_capacity(data.len());
        for (x, y) in data {
            let loss = loss(&self.network.forward_t(x, true), y);
            optimizer.zero_grad();
            loss.backward();
            found.push(loss.detach());
        }
        self.finish();
        Ok((found, self.trained.iter().map(Tensor::grad).collect()))
    }

    /// Train, and return the losses and the logits of rows that were not trained on.
    fn learn(
        &self,
        data: &Steps,
        queries: &Tensor,
        optimizer: Optimizer,
        parameters: &Parameters,
    ) -> Result<(Vec<Tensor>, Tensor), TchError> {
        let found = self.train(data, optimizer, parameters)?;
        Ok((found, self.infer(queries)))
    }

    /// The gradients of the first batch's loss at the first weights.
    fn gradients(&self, data: &Steps, optimizer: Optimizer, parameters: &Parameters) -> Result<Vec<f64>, Error> {
        joined(&self.backward(&data[..1], optimizer, parameters).map_err(Error::failed)?.1)
    }

    /// The losses of all steps and the gradients of the first, in numbers of 64 bits; back to 32 bits in the end.
    fn precise(
        &self,
        data: &Steps,
        optimizer: Optimizer,
        parameters: &Parameters,
    ) -> Result<(Vec<f64>, Vec<f64>), Error> {
        let wide = |x: &Tensor| if x.kind() == Kind::Float { x.to_kind(Kind::Double) } else { x.shallow_clone() };
        let data: Steps = data.iter().map(|(x, y)| (wide(x), y.shallow_clone())).collect();
        self.store.borrow_mut().double();
        let slopes = self.gradients(&data, optimizer, parameters);
        let found =
            self.train(&data, optimizer, parameters).and_then(|losses| losses.iter().map(f64::try_from).collect());
        self.store.borrow_mut().float();
        Ok((found.map_err(Error::failed)?, slopes?))
    }
}

/// The loss that PyTorch's `cross_entropy` calls; `cross_entropy_for_logits` of tch computes in 32 bits whatever it is given.
fn loss(logits: &Tensor, classes: &Tensor) -> Tensor {
    logits.cross_entropy_loss::<Tensor>(classes, None, Reduction::Mean, -100, 0.0)
}

/// The device that is asked for.
fn device(parameters: &Parameters) -> Result<Device, Error> {
    match parameters.device.as_deref() {
        None => Ok(Device::Cpu),
        Some("cuda") if tch::Cuda::is_available() => Ok(Device::Cuda(0)),
        Some(device) => Err(Error::unsupported(format!("device {device}: libtorch finds none here"))),
    }
}

fn step<N: Network>(batch: &Batch, device: Device) -> Result<(Tensor, Tensor), TchError> {
    Ok((tensor::<N>(batch, device)?, Tensor::from_slice(&batch.classes).to_device(device)))
}

fn tensor<N: Network>(batch: &Batch, device: Device) -> Result<Tensor, TchError> {
    let rows = batch.rows as i64;
    let shape = if N::SHAPE.is_empty() { vec![rows, -1] } else { [&[rows], N::SHAPE].concat() };
    Ok(N::input(Tensor::from_slice(&batch.values).f_view(shape.as_slice())?.to_device(device)))
}

/// The values of the gradients of all trained tensors, one after the other.
fn joined(gradients: &[Tensor]) -> Result<Vec<f64>, Error> {
    let mut found = Vec::new();
    for gradient in gradients {
        if !gradient.defined() {
            return Err(Error::failed("a trained tensor has no gradient"));
        }
        found.extend(doubles(gradient).map_err(Error::failed)?);
    }
    Ok(found)
}

fn scalars(tensors: &[Tensor]) -> Result<Vec<f32>, TchError> {
    tensors.iter().map(f32::try_from).collect()
}

fn doubles(tensor: &Tensor) -> Result<Vec<f64>, TchError> {
    Vec::<f64>::try_from(tensor.to_device(Device::Cpu).to_kind(Kind::Double).contiguous().view(-1))
}

fn narrowed(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

fn values(tensor: &Tensor) -> Result<Vec<f32>, TchError> {
    Vec::<f32>::try_from(tensor.to_device(Device::Cpu).to_kind(Kind::Float).contiguous().view(-1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_libtorch_than_the_one_built_with_is_refused_with_what_to_do() {
        let refused = same_libtorch("2.13.0+cu130", Some("2.12.0+cpu".to_owned()));
        assert!(refused.is_err_and(|error| error.to_string().contains("built with 2.13.0+cu130: build it again")));
        assert_eq!(same_libtorch("2.13.0+cu130", Some("2.13.0+cu130".to_owned())), Ok(()));
        assert_eq!(same_libtorch("2.13.0+cu130", None), Ok(()));
    }
}
