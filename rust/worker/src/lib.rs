//! The worker half of Assay's protocol: one process, one arm, one stopwatch.
//!
//! An arm is described by an [`Arm`]: who it is and, for every benchmark, a function that turns a data file and
//! parameters into [`Work`]. [`serve::run`] does the rest: messages, timing, memory, checksums, outputs and errors.
//! The Python twin is `src/assay/worker`, with modules of the same names; the contract is `docs/protocol.md`.
//!
//! ```no_run
//! use assay_worker::{serve, Arm, Benchmark, Dataset, Error, Load, Mode, Work};
//!
//! fn sum(load: &Load, mut dataset: Dataset) -> Result<Work, Error> {
//!     let x = dataset.matrix("x.0")?;
//!     let call = move |_variant: usize, _row: usize| Ok(x.values.iter().sum::<f64>());
//!     let answer = |sum: &f64| Ok([("sum", assay_worker::Array::scalar(*sum))].into());
//!     let fit = Mode::new(call, answer);
//!     Ok(Work::new(1, "sum of x", load.parameters.clone()).mode("fit", fit))
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     serve::run(&Arm {
//!         name: "example",
//!         framework: "none",
//!         version: "0",
//!         build: Default::default(),
//!         benchmarks: &[Benchmark { name: "sum", modes: &["fit"], load: sum }],
//!     })
//! }
//! ```

pub mod clock;
pub mod data;
pub mod histogram;
pub mod memory;
pub mod outputs;
pub mod protocol;
pub mod serve;
pub mod timing;
pub mod work;

pub use data::{Dataset, Matrix, Order};
pub use outputs::{Answer, Array};
pub use protocol::{Error, Kind, Load};
pub use work::{Arm, Benchmark, Mode, Pool, Work};
