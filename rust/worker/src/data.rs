//! Inputs: a safetensors file of float64 matrices and vectors, in C or Fortran order.

use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::protocol::Error;

/// Memory order of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Row after row.
    C,
    /// Column after column.
    F,
}

/// A dense matrix in the memory order of its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// How `values` are laid out.
    pub order: Order,
    /// All values, in memory order.
    pub values: Vec<f64>,
}

impl Matrix {
    /// The value in a row and a column.
    #[inline]
    pub fn get(&self, row: usize, column: usize) -> f64 {
        match self.order {
            Order::C => self.values[row * self.columns + column],
            Order::F => self.values[column * self.rows + row],
        }
    }

    /// One row, copied.
    pub fn row(&self, row: usize) -> Vec<f64> {
        (0..self.columns).map(|column| self.get(row, column)).collect()
    }
}

/// A data file, read into memory.
pub struct Dataset {
    bytes: Vec<u8>,
    order: Order,
}

impl Dataset {
    /// Read and check a data file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|error| Error::failed(format!("{}: {error}", path.display())))?;
        Self::from_bytes(bytes)
    }

    /// Check the bytes of a data file.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, Error> {
        let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(wrong_file)?;
        let order = metadata.metadata().as_ref().and_then(|entries| entries.get("order"));
        let order = match order.map(String::as_str) {
            Some("C") => Order::C,
            Some("F") => Order::F,
            other => return Err(Error::failed(format!("data file: order must be \"C\" or \"F\", not {other:?}"))),
        };
        SafeTensors::deserialize(&bytes).map_err(wrong_file)?;
        Ok(Self { bytes, order })
    }

    /// Memory order of the file's matrices.
    pub fn order(&self) -> Order {
        self.order
    }

    /// Number of input variants: how many tensors `x.0`, `x.1`, ... there are.
    pub fn variants(&self) -> usize {
        (0..).take_while(|variant| self.view(&format!("x.{variant}")).is_ok()).count()
    }

    /// A two-dimensional float64 tensor, in the file's memory order.
    pub fn matrix(&self, name: &str) -> Result<Matrix, Error> {
        let tensor = self.view(name)?;
        let (rows, columns) = match (tensor.shape(), self.order) {
            (&[rows, columns], Order::C) => (rows, columns),
            (&[columns, rows], Order::F) => (rows, columns),
            (shape, _) => return Err(Error::failed(format!("tensor {name}: expected 2 dimensions, found {shape:?}"))),
        };
        Ok(Matrix { rows, columns, order: self.order, values: floats(name, &tensor)? })
    }

    /// A one-dimensional float64 tensor.
    pub fn vector(&self, name: &str) -> Result<Vec<f64>, Error> {
        let tensor = self.view(name)?;
        match tensor.shape() {
            [_] => floats(name, &tensor),
            shape => Err(Error::failed(format!("tensor {name}: expected 1 dimension, found {shape:?}"))),
        }
    }

    /// A float64 tensor of any shape, its values in C order.
    pub fn tensor(&self, name: &str) -> Result<(Vec<usize>, Vec<f64>), Error> {
        let view = self.view(name)?;
        Ok((view.shape().to_vec(), floats(name, &view)?))
    }

    /// A tensor of bytes, such as a model file.
    pub fn content(&self, name: &str) -> Result<Vec<u8>, Error> {
        let view = self.view(name)?;
        match view.dtype() {
            Dtype::U8 => Ok(view.data().to_vec()),
            other => Err(Error::failed(format!("tensor {name}: expected U8, found {other:?}"))),
        }
    }

    /// The names of all tensors, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        let file = SafeTensors::deserialize(&self.bytes);
        let mut names: Vec<String> =
            file.map_or(Vec::new(), |file| file.names().into_iter().map(ToString::to_string).collect());
        names.sort_unstable();
        names
    }

    fn view(&self, name: &str) -> Result<TensorView<'_>, Error> {
        let file = SafeTensors::deserialize(&self.bytes).map_err(wrong_file)?;
        file.tensor(name).map_err(|_| Error::failed(format!("data file: no tensor {name}")))
    }
}

