//! Lloyd's k-means (Lloyd, "Least squares quantization in PCM", 1982), step for step as scikit-learn's
//! `KMeans(algorithm="lloyd")` takes it: the mean of the data is subtracted first; in every step rows go to their nearest
//! centre, empty clusters get the rows farthest from their centres, and centres become means; it ends when no label
//! changes, when the squared shift of the centres is at most `tol` times the mean variance, or after `max_iter` steps.

use assay_worker::{Matrix, Order};

use crate::pool::Pool;

/// Centres whose distances are computed together: a few vector registers, on any processor.
const LANES: usize = 8;

/// The settings of a fit, with scikit-learn's meaning.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Most iterations.
    pub max_iter: usize,
    /// Squared shift of the centres at which a fit ends, as a multiple of the mean variance of the columns.
    pub tol: f64,
}

/// The result of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Centres, in C order.
    pub centres: Vec<f64>,
    /// The nearest of them for every row.
    pub labels: Vec<i32>,
    /// Steps that were taken.
    pub iterations: usize,
}

/// Fit to the rows of `x`, from the centres `init` (in C order).
pub fn fit(x: &Matrix, init: &[f64], settings: Settings, pool: &Pool) -> Fit {
    let (rows, means, variance) = centred(x);
    let (d, tolerance) = (x.columns, settings.tol * variance);
    let mut centres = add(init, &means, -1.0);
    let mut labels = vec![-1; x.rows];
    let mut before = labels.clone();
    let (mut iterations, mut settled) = (0, false);
    while iterations < settings.max_iter && !settled {
        let updated = step(&rows, d, &centres, &mut labels, pool);
        let shift = squared_shift(&updated, &centres, d);
        centres = updated;
        iterations += 1;
        settled = labels == before;
        if settled || shift <= tolerance {
            break;
        }
        before.copy_from_slice(&labels);
    }
    if !settled {
        let nearest = Nearest::new(&centres, d);
        pool.fill(&mut labels, |range, part| nearest.assign(&rows[range.start * d..range.end * d], part));
    }
    Fit { centres: add(&centres, &means, 1.0), labels, iterations }
}

/// The rows in C order minus the mean row, the mean row, and the mean variance of the columns.
fn centred(x: &Matrix) -> (Vec<f64>, Vec<f64>, f64) {
    let d = x.columns;
    let mut rows = match x.order {
        Order::C => x.values.clone(),
        Order::F => (0..x.rows).flat_map(|row| (0..d).map(move |column| x.get(row, column))).collect(),
    };
    let mut means = vec![0.0; d];
    rows.chunks_exact(d).for_each(|row| means.iter_mut().zip(row).for_each(|(mean, value)| *mean += value));
    means.iter_mut().for_each(|mean| *mean /= x.rows as f64);
    let mut squares = vec![0.0; d];
    for row in rows.chunks_exact_mut(d) {
        for ((value, mean), square) in row.iter_mut().zip(&means).zip(&mut squares) {
            *value -= mean;
            *square += *value * *value;
        }
    }
    let variance = squares.iter().sum::<f64>() / x.rows as f64 / d as f64;
    (rows, means, variance)
}

/// Every row plus a multiple of another one.
fn add(rows: &[f64], other: &[f64], factor: f64) -> Vec<f64> {
    rows.chunks_exact(other.len()).flat_map(|row| row.iter().zip(other).map(move |(a, b)| a + factor * b)).collect()
}

/// Sums of the rows of every cluster, and their numbers.
struct Sums {
    values: Vec<f64>,
    counts: Vec<usize>,
}

/// Assign the rows to their nearest centres, and return the new centres.
fn step(rows: &[f64], d: usize, centres: &[f64], labels: &mut [i32], pool: &Pool) -> Vec<f64> {
    let nearest = Nearest::new(centres, d);
    let parts = pool.fill(labels, |range, labels| {
        let rows = &rows[range.start * d..range.end * d];
        nearest.assign(rows, labels);
        sum(rows, d, labels, centres.len() / d)
    });
    let mut sums = Sums { values: vec![0.0; centres.len()], counts: vec![0; centres.len() / d] };
    for part in parts {
        sums.values.iter_mut().zip(part.values).for_each(|(sum, value)| *sum += value);
        sums.counts.iter_mut().zip(part.counts).for_each(|(sum, count)| *sum += count);
    }
    relocate_empty(rows, d, centres, labels, &mut sums);
    average(sums, d)
}

