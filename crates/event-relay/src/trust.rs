//! Which records are believed, and how far.
//!
//! A record is the word of a policy, in a log that holds the words of many. The host vouches for
//! who spoke and, where its log level allows, for the request that was being judged; so a record
//! about another namespace or another request than the host names is refused. What remains is the
//! policy's own: it is checked and clamped, never trusted to be well-formed.

use std::time::Duration;

use event_record::line::{Formats, Logged, NotARecord};
use event_record::{REQUEST_UID_ANNOTATION, RULE_ANNOTATION};
use k8s_openapi::api::core::v1::{Event, ObjectReference};
use k8s_openapi::jiff::Timestamp;

use crate::object::Object;
use crate::policies::Policies;
use crate::report::{self, PodSubject, Report, SourceId, Subject};
use crate::text::{clamped, is_api_version, is_camel_case, is_dns_label, is_dns_subdomain, is_uid};

/// Longest message of an Event, in bytes.
/// Source: `k8s.io/kubernetes/pkg/apis/core/validation/events.go` (`NoteLengthLimit`).
pub(crate) const MESSAGE_BYTES: usize = 1024;
/// Longest action of an Event, in bytes (`ActionLengthLimit` there).
const ACTION_BYTES: usize = 128;
/// Longest rule and part of an object that are kept, in bytes.
pub(crate) const NAME_BYTES: usize = 253;
/// Who reports when the policy does not say it in a way that can be used.
const NO_COMPONENT: &str = "kubewarden-policy";
/// What was tried when the policy does not say it.
const NO_ACTION: &str = "Admit";
/// So far may a host's clock be ahead of ours.
const AHEAD: Duration = Duration::from_mins(10);

/// Why a line with the needle in it gave no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no record.
    #[error(transparent)]
    NotARecord(#[from] NotARecord),
    /// The line is longer than any that is kept.
    #[error("the line is too long")]
    TooLong,
    /// The policy is not on the allow list, or the host did not name it.
    #[error("the policy is not on the allow list")]
    Policy,
    /// The audit scanner asked: nothing is being admitted.
    #[error("an audit, not an admission")]
    Audit,
    /// The Event's namespace is missing, no name, or another than its object's or the request's.
    #[error("the Event's namespace is not the request's")]
    Namespace,
    /// The pod of the request carries a stamp that tells of no such failure.
    #[error("the pod's stamp tells of no such failure")]
    Stamp,
    /// The Event's request is another than the host's.
    #[error("the Event's request is not the one that the host names")]
    Request,
    /// A reason or an object that no Event can have.
    #[error("the Event has no reason or no object that can be used")]
    Event,
    /// So old that an Event about it may have expired again.
    #[error("the record is too old")]
    Old,
}

impl Refused {
    /// All that [`Refused::label`] gives.
    pub const LABELS: [&str; 12] = [
        "not_utf8",
        "not_policy_log",
        "format",
        "damaged",
        "too_long",
        "policy",
        "audit",
        "namespace",
        "request",
        "event",
        "old",
        "stamp",
    ];

    /// The cause, as a metric's label.
    pub fn label(self) -> &'static str {
        match self {
            Self::NotARecord(NotARecord::NotUtf8) => "not_utf8",
            Self::NotARecord(NotARecord::NotPolicyLog) => "not_policy_log",
            Self::NotARecord(NotARecord::Format) => "format",
            Self::NotARecord(NotARecord::Damaged) => "damaged",
            Self::TooLong => "too_long",
            Self::Policy => "policy",
            Self::Audit => "audit",
            Self::Namespace => "namespace",
            Self::Request => "request",
            Self::Event => "event",
            Self::Old => "old",
            Self::Stamp => "stamp",
        }
    }
}

/// What is believed.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The policies that may report.
    pub policies: Policies,
    /// The formats of the log.
    pub formats: Formats,
    /// Older records than this are refused, if there is a limit.
    pub max_age: Option<Duration>,
}

