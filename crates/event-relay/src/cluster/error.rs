//! What can come of a request to the API server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use tokio::time::Instant;
use tracing::warn;

/// At most so many missing permissions are told of: there is one for each namespace.
const PERMISSIONS: usize = 100;

/// A request that was not answered as hoped.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Too many requests: 429, or 503 with `Retry-After`.
    #[error("the API server asks to wait {} s", after.as_secs())]
    Throttled {
        /// For so long.
        after: Duration,
    },
    /// No answer, or one that says nothing about the request: the connection was lost, a time-out,
    /// 5xx, or credentials that are being renewed. Whether the request was carried out is unknown.
    #[error("the API server can't be reached or can't answer: {0}")]
    Unavailable(String),
    /// Somebody else wrote in between.
    #[error("the object has been changed meanwhile")]
    Conflict,
    /// There is one already.
    #[error("the object exists already")]
    AlreadyExists,
    /// No such object, or for a new object: no such namespace.
    #[error("not found: {0}")]
    NotFound(String),
    /// The namespace is being deleted.
    #[error("the namespace is being deleted")]
    NamespaceTerminating,
    /// The relay lacks a permission. The API server's words name it.
    #[error("not allowed: {0}")]
    Forbidden(String),
    /// The same for the first moments: an API server that has just been started refuses everything
    /// until it has read who may do what.
    #[error("not allowed yet: {0}")]
    NotYetAllowed(String),
    /// Anything else that the same request would meet again.
    #[error("refused with {code}: {message}")]
    Refused {
        /// The status.
        code: u16,
        /// The API server's words.
        message: String,
    },
}

impl ApiError {
    /// Whether the same request may go well later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Throttled { .. } | Self::Unavailable(_) | Self::NotYetAllowed(_)
        )
    }

    /// Whether what was asked for is there no more, such as the next page of an old list.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Refused { code: 410, .. })
    }

    /// All that [`ApiError::label`] gives for what is not tried again.
    pub const FINAL: [&str; 6] = [
        "conflict",
        "already_exists",
        "not_found",
        "namespace_terminating",
        "forbidden",
        "refused",
    ];

    /// The cause, as a metric's label.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Throttled { .. } => "throttled",
            Self::Unavailable(_) => "unavailable",
            Self::Conflict => "conflict",
            Self::AlreadyExists => "already_exists",
            Self::NotFound(_) => "not_found",
            Self::NamespaceTerminating => "namespace_terminating",
            Self::Forbidden(_) => "forbidden",
            Self::NotYetAllowed(_) => "not_yet_allowed",
            Self::Refused { .. } => "refused",
        }
    }
}

/// Tells of a permission that is missing, of each once.
pub fn tell_of_permission(error: &ApiError) {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let ApiError::Forbidden(message) = error else {
        return;
    };
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if told.len() < PERMISSIONS && told.insert(permission(message).to_owned()) {
        warn!("a permission is missing: {message}");
    }
}

/// What a permission is for, without the object's name: `cannot get resource "pods/log" ...`.
fn permission(message: &str) -> &str {
    message.find("cannot").map_or(message, |at| &message[at..])
}

/// A permission that is missing for so long is missing.
const BELIEVED_AFTER: Duration = Duration::from_secs(15);
/// One that was not missed for so long may have been given.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(10);

/// Which permissions were missed since when, and last when.
#[derive(Debug, Default)]
pub(super) struct Refusals(BTreeMap<String, (Instant, Instant)>);

impl Refusals {
    /// Does not believe a refusal at once.
    pub(super) fn judge(&mut self, error: ApiError, now: Instant) -> ApiError {
        match error {
            ApiError::Forbidden(message) => {
                if self.is_new(&message, now) {
                    ApiError::NotYetAllowed(message)
                } else {
                    ApiError::Forbidden(message)
                }
            }
            ApiError::Unavailable(_) => {
                // It may be started anew, and then is to be given time again.
                self.0.clear();
                error
            }
            _ => error,
        }
    }

    fn is_new(&mut self, message: &str, now: Instant) -> bool {
        self.0
            .retain(|_, (_, last)| now.duration_since(*last) < FORGOTTEN_AFTER);
        if self.0.len() >= PERMISSIONS {
            return false;
        }
        let permission = permission(message).to_owned();
        let (first, last) = self.0.entry(permission).or_insert((now, now));
        *last = now;
        now.duration_since(*first) < BELIEVED_AFTER
    }
}

/// The part of a `metav1.Status` that tells errors apart.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    message: String,
    reason: String,
    details: Details,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    retry_after_seconds: u64,
    causes: Vec<Cause>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cause {
    reason: String,
}

