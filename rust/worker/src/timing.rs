//! The stopwatch: warm-up, calibration and samples.
//!
//! Call number `i` works on variant `variants[i mod V]` and, where a mode goes row by row, on row `(i div V) mod R`.
//! Results are kept in a ring and dropped after the clock has stopped, 64 at most; a slot that is used again drops its old
//! result inside the sample, in every language alike.

use std::collections::BTreeMap;
use std::hint::black_box;

use serde::Serialize;

use crate::clock::{cpu_ns, now_ns, Usage};
use crate::histogram::Histogram;
use crate::outputs::{checksums, Answer};
use crate::protocol::Error;

/// Number of results that are kept until the clock has stopped.
pub const RING: usize = 64;

/// One sample: the reply to `run`.
#[derive(Clone, Debug, Serialize)]
pub struct Sample {
    /// Stamp before the first call.
    pub t0_ns: u64,
    /// Stamp after the last call.
    pub t1_ns: u64,
    /// CPU time of all threads between the stamps.
    pub cpu_ns: u64,
    /// Number of calls.
    pub loops: u64,
    /// For every entry of `variants` that was reached, the checksums of its last answer.
    pub checksums: Vec<Vec<f64>>,
    /// What the kernel counted between the stamps.
    #[serde(flatten)]
    pub usage: Usage,
    /// Durations of single calls, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub histogram: Option<BTreeMap<String, u64>>,
}

/// Which variant and row the next call works on.
struct Plan<'a> {
    variants: &'a [usize],
    rows: usize,
    entry: usize,
    row: usize,
}

impl<'a> Plan<'a> {
    fn new(variants: &'a [usize], rows: usize) -> Self {
        Self { variants, rows, entry: 0, row: 0 }
    }

    #[inline(always)]
    fn next(&mut self) -> (usize, usize) {
        let next = (self.variants[self.entry], self.row);
        self.entry += 1;
        if self.entry == self.variants.len() {
            self.entry = 0;
            self.row += 1;
            if self.row == self.rows {
                self.row = 0;
            }
        }
        next
    }
}

/// The last results; an older one is dropped when its slot is needed.
struct Ring<R> {
    slots: Vec<Option<R>>,
}

impl<R> Ring<R> {
    fn new() -> Self {
        Self { slots: (0..RING).map(|_| None).collect() }
    }

    #[inline(always)]
    fn keep(&mut self, i: u64, result: R) {
        self.slots[i as usize % RING] = Some(result);
    }

    fn get(&self, i: u64) -> Option<&R> {
        self.slots[i as usize % RING].as_ref()
    }
}

/// Make one call per entry of `variants`, in order; returns the wall time of each.
pub fn warmup<R>(call: &impl Fn(usize, usize) -> Result<R, Error>, variants: &[usize]) -> Result<Vec<u64>, Error> {
    let mut wall_ns = Vec::with_capacity(variants.len());
    for &variant in variants {
        let start = now_ns();
        let result = black_box(call(black_box(variant), 0)?);
        wall_ns.push(now_ns() - start);
        drop(result);
    }
    Ok(wall_ns)
}

/// Find the number of calls that takes at least `min_ns`, doubling from the number of variants;
/// returns it with the wall time of the last trial.
pub fn calibrate<R>(
    call: &impl Fn(usize, usize) -> Result<R, Error>,
    variants: &[usize],
    rows: usize,
    min_ns: u64,
) -> Result<(u64, u64), Error> {
    let mut loops = variants.len() as u64;
    loop {
        let mut ring = Ring::new();
        let start = now_ns();
        repeat(call, &mut Plan::new(variants, rows), &mut ring, loops)?;
        let wall_ns = now_ns() - start;
        if wall_ns >= min_ns || loops > u64::MAX / 2 {
            return Ok((loops, wall_ns));
        }
        loops *= 2;
    }
}

/// Take one sample.
pub fn run<R>(
    call: &impl Fn(usize, usize) -> Result<R, Error>,
    answer: &impl Fn(&R) -> Result<Answer, Error>,
    variants: &[usize],
    rows: usize,
    loops: u64,
    latency: bool,
) -> Result<Sample, Error> {
    let mut plan = Plan::new(variants, rows);
    let mut ring = Ring::new();
    let mut histogram = latency.then(Histogram::default);

    let usage = Usage::now();
    let cpu = cpu_ns();
    let t0_ns = now_ns();
    match &mut histogram {
        None => repeat(call, &mut plan, &mut ring, loops)?,
        Some(histogram) => repeat_stamped(call, &mut plan, &mut ring, loops, histogram)?,
    }
    let t1_ns = now_ns();
    let cpu_ns = cpu_ns() - cpu;
    let usage = Usage::now().since(usage);

    let reached = loops.min(variants.len() as u64);
    let checksums = (loops - reached..loops).map(|i| (i % variants.len() as u64, i)).collect::<BTreeMap<_, _>>();
    let checksums = checksums.values().filter_map(|&i| ring.get(i)).map(|result| checksums_of(answer, result));
    let checksums = checksums.collect::<Result<_, _>>()?;
    let histogram = histogram.map(|histogram| histogram.counts());
    Ok(Sample { t0_ns, t1_ns, cpu_ns, loops, checksums, usage, histogram })
}

