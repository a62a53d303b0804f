//! Work shared out over threads: contiguous ranges of rows, one per thread. With one thread there is no pool.

use std::ops::Range;

use assay_worker::{Error, Work};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// A number of threads; the calling thread alone if it is one.
pub struct Pool {
    threads: usize,
    pool: Option<ThreadPool>,
}

impl Pool {
    /// Start the threads.
    pub fn new(threads: usize) -> Result<Self, Error> {
        let start = || ThreadPoolBuilder::new().num_threads(threads).build().map_err(Error::failed);
        Ok(Self { threads, pool: if threads > 1 { Some(start()?) } else { None } })
    }

    /// Report the pool, where there is one.
    pub fn report(&self, work: Work) -> Work {
        match self.pool {
            Some(_) => work.pool("rayon", self.threads),
            None => work,
        }
    }

    /// Cut `0..n` into one range per thread; results come in the order of the ranges, so that sums over them do not depend
    /// on which thread is first.
    pub fn ranges<T: Send>(&self, n: usize, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
        let Some(pool) = &self.pool else { return vec![work(0..n)] };
        let size = n.div_ceil(self.threads).max(1);
        let starts: Vec<usize> = (0..n).step_by(size).collect();
        pool.install(|| starts.into_par_iter().map(|start| work(start..n.min(start + size))).collect())
    }

    /// As [`ranges`](Self::ranges), each with its own part of `out`.
    pub fn fill<T: Send, R: Send>(&self, out: &mut [T], work: impl Fn(Range<usize>, &mut [T]) -> R + Sync) -> Vec<R> {
        let n = out.len();
        let Some(pool) = &self.pool else { return vec![work(0..n, out)] };
        let size = n.div_ceil(self.threads).max(1);
        let part = |(i, part): (usize, &mut [T])| work(i * size..i * size + part.len(), part);
        pool.install(|| out.par_chunks_mut(size).enumerate().map(part).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_worked_on_once_and_in_order() {
        for threads in [1, 2, 3, 7] {
            let pool = Pool::new(threads).unwrap();
            for n in [1usize, 2, 5, 100] {
                let rows: Vec<usize> = pool.ranges(n, |range| range.collect::<Vec<_>>()).concat();
                assert_eq!(rows, (0..n).collect::<Vec<_>>());
                let mut out = vec![0; n];
                pool.fill(&mut out, |range, part| part.iter_mut().zip(range).for_each(|(o, i)| *o += i + 1));
                assert_eq!(out, (1..=n).collect::<Vec<_>>());
            }
        }
    }
}
