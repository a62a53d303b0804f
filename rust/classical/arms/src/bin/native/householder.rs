//! Ordinary least squares by Householder QR (Golub and Van Loan, "Matrix Computations", 4th ed., sections 5.1 and 5.3), over
//! blocks of rows (a sequential TSQR: Demmel, Grigori, Hoemmen, Langou, 2012): the triangle of the rows so far and the next
//! block are reduced to one triangle again. A block stays in the cache, so the data are read once, in either order.

use assay_worker::{Error, Matrix, Order};

use crate::pool::Pool;

/// Rows of a block: with 20 columns, 20 KiB.
const BLOCK: usize = 128;

/// A linear model.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// One per column of x.
    pub coefficients: Vec<f64>,
    /// 0 if none was fitted.
    pub intercept: f64,
}

/// Find the coefficients (and the intercept) with the least sum of squared errors.
///
/// # Errors
/// `failed` if the columns (and the column of ones) are not independent.
pub fn least_squares(x: &Matrix, y: &[f64], fit_intercept: bool, pool: &Pool) -> Result<Solution, Error> {
    let unknowns = x.columns + usize::from(fit_intercept);
    let triangles = pool.ranges(x.rows, |rows| {
        let mut triangle = Triangle::new(unknowns);
        let mut block = vec![0.0; (unknowns + 1) * BLOCK];
        for start in rows.clone().step_by(BLOCK) {
            let length = BLOCK.min(rows.end - start);
            let block = &mut block[..(unknowns + 1) * length];
            read_block(x, y, start, length, fit_intercept, block);
            triangle.absorb(block, length);
        }
        triangle
    });
    let mut whole = Triangle::new(unknowns);
    triangles.into_iter().for_each(|mut part| whole.absorb(&mut part.values, unknowns));
    let mut solution = whole.solve(x.rows)?;
    let intercept = if fit_intercept { solution.remove(0) } else { 0.0 };
    Ok(Solution { coefficients: solution, intercept })
}

/// Copy rows into a block, column after column: ones (for an intercept), x, y.
pub fn read_block(x: &Matrix, y: &[f64], start: usize, length: usize, fit_intercept: bool, block: &mut [f64]) {
    let (ones, rest) = block.split_at_mut(if fit_intercept { length } else { 0 });
    ones.fill(1.0);
    let (values, targets) = rest.split_at_mut(x.columns * length);
    targets.copy_from_slice(&y[start..start + length]);
    match x.order {
        Order::F => {
            for (column, into) in values.chunks_exact_mut(length).enumerate() {
                let first = column * x.rows + start;
                into.copy_from_slice(&x.values[first..first + length]);
            }
        }
        Order::C => {
            let rows = x.values[start * x.columns..(start + length) * x.columns].chunks_exact(x.columns);
            for (i, row) in rows.enumerate() {
                row.iter().enumerate().for_each(|(column, &value)| values[column * length + i] = value);
            }
        }
    }
}

/// R of the rows so far, with Q'y as its last column; column after column.
struct Triangle {
    unknowns: usize,
    values: Vec<f64>,
}

impl Triangle {
    fn new(unknowns: usize) -> Self {
        Self { unknowns, values: vec![0.0; unknowns * (unknowns + 1)] }
    }

    /// Reduce the triangle and a block of `length` rows to a triangle; what is left in the block is of no use.
    ///
    /// The reflection of column j changes row j of the triangle and the block: the triangle's other rows are zero there.
    fn absorb(&mut self, block: &mut [f64], length: usize) {
        let n = self.unknowns;
        for j in 0..n {
            let (left, right) = block.split_at_mut((j + 1) * length);
            let v = &mut left[j * length..];
            let squared = dot(v, v);
            if squared == 0.0 {
                continue;
            }
            let alpha = self.values[j * n + j];
            let beta = -alpha.hypot(squared.sqrt()).copysign(alpha);
            let tau = (beta - alpha) / beta;
            let scale = 1.0 / (alpha - beta);
            v.iter_mut().for_each(|value| *value *= scale);
            self.values[j * n + j] = beta;
            for (k, column) in (j + 1..=n).zip(right.chunks_exact_mut(length)) {
                let above = &mut self.values[k * n + j];
                let weight = tau * (*above + dot(v, column));
                *above -= weight;
                column.iter_mut().zip(&*v).for_each(|(value, v)| *value -= weight * v);
            }
        }
    }

    /// Back substitution, where every pivot is large enough.
    fn solve(&self, rows: usize) -> Result<Vec<f64>, Error> {
        let n = self.unknowns;
        let pivots = (0..n).map(|j| self.values[j * n + j]);
        let largest = pivots.clone().map(f64::abs).fold(0.0, f64::max);
        let limit = largest * f64::EPSILON * rows.max(n) as f64;
        match pivots.enumerate().rfind(|(_, pivot)| pivot.is_nan() || pivot.abs() <= limit) {
            Some((j, pivot)) => Err(Error::failed(format!("x has not full rank: pivot {j} of its QR is {pivot:e}"))),
            None => Ok(back_substitute(&self.values, n)),
        }
    }
}

/// Solve R w = z by back substitution: the n columns of the triangle R, each of length n, come first, then z.
pub fn back_substitute(system: &[f64], n: usize) -> Vec<f64> {
    let mut solution = system[n * n..].to_vec();
    for j in (0..n).rev() {
        let (above, pivot) = (&system[j * n..j * n + j], system[j * n + j]);
        solution[j] /= pivot;
        let value = solution[j];
        solution.iter_mut().zip(above).for_each(|(z, r)| *z -= r * value);
    }
    solution
}

