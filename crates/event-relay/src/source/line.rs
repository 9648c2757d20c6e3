//! The date that the kubelet writes before each line of a log.

use k8s_openapi::jiff::Timestamp;

/// How much of a line's beginning is kept, in bytes: its date, or an error text of the kubelet.
pub(super) const HEAD: usize = 128;

/// The date, and the rest of the line.
pub(super) fn date(line: &[u8]) -> Option<(Timestamp, &[u8])> {
    let space = memchr::memchr(b' ', line)?;
    let time = std::str::from_utf8(&line[..space]).ok()?;
    Some((time.parse().ok()?, &line[space + 1..]))
}

/// Whether a line, of which only the beginning may be there, begins with something else than a date.
pub(super) fn is_undated(line: &[u8]) -> bool {
    let in_date = |byte: &u8| byte.is_ascii_digit() || b"-:.+TZ".contains(byte);
    match memchr::memchr(b' ', line) {
        Some(_) => date(line).is_none(),
        None => !line.iter().all(in_date),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::a_line("2026-11-30T10:00:00.123456789Z stdout", false)]
    #[case::a_part_of_a_date("2026-11-3", false)]
    #[case::nothing("", false)]
    #[case::an_error("failed to create fsnotify watcher: too many open files", true)]
    #[case::another_error("unable to retrieve container logs for containerd://0", true)]
    #[case::one_word("unauthorized", true)]
    fn an_error_text_has_no_date(#[case] line: &str, #[case] undated: bool) {
        assert_eq!(is_undated(line.as_bytes()), undated);
    }
}
