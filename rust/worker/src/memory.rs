//! Resident memory as the kernel counts it.
//!
//! `ru_maxrss` is not used: it is inherited from the process that started this one. The high-water mark is reset through
//! `/proc/self/clear_refs` instead, after the heap's free pages have been given back.

use std::fs;

use serde::Serialize;

use crate::protocol::Error;

/// The reply to `memory`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// `VmRSS`: resident now.
    pub rss_bytes: u64,
    /// `VmHWM`: the most that was resident since the last reset.
    pub peak_bytes: u64,
}

/// Read `VmRSS` and `VmHWM` of this process.
pub fn memory() -> Result<Memory, Error> {
    let status = fs::read_to_string("/proc/self/status").map_err(Error::failed)?;
    let field = |name| find(&status, name).ok_or_else(|| Error::failed(format!("no {name} in /proc/self/status")));
    Ok(Memory { rss_bytes: field("VmRSS:")?, peak_bytes: field("VmHWM:")? })
}

/// Give free heap pages back, reset the high-water mark, and read the memory.
pub fn reset_peak() -> Result<Memory, Error> {
    give_back();
    fs::write("/proc/self/clear_refs", "5")
        .map_err(|error| Error::failed(format!("cannot reset the peak through /proc/self/clear_refs: {error}")))?;
    memory()
}

#[cfg(target_env = "gnu")]
fn give_back() {
    // SAFETY: malloc_trim only returns free memory of the heap to the kernel.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(target_env = "gnu"))]
fn give_back() {}

/// The field's value in bytes; /proc writes KiB.
fn find(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_in_bytes() {
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t     100 kB\n";
        assert_eq!(find(status, "VmHWM:"), Some(2048 * 1024));
        assert_eq!(find(status, "VmRSS:"), Some(100 * 1024));
        assert_eq!(find(status, "VmSwap:"), None);
        assert_eq!(find("VmRSS:\tmuch kB", "VmRSS:"), None);
    }
}
