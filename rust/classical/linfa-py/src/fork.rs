//! Parallel work in a forked process.
//!
//! A child of `fork` has none of its parent's threads: work given to the pool that it inherits would wait for ever. There, parallel
//! work gets a pool of the child's own.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use linfa_core::Error;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// How many forks lie between the process that imported the module and this one.
static GENERATION: AtomicU32 = AtomicU32::new(0);
/// The pool of a forked process, with its generation. A pool of an older generation is never dropped: that would wait for its threads.
static POOL: Mutex<Option<(u32, &'static ThreadPool)>> = Mutex::new(None);

/// Have Python tell of every fork.
pub fn watch(py: Python<'_>) -> PyResult<()> {
    let os = py.import(intern!(py, "os"))?;
    let register = intern!(py, "register_at_fork");
    if !os.hasattr(register)? {
        return Ok(()); // a system without fork
    }
    let hooks = PyDict::new(py);
    hooks.set_item("after_in_child", wrap_pyfunction!(forked, py)?)?;
    os.call_method(register, (), Some(&hooks))?;
    Ok(())
}

/// Run parallel work: by rayon's pool in the process that imported the module, else by the process's own.
pub fn in_pool<T: Send>(work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    match GENERATION.load(Ordering::Relaxed) {
        0 => work(),
        generation => own_pool(generation)?.install(work),
    }
}

#[pyfunction]
fn forked() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

fn own_pool(generation: u32) -> Result<&'static ThreadPool, Error> {
    let mut slot = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    match *slot {
        Some((made, pool)) if made == generation => Ok(pool),
        _ => {
            let pool = ThreadPoolBuilder::new().build();
            let pool = pool.map_err(|error| Error::Failed(format!("the threads cannot be started: {error}")))?;
            let pool: &'static ThreadPool = Box::leak(Box::new(pool));
            *slot = Some((generation, pool));
            Ok(pool)
        }
    }
}
