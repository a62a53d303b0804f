//! What all networks share: weights, batches, and the modes.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use assay_networks::{
    gradients, learned, losses, outputs, pool, sloped, Batch, Inputs, Optimizer, Parameters, Variant, Weights, INFERRED,
};
use assay_worker::{Dataset, Error, Load, Mode, Work};
use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::{loss, VarBuilder, VarMap};

use crate::optimizer::Stepper;

const CALL: &str =
    "per step: forward; loss::cross_entropy; backward; SGD with momentum (our own) or AdamW without weight decay";

/// A network of candle.
pub trait Network: Sized + 'static {
    /// Shape of one row; empty where it is a sequence.
    const SHAPE: &'static [usize];

    /// The network, its tensors under the names of PyTorch.
    fn new(vb: VarBuilder, classes: usize) -> Result<Self>;

    /// Rows of the data file as the network takes them.
    fn input(x: Tensor) -> Result<Tensor> {
        Ok(x)
    }

    /// The logits of a batch.
    fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor>;
}

/// A network with its weights, and the first of them to go back to.
struct Model<N> {
    network: N,
    classes: usize,
    trained: Vec<Var>,
    first: Vec<(Var, Tensor)>,
}

struct Training {
    steps: Vec<(Tensor, Tensor)>,
    queries: Tensor,
}

/// Prepare training and inferring.
pub fn load<N: Network>(load: &Load, dataset: Dataset) -> std::result::Result<Work, Error> {
    pool::of_threads(load.threads)?;
    let inputs = Inputs::read(load, &dataset)?;
    drop(dataset);
    prepare::<N>(&inputs)
}

fn prepare<N: Network>(inputs: &Inputs) -> std::result::Result<Work, Error> {
    let parameters = inputs.parameters.clone();
    let optimizer = parameters.optimizer()?;
    let model = Rc::new(Model::<N>::new(inputs)?);
    let inferring = Rc::new(plain::<N>(inputs)?); // training moves the other's weights; these are constants, and calls leave no graph
    let training: Rc<[Training]> =
        inputs.variants.iter().map(Training::new::<N>).collect::<Result<_>>().map_err(Error::failed)?;

    let count = inputs.variants.len();
    let (net, data, asked) = (Rc::clone(&model), Rc::clone(&training), parameters.clone());
    let train = move |v: usize, _: usize| net.train(&data[v], optimizer, &asked).map_err(Error::failed);
    let (net, data, asked) = (Rc::clone(&model), Rc::clone(&training), parameters.clone());
    let learn = move |v: usize, _: usize| net.learn(&data[v], optimizer, &asked).map_err(Error::failed);
    let seen = |(found, logits): &(Vec<Tensor>, Tensor)| -> std::result::Result<_, Error> {
        let rows = logits.dim(0).map_err(Error::failed)?;
        Ok(learned(&scalars(found).map_err(Error::failed)?, rows, &values(logits).map_err(Error::failed)?))
    };
    let (net, data) = (Rc::clone(&model), Rc::clone(&training));
    let forward = move |v: usize, _: usize| net.forward(&data[v].steps).map_err(Error::failed);
    let (net, data) = (Rc::clone(&model), Rc::clone(&training));
    let backward = move |v: usize, _: usize| net.backward(&data[v].steps);
    let (net, data, asked) = (Rc::clone(&model), Rc::clone(&training), parameters.clone());
    let precise = move |v: usize, _: usize| net.precise(&data[v], optimizer, &asked);
    let first_gradients =
        move |v: usize, _: usize| model.backward(&training[v].steps[..1]).and_then(|(_, found)| joined(&found));
    let mut work = Work::new(count, CALL, parameters.effective())
        .mode("train", Mode::new(train, |found: &Vec<Tensor>| Ok(losses(&scalars(found).map_err(Error::failed)?))))
        .mode("learn", Mode::new(learn, seen))
        .mode("forward", Mode::new(forward, |found: &Vec<Tensor>| Ok(losses(&scalars(found).map_err(Error::failed)?))))
        .mode(
            "backward",
            Mode::new(backward, |(found, slopes): &(Vec<Tensor>, Vec<Tensor>)| {
                let found = scalars(found).map_err(Error::failed)?.into_iter().map(f64::from).collect();
                Ok(sloped(found, joined::<f32>(slopes)?.into_iter().map(f64::from).collect()))
            }),
        )
        .mode(
            "exact",
            Mode::new(precise, |(found, slopes): &(Vec<f64>, Vec<f64>)| Ok(sloped(found.clone(), slopes.clone()))),
        )
        .mode("gradients", Mode::new(first_gradients, |values: &Vec<f32>| Ok(gradients(values))));
    for (name, rows) in INFERRED {
        let parts = |v: &Variant| v.queries.cut(rows).iter().map(tensor::<N>).collect::<Result<Vec<_>>>();
        let parts = inputs.variants.iter().map(parts).collect::<Result<Vec<_>>>().map_err(Error::failed)?;
        let calls = parts.iter().map(Vec::len).min().unwrap_or(0);
        if calls == 0 {
            continue;
        }
        let net = Rc::clone(&inferring);
        let infer = move |v: usize, part: usize| net.forward(&parts[v][part], false).map_err(Error::failed);
        let answer = move |logits: &Tensor| Ok(outputs(rows, &values(logits).map_err(Error::failed)?));
        work = work.mode(name, Mode::new(infer, answer).by_row(calls));
    }
    Ok(work.pool("rayon", rayon::current_num_threads()))
}

