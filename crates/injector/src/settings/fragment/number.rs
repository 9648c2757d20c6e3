//! Numbers as they reach the API server.
//!
//! The host reads the policy's answer with `serde_json`, which holds a number as an integer of 64
//! bits or as a double, and writes it again. `-0` becomes `-0.0` and `1E2` becomes `100.0`, which
//! the API server refuses in a whole-number field.

use kubernetes_pod::quantity;

/// Checks the digits of a whole number of 32 or 64 bits.
///
/// # Errors
/// Returns a message if the digits are not such a number, or if the host would change their
/// spelling.
pub(super) fn whole(digits: &str, bits: u32) -> Result<(), String> {
    let fits = match bits {
        32 => digits.parse::<i32>().is_ok(),
        _ => digits.parse::<i64>().is_ok(),
    };
    if !fits {
        Err(format!("must be a whole number of {bits} bits"))
    } else if is_kept(digits) {
        Ok(())
    } else {
        Err("must be 0: the host changes -0 to -0.0, which is not a whole number".to_owned())
    }
}

/// The digits of a quantity as the host writes them.
///
/// # Errors
/// Returns a message if the host would change the value.
pub(super) fn quantity(digits: &str) -> Result<String, &'static str> {
    let respelled = respelled(digits);
    if quantity::parse(digits) == quantity::parse(&respelled) {
        Ok(respelled)
    } else {
        Err("must be in quotes: the host rounds a number of so many digits")
    }
}

/// Checks the digits of a number in a field that may hold any number.
///
/// # Errors
/// Returns a message if the host would change a whole number to a fraction.
pub(super) fn any(digits: &str) -> Result<(), &'static str> {
    let is_fraction = digits.contains('.') && !digits.contains(['e', 'E']);
    if is_fraction || is_kept(digits) {
        Ok(())
    } else {
        Err(
            "must be written in plain digits that fit 64 bits: the host changes any other spelling to a fraction",
        )
    }
}

/// Whether the host keeps the spelling.
fn is_kept(digits: &str) -> bool {
    respelled(digits) == digits
}

/// The digits in the host's spelling.
fn respelled(digits: &str) -> String {
    let is_integer = digits.parse::<i64>().is_ok() || digits.parse::<u64>().is_ok();
    match digits.parse::<f64>() {
        Ok(double) if !is_integer || digits == "-0" => format!("{double:?}"),
        _ => digits.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// The digits as `serde_json` writes what it read.
    fn as_the_host_writes(digits: &str) -> String {
        let value: serde_json::Value = serde_json::from_str(digits).expect("a number");
        value.to_string()
    }

    #[rstest]
    #[case::whole("12")]
    #[case::zero("0")]
    #[case::minus_zero("-0")]
    #[case::minus_zero_as_a_fraction("-0.0")]
    #[case::fraction("1.0")]
    #[case::trailing_zeros("1.50")]
    #[case::exponent("1E2")]
    #[case::negative_exponent("1e-2")]
    #[case::exponent_that_stays("1e23")]
    #[case::largest_i64("9223372036854775807")]
    #[case::smallest_i64("-9223372036854775808")]
    #[case::below_i64("-9223372036854775809")]
    #[case::largest_u64("18446744073709551615")]
    #[case::two_to_the_64("18446744073709551616")]
    #[case::written_out("100000000000000000000000")]
    fn the_host_writes_numbers_so(#[case] digits: &str) {
        let (ours, host) = (respelled(digits), as_the_host_writes(digits));
        assert_eq!(
            quantity::parse(&ours),
            quantity::parse(&host),
            "{ours} {host}"
        );
        assert_eq!(ours.contains('.'), host.contains('.'), "{ours} {host}");
        if !digits.contains('e') {
            assert_eq!(ours == digits, host == digits, "{ours} {host}");
        }
    }

    #[rstest]
    #[case::whole("100", true)]
    #[case::negative("-7", true)]
    #[case::unsigned("18446744073709551615", true)]
    #[case::fraction("1.50", true)]
    #[case::minus_zero("-0", false)]
    #[case::exponent("1E2", false)]
    #[case::too_large("18446744073709551616", false)]
    fn of_an_unknown_field(#[case] digits: &str, #[case] kept: bool) {
        assert_eq!(any(digits).is_ok(), kept);
    }

    #[rstest]
    #[case::exponent("1E2", true)]
    #[case::written_out("100000000000000000000000", true)]
    #[case::more_digits_than_a_double_has("18446744073709551617", false)]
    fn of_a_quantity(#[case] digits: &str, #[case] kept: bool) {
        assert_eq!(quantity(digits).is_ok(), kept);
    }
}
