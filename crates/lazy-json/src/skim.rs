//! Skips an array or an object: counts its brackets outside of strings, 64 bytes at a time. Most
//! requests skip most of their payload.
//!
//! In valid JSON this finds the right end. In other text it finds some end or none, but never one
//! past the text. The whole text is checked before it is used.
//!
//! Source: Langdale and Lemire, "Parsing Gigabytes of JSON per Second", section 3.1.

use crate::blocks::{BLOCK, Masks};

/// The end of the array or object that begins at `start`. `None` if the text ends first.
pub(crate) fn past_container(text: &[u8], start: usize) -> Option<usize> {
    let mut strings = Strings::default();
    let mut depth = 0;
    let mut at = start;
    loop {
        let masks = masks_at(text, at)?;
        let inside = strings.inside(masks);
        let opens = masks.opens & !inside;
        let closes = masks.closes & !inside;
        if depth <= closes.count_ones() as usize
            && let Some(end) = outermost_close(opens, closes, depth)
        {
            return Some(at + end + 1);
        }
        depth += opens.count_ones() as usize;
        depth -= closes.count_ones() as usize;
        at += BLOCK;
    }
}

/// The masks of the block at this position. The block may reach past the end of the text.
fn masks_at(text: &[u8], at: usize) -> Option<Masks> {
    let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
    if let Some(block) = rest.first_chunk() {
        return Some(Masks::of(block));
    }
    let mut block = [0; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    Some(Masks::of(&block))
}

/// The first bracket in a block that closes the outermost open bracket.
fn outermost_close(opens: u64, mut closes: u64, before: usize) -> Option<usize> {
    let mut closed = 0;
    while closes != 0 {
        let end = closes.trailing_zeros();
        let opened = (opens & !(u64::MAX << end)).count_ones() as usize;
        closed += 1;
        if before + opened <= closed {
            return Some(end as usize);
        }
        closes &= closes - 1;
    }
    None
}

/// The state between two blocks.
#[derive(Default)]
struct Strings {
    /// All ones if the next block begins inside a string.
    inside: u64,
    /// One if the first byte of the next block is escaped.
    escaped: u64,
}

impl Strings {
    /// The bytes of the next block that are inside strings, with opening quotes.
    fn inside(&mut self, masks: Masks) -> u64 {
        let quotes = masks.quotes & !self.escaped(masks.backslashes);
        let inside = parity(quotes) ^ self.inside;
        self.inside = 0_u64.wrapping_sub(inside >> 63);
        inside
    }

    /// The bytes of the next block that follow an unescaped backslash.
    fn escaped(&mut self, backslashes: u64) -> u64 {
        let mut escaped = self.escaped;
        let mut left = backslashes & !escaped;
        self.escaped = 0;
        while left != 0 {
            let backslash = left & left.wrapping_neg();
            let next = backslash << 1;
            self.escaped = u64::from(next == 0);
            escaped |= next;
            left &= !(backslash | next);
        }
        escaped
    }
}

/// For each bit, whether the number of ones up to it is odd.
fn parity(mut bits: u64) -> u64 {
    for distance in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << distance;
    }
    bits
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::value::RawValue;

    use super::*;

    /// The same, byte by byte.
    fn plainly_past(text: &[u8], start: usize) -> Option<usize> {
        let (mut depth, mut inside, mut escaped) = (0_usize, false, false);
        for (at, byte) in text.iter().enumerate().skip(start) {
            match byte {
                b'"' if !escaped => inside = !inside,
                b'{' | b'[' if !inside => depth += 1,
                b'}' | b']' if !inside => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
            escaped = *byte == b'\\' && !escaped;
        }
        None
    }

    #[rstest]
    #[case::empty("{}", Some(2))]
    #[case::more_after_it("[[]] ]", Some(4))]
    #[case::in_a_string(r#"{"a}":"]"}]"#, Some(10))]
    #[case::after_an_escaped_quote(r#"["\"]"]]"#, Some(7))]
    #[case::after_an_escaped_backslash(r#"["\\"]]"#, Some(6))]
    #[case::unclosed("[[]", None)]
    #[case::unclosed_string(r#"["]"#, None)]
    #[case::ends_in_an_escape(r#"["\"#, None)]
    #[case::not_ascii("[\"ÿ€𝄞\"]", Some(13))]
    fn the_end_is_found(#[case] text: &str, #[case] expected: Option<usize>) {
        for before in 0..130 {
            let text = format!("{}{text}", " ".repeat(before));
            let end = past_container(text.as_bytes(), before);
            assert_eq!(end, expected.map(|end| before + end), "{text}");
            let text = format!("[{}{}", " ".repeat(before), &text[before..]);
            assert_eq!(
                past_container(text.as_bytes(), 0),
                plainly_past(text.as_bytes(), 0),
                "{text}"
            );
        }
    }

    /// Random text of structural bytes and a few others, with a fixed seed.
    #[test]
    fn the_end_is_the_one_that_is_found_byte_by_byte() {
        let mut seed = 1_u64;
        let mut random = move || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed.to_le_bytes()
        };
        let mut found = 0;
        for _ in 0..50_000 {
            let mut text = vec![b'['];
            let [length, share, ..] = random();
            let alphabet: &[u8] = match share % 3 {
                0 => br#"{}[]"\ab"#,
                1 => br#"{[]}"\abcdefghijklmnopqrstuvwxyz"#,
                _ => br#"{[[}"\\\"#,
            };
            for _ in 0..length {
                let [byte, ..] = random();
                text.push(alphabet[usize::from(byte) % alphabet.len()]);
            }
            let expected = plainly_past(&text, 0);
            assert_eq!(past_container(&text, 0), expected, "{text:?}");
            found += usize::from(expected.is_some_and(|end| end > BLOCK));
        }
        assert!(found > 100, "only {found} ends were past the first block");
    }

    /// Valid JSON with other text after it.
    #[test]
    fn the_end_is_where_serde_json_finds_it() {
        let item = r#"{"key \" \\": [1, -2.5e3, "]}\\", null, {"a": "äöü€𝄞"}], "b": {}}"#;
        for items in 1..50 {
            let array = format!("[{}]", vec![item; items].join(","));
            let text = format!("{array}, {array}");
            let mut values = serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>();
            let value = values.next().and_then(Result::ok).expect("valid JSON");
            assert_eq!(past_container(text.as_bytes(), 0), Some(value.get().len()));
        }
    }

    #[test]
    fn deep_nesting_is_handled() {
        assert_eq!(past_container("[".repeat(10_000_000).as_bytes(), 0), None);
    }
}
