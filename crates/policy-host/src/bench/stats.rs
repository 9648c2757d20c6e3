//! Statistics of samples.

use std::time::Duration;

/// A median and a 99th percentile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The median.
    pub median: Duration,
    /// The 99th percentile.
    pub p99: Duration,
}

impl Summary {
    /// Summarizes samples. Without samples, all values are zero.
    pub fn of(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        let rank = |hundredths: usize| {
            let rank = (samples.len() * hundredths).div_ceil(100).max(1);
            samples.get(rank - 1).copied().unwrap_or_default()
        };
        Self {
            median: rank(50),
            p99: rank(99),
        }
    }

    /// The ratio of this median to `other`'s.
    pub fn ratio(self, other: Self) -> f64 {
        self.median.as_secs_f64() / other.median.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::none(0, 0, 0)]
    #[case::one(1, 1, 1)]
    #[case::two(2, 1, 2)]
    #[case::odd(5, 3, 5)]
    #[case::hundred(100, 50, 99)]
    #[case::thousand(1000, 500, 990)]
    fn summarizes(#[case] count: u64, #[case] median: u64, #[case] p99: u64) {
        let samples = (1..=count).rev().map(Duration::from_micros).collect();
        let expected = Summary {
            median: Duration::from_micros(median),
            p99: Duration::from_micros(p99),
        };
        assert_eq!(Summary::of(samples), expected);
    }

    #[test]
    fn compares_medians() {
        let summary = |micros| Summary::of(vec![Duration::from_micros(micros)]);
        assert!((summary(115).ratio(summary(100)) - 1.15).abs() < 1e-9);
    }
}
