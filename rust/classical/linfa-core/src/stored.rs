//! Fitted models to bytes and back, exactly: what is stored is all that linfa itself keeps.

use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::Error;

/// Give the bytes of a model. `kind` must name its type and linfa's version: another version may keep other fields.
///
/// # Errors
/// `Failed` if the model holds what cannot be stored.
pub fn store<T: Serialize>(kind: &str, model: &T) -> Result<Vec<u8>, Error> {
    postcard::to_stdvec(&(kind, model)).map_err(|error| Error::Failed(format!("the model cannot be stored: {error}")))
}

/// Make a model of its bytes.
///
/// # Errors
/// `Invalid` if they are not those of a model of this kind.
pub fn restore<T: DeserializeOwned>(kind: &str, bytes: &[u8]) -> Result<T, Error> {
    let refused = |what: String| Error::Invalid(format!("these bytes are no {kind}: {what}"));
    let (stored, rest) = postcard::take_from_bytes::<String>(bytes).map_err(|error| refused(error.to_string()))?;
    if stored != kind {
        return Err(refused(format!("they are a {stored}")));
    }
    match postcard::take_from_bytes(rest) {
        Ok((model, [])) => Ok(model),
        Ok((_, rest)) => Err(refused(format!("{} bytes too many", rest.len()))),
        Err(error) => Err(refused(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kmeans, linear_regression};
    use ndarray::array;

    #[test]
    fn a_restored_model_is_the_same_to_the_last_bit() {
        let x = array![[0.1, 1.0], [1.0, 0.3], [2.0, 5.0], [3.0, -1.0]];
        let model = linear_regression::fit(x.view(), array![0.1, 0.2, 0.7, 1e-300].view(), true).unwrap();
        let bytes = store("plane", &model).unwrap();
        assert_eq!(restore::<linear_regression::Model>("plane", &bytes), Ok(model));
        let centres = array![[0.1, 0.2], [1e300, -0.0]];
        let model = kmeans::from_centres(centres.view()).unwrap();
        let again: kmeans::Model = restore("centres", &store("centres", &model).unwrap()).unwrap();
        assert_eq!((again.centroids(), again.iterations()), (model.centroids(), model.iterations()));
    }

    #[test]
    fn other_bytes_are_refused() {
        let bytes = store("pair", &(1.5, vec![2u8; 40])).unwrap();
        let read = |bytes: &[u8]| restore::<(f64, Vec<u8>)>("pair", bytes);
        assert!(read(&bytes).is_ok());
        let error = restore::<(f64, Vec<u8>)>("triple", &bytes).unwrap_err().to_string();
        assert!(error.contains("no triple: they are a pair"), "{error}");
        let wrong: [&[u8]; 4] = [&[], &[255; 30], &bytes[..bytes.len() - 1], &[&bytes[..], &[0]].concat()];
        assert!(wrong.iter().all(|bytes| matches!(read(bytes), Err(Error::Invalid(_)))));
    }
}
