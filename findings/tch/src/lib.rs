//! What every reproducer shares: one line of JSON.

use serde_json::{json, Value};

/// Print whether the finding is still true and what was observed, as one line of JSON.
pub fn report(confirmed: bool, observed: Value) {
    println!(
        "{}",
        json!({ "confirmed": confirmed, "observed": observed })
    );
}
