//! Ridge regression by Cholesky factors of the normal equations (Golub and Van Loan, "Matrix Computations", 4th ed., sections
//! 4.2 and 5.3): `X'X + alpha I = R'R`. The products are summed over blocks of rows, so the data are read once, in either order.

use assay_worker::{Error, Matrix};

use crate::householder::{back_substitute, dot, read_block, Solution};
use crate::pool::Pool;

/// Rows of a block: with 50 columns, 51 KiB.
const BLOCK: usize = 128;

/// Find the coefficients with the least sum of squared errors plus `alpha` times the squared coefficients.
///
/// # Errors
/// `failed` if the matrix of the normal equations is not positive definite.
pub fn ridge(x: &Matrix, y: &[f64], alpha: f64, pool: &Pool) -> Result<Solution, Error> {
    let n = x.columns;
    let sums = pool.ranges(x.rows, |rows| {
        let mut products = vec![0.0; n * (n + 1)];
        let mut block = vec![0.0; (n + 1) * BLOCK];
        for start in rows.clone().step_by(BLOCK) {
            let length = BLOCK.min(rows.end - start);
            let block = &mut block[..(n + 1) * length];
            read_block(x, y, start, length, false, block);
            add_products(&mut products, block, n, length);
        }
        products
    });
    let mut system = vec![0.0; n * (n + 1)];
    for part in sums {
        system.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
    }
    (0..n).for_each(|j| system[j * n + j] += alpha);
    factorise(&mut system, n)?;
    Ok(Solution { coefficients: back_substitute(&system, n), intercept: 0.0 })
}

/// Add the upper triangle of X'X, column after column, and X'y as the last column.
fn add_products(products: &mut [f64], block: &[f64], n: usize, length: usize) {
    for (k, right) in block.chunks_exact(length).enumerate() {
        let sums = &mut products[k * n..(k + 1) * n];
        let left = block.chunks_exact(length).take((k + 1).min(n));
        sums.iter_mut().zip(left).for_each(|(sum, left)| *sum += dot(left, right));
    }
}

/// Put R in the place of the upper triangle of A = R'R, and the solution z of R'z = b in that of b, the last column.
fn factorise(system: &mut [f64], n: usize) -> Result<(), Error> {
    for k in 0..=n {
        let (done, rest) = system.split_at_mut(k * n);
        let column = &mut rest[..n];
        for (j, earlier) in done.chunks_exact(n).enumerate() {
            column[j] = (column[j] - dot(&earlier[..j], &column[..j])) / earlier[j];
        }
        if k < n {
            let pivot = column[k] - dot(&column[..k], &column[..k]);
            if pivot.is_nan() || pivot <= 0.0 {
                return Err(Error::failed(format!("X'X + alpha I is not positive definite: pivot {k} is {pivot:e}")));
            }
            column[k] = pivot.sqrt();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use assay_worker::Order;

    #[test]
    fn orthogonal_columns_are_shrunk_by_their_own_share() {
        // Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning", 2nd ed., section 3.4.1: with X'X = 4 I the
        // coefficients are 4 / (4 + alpha) of those of least squares, 2 and 0.5.
        let values = vec![1.0, 1.0, -1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
        let x = Matrix { rows: 4, columns: 2, order: Order::F, values };
        let found = ridge(&x, &[2.5, 1.5, -1.5, -2.5], 4.0, &Pool::new(1).unwrap()).unwrap();
        assert!((found.coefficients[0] - 1.0).abs() < 1e-15 && (found.coefficients[1] - 0.25).abs() < 1e-15);
        assert_eq!(found.intercept, 0.0);
    }

    #[test]
    fn the_gradient_vanishes_whatever_the_blocks_the_order_and_the_threads() {
        for (rows, columns, threads) in [(6, 1, 1), (127, 3, 1), (128, 8, 2), (129, 9, 3), (1000, 17, 2)] {
            let value = |i: usize, j: usize| ((i * i * 7 + j * 13 + i * j * 5) % 101) as f64 / 50.0 - 1.0;
            let by_columns = (0..rows * columns).map(|i| value(i % rows, i / rows)).collect();
            let by_rows = (0..rows * columns).map(|i| value(i / columns, i % columns)).collect();
            let y: Vec<f64> = (0..rows).map(|i| ((i * i) % 37) as f64 / 18.0 - 1.0).collect();
            for (order, values) in [(Order::F, by_columns), (Order::C, by_rows)] {
                let x = Matrix { rows, columns, order, values };
                let pool = Pool::new(threads).unwrap();
                let found = ridge(&x, &y, 2.5, &pool).unwrap();
                let residual: Vec<f64> = found.predict(&x, &pool).iter().zip(&y).map(|(p, y)| y - p).collect();
                for (j, coefficient) in found.coefficients.iter().enumerate() {
                    let slope: f64 = residual.iter().enumerate().map(|(i, r)| r * value(i, j)).sum();
                    assert!((slope - 2.5 * coefficient).abs() < 1e-10, "{rows} {columns} {order:?} {slope}");
                }
            }
        }
    }

    #[test]
    fn without_a_penalty_dependent_columns_are_an_error() {
        let x = Matrix { rows: 4, columns: 2, order: Order::F, values: vec![1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0] };
        let (y, pool) = ([1.0, 2.0, 3.0, 4.0], Pool::new(1).unwrap());
        let error = ridge(&x, &y, 0.0, &pool).unwrap_err();
        assert!(error.message.contains("not positive definite"), "{}", error.message);
        assert!(ridge(&x, &y, 0.1, &pool).is_ok());
        assert!(ridge(&x, &y, f64::NAN, &pool).is_err());
    }
}
