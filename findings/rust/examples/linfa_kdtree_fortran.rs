//! DBSCAN of linfa panics on a matrix with columns together (Fortran order): its kd-tree wants contiguous rows.

use findings::{caught, columns_together, report, Draw};
use linfa::traits::Transformer;
use linfa::ParamGuard;
use linfa_clustering::Dbscan;
use ndarray::Array2;
use serde_json::json;

fn main() {
    let rows = Draw(5).matrix(20, 2);
    let columns = columns_together(&rows);
    let cluster = |x: &Array2<f64>| caught(|| Dbscan::params(3).tolerance(0.5).check().unwrap().transform(x).len());
    let (c, f) = (cluster(&rows), cluster(&columns));
    report(c.is_ok() && f.is_err(), json!({ "C order": format!("{c:?}"), "F order": format!("{f:?}") }));
}
