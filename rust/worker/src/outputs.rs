//! Answers: named arrays, their checksum, and the file that holds all of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use safetensors::{Dtype, View};

use crate::protocol::Error;

/// What a call answers: arrays by name, in alphabetical order.
pub type Answer = BTreeMap<&'static str, Array>;

/// Values of an array, in C order.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// 64-bit floats.
    F64(Vec<f64>),
    /// 64-bit integers.
    I64(Vec<i64>),
}

/// One array of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values, in C order.
    pub values: Values,
}

impl Array {
    /// A vector of floats.
    pub fn floats(values: Vec<f64>) -> Self {
        Self { shape: vec![values.len()], values: Values::F64(values) }
    }

    /// A vector of integers.
    pub fn integers(values: Vec<i64>) -> Self {
        Self { shape: vec![values.len()], values: Values::I64(values) }
    }

    /// One float, as a vector of length one.
    pub fn scalar(value: f64) -> Self {
        Self::floats(vec![value])
    }

    /// A matrix of floats, its values in C order.
    pub fn matrix(rows: usize, columns: usize, values: Vec<f64>) -> Self {
        Self { shape: vec![rows, columns], values: Values::F64(values) }
    }

    /// Three numbers that change when a value changes or moves: `sum(a)`, `sum(|a|)` and
    /// `sum(a[i] * (1 + (i mod 31) / 31))`, over the array in C order.
    pub fn checksum(&self) -> [f64; 3] {
        match &self.values {
            Values::F64(values) => sums(values.iter().copied()),
            Values::I64(values) => sums(values.iter().map(|&value| value as f64)),
        }
    }

    /// Append another array of the same type along the first axis.
    fn append(&mut self, other: Self) -> Result<(), Error> {
        match (&mut self.values, other.values) {
            (Values::F64(ours), Values::F64(theirs)) => ours.extend(theirs),
            (Values::I64(ours), Values::I64(theirs)) => ours.extend(theirs),
            _ => return Err(Error::failed("the rows of an answer differ in type")),
        }
        if self.shape.get(1..) != other.shape.get(1..) || self.shape.is_empty() {
            return Err(Error::failed("the rows of an answer differ in shape"));
        }
        self.shape[0] += other.shape[0];
        Ok(())
    }
}

