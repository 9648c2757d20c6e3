//! The exact value of a quantity.

use std::cmp::Ordering;

/// An exact value: a whole number of billionths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity {
    pub(super) negative: bool,
    /// Decimal digits, without zeros at either end; empty for zero.
    pub(super) digits: Vec<u8>,
    /// How many zeros follow the digits.
    pub(super) zeros: i64,
}

/// Decimal places of the smallest step.
pub(super) const PLACES: i64 = 9;

impl Quantity {
    /// Whether the value is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Whether the value is zero.
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Whether the value is a whole number.
    pub fn is_whole(&self) -> bool {
        self.digits.is_empty() || self.zeros >= PLACES
    }

    /// The value that the API server stores for a resource: rounded to whole thousandths, away from
    /// zero (`SetDefaults_ResourceList`).
    #[must_use]
    pub fn in_thousandths(&self) -> Self {
        const PLACES_LOST: i64 = PLACES - 3;
        let mut digits = self.digits.clone();
        let zeros = round_up(&mut digits, self.zeros - PLACES_LOST) + PLACES_LOST;
        Self {
            negative: self.negative,
            ..Self::new(digits, zeros)
        }
    }

    /// The value in billionths, saturated at the largest number.
    pub fn billionths(&self) -> i128 {
        let mut size: i128 = 0;
        for digit in &self.digits {
            size = size.saturating_mul(10).saturating_add(i128::from(*digit));
        }
        let zeros = u32::try_from(self.zeros).unwrap_or(u32::MAX);
        let size = match 10_i128.checked_pow(zeros) {
            Some(power) => size.saturating_mul(power),
            None if size == 0 => 0,
            None => i128::MAX,
        };
        if self.negative { -size } else { size }
    }

    pub(super) fn new(mut digits: Vec<u8>, mut zeros: i64) -> Self {
        let leading = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..leading);
        while digits.pop_if(|digit| *digit == 0).is_some() {
            zeros += 1;
        }
        Self {
            negative: false,
            zeros: if digits.is_empty() { 0 } else { zeros },
            digits,
        }
    }

    /// The largest value with a binary suffix: 2^63 - 1.
    pub(super) fn largest_binary() -> Self {
        let text = i64::MAX.to_string();
        Self::new(text.bytes().map(|digit| digit - b'0').collect(), PLACES)
    }

    fn compare_sizes(&self, other: &Self) -> Ordering {
        // The length of a text is far below 2^63.
        let magnitude = |quantity: &Self| {
            let length = i64::try_from(quantity.digits.len()).unwrap_or(i64::MAX / 2);
            (length > 0).then_some(length + quantity.zeros)
        };
        magnitude(self)
            .cmp(&magnitude(other))
            .then_with(|| self.digits.cmp(&other.digits))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.compare_sizes(other),
            (true, true) => other.compare_sizes(self),
            (negative, _) if negative => Ordering::Less,
            _ => Ordering::Greater,
        }
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Rounds away from zero to the smallest step. Returns how many zeros follow the remaining digits.
pub(super) fn round_up(digits: &mut Vec<u8>, zeros: i64) -> i64 {
    if zeros >= 0 {
        return zeros;
    }
    let dropped = usize::try_from(-zeros).unwrap_or(usize::MAX);
    let lost = digits.split_off(digits.len().saturating_sub(dropped));
    if lost.iter().all(|digit| *digit == 0) {
        return 0;
    }
    for digit in digits.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return 0;
        }
        *digit = 0;
    }
    digits.insert(0, 1);
    0
}
