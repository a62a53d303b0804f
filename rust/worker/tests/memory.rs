//! In a process of its own, because other tests' memory would count.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use assay_worker::memory::{memory, reset_peak};

#[test]
fn the_peak_sees_what_was_freed_and_a_reset_forgets_it() {
    const SIZE: u64 = 256 << 20;
    let before = reset_peak().unwrap();
    drop(std::hint::black_box(vec![1u8; SIZE as usize]));
    let after = memory().unwrap();
    assert!(after.peak_bytes >= before.rss_bytes + SIZE * 9 / 10, "{before:?} {after:?}");
    let reset = reset_peak().unwrap();
    assert!(reset.peak_bytes < after.peak_bytes - SIZE / 2, "{after:?} {reset:?}");
}
