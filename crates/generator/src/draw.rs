//! Random draws that are the same for the same seed. See [`Draw::new`].

use std::ops::RangeInclusive;

/// Draws everything that is random in a pair.
#[derive(Debug)]
pub(crate) struct Draw(fastrand::Rng);

impl Draw {
    /// The draw of one pair, which depends on no other pair of the run.
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        // Spreads neighbouring numbers: the multiplier of Knuth's linear congruential generator.
        const SPREAD: u64 = 6_364_136_223_846_793_005;
        let seed = seed.wrapping_mul(SPREAD).wrapping_add(number);
        Self(fastrand::Rng::with_seed(seed.wrapping_mul(SPREAD)))
    }

    /// True in this many of a hundred cases.
    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.0.u32(..100) < percent
    }

    pub(crate) fn bool(&mut self) -> bool {
        self.0.bool()
    }

    pub(crate) fn number(&mut self, range: RangeInclusive<usize>) -> usize {
        self.0.usize(range)
    }

    /// One of several items. There must be at least one.
    pub(crate) fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.0.usize(..items.len())]
    }

    /// One of several items. There must be at least one.
    pub(crate) fn item<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.0.usize(..items.len())]
    }

    /// One of several, by weight.
    pub(crate) fn weighted<T: Copy>(&mut self, items: &[(u32, T)]) -> T {
        let all: u32 = items.iter().map(|(weight, _)| weight).sum();
        let mut left = self.0.u32(..all);
        for (weight, item) in items {
            if left < *weight {
                return *item;
            }
            left -= weight;
        }
        items[0].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_same_for_the_same_pair_and_another_for_its_neighbours() {
        let drawn = |seed, number| {
            let mut draw = Draw::new(seed, number);
            (0..8)
                .map(|_| draw.number(0..=1_000_000))
                .collect::<Vec<_>>()
        };
        assert_eq!(drawn(1, 7), drawn(1, 7));
        assert_ne!(drawn(1, 7), drawn(1, 8));
        assert_ne!(drawn(1, 7), drawn(2, 7));
        assert_ne!(drawn(1, 8), drawn(2, 7));
    }

    #[test]
    fn weighs() {
        let mut draw = Draw::new(1, 1);
        let often = (0..1000)
            .filter(|_| draw.weighted(&[(9, true), (1, false)]))
            .count();
        assert!((850..950).contains(&often), "{often}");
    }
}
