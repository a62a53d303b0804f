//! A panic of the library becomes an error.

use std::any::Any;
use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::Error;

/// Run a computation; if it panics, give the panic's message as an error.
///
/// What the computation borrows must not be used afterwards if it panicked half-way through a change; all computations of
/// this crate only read what they borrow.
pub fn guarded<T>(compute: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(compute)).unwrap_or_else(|panic| {
        let message = message(panic.as_ref());
        Err(Error::Failed(format!("linfa panicked: {message}")))
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        let text = guarded::<()>(|| panic!("index {} out of range", 3));
        assert_eq!(text, Err(Error::Failed("linfa panicked: index 3 out of range".to_owned())));
        let other = guarded::<()>(|| std::panic::panic_any(7));
        assert_eq!(other, Err(Error::Failed("linfa panicked: without a message".to_owned())));
        assert_eq!(guarded(|| Ok(1)), Ok(1));
    }
}
