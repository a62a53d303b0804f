//! Support vector classification by linfa: with C, with nu, and with a linear kernel.

use std::rc::Rc;

use assay_classical::inputs::array;
use assay_classical::supervised;
use assay_classical::svm::{decisions, fit, linear_fit, Inputs, LinearInputs, Parameters};
use assay_worker::{Answer, Dataset, Error, Load, Mode, Work};
use linfa_core::svm::{self, Cost, Kernel, Model, Settings};
use ndarray::{Array1, Array2};
use serde_json::{Map, Value};

const CALL: &str =
    "Svm::<f64, bool>::params().gaussian_kernel(1 / gamma) or .linear_kernel(), .pos_neg_weights(C, C) or \
.nu_weight(nu), .eps(tol).shrinking(false).fit(DatasetBase::new(x, y)); weighted_sum(row) - rho of every row";

/// More rows are not asked of linfa, which holds all n x n values of the kernel: 200 MB here, and a fit of seconds.
const MOST_ROWS: usize = 5_000;

struct Variant {
    x: Array2<f64>,
    y: Array1<bool>,
    q: Array2<f64>,
}

/// Prepare fit, predict and predict_one of a machine with a kernel.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::read(load, &dataset)?;
    drop(dataset);
    let (rows, settings) = (inputs.rows(), settings(&inputs.parameters)?);
    let answer = |model: &Model| fit(model.dual(), model.intercept(), model.iterations());
    work(inputs.variants, rows, settings, inputs.parameters.effective(), answer)
}

/// Prepare the same of the linear benchmark, whose problem linfa poses otherwise: its intercept is free.
pub fn load_linear(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = LinearInputs::read(load, &dataset)?;
    drop(dataset);
    let asked = &inputs.parameters;
    let settings = Settings { kernel: Kernel::Linear, cost: Cost::C(asked.c), tol: asked.tol };
    let answer = |model: &Model| linear_fit(model.weights(), model.intercept(), model.iterations());
    let (rows, mut parameters) = (inputs.rows(), asked.effective());
    parameters.remove("max_iter"); // linfa counts steps with two rows, and has a limit of its own
    work(inputs.variants, rows, settings, parameters, answer)
}

fn settings(asked: &Parameters) -> Result<Settings, Error> {
    let kernel = match asked.kernel.as_str() {
        "rbf" => Kernel::Rbf { gamma: asked.gamma },
        "linear" => Kernel::Linear,
        other => return Err(Error::unsupported(format!("kernel {other}: this arm has rbf and linear"))),
    };
    let cost = match (asked.c, asked.nu) {
        (Some(c), _) => Cost::C(c),
        (None, nu) => Cost::Nu(nu.unwrap_or_default()),
    };
    Ok(Settings { kernel, cost, tol: asked.tol })
}

fn work(
    variants: Vec<supervised::Variant>,
    rows: usize,
    settings: Settings,
    parameters: Map<String, Value>,
    fit_answer: impl Fn(&Model) -> Answer + 'static,
) -> Result<Work, Error> {
    if let Some(large) = variants.iter().find(|variant| variant.x.rows > MOST_ROWS) {
        let message =
            format!("{} rows: linfa holds the whole kernel matrix, at most {MOST_ROWS} are asked of it", large.x.rows);
        return Err(Error::unsupported(message));
    }
    let variant = |variant: supervised::Variant| {
        let y = variant.y.iter().map(|&class| class > 0.0).collect();
        Ok(Variant { x: array(variant.x)?, y, q: array(variant.q)? })
    };
    let variants: Rc<[Variant]> = variants.into_iter().map(variant).collect::<Result<_, Error>>()?;
    let train = move |Variant { x, y, .. }: &Variant| svm::fit(x.view(), y.view(), &settings).map_err(Error::failed);
    let model = Rc::new(train(&variants[0])?);

    let data = Rc::clone(&variants);
    let fit_call = move |v: usize, _: usize| train(&data[v]);
    let (data, fitted) = (Rc::clone(&variants), Rc::clone(&model));
    let predict = move |v: usize, _: usize| Ok(svm::decide(&fitted, data[v].q.view()));
    let (data, fitted) = (Rc::clone(&variants), model);
    let predict_one = move |v: usize, row: usize| Ok(svm::decide_one(&fitted, data[v].q.row(row)));

    Ok(Work::new(variants.len(), CALL, parameters)
        .mode("fit", Mode::new(fit_call, move |model: &Model| Ok(fit_answer(model))))
        .mode("predict", Mode::new(predict, |values: &Vec<f64>| Ok(decisions(values))))
        .mode("predict_one", Mode::new(predict_one, |&value: &f64| Ok(decisions(&[value]))).by_row(rows)))
}
