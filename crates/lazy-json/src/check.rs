//! Checks a whole JSON text without converting it. See [`check`].
//!
//! `serde_json` does the same for its `RawValue`, but takes three times as long in the policy's
//! module. The tests compare the two.

use crate::scan::{NotJson, Scanner};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Array,
    Object,
}

/// Checks that a text is one JSON value.
pub(crate) fn check(text: &str) -> Result<(), NotJson> {
    let mut scanner = Scanner::new(text);
    // An explicit stack, since a text may be as deep as it is long.
    let mut open = Vec::new();
    loop {
        match scanner.peek() {
            Some(b'{') => {
                scanner.step();
                if scanner.begins(b'}') {
                    open.push(Container::Object);
                    scanner.key()?;
                    continue;
                }
            }
            Some(b'[') => {
                scanner.step();
                if scanner.begins(b']') {
                    open.push(Container::Array);
                    continue;
                }
            }
            first => scanner.scalar(first)?,
        }
        if !next_value(&mut scanner, &mut open)? {
            return scanner.end();
        }
    }
}

/// After a value: goes to the start of the next value inside an open array or object. Returns false
/// if all are closed.
fn next_value(scanner: &mut Scanner<'_>, open: &mut Vec<Container>) -> Result<bool, NotJson> {
    while let Some(&container) = open.last() {
        let close = match container {
            Container::Array => b']',
            Container::Object => b'}',
        };
        if scanner.goes_on(close)? {
            if container == Container::Object {
                scanner.key()?;
            }
            return Ok(true);
        }
        open.pop();
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::value::RawValue;

    use super::*;

    fn accepts(text: &str) -> bool {
        check(text).is_ok()
    }

    #[rstest]
    #[case::empty("")]
    #[case::space(" \t\r\n ")]
    #[case::nothing_after_a_comma("[1,]")]
    #[case::no_colon(r#"{"a" 1}"#)]
    #[case::unclosed("[[[")]
    #[case::closed_by_another("[}")]
    #[case::two_values("1 2")]
    #[case::leading_zero("01")]
    #[case::no_fraction("1.")]
    #[case::huge_number("1e999999999")]
    #[case::minus("-")]
    #[case::control_character("\"a\u{1}\"")]
    #[case::control_character_in_a_long_string("\"0123456789\u{1f}0123456789\"")]
    #[case::quote_in_the_second_word(r#""0123456789"0123456789""#)]
    #[case::lone_surrogate(r#""\ud800""#)]
    #[case::bad_escape(r#""\x""#)]
    #[case::short_escape(r#""\u12""#)]
    #[case::not_ascii(r#""äöü€𝄞 0123456789""#)]
    #[case::high_bytes_before_the_end("\"ÿÿÿÿÿÿÿ\"")]
    #[case::words(r#"[true,false,null,nul]"#)]
    #[case::all(r#" {"a" : [1, -2.5e+3, {"b":{}} , []] , "c":"\"\\\/\b\f\n\r\t\u00e4"} "#)]
    fn it_accepts_what_serde_json_accepts(#[case] text: &str) {
        assert_eq!(
            accepts(text),
            serde_json::from_str::<&RawValue>(text).is_ok()
        );
    }

    /// Texts that are changes of a valid one, with a fixed seed.
    #[test]
    fn it_accepts_what_serde_json_accepts_in_many_texts() {
        let good =
            r#"{"a":[1,-2.5e+3,{"b":{}},[]],"long key of a member":"\"x\\\u00e4ä","t":true}"#;
        let alphabet: Vec<char> = "{}[]\",:\\u0129eE+-.tfn \u{1}ä".chars().collect();
        let mut seed = 1_u64;
        let mut random = |below: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            usize::try_from(seed % below as u64).expect("below a usize")
        };
        let mut accepted = 0;
        for _ in 0..50_000 {
            let mut text: Vec<char> = good.chars().collect();
            for _ in 0..=random(3) {
                let at = random(text.len());
                match random(3) {
                    0 => drop(text.remove(at)),
                    1 => text.insert(at, alphabet[random(alphabet.len())]),
                    _ => text[at] = alphabet[random(alphabet.len())],
                }
            }
            let text: String = text.into_iter().collect();
            let expected = serde_json::from_str::<&RawValue>(&text).is_ok();
            assert_eq!(accepts(&text), expected, "{text}");
            accepted += usize::from(expected);
        }
        assert!(accepted > 1_000, "only {accepted} of the texts were JSON");
    }

    #[test]
    fn deep_nesting_is_handled() {
        let deep = "[".repeat(10_000_000);
        assert!(!accepts(&deep));
    }
}
