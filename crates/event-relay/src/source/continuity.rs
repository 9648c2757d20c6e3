//! Whether a log that is opened again goes on where reading stopped. See [`Continuity`].
//!
//! A log is opened again from the second of the last line that was read. If the log still has that
//! line, the line comes back. If not, it was rotated away, and so may be lines that nobody has read.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

use super::line::{HEAD, date};

/// How far lines of one log may be out of order: the runtime dates standard output and standard
/// error apart.
const DISORDER: Duration = Duration::from_secs(1);

/// Waits for the last line that was read to come back.
#[derive(Debug, Default)]
pub(super) struct Continuity {
    /// The line's date; `None` once it has come back, and where none is expected.
    expected: Option<Timestamp>,
    /// The beginning of the line that the next chunk goes on with.
    head: Vec<u8>,
}

impl Continuity {
    /// From now on the line of this date is expected.
    pub(super) fn expect(&mut self, line: Option<Timestamp>) {
        self.expected = line;
        self.head.clear();
    }

    /// A stream begins: the next chunk is the beginning of a line.
    pub(super) fn reset(&mut self) {
        self.head.clear();
    }

    /// Looks at the next bytes. True if they show that the expected line is gone.
    pub(super) fn is_broken_by(&mut self, chunk: &[u8]) -> bool {
        if self.expected.is_none() {
            return false;
        }
        for part in chunk.split_inclusive(|byte| *byte == b'\n') {
            let room = HEAD.saturating_sub(self.head.len());
            self.head.extend_from_slice(&part[..part.len().min(room)]);
            if !part.ends_with(b"\n") {
                return false;
            }
            let at = date(&self.head).map(|(time, _)| time);
            self.head.clear();
            let (Some(expected), Some(at)) = (self.expected, at) else {
                continue;
            };
            if at == expected {
                self.expected = None;
                return false;
            }
            if at.duration_since(expected).as_secs_f64() > DISORDER.as_secs_f64() {
                self.expected = None;
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn second(second: u8) -> String {
        format!("2026-11-30T10:00:{second:02}.5Z")
    }

    /// Whether a log of lines with these seconds has a gap after second 10, however it is cut.
    fn has_gap(seconds: &[u8]) -> bool {
        let lines = seconds.iter().map(|at| second(*at) + " a line\n");
        let log: String = lines.collect();
        let gaps: Vec<bool> = (1..=log.len().max(1))
            .map(|size| {
                let mut continuity = Continuity::default();
                continuity.expect(second(10).parse().ok());
                let mut chunks = log.as_bytes().chunks(size);
                chunks.any(|chunk| continuity.is_broken_by(chunk))
            })
            .collect();
        assert!(gaps.windows(2).all(|two| two[0] == two[1]), "{gaps:?}");
        gaps[0]
    }

    #[rstest]
    #[case::it_comes_back(&[9, 10, 20], false)]
    #[case::it_comes_back_first(&[10, 20], false)]
    #[case::nothing_comes(&[], false)]
    #[case::only_earlier_lines_come(&[8, 9], false)]
    #[case::the_next_second_comes_first(&[11, 10, 20], false)]
    #[case::it_is_gone(&[20, 21], true)]
    #[case::it_is_gone_and_earlier_lines_are_not(&[9, 20], true)]
    fn a_gap_is_seen(#[case] seconds: &[u8], #[case] expected: bool) {
        assert_eq!(has_gap(seconds), expected);
    }

    #[test]
    fn a_gap_is_counted_once() {
        let mut continuity = Continuity::default();
        continuity.expect(second(10).parse().ok());
        let line = format!("{} a line\n", second(20));
        assert!(continuity.is_broken_by(line.as_bytes()));
        assert!(!continuity.is_broken_by(line.as_bytes()));
    }
}
