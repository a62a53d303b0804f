//! What every reproducer shares: one line of JSON.

use candle_core::{Result, Tensor};
use serde_json::{json, Value};

/// Print whether the finding is still true and what was observed, as one line of JSON.
pub fn report(confirmed: bool, observed: Value) {
    println!(
        "{}",
        json!({ "confirmed": confirmed, "observed": observed })
    );
}

/// The values of a tensor.
pub fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}
