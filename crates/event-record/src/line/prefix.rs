//! What people's tools put before and after a host's line. See [`without`].
//!
//! `kubectl logs --timestamps` and `--prefix`, stern, docker compose, the files of CRI and docker, a
//! byte order mark, and the carriage return of other systems.

use std::borrow::Cow;

use k8s_openapi::jiff::Timestamp;
use serde::Deserialize;

use super::colours::without_colours;

/// A prefix has at most so many words, and so many bytes.
const WORDS: usize = 8;
const BYTES: usize = 512;
/// Begins a line of the JSON format.
const JSON: &str = "{\"timestamp\":";
/// The levels of a line of the text formats.
const LEVELS: [&str; 5] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];

/// An entry of docker's file of a container's log.
#[derive(Deserialize)]
struct DockerEntry<'a> {
    #[serde(borrow)]
    log: Cow<'a, str>,
}

/// The line without what people's tools put around it. The line as it is, if there is no host's line
/// in it.
pub(super) fn without(line: &str) -> Cow<'_, str> {
    let line = line.strip_prefix('\u{feff}').unwrap_or(line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if !line.starts_with("{\"log\":") {
        return Cow::Borrowed(after_words(line));
    }
    let entry = serde_json::from_str(line);
    entry.map_or(Cow::Borrowed(line), |entry: DockerEntry<'_>| {
        Cow::Owned(after_words(entry.log.trim_end()).to_owned())
    })
}

/// The line after the words that a tool has put before it.
fn after_words(line: &str) -> &str {
    let mut rest = line;
    for _ in 0..=WORDS {
        if begins(rest) {
            return rest;
        }
        let Some((word, after)) = rest.split_once([' ', '\t']) else {
            break;
        };
        // A tool's words hold no JSON.
        if word.contains(['{', '"']) || line.len() - after.len() > BYTES {
            break;
        }
        rest = after.trim_start();
    }
    line
}

/// Whether a host's line begins here.
fn begins(text: &str) -> bool {
    if text.starts_with(JSON) {
        return true;
    }
    let words = text.split(' ').map(without_colours);
    let mut words = words.filter(|word| !word.is_empty());
    let (Some(time), Some(level)) = (words.next(), words.next()) else {
        return false;
    };
    time.parse::<Timestamp>().is_ok() && LEVELS.contains(&&*level)
}
