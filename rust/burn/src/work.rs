//! What all networks share: weights, batches, and the modes.

use std::rc::Rc;

use assay_networks::{
    Batch, INFERRED, Inputs, Optimizer, Parameters, Variant, gradients, learned, losses, outputs, pool, sloped,
};
use assay_worker::{Dataset, Error, Load, Mode, Work};
use burn::module::{Module, ModuleMapper, Param};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::MaxPool2dConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig};
use burn::tensor::{DType, Device, Gradients, Int, Tensor, TensorData};

use crate::weights::{Found, Source};

const CALL: &str = "per step: forward; CrossEntropyLoss; backward; GradientsParams::from_grads; step of Sgd (momentum, dampening 0) or Adam";

/// How rows of the data file become the input of a network.
pub trait Rows: 'static {
    /// The input.
    type Input: Clone + 'static;
    /// A batch as an input.
    fn input(batch: &Batch, device: &Device) -> Self::Input;
    /// The same numbers in 64 bits, where they are no numbers of characters.
    fn wide(input: Self::Input) -> Self::Input;
}

/// Square images with so many channels.
pub struct Images<const CHANNELS: usize, const SIDE: usize>;

impl<const CHANNELS: usize, const SIDE: usize> Rows for Images<CHANNELS, SIDE> {
    type Input = Tensor<4>;

    fn input(batch: &Batch, device: &Device) -> Tensor<4> {
        Tensor::from_data(TensorData::new(batch.values.clone(), [batch.rows, CHANNELS, SIDE, SIDE]), device)
    }

    fn wide(input: Tensor<4>) -> Tensor<4> {
        input.cast(DType::F64)
    }
}

/// Sequences of the numbers of characters.
pub struct Characters;

impl Rows for Characters {
    type Input = Tensor<2, Int>;

    fn input(batch: &Batch, device: &Device) -> Tensor<2, Int> {
        let numbers: Vec<i64> = batch.values.iter().map(|&value| value as i64).collect();
        let steps = numbers.len() / batch.rows;
        Tensor::from_data(TensorData::new(numbers, [batch.rows, steps]), device)
    }

    fn wide(input: Tensor<2, Int>) -> Tensor<2, Int> {
        input
    }
}

/// A network of burn.
pub trait Network: Module + Clone + 'static {
    /// How rows become its input.
    type Rows: Rows;
    /// The network of PyTorch's tensors.
    fn new(source: &mut Source, classes: usize) -> Result<Self, Error>;
    /// The logits of a batch.
    fn forward(&self, x: <Self::Rows as Rows>::Input) -> Tensor<2>;
    /// The gradients by name.
    fn gradients(&self, gradients: &Gradients) -> Result<Found, Error>;
}

/// The largest value of every 2 x 2 window.
pub fn max_pool(x: Tensor<4>) -> Tensor<4> {
    MaxPool2dConfig::new([2, 2]).init().forward(x)
}

type Input<N> = <<N as Network>::Rows as Rows>::Input;
type Steps<N> = Vec<(Input<N>, Tensor<1, Int>)>;

