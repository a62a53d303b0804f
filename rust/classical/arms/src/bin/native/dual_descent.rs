//! Linear support vector machine by dual coordinate descent: Hsieh, Chang, Lin, Keerthi and Sundararajan, "A Dual Coordinate
//! Descent Method for Large-scale Linear SVM" (ICML 2008), algorithms 2 and 3: a random order in every pass, bounds on the
//! projected gradient as the end, and rows that stay at a bound left out until the end is near. LIBLINEAR does the same.
//!
//! The problem: the least `0.5 (|w|^2 + b^2) + C sum max(0, 1 - y (w x + b))`, y being -1 or +1.

use assay_worker::{Error, Matrix};

/// Gradients smaller than this change nothing.
const NEGLIGIBLE: f64 = 1e-12;

/// When a fit ends, and what the loss weighs.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Weight of the loss, the upper bound of every dual variable.
    pub c: f64,
    /// Largest spread of the projected gradient over all rows at which a fit ends.
    pub tol: f64,
    /// Most passes over the rows.
    pub max_iter: usize,
    /// Seed of the orders.
    pub seed: u64,
}

/// A fitted hyperplane.
pub struct Solution {
    /// One weight per column.
    pub coefficients: Vec<f64>,
    /// The constant.
    pub intercept: f64,
    /// Passes over the rows.
    pub iterations: usize,
}

impl Solution {
    /// The decision value of one row.
    pub fn decide(&self, row: &[f64]) -> f64 {
        dot(&self.coefficients, row) + self.intercept
    }

    /// The decision value of every row of a matrix in C order.
    pub fn decide_all(&self, q: &Matrix) -> Vec<f64> {
        q.values.chunks_exact(q.columns).map(|row| self.decide(row)).collect()
    }
}

/// Fit the rows of `x`, in C order, to their classes -1 and +1.
///
/// # Errors
/// `diverged` if the optimum was not reached in `max_iter` passes.
pub fn fit(x: &Matrix, y: &[f64], settings: Settings) -> Result<Solution, Error> {
    let mut descent = Descent::new(x, y, settings);
    for iterations in 1..=settings.max_iter {
        if descent.pass() {
            let (coefficients, intercept) = (descent.weights, descent.intercept);
            return Ok(Solution { coefficients, intercept, iterations });
        }
    }
    Err(Error::diverged(format!("the optimum was not reached in max_iter = {} passes", settings.max_iter)))
}

/// The state between two passes.
struct Descent<'a> {
    x: &'a Matrix,
    y: &'a [f64],
    settings: Settings,
    weights: Vec<f64>,
    intercept: f64,
    alpha: Vec<f64>,
    /// The second derivative along each dual variable: the squared length of the row with its constant 1.
    curvature: Vec<f64>,
    /// All rows, those that take part first.
    order: Vec<usize>,
    active: usize,
    /// Extremes of the projected gradient in the last pass; a row at a bound with a gradient beyond them is left out.
    highest: f64,
    lowest: f64,
    random: Random,
}

impl<'a> Descent<'a> {
    fn new(x: &'a Matrix, y: &'a [f64], settings: Settings) -> Self {
        let curvature = x.values.chunks_exact(x.columns).map(|row| dot(row, row) + 1.0).collect();
        Self {
            x,
            y,
            settings,
            weights: vec![0.0; x.columns],
            intercept: 0.0,
            alpha: vec![0.0; x.rows],
            curvature,
            order: (0..x.rows).collect(),
            active: x.rows,
            highest: f64::INFINITY,
            lowest: f64::NEG_INFINITY,
            random: Random(settings.seed),
        }
    }

