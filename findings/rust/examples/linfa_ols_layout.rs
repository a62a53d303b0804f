//! linfa's least squares without an intercept takes several times as long on rows together (C order) as on columns together.

use findings::{columns_together, fastest, report, Draw};
use linfa::prelude::Fit;
use linfa::DatasetBase;
use linfa_linear::LinearRegression;
use ndarray::Array2;
use serde_json::json;

fn main() {
    let mut draw = Draw(4);
    let x = draw.matrix(5000, 100);
    let y = draw.vector(5000);
    let seconds = |x: &Array2<f64>, intercept: bool| {
        let data = DatasetBase::new(x.view(), y.view());
        fastest(5, || LinearRegression::new().with_intercept(intercept).fit(&data).unwrap().params()[0])
    };
    let columns = columns_together(&x);
    let ratio = |intercept| seconds(&x, intercept) / seconds(&columns, intercept);
    let (without, with) = (ratio(false), ratio(true));
    report(
        without > 2.0,
        json!({ "time in C order / time in F order, without intercept": without, "with intercept": with, "size": "5000x100" }),
    );
}
