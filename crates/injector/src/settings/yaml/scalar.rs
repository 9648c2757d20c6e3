//! Converts plain scalars (without quotes) to JSON. See [`write`].
//!
//! kubectl's parser follows YAML 1.1: `yes` and `on` are booleans, `0644` is octal. Most parsers
//! follow YAML 1.2, where neither is. A rule that moves from the policy's manifest to a `ConfigMap`
//! must stay the same rule, so that scalars are read as kubectl reads them.
//!
//! Source: `sigs.k8s.io/yaml` and the `resolve.go` of the `go-yaml` v2 in it.

use lazy_json::write_string;

/// Whether a plain scalar is `null`.
pub(super) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Writes a plain scalar as JSON.
///
/// # Errors
/// Returns a message if JSON has no such value.
pub(super) fn write(text: &str, json: &mut String) -> Result<(), String> {
    match text {
        _ if is_null(text) => json.push_str("null"),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            json.push_str("true");
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            json.push_str("false");
        }
        _ if text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) => {
            number(text, json)?;
        }
        _ => write_string(text, json),
    }
    Ok(())
}

/// Writes a plain scalar that is a key. kubectl turns its value into a string.
///
/// # Errors
/// Returns a message if the value can't be a key.
pub(super) fn write_key(text: &str, json: &mut String) -> Result<(), String> {
    // The common case: no word or number of YAML begins with these letters.
    if text.starts_with(|first: char| first.is_ascii_lowercase() && !"fnoty".contains(first)) {
        write_string(text, json);
        return Ok(());
    }
    let mut value = String::new();
    write(text, &mut value)?;
    let is_whole = |value: &str| {
        let digits = value.strip_prefix('-').unwrap_or(value);
        digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    match value.as_str() {
        "null" => Err("null can't be a key: write it in quotes".to_owned()),
        string if string.starts_with('"') => {
            json.push_str(string);
            Ok(())
        }
        "true" | "false" => {
            write_string(&value, json);
            Ok(())
        }
        number if is_whole(number) => {
            write_string(number, json);
            Ok(())
        }
        _ => Err("a number with a point can't be a key: write it in quotes".to_owned()),
    }
}

/// Writes a scalar that begins like a number.
fn number(text: &str, json: &mut String) -> Result<(), String> {
    let digits = text.replace('_', "");
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(&digits);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF")
        || matches!(digits.as_str(), ".nan" | ".NaN" | ".NAN")
    {
        return Err("a number that JSON does not have".to_owned());
    }
    let minus = if digits.starts_with('-') { "-" } else { "" };
    if let Some(whole) = whole(unsigned) {
        // `-0` is another spelling of 0; the host would turn it into `-0.0`.
        if whole != "0" {
            json.push_str(minus);
        }
        json.push_str(&whole);
    } else if is_float(unsigned) {
        json.push_str(minus);
        json.push_str(&float(unsigned));
    } else {
        write_string(text, json);
    }
    Ok(())
}

/// A whole number without its sign, in decimal digits. `None` if the text is not one.
fn whole(digits: &str) -> Option<String> {
    let radix = |prefixes: [&str; 2], radix| {
        let digits = prefixes
            .iter()
            .find_map(|prefix| digits.strip_prefix(prefix))?;
        let digits = Some(digits).filter(|digits| !digits.starts_with('+'));
        u64::from_str_radix(digits?, radix).ok()
    };
    let value = radix(["0x", "0X"], 16)
        .or_else(|| radix(["0b", "0B"], 2))
        .or_else(|| radix(["0o", "0O"], 8));
    if let Some(value) = value {
        return Some(value.to_string());
    }
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits {
        return None;
    }
    if digits.len() > 1 && digits.starts_with('0') {
        let octal = u64::from_str_radix(digits, 8).ok()?;
        return Some(octal.to_string());
    }
    digits.parse::<u64>().ok().map(|value| value.to_string())
}

/// Whether a text is digits with an optional point and an optional exponent.
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    digits(before) && digits(after) && !(before.is_empty() && after.is_empty()) && exponent
}

/// A number with a point or an exponent as JSON. It keeps its digits, so that `0.10` stays `0.10`,
/// without leading zeros and without a point at either end.
fn float(text: &str) -> String {
    let exponent = text.find(['e', 'E']).unwrap_or(text.len());
    let (mantissa, exponent) = text.split_at(exponent);
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let before = before.trim_start_matches('0');
    let before = if before.is_empty() { "0" } else { before };
    let point = if after.is_empty() { "" } else { "." };
    [before, point, after, exponent].concat()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::null("~", "null")]
    #[case::word("web", "\"web\"")]
    #[case::yes("yes", "true")]
    #[case::off("Off", "false")]
    #[case::not_yes("yEs", "\"yEs\"")]
    #[case::zero("0", "0")]
    #[case::whole("-12", "-12")]
    #[case::plus("+12", "12")]
    #[case::minus_zero("-0", "0")]
    #[case::minus_zero_in_octal("-00", "0")]
    #[case::octal("0644", "420")]
    #[case::octal_of_yaml_1_2("0o644", "420")]
    #[case::no_octal("08", "8")]
    #[case::hexadecimal("0x1F", "31")]
    #[case::binary("0b101", "5")]
    #[case::underscores("1_000", "1000")]
    #[case::float("0.10", "0.10")]
    #[case::exponent("1e3", "1e3")]
    #[case::no_digit_before_the_point(".5", "0.5")]
    #[case::no_digit_after_the_point("5.", "5")]
    #[case::leading_zeros("00.50", "0.50")]
    #[case::no_octal_either("09", "9")]
    #[case::zero_with_an_exponent(".0e1", "0.0e1")]
    #[case::huge("123456789012345678901234567890", "123456789012345678901234567890")]
    #[case::quantity("500m", "\"500m\"")]
    #[case::version("1.2.3", "\"1.2.3\"")]
    #[case::date("2026-11-24", "\"2026-11-24\"")]
    #[case::time("12:30", "\"12:30\"")]
    #[case::dash("-", "\"-\"")]
    #[case::point(".", "\".\"")]
    #[case::dots("...a", "\"...a\"")]
    #[case::signs("+-1", "\"+-1\"")]
    #[case::hexadecimal_of_nothing("0x", "\"0x\"")]
    #[case::hexadecimal_with_a_sign("0x+1", "\"0x+1\"")]
    fn a_plain_scalar_is_read_as_kubectl_reads_it(#[case] text: &str, #[case] expected: &str) {
        let mut json = String::new();
        write(text, &mut json).expect("JSON has it");
        assert_eq!(json, expected);
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    }
}