    /// Go once through the rows that take part; true at the optimum.
    fn pass(&mut self) -> bool {
        for i in 0..self.active {
            let j = i + self.random.below(self.active - i);
            self.order.swap(i, j);
        }
        let (mut highest, mut lowest) = (f64::NEG_INFINITY, f64::INFINITY);
        let mut position = 0;
        while position < self.active {
            let row = self.order[position];
            match self.projected_gradient(row) {
                None => {
                    self.active -= 1;
                    self.order.swap(position, self.active);
                }
                Some((gradient, projected)) => {
                    (highest, lowest) = (highest.max(projected), lowest.min(projected));
                    if projected.abs() > NEGLIGIBLE {
                        self.step(row, gradient);
                    }
                    position += 1;
                }
            }
        }
        if highest - lowest > self.settings.tol {
            self.highest = if highest > 0.0 { highest } else { f64::INFINITY };
            self.lowest = if lowest < 0.0 { lowest } else { f64::NEG_INFINITY };
            return false;
        }
        let complete = self.active == self.x.rows;
        (self.active, self.highest, self.lowest) = (self.x.rows, f64::INFINITY, f64::NEG_INFINITY);
        complete
    }

    /// The gradient along a row's dual variable, and what of it points into the box; none if the row is to be left out.
    fn projected_gradient(&self, row: usize) -> Option<(f64, f64)> {
        let gradient = self.y[row] * (dot(&self.weights, self.row(row)) + self.intercept) - 1.0;
        if self.alpha[row] == 0.0 {
            return (gradient <= self.highest).then_some((gradient, gradient.min(0.0)));
        }
        if self.alpha[row] >= self.settings.c {
            return (gradient >= self.lowest).then_some((gradient, gradient.max(0.0)));
        }
        Some((gradient, gradient))
    }