impl<N: Network> Model<N> {
    fn new(inputs: &Inputs) -> std::result::Result<Self, Error> {
        let (network, vars) = named::<N>(DType::F32, inputs.parameters.classes)?;
        inputs.all_taken(vars.keys().map(String::as_str))?;
        let mut first = Vec::new();
        for (name, var) in &vars {
            let Weights { shape, values } = inputs.weight(name, var.dims())?;
            let tensor = Tensor::from_slice(values, shape.as_slice(), &Device::Cpu).map_err(Error::failed)?;
            var.set(&tensor).map_err(Error::failed)?;
            first.push((var.clone(), tensor));
        }
        let trained = trained(&vars);
        Ok(Self { network, classes: inputs.parameters.classes, trained, first })
    }

    /// Go back to the first weights.
    fn begin(&self) -> Result<()> {
        self.first.iter().try_for_each(|(var, tensor)| var.set(tensor))
    }

    /// Train from the first weights on, a step per batch, and return the losses.
    fn train(&self, data: &Training, optimizer: Optimizer, parameters: &Parameters) -> Result<Vec<Tensor>> {
        self.begin()?;
        let mut stepper = Stepper::new(optimizer, parameters, &self.trained)?;
        let mut found = Vec::with_capacity(data.steps.len());
        for (x, y) in &data.steps {
            let loss = loss::cross_entropy(&self.network.forward(x, true)?, y)?;
            stepper.step(&loss.backward()?)?;
            found.push(loss.detach());
        }
        Ok(found)
    }

    /// Train, and return the losses and the logits of rows that were not trained on.
    fn learn(&self, data: &Training, optimizer: Optimizer, parameters: &Parameters) -> Result<(Vec<Tensor>, Tensor)> {
        let found = self.train(data, optimizer, parameters)?;
        Ok((found, self.network.forward(&data.queries, false)?))
    }

    /// The losses of all batches at the first weights: a training without backward passes and optimiser.
    fn forward(&self, steps: &[(Tensor, Tensor)]) -> Result<Vec<Tensor>> {
        self.begin()?;
        steps.iter().map(|(x, y)| Ok(loss::cross_entropy(&self.network.forward(x, true)?, y)?.detach())).collect()
    }

    /// The losses of all batches at the first weights, and the gradients of the last: a training without the optimiser's steps.
    fn backward(&self, steps: &[(Tensor, Tensor)]) -> std::result::Result<(Vec<Tensor>, Vec<Tensor>), Error> {
        let all = || -> Result<_> {
            self.begin()?;
            let (mut found, mut last) = (Vec::with_capacity(steps.len()), None);
            for (x, y) in steps {
                let loss = loss::cross_entropy(&self.network.forward(x, true)?, y)?;
                last = Some(loss.backward()?);
                found.push(loss.detach());
            }
            Ok((found, last))
        };
        let (found, last) = all().map_err(Error::failed)?;
        let gradient = |var: &Var| {
            let gradient = last.as_ref().and_then(|store| store.get(var)).cloned();
            gradient.ok_or_else(|| Error::failed("a trained tensor has no gradient"))
        };
        Ok((found, self.trained.iter().map(gradient).collect::<std::result::Result<_, _>>()?))
    }

