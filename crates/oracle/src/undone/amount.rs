//! Exact values of quantities: no rounding and no bounds, unlike the API server's own.
//!
//! The API server rounds up to a thousandth or a billionth and caps values at the largest 64-bit
//! number. A rule whose value was rounded or capped was not applied as written, so values are
//! compared before any rounding. See [`Amount::read`].

/// A decimal number: `digits` times ten to the power of `exponent`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Amount {
    negative: bool,
    /// Decimal digits without zeros at either end. Empty for zero.
    digits: Vec<u8>,
    exponent: i64,
}

impl Amount {
    /// Reads a quantity such as `500m`, `1.5Gi` or `1e3`. `None` for text that is no quantity.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = text
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .unwrap_or(text.len());
        let (number, suffix) = text.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || number.is_empty() {
            return None;
        }
        let mut digits: Vec<u8> = whole
            .bytes()
            .chain(fraction.bytes())
            .map(|digit| digit - b'0')
            .collect();
        let (exponent, doublings) = unit(suffix)?;
        double(&mut digits, doublings);
        let exponent = exponent - i64::try_from(fraction.len()).ok()?;
        Some(Self::normal(negative, digits, exponent))
    }

    fn normal(negative: bool, mut digits: Vec<u8>, mut exponent: i64) -> Self {
        let leading = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..leading);
        while digits.pop_if(|digit| *digit == 0).is_some() {
            exponent += 1;
        }
        let zero = digits.is_empty();
        Self {
            negative: negative && !zero,
            digits,
            exponent: if zero { 0 } else { exponent },
        }
    }
}

/// The power of ten and the power of two that a suffix stands for.
fn unit(suffix: &str) -> Option<(i64, u32)> {
    Some(match suffix {
        "" => (0, 0),
        "n" => (-9, 0),
        "u" => (-6, 0),
        "m" => (-3, 0),
        "k" => (3, 0),
        "M" => (6, 0),
        "G" => (9, 0),
        "T" => (12, 0),
        "P" => (15, 0),
        "E" => (18, 0),
        "Ki" => (0, 10),
        "Mi" => (0, 20),
        "Gi" => (0, 30),
        "Ti" => (0, 40),
        "Pi" => (0, 50),
        "Ei" => (0, 60),
        _ => (suffix.strip_prefix(['e', 'E'])?.parse().ok()?, 0),
    })
}

/// Multiplies a decimal number by two, this many times.
fn double(digits: &mut Vec<u8>, times: u32) {
    for _ in 0..times {
        let mut carry = 0;
        for digit in digits.iter_mut().rev() {
            let doubled = *digit * 2 + carry;
            *digit = doubled % 10;
            carry = doubled / 10;
        }
        if carry > 0 {
            digits.insert(0, carry);
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::decimal("0.5", "500m", true)]
    #[case::binary("1Gi", "1024Mi", true)]
    #[case::fraction_of_binary("1.5Ki", "1536", true)]
    #[case::exponent("1e9", "1G", true)]
    #[case::zero("0", "0Gi", true)]
    #[case::rounded("100u", "1m", false)]
    #[case::capped("10Ei", "9223372036854775807", false)]
    #[case::cut("100000000000000000000000", "100", false)]
    #[case::sign("-1", "1", false)]
    fn compares(#[case] one: &str, #[case] other: &str, #[case] equal: bool) {
        let read = |text| Amount::read(text).expect("it is a quantity");
        assert_eq!(read(one) == read(other), equal);
    }

    #[rstest]
    #[case::empty("")]
    #[case::two_points("1.2.3")]
    #[case::suffix("1Q")]
    fn no_quantity(#[case] text: &str) {
        assert_eq!(Amount::read(text), None);
    }
}
