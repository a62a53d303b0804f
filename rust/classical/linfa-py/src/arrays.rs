//! Arguments to arrays: float64, aligned, C or Fortran order, finite. Messages are those of scikit-learn.

use numpy::ndarray::{Dimension, Ix1, Ix2};
use numpy::{
    PyArray, PyArray1, PyArray2, PyArrayDescrMethods, PyArrayMethods, PyReadonlyArray, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A matrix of finite numbers, with at least one row and one column. float64 in C or Fortran order is taken as it is,
/// anything else that is numeric is converted once.
pub fn matrix<'py>(x: &Bound<'py, PyAny>, estimator: &str) -> PyResult<PyReadonlyArray<'py, f64, Ix2>> {
    let array = any_matrix(x, estimator)?;
    check_finite(array.as_slice()?, "X")?;
    Ok(array)
}

/// The same, finite or not.
pub fn any_matrix<'py>(x: &Bound<'py, PyAny>, estimator: &str) -> PyResult<PyReadonlyArray<'py, f64, Ix2>> {
    let array = match x.cast::<PyArray2<f64>>() {
        Ok(array) if is_plain(array) => array.clone(),
        _ => {
            let array = numeric(x)?;
            check_two_dimensions(&array, estimator)?;
            converted(&array)?.cast_into::<PyArray2<f64>>()?
        }
    };
    let shape = [array.dims()[0], array.dims()[1]];
    for (axis, what) in ["sample", "feature"].iter().enumerate() {
        if shape[axis] == 0 {
            return Err(PyValueError::new_err(format!(
                "Found array with 0 {what}(s) (shape=({}, {})) while a minimum of 1 is required by {estimator}.",
                shape[0], shape[1]
            )));
        }
    }
    readonly(&array)
}

/// A vector, such as the targets of a regression.
pub fn vector<'py>(y: &Bound<'py, PyAny>, name: &str) -> PyResult<PyReadonlyArray<'py, f64, Ix1>> {
    let array = match y.cast::<PyArray1<f64>>() {
        Ok(array) if is_plain(array) => array.clone(),
        _ => {
            let array = numeric(y)?;
            if array.ndim() != 1 {
                let shape = array.getattr(intern!(y.py(), "shape"))?;
                return Err(PyValueError::new_err(format!(
                    "{name} should be a 1d array, got an array of shape {shape} instead."
                )));
            }
            converted(&array)?.cast_into::<PyArray1<f64>>()?
        }
    };
    let array = readonly(&array)?;
    check_finite(array.as_slice()?, name)?;
    Ok(array)
}

/// Check that a matrix has as many columns as a model was fitted to.
pub fn check_features(found: usize, expected: usize, estimator: &str) -> PyResult<()> {
    if found == expected {
        return Ok(());
    }
    let message = format!("X has {found} features, but {estimator} is expecting {expected} features as input.");
    Err(PyValueError::new_err(message))
}

fn is_plain<D: Dimension>(array: &Bound<'_, PyArray<f64, D>>) -> bool {
    array.is_contiguous() && (array.data() as usize).is_multiple_of(align_of::<f64>())
}

fn readonly<'py, D: Dimension>(array: &Bound<'py, PyArray<f64, D>>) -> PyResult<PyReadonlyArray<'py, f64, D>> {
    array.try_readonly().map_err(|error| PyRuntimeError::new_err(error.to_string()))
}

/// A NumPy array of any shape whose type is numeric, or of objects, which may be numbers.
fn numeric<'py>(x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
    let py = x.py();
    let array = match x.cast::<PyUntypedArray>() {
        Ok(array) => array.clone(),
        Err(_) if x.hasattr(intern!(py, "toarray"))? => {
            let message = "Sparse data was passed, but dense data is required. Use '.toarray()' to convert it.";
            return Err(PyTypeError::new_err(message));
        }
        Err(_) => py.import(intern!(py, "numpy"))?.call_method1(intern!(py, "asarray"), (x,))?.cast_into()?,
    };
    let dtype = array.dtype();
    match dtype.kind() {
        b'f' | b'i' | b'u' | b'b' | b'O' => Ok(array),
        b'c' => Err(PyValueError::new_err(format!("Complex data not supported: dtype {dtype}"))),
        _ => Err(PyValueError::new_err(format!("could not convert dtype {dtype} to float64: numbers are expected"))),
    }
}

fn check_two_dimensions(array: &Bound<'_, PyUntypedArray>, estimator: &str) -> PyResult<()> {
    let got = match array.ndim() {
        2 => return Ok(()),
        0 => "scalar",
        1 => "1D",
        n => {
            let message = format!("Found array with dim {n}, while dim <= 2 is required by {estimator}.");
            return Err(PyValueError::new_err(message));
        }
    };
    Err(PyValueError::new_err(format!(
        "Expected 2D array, got {got} array instead:\narray={}.\nReshape your data either using array.reshape(-1, 1) if \
         your data has a single feature or array.reshape(1, -1) if it contains a single sample.",
        array.str()?
    )))
}

/// The one conversion: to aligned float64, in Fortran order if the array has it, else in C order.
fn converted<'py>(array: &Bound<'py, PyUntypedArray>) -> PyResult<Bound<'py, PyAny>> {
    let py = array.py();
    let order = if array.is_fortran_contiguous() && !array.is_c_contiguous() { "F" } else { "C" };
    let arguments = PyDict::new(py);
    arguments.set_item("dtype", "float64")?;
    arguments.set_item("requirements", ["ALIGNED", order])?;
    py.import(intern!(py, "numpy"))?.call_method(intern!(py, "require"), (array,), Some(&arguments))
}

/// A sum is finite unless a value is not, or it overflows: one pass that is vectorised, a second one only in doubt.
fn check_finite(values: &[f64], name: &str) -> PyResult<()> {
    const LANES: usize = 8;
    let mut lanes = [0.0; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest: f64 = chunks.remainder().iter().sum();
    for chunk in chunks {
        for i in 0..LANES {
            lanes[i] += chunk[i];
        }
    }
    if (lanes.iter().sum::<f64>() + rest).is_finite() {
        return Ok(());
    }
    if values.iter().any(|value| value.is_nan()) {
        return Err(PyValueError::new_err(format!("Input {name} contains NaN.")));
    }
    if values.iter().any(|value| value.is_infinite()) {
        let message = format!("Input {name} contains infinity or a value too large for dtype('float64').");
        return Err(PyValueError::new_err(message));
    }
    Ok(())
}