fn checksums_of<R>(answer: &impl Fn(&R) -> Result<Answer, Error>, result: &R) -> Result<Vec<f64>, Error> {
    checksums(&answer(result)?)
}

#[inline(never)]
fn repeat<R>(
    call: &impl Fn(usize, usize) -> Result<R, Error>,
    plan: &mut Plan<'_>,
    ring: &mut Ring<R>,
    loops: u64,
) -> Result<(), Error> {
    for i in 0..loops {
        let (variant, row) = black_box(plan.next());
        ring.keep(i, black_box(call(variant, row)?));
    }
    Ok(())
}

#[inline(never)]
fn repeat_stamped<R>(
    call: &impl Fn(usize, usize) -> Result<R, Error>,
    plan: &mut Plan<'_>,
    ring: &mut Ring<R>,
    loops: u64,
    histogram: &mut Histogram,
) -> Result<(), Error> {
    for i in 0..loops {
        let (variant, row) = black_box(plan.next());
        let start = now_ns();
        let result = black_box(call(variant, row)?);
        histogram.record(now_ns() - start);
        ring.keep(i, result);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::Array;
    use std::cell::RefCell;
    use std::rc::Rc;

    fn echo(log: &RefCell<Vec<(usize, usize)>>) -> impl Fn(usize, usize) -> Result<(usize, usize), Error> + '_ {
        |variant, row| {
            log.borrow_mut().push((variant, row));
            Ok((variant, row))
        }
    }

    fn as_answer(result: &(usize, usize)) -> Result<Answer, Error> {
        Ok(Answer::from([("a", Array::floats(vec![result.0 as f64, result.1 as f64]))]))
    }

    #[test]
    fn calls_rotate_through_variants_and_then_rows() {
        let log = RefCell::default();
        run(&echo(&log), &as_answer, &[2, 0], 3, 8, false).unwrap();
        assert_eq!(*log.borrow(), [(2, 0), (0, 0), (2, 1), (0, 1), (2, 2), (0, 2), (2, 0), (0, 0)]);
    }

    #[test]
    fn checksums_are_those_of_the_last_result_of_every_entry() {
        let log = RefCell::default();
        let sums = |loops| run(&echo(&log), &as_answer, &[2, 0], 1000, loops, false).unwrap().checksums;
        assert_eq!(sums(1).len(), 1, "only the first entry is reached");
        // 201 calls: entry 0 has call 200, row 100; entry 1 has call 199, row 99
        let last: Vec<f64> = sums(201).iter().map(|sums| sums[0]).collect();
        assert_eq!(last, [2.0 + 100.0, 0.0 + 99.0]);
    }

    #[test]
    fn at_most_64_results_are_alive_and_all_are_dropped() {
        let alive = Rc::new(());
        let most = RefCell::new(0);
        let call = |_: usize, _: usize| {
            let mut most = most.borrow_mut();
            *most = (*most).max(Rc::strong_count(&alive));
            Ok(alive.clone())
        };
        run(&call, &|_| Ok(Answer::new()), &[0], 1, 1000, false).unwrap();
        assert_eq!(*most.borrow(), 1 + RING);
        assert_eq!(Rc::strong_count(&alive), 1);
    }

    #[test]
    fn calibration_doubles_until_the_sample_is_long_enough() {
        let call = |_: usize, _: usize| {
            std::thread::sleep(std::time::Duration::from_micros(300));
            Ok(())
        };
        let (loops, wall_ns) = calibrate(&call, &[0, 1, 2], 1, 3_000_000).unwrap();
        assert!(wall_ns >= 3_000_000);
        assert!([3, 6, 12].contains(&loops), "{loops} must be 3 doubled some times, and 12 calls take 3.6 ms");
        assert_eq!(calibrate(&call, &[0], 1, 0).unwrap().0, 1);
    }

    #[test]
    fn latency_counts_every_call() {
        let call = |_: usize, _: usize| Ok(());
        let sample = run(&call, &|_| Ok(Answer::new()), &[0], 1, 5000, true).unwrap();
        assert_eq!(sample.histogram.unwrap().values().sum::<u64>(), 5000);
        assert!(run(&call, &|_| Ok(Answer::new()), &[0], 1, 1, false).unwrap().histogram.is_none());
    }

    #[test]
    fn an_error_of_a_call_ends_the_sample() {
        let call = |_: usize, _: usize| -> Result<(), Error> { Err(Error::failed("singular")) };
        assert_eq!(run(&call, &|_| Ok(Answer::new()), &[0], 1, 10, false).unwrap_err().message, "singular");
        assert!(warmup(&call, &[0]).is_err());
        assert!(calibrate(&call, &[0], 1, 10).is_err());
    }

    #[test]
    fn the_overhead_of_a_call_is_nanoseconds() {
        let call = |variant: usize, _: usize| Ok(variant);
        let loops = 1_000_000;
        let best = (0..20)
            .map(|_| run(&call, &|_| Ok(Answer::new()), &[0, 1, 2, 3], 1024, loops, false).unwrap())
            .map(|sample| (sample.t1_ns - sample.t0_ns) as f64 / loops as f64)
            .fold(f64::INFINITY, f64::min);
        let limit = if cfg!(debug_assertions) { 500.0 } else { 10.0 };
        assert!(best < limit, "{best} ns per call");
    }
}
