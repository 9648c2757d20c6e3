//! Text from a log, made harmless for Events, terminals and metrics.

use std::fmt::Write;

/// Shows that something was cut off.
const ELLIPSIS: char = '…';

/// A text without control characters, those that turn the direction of writing included, of at
/// most `bytes` bytes, cut at a character's end.
pub fn clamped(text: &str, bytes: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(bytes));
    // Where to cut, if the text turns out to be too long.
    let mut cut = 0;
    for character in text.chars() {
        if character.is_control() || is_invisible(character) {
            // Writing to a string never fails.
            let _ = write!(clean, "{}", character.escape_default());
        } else {
            clean.push(character);
        }
        if clean.len() + ELLIPSIS.len_utf8() <= bytes {
            cut = clean.len();
        } else if clean.len() > bytes {
            clean.truncate(cut);
            clean.push(ELLIPSIS);
            break;
        }
    }
    clean
}

/// Line and paragraph separators, and the marks that change what a reader sees.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A DNS label (`kubernetes.io/docs/concepts/overview/working-with-objects/names`).
pub fn is_dns_label(name: &str) -> bool {
    (1..=63).contains(&name.len()) && is_dns_part(name)
}

/// A DNS subdomain: what most objects' names are.
pub fn is_dns_subdomain(name: &str) -> bool {
    (1..=253).contains(&name.len()) && name.split('.').all(is_dns_part)
}

fn is_dns_part(part: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    !part.is_empty()
        && part.bytes().all(|byte| inside(byte) || byte == b'-')
        && !part.starts_with('-')
        && !part.ends_with('-')
}

/// An object's uid, or a request's. The API server makes UUIDs; anything that can be a label's
/// value will do.
pub fn is_uid(uid: &str) -> bool {
    let alphanumeric = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = uid.as_bytes();
    uid.len() <= 63
        && alphanumeric(bytes.first())
        && alphanumeric(bytes.last())
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// A kind, or a reason: a word in camel case.
pub fn is_camel_case(word: &str) -> bool {
    (1..=128).contains(&word.len())
        && word.starts_with(|first: char| first.is_ascii_uppercase())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `v1`, `apps/v1`.
pub fn is_api_version(version: &str) -> bool {
    let (group, version) = version.rsplit_once('/').unwrap_or(("core", version));
    is_dns_subdomain(group) && is_dns_label(version)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("rule \"a\": größer", 100, "rule \"a\": größer")]
    #[case::forged_line("a\nWARN b", 100, "a\\nWARN b")]
    #[case::colours("a\u{1b}[31mb", 100, "a\\u{1b}[31mb")]
    #[case::right_to_left("a\u{202e}b", 100, "a\\u{202e}b")]
    #[case::cut_inside_a_character("aäöü", 6, "aä…")]
    #[case::cut_after_an_escape("aaaa\n\n\n", 8, "aaaa…")]
    fn a_text_is_clamped(#[case] text: &str, #[case] bytes: usize, #[case] expected: &str) {
        assert_eq!(clamped(text, bytes), expected);
    }

    #[rstest]
    #[case::label("team-a", true)]
    #[case::capital("Team", false)]
    #[case::dot("a.b", false)]
    #[case::dash("-a", false)]
    #[case::path("../kube-system", false)]
    #[case::empty("", false)]
    #[case::long(&"a".repeat(64), false)]
    fn a_namespace_is_a_dns_label(#[case] name: &str, #[case] valid: bool) {
        assert_eq!(is_dns_label(name), valid);
    }

    #[rstest]
    #[case::core("v1", true)]
    #[case::group("apps/v1", true)]
    #[case::long_group("kustomize.toolkit.fluxcd.io/v1beta2", true)]
    #[case::path("a/b/v1", false)]
    #[case::query("v1?x", false)]
    fn an_api_version_has_a_group_or_none(#[case] version: &str, #[case] valid: bool) {
        assert_eq!(is_api_version(version), valid);
    }
}