/// Prepare training and inferring.
pub fn load<N: Network>(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    pool::of_threads(load.threads)?;
    let inputs = Inputs::read(load, &dataset)?;
    drop(dataset);
    let (plain, training_device) = (Device::flex(), Device::flex().autodiff());
    let first = Rc::new(network::<N>(&inputs, &training_device)?);
    let inferring = Rc::new(network::<N>(&inputs, &plain)?);
    let parameters = inputs.parameters.clone();
    let optimizer = parameters.optimizer()?;
    let steps = |v: &Variant| v.batches.iter().map(|batch| step::<N>(batch, &training_device)).collect::<Steps<N>>();
    let training: Rc<[Steps<N>]> = inputs.variants.iter().map(steps).collect();

    let (net, data, asked) = (Rc::clone(&first), Rc::clone(&training), parameters.clone());
    let train = move |v: usize, _: usize| Ok(run(&*net, &data[v], optimizer, &asked).0);
    let queries: Vec<Input<N>> = inputs.variants.iter().map(|v| N::Rows::input(&v.queries, &plain)).collect();
    let (net, data, asked) = (Rc::clone(&first), Rc::clone(&training), parameters.clone());
    let learn = move |v: usize, _: usize| {
        let (found, network) = run(&*net, &data[v], optimizer, &asked);
        Ok((found, network.valid().forward(queries[v].clone())))
    };
    let seen = |(found, logits): &(Vec<Tensor<1>>, Tensor<2>)| {
        Ok(learned(&scalars(found)?, logits.dims()[0], &values(logits.clone())?))
    };
    let (net, data) = (Rc::clone(&first), Rc::clone(&training));
    let forward = move |v: usize, _: usize| Ok(forward(&*net, &data[v]));
    let (net, data) = (Rc::clone(&first), Rc::clone(&training));
    let backward = move |v: usize, _: usize| backward(&*net, &data[v]);
    let slopes = Rc::clone(&first);
    let sloping = move |(found, last): &(Vec<Tensor<1>>, Gradients)| {
        let found = scalars(found)?.into_iter().map(f64::from).collect();
        Ok(sloped(found, slopes.gradients(last)?.into_values().flatten().collect()))
    };
    let (net, data, asked) = (Rc::clone(&first), Rc::clone(&training), parameters.clone());
    let precise = move |v: usize, _: usize| precise(&*net, &data[v], optimizer, &asked);
    let first_gradients = move |v: usize, _: usize| joined(&*first, &training[v]);
    let mut work = Work::new(inputs.variants.len(), CALL, parameters.effective())
        .mode("train", Mode::new(train, |found: &Vec<Tensor<1>>| Ok(losses(&scalars(found)?))))
        .mode("learn", Mode::new(learn, seen))
        .mode("forward", Mode::new(forward, |found: &Vec<Tensor<1>>| Ok(losses(&scalars(found)?))))
        .mode("backward", Mode::new(backward, sloping))
        .mode(
            "exact",
            Mode::new(precise, |(found, slopes): &(Vec<f64>, Vec<f64>)| Ok(sloped(found.clone(), slopes.clone()))),
        )
        .mode("gradients", Mode::new(first_gradients, |values: &Vec<f64>| Ok(gradients(&narrowed(values)))));
    for (name, rows) in INFERRED {
        let parts =
            |v: &Variant| v.queries.cut(rows).iter().map(|part| N::Rows::input(part, &plain)).collect::<Vec<_>>();
        let parts: Vec<Vec<_>> = inputs.variants.iter().map(parts).collect();
        let calls = parts.iter().map(Vec::len).min().unwrap_or(0);
        if calls == 0 {
            continue;
        }
        let net = Rc::clone(&inferring);
        let infer = move |v: usize, part: usize| Ok(net.forward(parts[v][part].clone()));
        let answer = move |logits: &Tensor<2>| Ok(outputs(rows, &values(logits.clone())?));
        work = work.mode(name, Mode::new(infer, answer).by_row(calls));
    }
    Ok(work.pool("rayon", rayon::current_num_threads()))
}

fn network<N: Network>(inputs: &Inputs, device: &Device) -> Result<N, Error> {
    let mut source = Source::new(inputs, device);
    let network = N::new(&mut source, inputs.parameters.classes)?;
    source.finish()?;
    Ok(network)
}

/// Train from the first weights on, a step per batch, and return the losses and the network.
fn run<N: Network>(first: &N, data: &Steps<N>, optimizer: Optimizer, parameters: &Parameters) -> (Vec<Tensor<1>>, N) {
    let mut network = first.clone();
    let mut optimizer: ModuleOptimizer = match optimizer {
        Optimizer::Sgd { momentum } => {
            let momentum = MomentumConfig::new().with_momentum(momentum).with_dampening(0.0);
            SgdConfig::new().with_momentum(Some(momentum)).init()
        }
        Optimizer::Adam { eps } => AdamConfig::new().with_epsilon(eps as f32).init(),
    };
    let mut found = Vec::with_capacity(data.len());
    for (x, y) in data {
        let loss = loss(&network, x.clone(), y.clone());
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        network = optimizer.step(parameters.learning_rate, network, gradients);
        found.push(loss.inner());
    }
    (found, network)
}

