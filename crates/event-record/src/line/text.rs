//! Lines of policy-server's `text` and `otlp` formats, and of kwctl: `TIME LEVEL SPANS: policy_log:
//! MESSAGE data=JSON`, with or without colours.
//!
//! The text before the record is not trusted, and may look like a record:
//! - Spans hold the policy's settings in Rust's debug form. It writes every `"` of a string as
//!   `\"`, so that no JSON object with a key and no quoted field can be inside.
//! - The message is the policy's, without escapes. The line ends with the host's `data=`, so that
//!   JSON from a `data=` to the end of the line is the host's.

use memchr::memmem;

use super::colours::without_colours;
use super::{Data, Format, Host, Logged, NotARecord};

/// The beginning of the call's span, in which the host writes the policy's name without escapes.
const CALL: &str = "policy_log{self=EvaluationContext { policy_id: \"";
/// The text before the JSON.
const DATA: &str = " data={";
/// The maximum number of `data={` that are tried in a message.
const CANDIDATES: usize = 16;

pub(super) fn parse(line: &str) -> Result<Logged, NotARecord> {
    let line = without_colours(line);
    let (time, rest) = line.split_once(' ').ok_or(NotARecord::NotPolicyLog)?;
    let time = time.parse().map_err(|_| NotARecord::NotPolicyLog)?;
    let (level, rest) = rest
        .trim_start()
        .split_once(' ')
        .ok_or(NotARecord::NotPolicyLog)?;
    if !matches!(level, "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR") {
        return Err(NotARecord::NotPolicyLog);
    }
    let parts = split(rest).ok_or(NotARecord::NotPolicyLog)?;
    let Data { event } = data(parts.said).ok_or(NotARecord::Damaged)?;
    Ok(Logged {
        format: Format::Text,
        time,
        host: host(&parts),
        event,
    })
}

/// The parts of a line after its time and level.
struct Parts<'a> {
    /// The spans before the call's span.
    spans: &'a str,
    /// The call's span, from the policy's name on.
    call: &'a str,
    /// The policy's message and data.
    said: &'a str,
}

fn split(rest: &str) -> Option<Parts<'_>> {
    // The host's log level leaves out its spans.
    if let Some(said) = rest.strip_prefix("policy_log: ") {
        return Some(Parts {
            spans: "",
            call: "",
            said,
        });
    }
    let (spans, rest) = rest.split_once(CALL)?;
    let (call, said) = rest.split_once(": policy_log: ")?;
    Some(Parts { spans, call, said })
}

fn data(said: &str) -> Option<Data> {
    memmem::find_iter(said.as_bytes(), DATA)
        .take(CANDIDATES)
        .find_map(|at| serde_json::from_str(&said[at + DATA.len() - 1..]).ok())
}

fn host(parts: &Parts<'_>) -> Host {
    let spans = parts.spans;
    let request = [("}:validation{", false), ("}:audit{", true)]
        .into_iter()
        .filter_map(|(name, audit)| Some((find(spans, name)?, audit)))
        .min();
    match request {
        Some((at, audit)) => {
            let request = &spans[at..];
            Host {
                policy: field(request, " policy_id=\""),
                request_uid: field(request, " request_uid=\""),
                namespace: field(request, " namespace=\""),
                server: field(request, "{host=\""),
                audit,
            }
        }
        // kwctl has no HTTP request: its line begins with the evaluation.
        None if spans.starts_with("validate{") => Host {
            policy: field(parts.call, ""),
            ..Host::default()
        },
        None => Host::default(),
    }
}

/// A field's first value, since the host's fields come before the settings. A value with escapes is
/// not a name and counts as unknown.
fn field(span: &str, start: &str) -> Option<String> {
    let value = &span[find(span, start)? + start.len()..];
    let value = &value[..memchr::memchr(b'"', value.as_bytes())?];
    (!value.contains('\\')).then(|| value.to_owned())
}

fn find(text: &str, needle: &str) -> Option<usize> {
    memmem::find(text.as_bytes(), needle.as_bytes())
}