/// The scalar product, summed in eight lanes so that it can be vectorised.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        for i in 0..LANES {
            lanes[i] += a[i] * b[i];
        }
    }
    lanes.iter().sum::<f64>() + rest
}

impl Solution {
    /// Predict the target of every row of `q`.
    pub fn predict(&self, q: &Matrix, pool: &Pool) -> Vec<f64> {
        if q.rows == 0 {
            return Vec::new();
        }
        let mut predictions = vec![self.intercept; q.rows];
        pool.fill(&mut predictions, |range, part| match q.order {
            Order::F => {
                for (column, &coefficient) in q.values.chunks_exact(q.rows).zip(&self.coefficients) {
                    part.iter_mut().zip(&column[range.clone()]).for_each(|(sum, value)| *sum += coefficient * value);
                }
            }
            Order::C => {
                let rows = q.values[range.start * q.columns..range.end * q.columns].chunks_exact(q.columns);
                part.iter_mut().zip(rows).for_each(|(sum, row)| *sum += dot(row, &self.coefficients));
            }
        });
        predictions
    }

    /// Predict the target of one row of `q`.
    pub fn predict_one(&self, q: &Matrix, row: usize) -> f64 {
        let products = self.coefficients.iter().enumerate().map(|(column, c)| c * q.get(row, column));
        self.intercept + products.sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A full-rank matrix of rows x columns in an order.
    fn matrix(rows: usize, columns: usize, order: Order) -> Matrix {
        let value = |row: usize, column: usize| ((row * row * 7 + column * 13 + row * column * 5) % 101) as f64 / 10.0;
        let values = match order {
            Order::C => (0..rows * columns).map(|i| value(i / columns, i % columns)).collect(),
            Order::F => (0..rows * columns).map(|i| value(i % rows, i / rows)).collect(),
        };
        Matrix { rows, columns, order, values }
    }

    fn exact_targets(x: &Matrix, intercept: f64) -> Vec<f64> {
        let target = |row| x.row(row).iter().enumerate().map(|(j, value)| (j as f64 - 1.5) * value).sum::<f64>();
        (0..x.rows).map(|row| intercept + target(row)).collect()
    }

    #[test]
    fn exact_coefficients_are_found_whatever_the_blocks() {
        for order in [Order::C, Order::F] {
            for rows in [6, 127, 128, 129, 1000] {
                for threads in [1, 3] {
                    let x = matrix(rows, 4, order);
                    let pool = Pool::new(threads).unwrap();
                    let found = least_squares(&x, &exact_targets(&x, 2.5), true, &pool).unwrap();
                    assert!((found.intercept - 2.5).abs() < 1e-11, "{order:?} {rows} {found:?}");
                    for (j, coefficient) in found.coefficients.iter().enumerate() {
                        assert!((coefficient - (j as f64 - 1.5)).abs() < 1e-11, "{order:?} {rows} {found:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_line_through_three_points_has_its_known_optimum() {
        // (0, 0), (1, 0), (2, 2): f(x) = x - 1/3; without intercept f(x) = 4/5 x.
        let x = Matrix { rows: 3, columns: 1, order: Order::C, values: vec![0.0, 1.0, 2.0] };
        let pool = Pool::new(1).unwrap();
        let with = least_squares(&x, &[0.0, 0.0, 2.0], true, &pool).unwrap();
        assert!((with.coefficients[0] - 1.0).abs() < 1e-14 && (with.intercept + 1.0 / 3.0).abs() < 1e-14);
        let without = least_squares(&x, &[0.0, 0.0, 2.0], false, &pool).unwrap();
        assert!((without.coefficients[0] - 0.8).abs() < 1e-14 && without.intercept == 0.0);
    }

    #[test]
    fn the_residual_is_orthogonal_to_the_columns() {
        let x = matrix(500, 5, Order::F);
        let y: Vec<f64> = (0..500).map(|i| ((i * i) % 37) as f64).collect();
        let pool = Pool::new(1).unwrap();
        let found = least_squares(&x, &y, true, &pool).unwrap();
        let residual: Vec<f64> = found.predict(&x, &pool).iter().zip(&y).map(|(p, y)| y - p).collect();
        assert!(residual.iter().sum::<f64>().abs() < 1e-9);
        assert!(x.values.chunks_exact(500).all(|column| dot(column, &residual).abs() < 1e-8));
    }

    #[test]
    fn dependent_columns_are_an_error() {
        let values = (0..20).flat_map(|i| [f64::from(i), 2.0 * f64::from(i)]).collect();
        let x = Matrix { rows: 20, columns: 2, order: Order::C, values };
        let y = vec![1.0; 20];
        let pool = Pool::new(1).unwrap();
        assert!(least_squares(&x, &y, true, &pool).unwrap_err().message.contains("full rank"));
        let wide = matrix(3, 5, Order::C);
        assert!(least_squares(&wide, &y[..3], true, &pool).is_err(), "fewer rows than unknowns");
    }

    #[test]
    fn predictions_agree_in_every_way_of_asking() {
        let solution = Solution { coefficients: (0..11).map(f64::from).collect(), intercept: -1.0 };
        let (c, f) = (matrix(300, 11, Order::C), matrix(300, 11, Order::F));
        let expected: Vec<f64> = (0..300).map(|row| solution.predict_one(&c, row)).collect();
        for predictions in [
            solution.predict(&c, &Pool::new(1).unwrap()),
            solution.predict(&f, &Pool::new(1).unwrap()),
            solution.predict(&f, &Pool::new(2).unwrap()),
        ] {
            assert!(predictions.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-10));
        }
    }
}