    /// Move a dual variable to its optimum within the box, and the hyperplane with it.
    fn step(&mut self, row: usize, gradient: f64) {
        let old = self.alpha[row];
        let new = (old - gradient / self.curvature[row]).clamp(0.0, self.settings.c);
        self.alpha[row] = new;
        let change = (new - old) * self.y[row];
        let start = row * self.x.columns;
        for (weight, value) in self.weights.iter_mut().zip(&self.x.values[start..start + self.x.columns]) {
            *weight += change * value;
        }
        self.intercept += change;
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.x.values[row * self.x.columns..(row + 1) * self.x.columns]
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`: the high half of a product, biased by less than n / 2^64.
    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

/// The inner product, in four sums that the compiler can keep in one register.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (pairs, rest) = (a.chunks_exact(4).zip(b.chunks_exact(4)), a.len() / 4 * 4);
    let mut sums = [0.0; 4];
    for (p, q) in pairs {
        for lane in 0..4 {
            sums[lane] += p[lane] * q[lane];
        }
    }
    let tail: f64 = a[rest..].iter().zip(&b[rest..]).map(|(p, q)| p * q).sum();
    sums.iter().sum::<f64>() + tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use assay_worker::Order;

    const SETTINGS: Settings = Settings { c: 100.0, tol: 1e-9, max_iter: 100_000, seed: 1 };

    fn matrix(rows: usize, columns: usize, values: Vec<f64>) -> Matrix {
        Matrix { rows, columns, order: Order::C, values }
    }

    /// Rows (-1, 1) with constants 1: the least |w|^2 + b^2 with y (w x + b) >= 1 is w = 1, b = 0.
    #[test]
    fn the_widest_margin_of_two_rows_is_found() {
        let solution = fit(&matrix(2, 1, vec![-1.0, 1.0]), &[-1.0, 1.0], SETTINGS).unwrap();
        assert!((solution.coefficients[0] - 1.0).abs() < 1e-8, "{:?}", solution.coefficients);
        assert!(solution.intercept.abs() < 1e-8);
        assert!((solution.decide(&[3.0]) - 3.0).abs() < 1e-7);
    }

    /// Rows 1 and 3: y (w x + b) >= 1 holds with equality at w = 1, b = -2, which is the only hyperplane with both on the margin.
    #[test]
    fn the_intercept_is_part_of_the_penalty() {
        let x = matrix(2, 1, vec![1.0, 3.0]);
        let solution = fit(&x, &[-1.0, 1.0], SETTINGS).unwrap();
        let penalty = solution.coefficients[0].powi(2) + solution.intercept.powi(2);
        assert!((penalty - 5.0).abs() < 1e-6, "{penalty}");
        let values = solution.decide_all(&x);
        assert!((values[0] + 1.0).abs() < 1e-7 && (values[1] - 1.0).abs() < 1e-7, "{values:?}");
    }

    /// 0.5 (w^2 + b^2) + C (max(0, 1 - w) + max(0, 1 + w)) with rows 1 of both classes: w = b = 0, every variable at C.
    #[test]
    fn contradicting_rows_cancel() {
        let solution = fit(&matrix(2, 1, vec![1.0, 1.0]), &[-1.0, 1.0], Settings { c: 0.5, ..SETTINGS }).unwrap();
        assert!(solution.coefficients[0].abs() < 1e-9 && solution.intercept.abs() < 1e-9);
    }

    /// Rows -1 and 1 with C = 1/4: by symmetry b = 0, and both variables stop at C, so w = 2 C = 1/2.
    #[test]
    fn a_dual_variable_stops_at_c() {
        let x = matrix(2, 1, vec![-1.0, 1.0]);
        let solution = fit(&x, &[-1.0, 1.0], Settings { c: 0.25, ..SETTINGS }).unwrap();
        assert!((solution.coefficients[0] - 0.5).abs() < 1e-12, "{:?}", solution.coefficients);
        assert!(solution.intercept.abs() < 1e-12);
    }

    /// Rows and classes that no plane separates.
    fn overlapping() -> (Matrix, Vec<f64>) {
        let x = matrix(60, 2, (0..120).map(|i| f64::from((i * 37 + 11) % 50) / 10.0 - 2.5).collect());
        let y = (0..60).map(|i| if x.values[2 * i] + 0.7 > f64::from(i as u32 % 3) { 1.0 } else { -1.0 }).collect();
        (x, y)
    }

    /// `sum a - 0.5 (|w|^2 + b^2)` is below every value of the objective, and equal to the least one (strong duality).
    #[test]
    fn no_gap_is_left_between_the_objective_and_its_dual() {
        let (x, y) = overlapping();
        for c in [0.001, 0.1, 10.0] {
            let mut descent = Descent::new(&x, &y, Settings { c, ..SETTINGS });
            assert!((0..SETTINGS.max_iter).any(|_| descent.pass()), "C = {c}");
            let penalty = 0.5 * (dot(&descent.weights, &descent.weights) + descent.intercept.powi(2));
            let loss =
                |row: usize| (1.0 - y[row] * (dot(&descent.weights, descent.row(row)) + descent.intercept)).max(0.0);
            let primal = penalty + c * (0..x.rows).map(loss).sum::<f64>();
            let dual = descent.alpha.iter().sum::<f64>() - penalty;
            assert!((primal - dual).abs() < 1e-8 * primal, "C = {c}: {primal} and {dual}");
            assert!(descent.alpha.iter().all(|alpha| (0.0..=c).contains(alpha)));
            assert!(descent.alpha.contains(&c), "rows on the wrong side are at C");
        }
    }

    #[test]
    fn an_inner_product_is_the_same_for_every_length() {
        for length in 0..10 {
            let a: Vec<f64> = (0..length).map(|i| f64::from(i) + 1.0).collect();
            let sum: f64 = a.iter().map(|value| value * value).sum();
            assert_eq!(dot(&a, &a), sum, "whole numbers are exact");
        }
    }

    #[test]
    fn orders_do_not_change_the_optimum_and_too_few_passes_are_an_error() {
        let (x, y) = overlapping();
        let settings = Settings { c: 0.1, ..SETTINGS };
        let [a, b] = [1, 2].map(|seed| fit(&x, &y, Settings { seed, ..settings }).unwrap());
        assert!(a.coefficients.iter().zip(&b.coefficients).all(|(p, q)| (p - q).abs() < 1e-7));
        assert!((a.intercept - b.intercept).abs() < 1e-7);
        assert!(a.iterations > 2);
        assert!(fit(&x, &y, Settings { max_iter: 1, ..settings }).is_err());
    }

    #[test]
    fn numbers_below_a_bound_are_all_drawn() {
        let mut random = Random(7);
        let mut counts = [0; 5];
        (0..5000).for_each(|_| counts[random.below(5)] += 1);
        assert!(counts.iter().all(|&count| (850..1150).contains(&count)), "{counts:?}");
    }
}
