//! Rayon's pool, in which candle and burn compute.

use std::sync::OnceLock;

use assay_worker::Error;

/// Make rayon's pool of this thread and the others: a call then hands nothing over, and no thread spins. A process has one for its whole life.
///
/// # Errors
/// Where it cannot be made, and where this process has one of another number of threads.
pub fn of_threads(threads: usize) -> Result<(), Error> {
    static MADE: OnceLock<usize> = OnceLock::new();
    match MADE.get() {
        Some(&made) if made == threads => Ok(()),
        Some(made) => Err(Error::unsupported(format!("{threads} threads: this process has a pool of {made}"))),
        None => {
            let builder = rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread();
            builder.build_global().map_err(Error::failed)?;
            MADE.get_or_init(|| threads);
            Ok(())
        }
    }
}
