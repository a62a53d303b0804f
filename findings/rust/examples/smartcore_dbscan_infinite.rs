//! DBSCAN of smartcore ends the process on an infinite value: its cover tree recurses until the stack is full, which nothing can catch.

use std::env::{args, current_exe};
use std::process::Command;

use findings::report;
use serde_json::json;
use smartcore::cluster::dbscan::{DBSCANParameters, DBSCAN};
use smartcore::linalg::basic::matrix::DenseMatrix;

fn cluster(value: f64) {
    let x = DenseMatrix::from_2d_array(&[&[0.0], &[0.1], &[value], &[0.2], &[5.0]]).unwrap();
    let parameters = DBSCANParameters::default().with_eps(1.0).with_min_samples(2);
    let labels: Vec<i32> =
        DBSCAN::fit(&x, parameters).and_then(|model: DBSCAN<f64, i32, _, _, _>| model.predict(&x)).unwrap();
    println!("{labels:?}");
}

fn main() {
    if let Some(value) = args().nth(1) {
        return cluster(value.parse().unwrap());
    }
    // A process of its own for each value, as one of them does not survive it.
    let outcome = |value: &str| {
        let ended = Command::new(current_exe().unwrap()).arg(value).output().unwrap();
        let words = if ended.status.success() { ended.stdout } else { ended.stderr };
        let text = String::from_utf8_lossy(&words).trim().to_owned();
        (ended.status.code().is_none(), json!({ "status": ended.status.to_string(), "text": text }))
    };
    let ((sound, finite), (aborted, infinite)) = (outcome("0.3"), outcome("inf"));
    report(!sound && aborted, json!({ "value 0.3": finite, "value infinity": infinite }));
}