impl View for &Array {
    fn dtype(&self) -> Dtype {
        match self.values {
            Values::F64(_) => Dtype::F64,
            Values::I64(_) => Dtype::I64,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        match &self.values {
            Values::F64(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Values::I64(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        }
    }

    fn data_len(&self) -> usize {
        8 * match &self.values {
            Values::F64(values) => values.len(),
            Values::I64(values) => values.len(),
        }
    }
}

fn sums(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for (i, value) in values.enumerate() {
        sums[0] += value;
        sums[1] += value.abs();
        sums[2] += value * (1.0 + (i % 31) as f64 / 31.0);
    }
    sums
}

/// The checksums of all arrays of an answer, in the alphabetical order of their names.
///
/// # Errors
/// `diverged` if one of them is not finite: JSON has no NaN.
pub fn checksums(answer: &Answer) -> Result<Vec<f64>, Error> {
    let mut numbers = Vec::with_capacity(3 * answer.len());
    for (name, array) in answer {
        let sums = array.checksum();
        if !sums.iter().all(|sum| sum.is_finite()) {
            return Err(Error::diverged(format!("{name}: its checksum is not finite")));
        }
        numbers.extend(sums);
    }
    Ok(numbers)
}

/// Join the answers of single rows into one answer, row after row.
pub fn join(answers: impl Iterator<Item = Result<Answer, Error>>) -> Result<Answer, Error> {
    let mut joined = Answer::new();
    for answer in answers {
        for (name, array) in answer? {
            match joined.get_mut(name) {
                Some(rows) => rows.append(array)?,
                None => {
                    joined.insert(name, array);
                }
            }
        }
    }
    Ok(joined)
}

/// Write arrays to a safetensors file, all of it or nothing.
///
/// # Errors
/// `diverged` if an array holds NaN or an infinity; `failed` if the file cannot be written.
pub fn write(path: &Path, arrays: &BTreeMap<String, Array>) -> Result<(), Error> {
    for (name, array) in arrays {
        if let Values::F64(values) = &array.values {
            if let Some(at) = values.iter().position(|value| !value.is_finite()) {
                return Err(Error::diverged(format!("{name}[{at}] is {}", values[at])));
            }
        }
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let failed = |error: &dyn std::fmt::Display| Error::failed(format!("{}: {error}", path.display()));
    safetensors::serialize_to_file(arrays, None, Path::new(&partial)).map_err(|error| failed(&error))?;
    std::fs::rename(&partial, path).map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_has_its_known_value() {
        // 1 - 2 + 3 = 2; 1 + 2 + 3 = 6; 1 * 1 - 2 * 32/31 + 3 * 33/31 = 66/31
        let array = Array::floats(vec![1.0, -2.0, 3.0]);
        let [sum, absolute, weighted] = array.checksum();
        assert_eq!((sum, absolute), (2.0, 6.0));
        assert!((weighted - 66.0 / 31.0).abs() < 1e-15);
        let integers = Array::integers(vec![1, -2, 3]);
        assert_eq!(integers.checksum(), array.checksum());
    }

    #[test]
    fn the_checksum_sees_a_permutation() {
        let [a, b] = [vec![1.0, 2.0], vec![2.0, 1.0]].map(|values| Array::floats(values).checksum());
        assert_eq!(a[..2], b[..2]);
        assert_ne!(a[2], b[2]);
    }

    #[test]
    fn checksums_come_in_the_order_of_the_names() {
        let answer = Answer::from([("b", Array::scalar(2.0)), ("a", Array::scalar(1.0))]);
        assert_eq!(checksums(&answer).unwrap(), [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
    }

    #[test]
    fn what_is_not_finite_is_diverged() {
        for value in [f64::NAN, f64::INFINITY] {
            let answer = Answer::from([("a", Array::scalar(value))]);
            assert_eq!(checksums(&answer).unwrap_err().kind, crate::Kind::Diverged);
            let arrays = BTreeMap::from([("fit/0/a".to_owned(), Array::scalar(value))]);
            let path = std::env::temp_dir().join(format!("assay-diverged-{}", std::process::id()));
            assert_eq!(write(&path, &arrays).unwrap_err().kind, crate::Kind::Diverged);
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_file_holds_what_was_written() {
        let path = std::env::temp_dir().join(format!("assay-outputs-{}.safetensors", std::process::id()));
        let arrays = BTreeMap::from([
            ("fit/0/centres".to_owned(), Array::matrix(2, 1, vec![0.5, -1.5])),
            ("fit/0/labels".to_owned(), Array::integers(vec![1, 0, -1])),
        ]);
        write(&path, &arrays).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let centres = file.tensor("fit/0/centres").unwrap();
        assert_eq!((centres.dtype(), centres.shape()), (Dtype::F64, &[2usize, 1][..]));
        assert_eq!(centres.data(), [0.5f64.to_le_bytes(), (-1.5f64).to_le_bytes()].concat());
        let labels = file.tensor("fit/0/labels").unwrap();
        assert_eq!(labels.data(), [1i64, 0, -1].map(i64::to_le_bytes).concat());
    }

    #[test]
    fn rows_are_joined_along_the_first_axis() {
        let rows = [1, 2, 3].map(|label| Ok(Answer::from([("labels", Array::integers(vec![label]))])));
        assert_eq!(join(rows.into_iter()).unwrap()["labels"], Array::integers(vec![1, 2, 3]));
        let mixed = [Array::integers(vec![1]), Array::scalar(1.0)].map(|array| Ok(Answer::from([("labels", array)])));
        assert!(join(mixed.into_iter()).is_err());
    }
}
