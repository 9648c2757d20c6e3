//! Finding a [`Record`](crate::Record) in a line of a Kubewarden host's log.
//!
//! A log holds anything: other policies' words, settings printed in Rust's debug form, lines cut
//! in the middle or written by two writers at once. A line is a record only if the host itself says
//! that its `policy_log` wrote it and everything up to the line's end is what the host would have
//! written. What the event *says* is still the policy's word; judging that is the reader's part.
//!
//! The lines are those of policy-server (`--log-fmt json`, `text`, `otlp`) and of kwctl, which
//! `tracing-subscriber` formats.

mod json;
mod text;

use k8s_openapi::api::core::v1::Event;
use k8s_openapi::jiff::Timestamp;
use serde::Deserialize;

/// Bytes that every line with a record holds, whatever its format, and that hardly any other line
/// does: a search for them tells at little cost which lines are worth parsing.
pub const NEEDLE: &str = "involvedObject";

/// The target of what policies log, in every host.
const TARGET: &str = "policy_log";

/// How a host writes a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object: what the policy said and what the host says are told apart for certain.
    Json,
    /// Text, coloured or not: a message with a newline in it is two lines, and the second may
    /// look like anything.
    Text,
}

/// Which formats are believed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Formats {
    /// Either, as each line looks.
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
    /// How the line was written.
    pub format: Format,
    /// When the host wrote it, by the host's clock.
    pub time: Timestamp,
    /// What the host says of the request.
    pub host: Host,
    /// The Event, as the policy gave it.
    pub event: Event,
}

/// What the host says of the request that a policy was evaluating. All of it is unknown where the
/// host's log level leaves spans out; kwctl tells of the policy only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Host {
    /// The policy, or the policy group: `clusterwide-NAME`, `namespaced-NAMESPACE-NAME`, or
    /// whatever policy-server's configuration calls it; an address with kwctl.
    pub policy: Option<String>,
    /// The uid of the admission request.
    pub request_uid: Option<String>,
    /// The namespace of the admission request; empty for an object without one.
    pub namespace: Option<String>,
    /// Whether the audit scanner asked, about an object that is there already.
    pub audit: bool,
    /// The server's own name, which in a cluster is its pod's; `unknown` where it finds none.
    pub server: Option<String>,
}

/// Why a line is not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotARecord {
    /// A host writes UTF-8 only.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// Not written by the host's `policy_log`, or not from its beginning.
    #[error("the line was not written by a policy's log call")]
    NotPolicyLog,
    /// In a format that is not believed.
    #[error("the line is in a format that is not believed")]
    Format,
    /// Cut, mixed with another line, or not an Event.
    #[error("what the policy logged is not an Event, or the line is damaged")]
    Damaged,
}

/// What a host puts under `data`: everything of a policy's call but level and message.
#[derive(Deserialize)]
struct Data {
    event: Event,
}

/// Reads one line, without its newline.
///
/// # Errors
///
/// [`NotARecord`] says why the line is none.
pub fn parse(line: &[u8], formats: Formats) -> Result<Logged, NotARecord> {
    let line = std::str::from_utf8(line).map_err(|_| NotARecord::NotUtf8)?;
    let line = line.strip_suffix('\r').unwrap_or(line);
    let json = line.starts_with('{');
    match formats {
        Formats::Json if !json => Err(NotARecord::Format),
        Formats::Text if json => Err(NotARecord::Format),
        _ if json => json::parse(line),
        _ => text::parse(line),
    }
}
