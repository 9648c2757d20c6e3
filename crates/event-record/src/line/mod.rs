//! Finds a [`Record`](crate::Record) in a line of a Kubewarden host's log.
//!
//! A log may hold anything: other policies' messages, settings in Rust's debug form, lines that are
//! cut or mixed. A line is a record only if the host's `policy_log` wrote it and everything up to
//! the line's end has the host's form. The content of the Event comes from the policy; the reader
//! decides whether to trust it.
//!
//! The lines are those of policy-server (`--log-fmt json`, `text`, `otlp`) and of kwctl.
//! `tracing-subscriber` formats them.

mod colours;
mod json;
mod prefix;
mod text;

use k8s_openapi::api::core::v1::Event;
use k8s_openapi::jiff::Timestamp;
use serde::Deserialize;

/// Bytes that every line with a record contains in each format, and that hardly any other line
/// contains. Searching for them is a cheap test before parsing.
pub const NEEDLE: &str = "involvedObject";

/// The target of policies' log records in every host.
const TARGET: &str = "policy_log";

/// The format of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A JSON object. The policy's part can't be confused with the host's.
    Json,
    /// Text, with or without colours. A message with a newline makes two lines, and the second may
    /// have any content.
    Text,
}

/// The formats that are accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Formats {
    /// Both formats.
    #[default]
    Any,
    /// JSON lines only.
    Json,
    /// Text lines only.
    Text,
}

/// A record that a host logged.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    /// The format of the line.
    pub format: Format,
    /// The time of the line by the host's clock.
    pub time: Timestamp,
    /// The host's data of the request.
    pub host: Host,
    /// The policy's Event.
    pub event: Event,
}

/// The host's data of the request that a policy was evaluating. It is all unknown if the host's log
/// level leaves spans out. kwctl writes only the policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Host {
    /// The policy or the policy group: `clusterwide-NAME`, `namespaced-NAMESPACE-NAME`, or the name
    /// in policy-server's configuration. With kwctl, an address.
    pub policy: Option<String>,
    /// The uid of the admission request.
    pub request_uid: Option<String>,
    /// The namespace of the admission request; empty for an object without one.
    pub namespace: Option<String>,
    /// Whether the audit scanner sent the request, for an existing object.
    pub audit: bool,
    /// The server's host name: in a cluster, its pod's name. `unknown` if it has none.
    pub server: Option<String>,
}

/// Why a line is not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotARecord {
    /// The line is not UTF-8.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// The host's `policy_log` did not write the line, or it is not the line's beginning.
    #[error("the line was not written by a policy's log call")]
    NotPolicyLog,
    /// The format is not accepted.
    #[error("the line is in a format that is not accepted")]
    Format,
    /// The line is cut or mixed with another one, or the record is not an Event.
    #[error("what the policy logged is not an Event, or the line is damaged")]
    Damaged,
}

/// The host's field `data`: the payload of a policy's call without level and message.
#[derive(Deserialize)]
struct Data {
    event: Event,
}

/// Reads one line, without its newline.
///
/// # Errors
///
/// Returns why the line is not a record.
pub fn parse(line: &[u8], formats: Formats) -> Result<Logged, NotARecord> {
    let line = utf8(line)?;
    parse_own(line.strip_suffix('\r').unwrap_or(line), formats)
}

/// Reads one line that came by way of people's tools: with what `kubectl logs --timestamps` and
/// `--prefix`, stern, docker compose, or the files of CRI and docker put before it.
///
/// # Errors
///
/// [`NotARecord`] says why the line is none.
pub fn parse_piped(line: &[u8], formats: Formats) -> Result<Logged, NotARecord> {
    parse_own(&prefix::without(utf8(line)?), formats)
}

fn utf8(line: &[u8]) -> Result<&str, NotARecord> {
    std::str::from_utf8(line).map_err(|_| NotARecord::NotUtf8)
}

fn parse_own(line: &str, formats: Formats) -> Result<Logged, NotARecord> {
    let json = line.starts_with('{');
    match formats {
        Formats::Json if !json => Err(NotARecord::Format),
        Formats::Text if json => Err(NotARecord::Format),
        _ if json => json::parse(line),
        _ => text::parse(line),
    }
}