fn wrong_file(error: safetensors::SafeTensorError) -> Error {
    Error::failed(format!("data file: {error}"))
}

fn floats(name: &str, tensor: &TensorView<'_>) -> Result<Vec<f64>, Error> {
    if tensor.dtype() != Dtype::F64 {
        return Err(Error::failed(format!("tensor {name}: expected F64, found {:?}", tensor.dtype())));
    }
    let value = |bytes: &[u8]| f64::from_le_bytes(std::array::from_fn(|i| bytes[i]));
    Ok(tensor.data().chunks_exact(8).map(value).collect())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::collections::HashMap;

    /// A data file in memory: name, stored shape, values.
    pub(crate) fn file(order: &str, tensors: &[(&str, &[usize], &[f64])]) -> Vec<u8> {
        let bytes: Vec<Vec<u8>> =
            tensors.iter().map(|(_, _, values)| values.iter().flat_map(|v| v.to_le_bytes()).collect()).collect();
        let views = tensors.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
            (name.to_string(), TensorView::new(Dtype::F64, shape.to_vec(), bytes).unwrap())
        });
        let metadata = HashMap::from([("order".to_owned(), order.to_owned())]);
        safetensors::serialize(views, Some(metadata)).unwrap()
    }

    #[test]
    fn both_orders_give_the_same_matrix() {
        let c = Dataset::from_bytes(file("C", &[("x.0", &[2, 3], &[1., 2., 3., 4., 5., 6.])])).unwrap();
        let f = Dataset::from_bytes(file("F", &[("x.0", &[3, 2], &[1., 4., 2., 5., 3., 6.])])).unwrap();
        let (c, f) = (c.matrix("x.0").unwrap(), f.matrix("x.0").unwrap());
        assert_eq!((c.rows, c.columns, c.order), (2, 3, Order::C));
        assert_eq!((f.rows, f.columns, f.order), (2, 3, Order::F));
        assert_eq!(c.row(1), [4., 5., 6.]);
        assert_eq!(f.row(1), [4., 5., 6.]);
        assert_eq!(f.values, [1., 4., 2., 5., 3., 6.], "the memory order of the file is kept");
    }

    #[test]
    fn variants_are_counted_from_zero_without_a_gap() {
        let one: (&[usize], &[f64]) = (&[1, 1], &[1.]);
        let tensors = [("x.0", one.0, one.1), ("x.1", one.0, one.1), ("x.3", one.0, one.1)];
        assert_eq!(Dataset::from_bytes(file("C", &tensors)).unwrap().variants(), 2);
    }

    #[test]
    fn tensors_of_any_shape_keep_it_and_are_listed_by_name() {
        let values: Vec<f64> = (0..8).map(f64::from).collect();
        let dataset = Dataset::from_bytes(file("C", &[("w.b", &[2, 2, 2], &values), ("w.a", &[1], &[7.])])).unwrap();
        assert_eq!(dataset.names(), ["w.a", "w.b"]);
        assert_eq!(dataset.tensor("w.b").unwrap(), (vec![2, 2, 2], values));
        assert!(dataset.tensor("w.c").unwrap_err().message.contains("no tensor w.c"));
    }

    #[test]
    fn a_wrong_file_is_an_error_that_says_what_is_wrong() {
        let message = |bytes: Vec<u8>| Dataset::from_bytes(bytes).err().unwrap().message;
        assert!(message(b"no tensors here".to_vec()).starts_with("data file:"));
        assert!(message(file("Z", &[])).contains("order"));
        let mut cut = file("C", &[("x.0", &[1, 2], &[1., 2.])]);
        cut.truncate(cut.len() - 4);
        assert!(message(cut).starts_with("data file:"));
        let dataset = Dataset::from_bytes(file("C", &[("y.0", &[2], &[1., 2.])])).unwrap();
        assert!(dataset.matrix("y.0").unwrap_err().message.contains("2 dimensions"));
        assert!(dataset.matrix("x.9").unwrap_err().message.contains("no tensor x.9"));
        assert_eq!(dataset.vector("y.0").unwrap(), [1., 2.]);
    }
}
