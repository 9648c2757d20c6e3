//! Reading quantities.

use super::value::{PLACES, Quantity, round_up};

/// Parses a quantity from a string or from the digits of a number. Returns `None` if the API server
/// does not accept the text. Time and memory are linear in the text, whatever the exponent.
pub fn parse(text: &str) -> Option<Quantity> {
    let (mut exact, suffix) = read(text)?;
    exact.zeros = round_up(&mut exact.digits, exact.zeros);
    let negative = exact.negative;
    let mut quantity = Quantity::new(exact.digits, exact.zeros);
    if matches!(suffix, Suffix::Two(_)) {
        quantity = quantity.min(Quantity::largest_binary());
    }
    quantity.negative = negative && !quantity.digits.is_empty();
    Some(quantity)
}

/// Parses a quantity without rounding. The number of zeros may be negative.
pub(super) fn read(text: &str) -> Option<(Quantity, Suffix)> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let (negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, rest) = digits(text);
    let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), digits);
    let suffix = Suffix::parse(suffix)?;
    if whole.is_empty() && fraction.is_empty() && !suffix.goes_without_digits() {
        return None;
    }

    let number = whole.bytes().chain(fraction.bytes());
    let mut digits: Vec<u8> = number.map(|digit| digit - b'0').collect();
    let mut zeros = PLACES - i64::try_from(fraction.len()).ok()?;
    match suffix {
        Suffix::Ten(exponent) | Suffix::Exponent(exponent) => zeros += i64::from(exponent),
        Suffix::Two(exponent) => multiply(&mut digits, exponent),
    }
    let quantity = Quantity {
        negative,
        digits,
        zeros,
    };
    Some((quantity, suffix))
}

/// The suffix of a quantity.
#[derive(Debug, Clone, Copy)]
pub(super) enum Suffix {
    /// A power of ten as a letter, or no suffix.
    Ten(i32),
    /// A power of ten as an exponent.
    Exponent(i32),
    /// A power of two.
    Two(u32),
}

impl Suffix {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "n" => Self::Ten(-9),
            "u" => Self::Ten(-6),
            "m" => Self::Ten(-3),
            "" => Self::Ten(0),
            "k" => Self::Ten(3),
            "M" => Self::Ten(6),
            "G" => Self::Ten(9),
            "T" => Self::Ten(12),
            "P" => Self::Ten(15),
            "E" => Self::Ten(18),
            "Ki" => Self::Two(10),
            "Mi" => Self::Two(20),
            "Gi" => Self::Two(30),
            "Ti" => Self::Two(40),
            "Pi" => Self::Two(50),
            "Ei" => Self::Two(60),
            _ => Self::Exponent(text.strip_prefix(['e', 'E'])?.parse().ok()?),
        })
    }

    /// Whether the suffix without digits is zero: the API server's fast path reads no digits as 0.
    fn goes_without_digits(self) -> bool {
        match self {
            Self::Ten(exponent) | Self::Exponent(exponent) => exponent >= -9,
            Self::Two(exponent) => exponent < 50,
        }
    }
}

/// Splits a text after its leading digits.
fn digits(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at(end)
}

/// Multiplies a decimal number by a power of two, at most 2^60.
fn multiply(digits: &mut Vec<u8>, power: u32) {
    let mut carry: u128 = 0;
    for digit in digits.iter_mut().rev() {
        carry += u128::from(*digit) << power;
        *digit = last_digit(carry);
        carry /= 10;
    }
    while carry > 0 {
        digits.insert(0, last_digit(carry));
        carry /= 10;
    }
}

fn last_digit(number: u128) -> u8 {
    u8::try_from(number % 10).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::milli("0.5", "500m")]
    #[case::binary("1Gi", "1024Mi")]
    #[case::binary_and_decimal("1Ki", "1024")]
    #[case::decimal("1k", "1000")]
    #[case::exponent("1e3", "1k")]
    #[case::capital_exponent("1E3", "1k")]
    #[case::exponent_with_sign("1e+3", "1k")]
    #[case::negative_exponent("5e-1", "500m")]
    #[case::exa_is_no_exponent("1E", "1000P")]
    #[case::leading_zeros("007", "7")]
    #[case::trailing_zeros("1.50", "1500m")]
    #[case::no_whole(".5", "500m")]
    #[case::no_fraction("1.", "1")]
    #[case::plus("+1", "1")]
    #[case::minus_zero("-0", "0")]
    #[case::spaces(" 1 ", "1")]
    #[case::zero_of_any_size("0e5", "0Ei")]
    #[case::smaller_than_a_nano("1e-10", "1n")]
    #[case::rounded_up("1.0000000001", "1000000001n")]
    #[case::rounded_up_over_nines("0.9999999999", "1")]
    #[case::negative_away_from_zero("-1e-10", "-1n")]
    #[case::binary_fraction("1.5Gi", "1536Mi")]
    #[case::binary_fraction_below_one("0.1Ki", "102400m")]
    #[case::binary_cut("8Ei", "9223372036854775807")]
    #[case::binary_cut_everywhere("9Ei", "99999999999999999999Ei")]
    #[case::exact_beyond_floats("9007199254740993", "9007199254740993000m")]
    #[case::no_digits("Ki", "0")]
    #[case::only_a_point(".", "0")]
    #[case::hostile_exponent("1e-2000000000", "1n")]
    fn equal(#[case] left: &str, #[case] right: &str) {
        let (left, right) = (parse(left), parse(right));
        assert!(left.is_some());
        assert_eq!(left, right);
    }

    #[rstest]
    #[case::milli("499m", "0.5")]
    #[case::decimal_and_binary("1G", "1Gi")]
    #[case::negative("-2", "-1")]
    #[case::negative_and_zero("-1n", "0")]
    #[case::zero_and_positive("0", "1n")]
    #[case::no_rounding("9007199254740992", "9007199254740993")]
    #[case::longer("99", "100")]
    #[case::hostile_exponents("1e999999999", "1e1000000000")]
    fn less(#[case] left: &str, #[case] right: &str) {
        let (left, right) = (parse(left), parse(right));
        assert!(left.is_some());
        assert!(left < right);
    }

    #[rstest]
    #[case::empty("")]
    #[case::space(" ")]
    #[case::word("much")]
    #[case::two_points("1.2.3")]
    #[case::two_signs("--1")]
    #[case::capital_k("1K")]
    #[case::small_i("1ki")]
    #[case::exponent_without_digits("1e")]
    #[case::exponent_and_suffix("1e3Ki")]
    #[case::suffix_and_digits("1Ki2")]
    #[case::space_inside("1 Gi")]
    #[case::hexadecimal("0x10")]
    #[case::exponent_out_of_range("1e99999999999999999999")]
    #[case::no_digits_and_a_large_suffix("Pi")]
    #[case::no_digits_and_a_small_exponent("e-10")]
    #[case::not_ascii("1µ")]
    #[case::infinity("Infinity")]
    fn none(#[case] text: &str) {
        assert_eq!(parse(text), None);
    }

    #[rstest]
    #[case("1", true)]
    #[case("1000m", true)]
    #[case("1.5Ki", true)]
    #[case("1500m", false)]
    #[case("0.1Ki", false)]
    #[case("0", true)]
    fn whole(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(
            parse(text).map(|quantity| quantity.is_whole()),
            Some(expected)
        );
    }

    #[test]
    fn a_million_digits_take_no_time() {
        let long = "9".repeat(1_000_000);
        assert!(parse(&format!("{long}.{long}Ei")).is_some());
        assert!(parse(&long) > parse("1"));
    }
}