fn sum(rows: &[f64], d: usize, labels: &[i32], k: usize) -> Sums {
    let mut sums = Sums { values: vec![0.0; k * d], counts: vec![0; k] };
    for (row, &label) in rows.chunks_exact(d).zip(labels) {
        let cluster = label as usize;
        sums.counts[cluster] += 1;
        let into = &mut sums.values[cluster * d..(cluster + 1) * d];
        into.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    sums
}

/// Give every empty cluster one of the rows that are farthest from their centres, taken from the row's cluster.
fn relocate_empty(rows: &[f64], d: usize, centres: &[f64], labels: &[i32], sums: &mut Sums) {
    let empty: Vec<usize> = (0..sums.counts.len()).filter(|&cluster| sums.counts[cluster] == 0).collect();
    if empty.is_empty() {
        return;
    }
    let distance = |(row, &label): (&[f64], &i32)| squared_distance(row, &centres[label as usize * d..][..d]);
    let distances: Vec<f64> = rows.chunks_exact(d).zip(labels).map(distance).collect();
    let mut farthest: Vec<usize> = (0..labels.len()).collect();
    farthest.sort_by(|&a, &b| distances[b].total_cmp(&distances[a]));
    if farthest.first().is_none_or(|&row| distances[row] == 0.0) {
        return; // more clusters than different rows
    }
    for (cluster, row) in empty.into_iter().zip(farthest) {
        let from = labels[row] as usize;
        for (column, value) in rows[row * d..(row + 1) * d].iter().enumerate() {
            sums.values[from * d + column] -= value;
            sums.values[cluster * d + column] = *value;
        }
        sums.counts[from] -= 1;
        sums.counts[cluster] = 1;
    }
}

/// Means from sums; a cluster that is still empty goes to the centre of the largest one.
fn average(sums: Sums, d: usize) -> Vec<f64> {
    let Sums { mut values, counts } = sums;
    for (centre, &count) in values.chunks_exact_mut(d).zip(&counts) {
        if count > 0 {
            let share = 1.0 / count as f64;
            centre.iter_mut().for_each(|value| *value *= share);
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let largest = counts.iter().position(|&count| count == most).unwrap_or(0);
    for cluster in (0..counts.len()).filter(|&cluster| counts[cluster] == 0) {
        values.copy_within(largest * d..(largest + 1) * d, cluster * d);
    }
    values
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

fn squared_shift(after: &[f64], before: &[f64], d: usize) -> f64 {
    after.chunks_exact(d).zip(before.chunks_exact(d)).map(|(a, b)| squared_distance(a, b).sqrt().powi(2)).sum()
}

/// Centres, laid out so that the distances of a row to several of them are computed together.
///
/// Nearest means least ||c||^2 - 2 x.c, which differs from ||x - c||^2 by ||x||^2, the same for all centres. Of equal
/// ones the first wins.
pub struct Nearest {
    d: usize,
    /// Blocks of [`LANES`] centres: within a block, first all first coordinates, then all second ones, ...
    blocks: Vec<f64>,
    /// Squared norms; infinite where a block is not full, so that nothing is ever nearest to what is not there.
    norms: Vec<f64>,
}

impl Nearest {
    /// Lay out centres given in C order.
    pub fn new(centres: &[f64], d: usize) -> Self {
        let padded = (centres.len() / d).next_multiple_of(LANES);
        let mut nearest = Self { d, blocks: vec![0.0; padded * d], norms: vec![f64::INFINITY; padded] };
        for (i, centre) in centres.chunks_exact(d).enumerate() {
            let block = &mut nearest.blocks[i / LANES * LANES * d..];
            centre.iter().enumerate().for_each(|(j, &value)| block[j * LANES + i % LANES] = value);
            nearest.norms[i] = centre.iter().map(|value| value * value).sum();
        }
        nearest
    }

    /// The index of the nearest centre for every row of `q`.
    pub fn predict(&self, q: &Matrix, pool: &Pool) -> Vec<i32> {
        let mut labels = vec![0; q.rows];
        pool.fill(&mut labels, |range, part| match q.order {
            Order::C => self.assign(&q.values[range.start * self.d..range.end * self.d], part),
            Order::F => part.iter_mut().zip(range).for_each(|(label, row)| *label = self.predict_one(q, row)),
        });
        labels
    }

    /// The index of the nearest centre of one row of `q`.
    pub fn predict_one(&self, q: &Matrix, row: usize) -> i32 {
        match q.order {
            Order::C => self.of(&q.values[row * self.d..(row + 1) * self.d]),
            Order::F => self.of(&q.row(row)),
        }
    }

    /// Write the index of the nearest centre for every row of `rows` (in C order).
    fn assign(&self, rows: &[f64], labels: &mut [i32]) {
        rows.chunks_exact(self.d).zip(labels).for_each(|(row, label)| *label = self.of(row));
    }

    /// The index of the nearest centre of one row.
    #[inline]
    fn of(&self, row: &[f64]) -> i32 {
        let (mut least, mut label) = (f64::INFINITY, 0);
        let blocks = self.blocks.chunks_exact(LANES * self.d).zip(self.norms.chunks_exact(LANES));
        for (number, (block, norms)) in blocks.enumerate() {
            let mut products = [0.0; LANES];
            for (lane, value) in block.chunks_exact(LANES).zip(row) {
                for i in 0..LANES {
                    products[i] += lane[i] * value;
                }
            }
            for i in 0..LANES {
                let distance = norms[i] - 2.0 * products[i];
                if distance < least {
                    least = distance;
                    label = (number * LANES + i) as i32;
                }
            }
        }
        label
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[f64]) -> Matrix {
        Matrix { rows: values.len(), columns: 1, order: Order::C, values: values.to_vec() }
    }

    fn one_thread() -> Pool {
        Pool::new(1).unwrap()
    }

    const FOREVER: Settings = Settings { max_iter: 300, tol: 0.0 };

    #[test]
    fn a_small_case_worked_by_hand() {
        // From 0 and 1: {0}, {1, 2, 10, 11} -> 0, 6; {0, 1, 2}, {10, 11} -> 1, 10.5; the same labels again.
        let fit = fit(&column(&[0.0, 1.0, 2.0, 10.0, 11.0]), &[0.0, 1.0], FOREVER, &one_thread());
        assert_eq!((&fit.labels[..], fit.iterations), (&[0, 0, 0, 1, 1][..], 3));
        assert!((fit.centres[0] - 1.0).abs() < 1e-14 && (fit.centres[1] - 10.5).abs() < 1e-14, "{fit:?}");
    }

    #[test]
    fn max_iter_ends_a_fit_with_labels_of_its_last_centres() {
        let one = Settings { max_iter: 1, tol: 0.0 };
        let fit = fit(&column(&[0.0, 1.0, 2.0, 10.0, 11.0]), &[0.0, 1.0], one, &one_thread());
        assert_eq!((&fit.labels[..], fit.iterations), (&[0, 0, 0, 1, 1][..], 1));
        assert!(fit.centres[0].abs() < 1e-14 && (fit.centres[1] - 6.0).abs() < 1e-14, "{fit:?}");
    }

    #[test]
    fn a_small_shift_within_the_tolerance_ends_a_fit() {
        // The variance is 21.36; the first step moves the centres by 0 and 5 (squared 25), the second by 1 and 4.5 (21.25).
        let x = column(&[0.0, 1.0, 2.0, 10.0, 11.0]);
        let iterations = |tol| fit(&x, &[0.0, 1.0], Settings { max_iter: 300, tol }, &one_thread()).iterations;
        assert_eq!((iterations(0.9), iterations(1.0), iterations(1.5)), (3, 2, 1));
    }

    #[test]
    fn an_empty_cluster_gets_the_farthest_row() {
        // Nothing is nearest to 100; the row farthest from its centre 0 is 9, and it goes there.
        let fit = fit(&column(&[-1.0, 0.0, 1.0, 9.0]), &[0.0, 100.0], FOREVER, &one_thread());
        assert_eq!((fit.centres, fit.labels), (vec![0.0, 9.0], vec![0, 0, 0, 1]));
    }

    #[test]
    fn more_clusters_than_different_rows_end_well() {
        let fit = fit(&column(&[2.0, 2.0, 2.0]), &[2.0, 3.0], FOREVER, &one_thread());
        assert_eq!(fit.labels, [0, 0, 0]);
        assert!(fit.centres.iter().all(|centre| *centre == 2.0));
    }

    #[test]
    fn threads_and_memory_order_do_not_change_the_result() {
        let (n, d, k) = (1000, 3, 11);
        let value = |row: usize, column: usize| ((row * 31 + column * 17) % 101) as f64 + (row % k) as f64 * 50.0;
        let c = (0..n).flat_map(|row| (0..d).map(move |column| value(row, column))).collect();
        let f = (0..d).flat_map(|column| (0..n).map(move |row| value(row, column))).collect();
        let c = Matrix { rows: n, columns: d, order: Order::C, values: c };
        let f = Matrix { rows: n, columns: d, order: Order::F, values: f };
        let init = c.values[..k * d].to_vec();
        let alone = fit(&c, &init, FOREVER, &one_thread());
        assert_eq!(fit(&f, &init, FOREVER, &one_thread()), alone);
        let shared = fit(&c, &init, FOREVER, &Pool::new(3).unwrap());
        assert_eq!((&shared.labels, shared.iterations), (&alone.labels, alone.iterations));
        assert!(shared.centres.iter().zip(&alone.centres).all(|(a, b)| (a - b).abs() < 1e-9));
    }

    #[test]
    fn nearest_agrees_with_plain_distances_and_prefers_the_first() {
        let centres: Vec<f64> = (0..13 * 5).map(|i| ((i * 37) % 23) as f64).collect();
        let nearest = Nearest::new(&centres, 5);
        for row in 0..200 {
            let row: Vec<f64> = (0..5).map(|j| ((row * 7 + j * 11) % 29) as f64).collect();
            let distance = |label: usize| squared_distance(&row, &centres[label * 5..][..5]);
            let best = (0..13).min_by(|&a, &b| distance(a).total_cmp(&distance(b))).unwrap();
            assert_eq!(nearest.of(&row) as usize, best, "{row:?}");
        }
        assert_eq!(Nearest::new(&[1.0, 1.0], 1).of(&[5.0]), 0);
    }
}