    /// The losses of all steps and the gradients of the first, in numbers of 64 bits, from a network of its own.
    fn precise(
        &self,
        data: &Training,
        optimizer: Optimizer,
        parameters: &Parameters,
    ) -> std::result::Result<(Vec<f64>, Vec<f64>), Error> {
        let wide = |x: &Tensor| if x.dtype() == DType::F32 { x.to_dtype(DType::F64) } else { Ok(x.clone()) };
        let steps =
            data.steps.iter().map(|(x, y)| Ok((wide(x)?, y.clone()))).collect::<Result<_>>().map_err(Error::failed)?;
        let data = Training { steps, queries: data.queries.clone() };
        let (network, vars) = named::<N>(DType::F64, self.classes)?;
        let mut first = Vec::new();
        for (var, (_, tensor)) in vars.values().zip(&self.first) {
            first.push((var.clone(), wide(tensor).map_err(Error::failed)?));
        }
        let model = Self { network, classes: self.classes, trained: trained(&vars), first };
        let slopes = joined(&model.backward(&data.steps[..1])?.1)?;
        let found =
            model.train(&data, optimizer, parameters).and_then(|losses| losses.iter().map(Tensor::to_scalar).collect());
        Ok((found.map_err(Error::failed)?, slopes))
    }
}

impl Training {
    fn new<N: Network>(variant: &Variant) -> Result<Self> {
        let step = |batch: &Batch| {
            let classes: Vec<u32> = batch.classes.iter().map(|&class| class as u32).collect();
            Ok((tensor::<N>(batch)?, Tensor::from_vec(classes, batch.rows, &Device::Cpu)?))
        };
        Ok(Self {
            steps: variant.batches.iter().map(step).collect::<Result<_>>()?,
            queries: tensor::<N>(&variant.queries)?,
        })
    }
}

fn tensor<N: Network>(batch: &Batch) -> Result<Tensor> {
    let shape = if N::SHAPE.is_empty() {
        vec![batch.rows, batch.values.len() / batch.rows]
    } else {
        [&[batch.rows], N::SHAPE].concat()
    };
    N::input(Tensor::from_slice(&batch.values, shape, &Device::Cpu)?)
}

/// A network whose tensors are constants.
fn plain<N: Network>(inputs: &Inputs) -> std::result::Result<N, Error> {
    let tensor = |(name, weights): (&String, &Weights)| {
        Ok((name.clone(), Tensor::from_slice(&weights.values, weights.shape.as_slice(), &Device::Cpu)?))
    };
    let tensors = inputs.weights.iter().map(tensor).collect::<Result<HashMap<_, _>>>().map_err(Error::failed)?;
    N::new(VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu), inputs.parameters.classes)
        .map_err(Error::failed)
}

/// A network of some number type, and its tensors by name.
fn named<N: Network>(dtype: DType, classes: usize) -> std::result::Result<(N, BTreeMap<String, Var>), Error> {
    let map = VarMap::new();
    let network = N::new(VarBuilder::from_varmap(&map, dtype, &Device::Cpu), classes).map_err(Error::failed)?;
    let data = map.data().lock().map_err(Error::failed)?;
    let vars = data.iter().map(|(name, var)| (name.clone(), var.clone())).collect();
    Ok((network, vars))
}

/// The tensors that are trained, in the order of their names.
fn trained(vars: &BTreeMap<String, Var>) -> Vec<Var> {
    vars.iter().filter(|(name, _)| !name.contains("running_")).map(|(_, var)| var.clone()).collect()
}

/// The values of some tensors, one after the other.
fn joined<T: candle_core::WithDType>(tensors: &[Tensor]) -> std::result::Result<Vec<T>, Error> {
    let each = tensors.iter().map(|tensor| tensor.flatten_all()?.to_vec1()).collect::<Result<Vec<Vec<T>>>>();
    Ok(each.map_err(Error::failed)?.concat())
}

fn scalars(tensors: &[Tensor]) -> Result<Vec<f32>> {
    tensors.iter().map(Tensor::to_scalar).collect()
}

fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}
