//! Quantities that the API server stores as another value than the one written. See [`kept`].
//!
//! Source: `k8s.io/apimachinery/pkg/api/resource` (`ParseQuantity`, `CanonicalizeBytes`) and
//! `SetDefaults_ResourceList`. Tried on 1.36.3.

use super::parse::{Suffix, read};
use super::value::{PLACES, Quantity};

/// Why the API server stores another value than the one that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum NotKept {
    /// The value is not a whole number of the smallest step.
    #[error("the API server rounds it up to a whole number of {}", match .0 {
        Step::Thousandths => "thousandths (1m)",
        Step::Billionths => "billionths (1n)",
    })]
    Rounded(Step),
    /// The value has a binary suffix and is above the largest int64.
    #[error(
        "the API server makes 9223372036854775807 of it, the most that it takes with such a suffix"
    )]
    Capped,
    /// The value has more zeros at its end than the largest suffix stands for.
    #[error(
        "the API server stores it without the zeros at its end: write them as an exponent, such as 1e21"
    )]
    WithoutZeros,
}

/// The smallest step in which a value is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Of requests and limits.
    Thousandths,
    /// Of every other quantity.
    Billionths,
}

/// Checks that the API server stores the written value. A text that is not a quantity passes.
///
/// # Errors
/// Returns `Rounded`, `Capped` or `WithoutZeros` if the API server stores another value.
pub fn kept(text: &str, step: Step) -> Result<(), NotKept> {
    // `E` stands for 18 zeros. There is no suffix for 21 or more.
    const ZEROS_OF_SUFFIXES: i64 = 20;

    let Some((exact, suffix)) = read(text) else {
        return Ok(());
    };
    let exact = Quantity::new(exact.digits, exact.zeros);
    let smallest = match step {
        Step::Thousandths => PLACES - 3,
        Step::Billionths => 0,
    };
    match suffix {
        _ if exact.is_zero() => Ok(()),
        Suffix::Two(_) if exact > Quantity::largest_binary() => Err(NotKept::Capped),
        _ if exact.zeros < smallest => Err(NotKept::Rounded(step)),
        Suffix::Ten(_) if exact.zeros - PLACES > ZEROS_OF_SUFFIXES => Err(NotKept::WithoutZeros),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::parse::parse;
    use super::*;

    const THOUSANDTHS: Result<(), NotKept> = Err(NotKept::Rounded(Step::Thousandths));

    #[rstest]
    #[case::whole("1", Ok(()))]
    #[case::milli("100m", Ok(()))]
    #[case::zero("0", Ok(()))]
    #[case::zero_of_micros("0u", Ok(()))]
    #[case::micros("100u", THOUSANDTHS)]
    #[case::whole_millis_in_micros("2000u", Ok(()))]
    #[case::nanos("1n", THOUSANDTHS)]
    #[case::below_nanos("1e-10", THOUSANDTHS)]
    #[case::fraction("0.0001", THOUSANDTHS)]
    #[case::trailing_zeros("0.1000000", Ok(()))]
    #[case::binary_fraction("0.1Ki", Ok(()))]
    #[case::binary_fraction_below("0.0001Ki", THOUSANDTHS)]
    #[case::exa("1Ei", Ok(()))]
    #[case::largest_binary("7Ei", Ok(()))]
    #[case::capped("10Ei", Err(NotKept::Capped))]
    #[case::just_capped("8Ei", Err(NotKept::Capped))]
    #[case::decimal_exa("100E", Ok(()))]
    #[case::a_thousand_exa("1000E", Err(NotKept::WithoutZeros))]
    #[case::written_out("100000000000000000000000", Err(NotKept::WithoutZeros))]
    #[case::twenty_zeros("100000000000000000000", Ok(()))]
    #[case::exponent("1e23", Ok(()))]
    #[case::no_zeros_at_the_end("100000000000000000000001", Ok(()))]
    #[case::no_quantity("much", Ok(()))]
    fn of_requests_and_limits(#[case] text: &str, #[case] expected: Result<(), NotKept>) {
        assert_eq!(kept(text, Step::Thousandths), expected);
    }

    #[rstest]
    #[case::micros("100u", Ok(()))]
    #[case::nanos("1n", Ok(()))]
    #[case::below_nanos("1e-10", Err(NotKept::Rounded(Step::Billionths)))]
    #[case::capped("10Ei", Err(NotKept::Capped))]
    fn of_a_size(#[case] text: &str, #[case] expected: Result<(), NotKept>) {
        assert_eq!(kept(text, Step::Billionths), expected);
    }

    #[rstest]
    #[case::micros("100u", "1m")]
    #[case::more_micros("1001u", "2m")]
    #[case::whole("3", "3")]
    #[case::large("1e30", "1e30")]
    #[case::negative("-100u", "-1m")]
    #[case::zero("0", "0")]
    fn rounded(#[case] text: &str, #[case] expected: &str) {
        let rounded = parse(text).map(|quantity| quantity.in_thousandths());
        assert_eq!(rounded, parse(expected));
    }
}
