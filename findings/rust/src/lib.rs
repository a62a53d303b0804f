//! What every reproducer shares: one line of JSON, panics of the library caught, numbers drawn without a library.

use std::any::Any;
use std::panic::{catch_unwind, set_hook, take_hook, AssertUnwindSafe};
use std::time::Instant;

use ndarray::{Array1, Array2, ShapeBuilder};
use serde_json::{json, Value};

/// Print whether the finding is still true and what was observed, as one line of JSON.
pub fn report(confirmed: bool, observed: Value) {
    println!("{}", json!({ "confirmed": confirmed, "observed": observed }));
}

/// Run a computation; a panic in it becomes an error with its message, and prints nothing.
pub fn caught<T>(compute: impl FnOnce() -> T) -> Result<T, String> {
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let result = catch_unwind(AssertUnwindSafe(compute));
    set_hook(hook);
    result.map_err(|panic| message(panic.as_ref()))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// The seconds that the fastest of `times` runs takes.
pub fn fastest<T>(times: usize, mut run: impl FnMut() -> T) -> f64 {
    let seconds = |_| {
        let start = Instant::now();
        std::hint::black_box(run());
        start.elapsed().as_secs_f64()
    };
    (0..times).map(seconds).fold(f64::INFINITY, f64::min)
}

/// Numbers between -1 and 1 from a linear congruential generator: the same everywhere.
pub struct Draw(pub u64);

impl Draw {
    /// The next number.
    pub fn number(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    /// A matrix, rows together.
    pub fn matrix(&mut self, rows: usize, columns: usize) -> Array2<f64> {
        Array2::from_shape_simple_fn((rows, columns), || self.number())
    }

    /// A vector.
    pub fn vector(&mut self, length: usize) -> Array1<f64> {
        Array1::from_shape_simple_fn(length, || self.number())
    }
}

/// The same matrix, columns together (Fortran order).
pub fn columns_together(x: &Array2<f64>) -> Array2<f64> {
    let mut copy = Array2::zeros(x.dim().f());
    copy.assign(x);
    copy
}

/// Whether two labellings make the same groups, whatever the labels are.
pub fn same_groups<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    let pairs = |i: usize| (0..i).map(move |j| (i, j));
    a.len() == b.len() && (0..a.len()).flat_map(pairs).all(|(i, j)| (a[i] == a[j]) == (b[i] == b[j]))
}
