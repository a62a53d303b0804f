//! Fitted models as bytes, for pickle and copy. A class of models has a constructor that takes them and `__getnewargs__`.

use linfa_core::stored;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::exception;

/// The arguments of a model's constructor: its bytes.
pub type State<'py> = (Bound<'py, PyBytes>,);

/// The bytes of an estimator's model.
pub fn state<'py, T: Serialize>(py: Python<'py>, estimator: &str, model: &T) -> PyResult<State<'py>> {
    let bytes = stored::store(&kind(estimator), model).map_err(exception)?;
    Ok((PyBytes::new(py, &bytes),))
}

/// An estimator's model from its bytes; a ValueError if they are of another kind or of another version of linfa.
pub fn restored<T: DeserializeOwned>(estimator: &str, state: &[u8]) -> PyResult<T> {
    stored::restore(&kind(estimator), state).map_err(exception)
}

fn kind(estimator: &str) -> String {
    format!("{estimator} of linfa {}", env!("ASSAY_VERSION_LINFA"))
}