impl Trust {
    /// Judges a record. Where it is known when its line was written, by another clock than the
    /// host's, that is `arrived`.
    ///
    /// # Errors
    ///
    /// [`Refused`] says why it is not believed.
    pub fn judge(
        &self,
        logged: Logged,
        arrived: Option<Timestamp>,
        source: SourceId,
    ) -> Result<Report, Refused> {
        let Logged {
            host, event, time, ..
        } = logged;
        let standing = self.policies.standing(host.policy.as_deref());
        let standing = standing.ok_or(Refused::Policy)?;
        if host.audit {
            return Err(Refused::Audit);
        }
        let now = Timestamp::now();
        let latest = arrived.unwrap_or_else(|| now.saturating_add(AHEAD).unwrap_or(now));
        let logged_at = time.min(latest);
        let time = time.min(arrived.unwrap_or(now));
        if self.is_old(time, now) {
            return Err(Refused::Old);
        }
        let namespace = namespace(&event, host.namespace.as_deref())?;
        let request = request(&event, host.request_uid.as_deref(), logged_at)?;
        let subject = subject(&event.involved_object, event.related.as_ref());
        let reason = event.reason.filter(|reason| is_camel_case(reason));
        let component = event.source.and_then(|source| source.component);
        let component = component.or(event.reporting_component);
        let action = event.action.filter(|action| !action.is_empty());
        let rule = annotation(event.metadata.annotations.as_ref(), RULE_ANNOTATION);
        Ok(Report {
            namespace,
            subject: subject.ok_or(Refused::Event)?,
            rule: clamped(rule.unwrap_or_default(), NAME_BYTES),
            reason: reason.ok_or(Refused::Event)?,
            action: clamped(action.as_deref().unwrap_or(NO_ACTION), ACTION_BYTES),
            message: clamped(event.message.as_deref().unwrap_or_default(), MESSAGE_BYTES),
            warning: event.type_.as_deref() != Some("Normal"),
            component: component
                .filter(|name| is_dns_label(name))
                .unwrap_or_else(|| NO_COMPONENT.to_owned()),
            request,
            time,
            logged: logged_at,
            source,
            standing,
            sent: false,
            ticket: None,
        })
    }

    /// The time before which everything is too long ago.
    pub fn oldest(&self, now: Timestamp) -> Option<Timestamp> {
        now.checked_sub(self.max_age?).ok()
    }

    /// Whether something that happened then is too long ago.
    pub fn is_old(&self, then: Timestamp, now: Timestamp) -> bool {
        self.max_age
            .is_some_and(|age| now.duration_since(then).unsigned_abs() > age && then < now)
    }
}

type Annotations = std::collections::BTreeMap<String, String>;

fn annotation<'a>(annotations: Option<&'a Annotations>, key: &str) -> Option<&'a str> {
    annotations?.get(key).map(String::as_str)
}

/// The namespace that everybody agrees on. The host's is empty for a request about an object
/// without one.
fn namespace(event: &Event, host: Option<&str>) -> Result<String, Refused> {
    let involved = event.involved_object.namespace.as_deref();
    let own = event.metadata.namespace.as_deref();
    match (own, involved) {
        (Some(own), Some(involved))
            if own == involved
                && is_dns_label(own)
                && host.is_none_or(|host| host.is_empty() || host == own) =>
        {
            Ok(own.to_owned())
        }
        _ => Err(Refused::Namespace),
    }
}

/// What tells this request from others: its uid, or where nobody tells it the record itself.
fn request(event: &Event, host: Option<&str>, time: Timestamp) -> Result<String, Refused> {
    let own = annotation(event.metadata.annotations.as_ref(), REQUEST_UID_ANNOTATION);
    let host = host.filter(|uid| is_uid(uid));
    match (own.filter(|uid| is_uid(uid)), host) {
        (Some(own), Some(host)) if own != host => Err(Refused::Request),
        (Some(uid), _) | (None, Some(uid)) => Ok(uid.to_owned()),
        (None, None) => {
            let text = serde_json::to_string(event).map_err(|_| Refused::Event)?;
            let hash = report::short_hash(&[&text, &time.to_string()]);
            Ok(hash
                .iter()
                .fold("none-".to_owned(), |uid, byte| format!("{uid}{byte:02x}")))
        }
    }
}

fn subject(involved: &ObjectReference, related: Option<&ObjectReference>) -> Option<Subject> {
    let kind = involved.kind.as_deref()?;
    let version = involved.api_version.as_deref();
    if kind == "Pod" && version.is_none_or(|version| version == "v1") {
        let name = involved.name.clone().filter(|name| is_dns_subdomain(name));
        let field_path = involved.field_path.as_deref();
        return Some(Subject::Pod(PodSubject {
            name,
            controller: related.and_then(object).filter(|owner| owner.uid.is_some()),
            field_path: field_path.map(|path| clamped(path, NAME_BYTES)),
            found: None,
        }));
    }
    object(involved).map(Subject::Other)
}

/// An object that can be referred to.
fn object(reference: &ObjectReference) -> Option<Object> {
    let text = |field: &Option<String>, valid: fn(&str) -> bool| {
        field.clone().filter(|value| valid(value))
    };
    Some(Object {
        api_version: text(&reference.api_version, is_api_version)?,
        kind: text(&reference.kind, is_camel_case)?,
        name: text(&reference.name, is_dns_subdomain)?,
        uid: text(&reference.uid, is_uid),
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(NotARecord::NotUtf8.into())]
    #[case(NotARecord::NotPolicyLog.into())]
    #[case(NotARecord::Format.into())]
    #[case(NotARecord::Damaged.into())]
    #[case(Refused::TooLong)]
    #[case(Refused::Policy)]
    #[case(Refused::Audit)]
    #[case(Refused::Namespace)]
    #[case(Refused::Request)]
    #[case(Refused::Event)]
    #[case(Refused::Old)]
    #[case(Refused::Stamp)]
    fn every_cause_is_among_the_labels(#[case] refused: Refused) {
        assert!(Refused::LABELS.contains(&refused.label()));
    }
}
