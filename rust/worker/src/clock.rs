//! The clocks of the protocol: wall time, CPU time and the kernel's counters of this process.

use serde::Serialize;

fn nanoseconds(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid timespec that lives through the call.
    unsafe { libc::clock_gettime(clock, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Nanoseconds of `CLOCK_MONOTONIC`: the same clock and epoch in every process of the machine.
#[inline]
pub fn now_ns() -> u64 {
    nanoseconds(libc::CLOCK_MONOTONIC)
}

/// Nanoseconds of CPU time of all threads of this process (`CLOCK_PROCESS_CPUTIME_ID`).
pub fn cpu_ns() -> u64 {
    nanoseconds(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// What the kernel counts for this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Times it gave up the processor by itself.
    pub voluntary_switches: u64,
    /// Times it was preempted.
    pub involuntary_switches: u64,
    /// Page faults without input or output.
    pub minor_faults: u64,
    /// Page faults that read from a disk.
    pub major_faults: u64,
}

impl Usage {
    /// The counters now, by `getrusage(RUSAGE_SELF)`.
    pub fn now() -> Self {
        // SAFETY: rusage is plain data, for which all zeros is a valid value; the kernel fills it.
        let usage = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            libc::getrusage(libc::RUSAGE_SELF, &mut usage);
            usage
        };
        Self {
            voluntary_switches: usage.ru_nvcsw as u64,
            involuntary_switches: usage.ru_nivcsw as u64,
            minor_faults: usage.ru_minflt as u64,
            major_faults: usage.ru_majflt as u64,
        }
    }

    /// The counts since an earlier moment.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            voluntary_switches: self.voluntary_switches.saturating_sub(earlier.voluntary_switches),
            involuntary_switches: self.involuntary_switches.saturating_sub(earlier.involuntary_switches),
            minor_faults: self.minor_faults.saturating_sub(earlier.minor_faults),
            major_faults: self.major_faults.saturating_sub(earlier.major_faults),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_clock_never_goes_back() {
        let stamps: Vec<u64> = (0..1000).map(|_| now_ns()).collect();
        assert!(stamps.windows(2).all(|pair| pair[0] <= pair[1]));
    }

    #[test]
    fn sleeping_takes_wall_time_but_no_cpu_time() {
        let (wall, cpu) = (now_ns(), cpu_ns());
        std::thread::sleep(std::time::Duration::from_millis(30));
        assert!(now_ns() - wall >= 30_000_000);
        let _ = cpu; // other tests of this process may run meanwhile, so only the order is sure
        assert!(cpu_ns() >= cpu);
    }

    #[test]
    fn touching_memory_counts_as_minor_faults() {
        let before = Usage::now();
        let pages = vec![1u8; 8 << 20];
        assert_eq!(std::hint::black_box(&pages)[1 << 20], 1);
        assert!(Usage::now().since(before).minor_faults > 0);
    }
}
