//! The arm `ort`: ONNX Runtime from Rust, the very library that the Python package `onnxruntime` ships. It infers and does not train.

use std::cell::RefCell;
use std::process::ExitCode;
use std::rc::Rc;

use assay_build_info::build_info;
use assay_networks::{outputs, Batch, Inputs, Variant, INFERRED};
use assay_worker::{serve, Arm, Benchmark, Dataset, Error, Load, Mode, Work};
use ort::session::Session;
use ort::value::{DynValue, Tensor};
use serde_json::Map;

const CALL: &str = "Session::builder(), with_intra_threads(threads), no spinning, commit_from_memory(model); run(x)";
/// The library, as the build was told.
const LIBRARY: &str = env!("ASSAY_ONNXRUNTIME");
const MODES: &[&str] = &["infer_1", "infer_32", "infer_256"];
const BENCHMARKS: &[Benchmark] = &[
    Benchmark { name: "gru", modes: MODES, load: characters },
    Benchmark { name: "lenet", modes: MODES, load: |load, data| images(load, data, &[1, 28, 28]) },
    Benchmark { name: "lstm", modes: MODES, load: characters },
    Benchmark { name: "resnet18", modes: MODES, load: |load, data| images(load, data, &[3, 32, 32]) },
    Benchmark { name: "rnn", modes: MODES, load: characters },
    Benchmark { name: "simple_cnn", modes: MODES, load: |load, data| images(load, data, &[1, 28, 28]) },
];

fn main() -> ExitCode {
    serve::run(&Arm {
        name: "ort",
        framework: "ort",
        version: env!("ASSAY_VERSION_ORT"),
        build: build_info!(),
        benchmarks: BENCHMARKS,
    })
}

fn images(load: &Load, dataset: Dataset, shape: &'static [i64]) -> Result<Work, Error> {
    let tensor = move |part: &Batch| {
        let dimensions: Vec<i64> = std::iter::once(part.rows as i64).chain(shape.iter().copied()).collect();
        Ok(Tensor::from_array((dimensions, part.values.clone())).map_err(Error::failed)?.into_dyn())
    };
    prepare(load, &dataset, tensor)
}

fn characters(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let tensor = |part: &Batch| {
        let numbers: Vec<i64> = part.values.iter().map(|&value| value as i64).collect();
        let dimensions = vec![part.rows as i64, (numbers.len() / part.rows) as i64];
        Ok(Tensor::from_array((dimensions, numbers)).map_err(Error::failed)?.into_dyn())
    };
    prepare(load, &dataset, tensor)
}

fn prepare(load: &Load, dataset: &Dataset, tensor: impl Fn(&Batch) -> Result<DynValue, Error>) -> Result<Work, Error> {
    let inputs = Inputs::read(load, dataset)?;
    let session = Rc::new(RefCell::new(session(dataset, load.threads)?));
    let asked = inputs.parameters.effective();
    let told =
        ["network", "classes", "dtype"].into_iter().filter_map(|key| Some((key.to_owned(), asked.get(key)?.clone())));
    let mut work = Work::new(inputs.variants.len(), CALL, told.collect::<Map<_, _>>());
    for (name, rows) in INFERRED {
        let parts = |v: &Variant| v.queries.cut(rows).iter().map(&tensor).collect::<Result<Vec<_>, Error>>();
        let parts = inputs.variants.iter().map(parts).collect::<Result<Vec<_>, Error>>()?;
        let calls = parts.iter().map(Vec::len).min().unwrap_or(0);
        if calls == 0 {
            continue;
        }
        let session = Rc::clone(&session);
        let infer = move |v: usize, part: usize| {
            let mut session = session.borrow_mut();
            let mut found = session.run(ort::inputs!["x" => &parts[v][part]]).map_err(Error::failed)?;
            found.remove("logits").ok_or_else(|| Error::failed("the model has no output logits"))
        };
        let answer = move |logits: &DynValue| {
            let (_, values) = logits.try_extract_tensor::<f32>().map_err(Error::failed)?;
            Ok(outputs(rows, values))
        };
        work = work.mode(name, Mode::new(infer, answer).by_row(calls));
    }
    Ok(work.pool("onnxruntime", load.threads))
}

fn session(dataset: &Dataset, threads: usize) -> Result<Session, Error> {
    if LIBRARY.is_empty() {
        return Err(Error::unsupported("built without the library of the Python package onnxruntime"));
    }
    ort::init_from(LIBRARY).map_err(Error::failed)?.commit();
    let model = dataset.content("onnx")?;
    let built = Session::builder()
        .and_then(|builder| Ok(builder.with_intra_threads(threads)?))
        .and_then(|builder| Ok(builder.with_inter_threads(1)?))
        .and_then(|builder| Ok(builder.with_intra_op_spinning(false)?))
        .and_then(|mut builder| builder.commit_from_memory(&model));
    built.map_err(Error::failed)
}