/// The losses of all batches at the first weights: a training without backward passes and optimiser.
fn forward<N: Network>(first: &N, data: &[(Input<N>, Tensor<1, Int>)]) -> Vec<Tensor<1>> {
    let network = first.clone();
    data.iter().map(|(x, y)| loss(&network, x.clone(), y.clone()).inner()).collect()
}

/// The losses of all batches at the first weights, and the gradients of the last: a training without the optimiser's steps.
fn backward<N: Network>(first: &N, data: &[(Input<N>, Tensor<1, Int>)]) -> Result<(Vec<Tensor<1>>, Gradients), Error> {
    let network = first.clone();
    let (mut found, mut last) = (Vec::with_capacity(data.len()), None);
    for (x, y) in data {
        let loss = loss(&network, x.clone(), y.clone());
        last = Some(loss.backward());
        found.push(loss.inner());
    }
    Ok((found, last.ok_or_else(|| Error::failed("no batch"))?))
}

fn loss<N: Network>(network: &N, x: <N::Rows as Rows>::Input, y: Tensor<1, Int>) -> Tensor<1> {
    let logits = network.forward(x);
    let device = logits.device();
    CrossEntropyLossConfig::new().init(&device).forward(logits, y)
}

/// The gradients of the first batch's loss at the first weights, those of all tensors in the order of their names.
fn joined<N: Network>(first: &N, data: &Steps<N>) -> Result<Vec<f64>, Error> {
    let network = first.clone();
    let (x, y) = &data[0];
    let found = network.gradients(&loss(&network, x.clone(), y.clone()).backward())?;
    Ok(found.into_values().flatten().collect())
}

/// Turns the numbers of a network into those of another type.
struct Cast(DType);

impl ModuleMapper for Cast {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        parameter.map(|tensor| Tensor::from_inner(tensor.inner().cast(self.0)).require_grad())
    }
}

/// The losses of all steps and the gradients of the first, in numbers of 64 bits.
///
/// Clones share the running means of normalising layers, and an update waits in them until `valid` takes it over: so that comes before
/// their type is changed, and they go back to 32 bits.
fn precise<N: Network>(
    first: &N,
    data: &Steps<N>,
    optimizer: Optimizer,
    parameters: &Parameters,
) -> Result<(Vec<f64>, Vec<f64>), Error> {
    let data: Steps<N> = data.iter().map(|(x, y)| (N::Rows::wide(x.clone()), y.clone())).collect();
    first.valid();
    let network = first.clone().map(&mut Cast(DType::F64));
    let slopes = joined(&network, &data);
    let (found, _) = run(&network, &data, optimizer, parameters);
    let found = found.iter().map(|loss| Ok(doubles(loss.clone())?[0])).collect::<Result<Vec<f64>, Error>>();
    network.valid();
    network.map(&mut Cast(DType::F32));
    Ok((found?, slopes?))
}

fn step<N: Network>(batch: &Batch, device: &Device) -> (<N::Rows as Rows>::Input, Tensor<1, Int>) {
    let classes = TensorData::new(batch.classes.clone(), [batch.rows]);
    (N::Rows::input(batch, device), Tensor::from_data(classes, device))
}

fn scalars(tensors: &[Tensor<1>]) -> Result<Vec<f32>, Error> {
    tensors.iter().map(|tensor| Ok(values(tensor.clone())?[0])).collect()
}

fn doubles<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f64>, Error> {
    tensor.into_data().convert::<f64>().try_to_vec().map_err(|error| Error::failed(format!("{error:?}")))
}

fn narrowed(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Error> {
    tensor.into_data().try_to_vec().map_err(|error| Error::failed(format!("{error:?}")))
}