/// The longest that the API server's own wish to wait is honoured.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Makes an error of an answer. API Priority and Fairness answers in plain text, everything else
/// with a `metav1.Status`.
pub(super) fn of_answer(code: StatusCode, headers: &HeaderMap, body: &[u8]) -> ApiError {
    let status: Status = serde_json::from_slice(body).unwrap_or_default();
    let message = if status.message.is_empty() {
        String::from_utf8_lossy(&body[..body.len().min(200)])
            .trim()
            .to_owned()
    } else {
        status.message
    };
    let header = headers.get(http::header::RETRY_AFTER);
    let seconds = header
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .or(Some(status.details.retry_after_seconds).filter(|seconds| *seconds > 0));
    let after = seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
    match (code, status.reason.as_str()) {
        (StatusCode::CONFLICT, "AlreadyExists") => ApiError::AlreadyExists,
        (StatusCode::CONFLICT, _) => ApiError::Conflict,
        (StatusCode::NOT_FOUND, _) => ApiError::NotFound(message),
        (StatusCode::FORBIDDEN, _) => {
            let mut causes = status.details.causes.iter();
            if causes.any(|cause| cause.reason == "NamespaceTerminating") {
                ApiError::NamespaceTerminating
            } else {
                ApiError::Forbidden(message)
            }
        }
        (StatusCode::TOO_MANY_REQUESTS, _) => ApiError::Throttled {
            after: after.unwrap_or(Duration::from_secs(1)),
        },
        (StatusCode::UNAUTHORIZED | StatusCode::REQUEST_TIMEOUT, _) => {
            ApiError::Unavailable(format!("{code}: {message}"))
        }
        _ if code.is_server_error() => match after {
            Some(after) => ApiError::Throttled { after },
            None => ApiError::Unavailable(format!("{code}: {message}")),
        },
        _ => ApiError::Refused {
            code: code.as_u16(),
            message,
        },
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::exists(409, r#"{"reason":"AlreadyExists"}"#, "already_exists")]
    #[case::conflict(409, r#"{"reason":"Conflict"}"#, "conflict")]
    #[case::terminating(
        403,
        r#"{"reason":"Forbidden","details":{"causes":[{"reason":"NamespaceTerminating"}]}}"#,
        "namespace_terminating"
    )]
    #[case::forbidden(403, r#"{"reason":"Forbidden"}"#, "forbidden")]
    #[case::no_namespace(404, r#"{"reason":"NotFound"}"#, "not_found")]
    #[case::etcd(500, r#"{"message":"etcdserver: no leader"}"#, "unavailable")]
    #[case::starting(503, "starting", "unavailable")]
    #[case::token(401, r#"{"reason":"Unauthorized"}"#, "unavailable")]
    #[case::invalid(422, r#"{"reason":"Invalid"}"#, "refused")]
    fn answers_are_told_apart(#[case] code: u16, #[case] body: &str, #[case] label: &str) {
        let code = StatusCode::from_u16(code).expect("a status");
        let error = of_answer(code, &HeaderMap::new(), body.as_bytes());
        assert_eq!(error.label(), label);
        assert_eq!(error.is_transient(), !ApiError::FINAL.contains(&label));
    }

    #[test]
    fn a_refusal_is_believed_when_it_lasts() {
        let mut refusals = Refusals::default();
        let begun = Instant::now();
        let mut judge = |message: &str, seconds: u64| {
            let error = ApiError::Forbidden(message.to_owned());
            let now = begun + Duration::from_secs(seconds);
            refusals.judge(error, now).label()
        };
        assert_eq!(judge("pods \"a\": cannot get pods", 0), "not_yet_allowed");
        assert_eq!(judge("pods \"b\": cannot get pods", 14), "not_yet_allowed");
        assert_eq!(judge("jobs \"c\": cannot get jobs", 16), "not_yet_allowed");
        assert_eq!(judge("pods \"d\": cannot get pods", 16), "forbidden");
        assert_eq!(judge("pods \"e\": cannot get pods", 615), "forbidden");
        assert_eq!(
            judge("pods \"f\": cannot get pods", 1300),
            "not_yet_allowed"
        );
        let gone = ApiError::Unavailable("it is started anew".to_owned());
        refusals.judge(gone, begun + Duration::from_mins(22));
        let error = ApiError::Forbidden("pods \"g\": cannot get pods".to_owned());
        let error = refusals.judge(error, begun + Duration::from_secs(1330));
        assert_eq!(error.label(), "not_yet_allowed");
    }

    #[rstest]
    #[case::plain_text(429, Some("7"), "Too many requests, please try again later.", 7)]
    #[case::in_the_status(429, None, r#"{"details":{"retryAfterSeconds":3}}"#, 3)]
    #[case::no_time(429, None, "", 1)]
    #[case::unavailable(503, Some("5"), "", 5)]
    #[case::too_long(429, Some("86400"), "", 60)]
    fn the_wish_to_wait_is_read(
        #[case] code: u16,
        #[case] header: Option<&'static str>,
        #[case] body: &str,
        #[case] seconds: u64,
    ) {
        let code = StatusCode::from_u16(code).expect("a status");
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert("retry-after", HeaderValue::from_static(header));
        }
        match of_answer(code, &headers, body.as_bytes()) {
            ApiError::Throttled { after } => assert_eq!(after, Duration::from_secs(seconds)),
            other => panic!("{other:?}"),
        }
    }
}
