//! What an arm gives the worker: who it is, its benchmarks, and for each mode a call to time.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::data::Dataset;
use crate::outputs::{self, Answer};
use crate::protocol::{Error, Load};
use crate::timing::{self, Sample};

/// A framework in one role.
pub struct Arm {
    /// Name of the arm, as in the catalogue.
    pub name: &'static str,
    /// Name of the framework.
    pub framework: &'static str,
    /// Version of the framework that this binary was linked with.
    pub version: &'static str,
    /// How it was built, fact by fact.
    pub build: BTreeMap<&'static str, String>,
    /// What it can run.
    pub benchmarks: &'static [Benchmark],
}

/// One line of an arm's registry.
pub struct Benchmark {
    /// Name of the benchmark, as in the catalogue.
    pub name: &'static str,
    /// What can be timed.
    pub modes: &'static [&'static str],
    /// Turn the data and the parameters of a request into work.
    pub load: fn(&Load, Dataset) -> Result<Work, Error>,
}

/// A pool of threads that the arm's library uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pool {
    /// Its name, such as `rayon`.
    pub name: &'static str,
    /// How many threads it has.
    pub threads: usize,
}

/// A benchmark that is ready to be timed: inputs and models are made.
pub struct Work {
    pub(crate) variants: usize,
    pub(crate) call: String,
    pub(crate) parameters: Map<String, Value>,
    pub(crate) pools: Vec<Pool>,
    modes: BTreeMap<&'static str, Box<dyn Timed>>,
}

impl Work {
    /// Work on a number of input variants: the library call in words, and the parameters as they were really set.
    pub fn new(variants: usize, call: impl Into<String>, parameters: Map<String, Value>) -> Self {
        Self { variants, call: call.into(), parameters, pools: Vec::new(), modes: BTreeMap::new() }
    }

    /// Add a mode.
    #[must_use]
    pub fn mode<R: 'static, C, A>(mut self, name: &'static str, mode: Mode<C, A>) -> Self
    where
        C: Fn(usize, usize) -> Result<R, Error> + 'static,
        A: Fn(&R) -> Result<Answer, Error> + 'static,
    {
        self.modes.insert(name, Box::new(mode));
        self
    }

    /// Report a thread pool.
    #[must_use]
    pub fn pool(mut self, name: &'static str, threads: usize) -> Self {
        self.pools.push(Pool { name, threads });
        self
    }

    /// The names of all modes.
    pub fn modes(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.modes.keys().copied()
    }

    pub(crate) fn timed(&self, mode: &str) -> Result<&dyn Timed, Error> {
        let timed = self.modes.get(mode).map(AsRef::as_ref);
        timed.ok_or_else(|| Error::unsupported(format!("mode {mode}: this arm has {:?}", self.modes.keys())))
    }

    /// Check the variants of a request against those of the data.
    pub(crate) fn check(&self, variants: &[usize]) -> Result<(), Error> {
        if variants.is_empty() || variants.len() > timing::RING {
            return Err(Error::bad_request(format!(
                "variants: 1 to {} are possible, not {}",
                timing::RING,
                variants.len()
            )));
        }
        match variants.iter().find(|&&variant| variant >= self.variants) {
            Some(variant) => Err(Error::bad_request(format!("variant {variant}: the data have {}", self.variants))),
            None => Ok(()),
        }
    }
}

/// What is timed: a call on a variant (and a row of it) whose result is kept, and a way to read the answer off the result.
///
/// The stopwatch is compiled for the call's own type, so no dynamic dispatch lies between the stamps. The answer is read
/// after the clock has stopped; it must copy what the call computed and compute nothing.
pub struct Mode<C, A> {
    call: C,
    answer: A,
    rows: usize,
}

impl<C, A> Mode<C, A> {
    /// A call that works on all of a variant.
    pub fn new<R>(call: C, answer: A) -> Self
    where
        C: Fn(usize, usize) -> Result<R, Error>,
        A: Fn(&R) -> Result<Answer, Error>,
    {
        Self { call, answer, rows: 1 }
    }

    /// A call that works on one row, of a number of rows that it goes through in turn.
    #[must_use]
    pub fn by_row(mut self, rows: usize) -> Self {
        self.rows = rows;
        self
    }
}

/// A mode whose result type is hidden; one virtual call per request, none per timed call.
pub(crate) trait Timed {
    fn warmup(&self, variants: &[usize]) -> Result<Vec<u64>, Error>;
    fn calibrate(&self, variants: &[usize], min_ns: u64) -> Result<(u64, u64), Error>;
    fn run(&self, variants: &[usize], loops: u64, latency: bool) -> Result<Sample, Error>;
    fn outputs(&self, variant: usize) -> Result<Answer, Error>;
}

impl<R, C, A> Timed for Mode<C, A>
where
    C: Fn(usize, usize) -> Result<R, Error>,
    A: Fn(&R) -> Result<Answer, Error>,
{
    fn warmup(&self, variants: &[usize]) -> Result<Vec<u64>, Error> {
        timing::warmup(&self.call, variants)
    }

    fn calibrate(&self, variants: &[usize], min_ns: u64) -> Result<(u64, u64), Error> {
        timing::calibrate(&self.call, variants, self.rows, min_ns)
    }

    fn run(&self, variants: &[usize], loops: u64, latency: bool) -> Result<Sample, Error> {
        timing::run(&self.call, &self.answer, variants, self.rows, loops, latency)
    }

    fn outputs(&self, variant: usize) -> Result<Answer, Error> {
        outputs::join((0..self.rows).map(|row| (self.answer)(&(self.call)(variant, row)?)))
    }
}
