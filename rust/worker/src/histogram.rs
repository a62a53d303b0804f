//! Durations of single calls, counted with three significant digits.

use std::collections::BTreeMap;

/// Powers of ten that a duration in `u64` nanoseconds can have above its three leading digits.
const DECADES: usize = 18;
/// Values of three leading digits, 100 to 999; smaller durations are in the first 100 places.
const LEADING: usize = 900;

/// Counts of durations, rounded half up to three significant digits. Recording is a few nanoseconds and allocates nothing.
pub struct Histogram {
    counts: Vec<u64>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; 100 + LEADING * DECADES] }
    }
}

impl Histogram {
    /// Count one duration.
    #[inline]
    pub fn record(&mut self, ns: u64) {
        let place = place(ns);
        self.counts[place] += 1;
    }

    /// The counts of the durations that occurred, by the rounded duration in ns written as a string.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let seen = self.counts.iter().enumerate().filter(|(_, &count)| count > 0);
        seen.map(|(place, &count)| (value(place).to_string(), count)).collect()
    }
}

fn place(ns: u64) -> usize {
    if ns < 100 {
        return ns as usize;
    }
    let (mut leading, mut decade, mut unit) = (ns, 0usize, 1u64);
    while leading >= 1000 {
        leading /= 10;
        unit *= 10;
        decade += 1;
    }
    if ns - leading * unit >= unit - unit / 2 {
        leading += 1; // unit / 2 is exact but for unit 1, where the remainder is 0
    }
    if leading == 1000 {
        leading = 100;
        decade += 1;
    }
    100 + decade * LEADING + (leading as usize - 100)
}

fn value(place: usize) -> u64 {
    if place < 100 {
        return place as u64;
    }
    let (decade, leading) = ((place - 100) / LEADING, (place - 100) % LEADING + 100);
    leading as u64 * 10u64.pow(decade as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(ns: u64) -> u64 {
        value(place(ns))
    }

    #[test]
    fn three_significant_digits_are_kept() {
        for (ns, expected) in [
            (0, 0),
            (7, 7),
            (99, 99),
            (100, 100),
            (999, 999),
            (1_000, 1_000),
            (1_234, 1_230),
            (1_235, 1_240),
            (9_994, 9_990),
            (9_996, 10_000),
            (123_456, 123_000),
            (123_500, 124_000),
            (999_500, 1_000_000),
            (u64::MAX, 18_400_000_000_000_000_000),
        ] {
            assert_eq!(rounded(ns), expected, "{ns}");
        }
    }

    #[test]
    fn the_error_is_at_most_half_a_unit_of_the_third_digit() {
        let mut ns = 1u64;
        while ns < 1 << 60 {
            assert!(rounded(ns).abs_diff(ns) as f64 <= 0.005 * ns as f64, "{ns}");
            ns += ns / 7 + 1;
        }
    }

    #[test]
    fn every_recorded_duration_is_counted_once() {
        let mut histogram = Histogram::default();
        [1_231, 1_232, 1_240, 5].iter().for_each(|&ns| histogram.record(ns));
        let expected = [("1230", 2), ("1240", 1), ("5", 1)].map(|(ns, count)| (ns.to_owned(), count));
        assert_eq!(histogram.counts(), BTreeMap::from(expected));
    }
}
