//! What all benchmarks of this workspace share in reading their inputs.

use assay_worker::{Error, Matrix, Order};
use ndarray::{Array2, ShapeBuilder};

/// These arms compute in 64-bit floats only.
pub fn check_dtype(dtype: &str) -> Result<(), Error> {
    match dtype {
        "float64" => Ok(()),
        other => Err(Error::unsupported(format!("dtype {other}: this arm computes in float64"))),
    }
}

/// An ndarray matrix in the memory order of the file; nothing is copied. The order matters: linfa's least squares
/// without an intercept takes four times as long on the other one.
pub fn array(matrix: Matrix) -> Result<Array2<f64>, Error> {
    let shape = (matrix.rows, matrix.columns);
    let array = match matrix.order {
        Order::C => Array2::from_shape_vec(shape, matrix.values),
        Order::F => Array2::from_shape_vec(shape.f(), matrix.values),
    };
    array.map_err(Error::failed)
}

/// A matrix in C order; copied if it comes in the other one.
pub fn c_order(matrix: Matrix) -> Matrix {
    if matrix.order == Order::C {
        return matrix;
    }
    let values = (0..matrix.rows).flat_map(|row| matrix.row(row)).collect();
    Matrix { order: Order::C, values, ..matrix }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn f_order() -> Matrix {
        Matrix { rows: 2, columns: 3, order: Order::F, values: vec![1., 4., 2., 5., 3., 6.] }
    }

    #[test]
    fn an_array_keeps_the_values_and_the_memory_order() {
        let values = f_order().values;
        let array = array(f_order()).unwrap();
        assert_eq!(array.row(1).to_vec(), [4., 5., 6.]);
        assert_eq!(array.strides(), [1, 2]);
        assert_eq!(array.as_slice_memory_order().unwrap(), values);
    }

    #[test]
    fn c_order_puts_rows_together() {
        assert_eq!(c_order(f_order()).values, [1., 2., 3., 4., 5., 6.]);
    }
}
