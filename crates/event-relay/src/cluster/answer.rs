//! Answers of the API server that are errors. See [`of_answer`].

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use crate::api_error::ApiError;

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

/// The wait after a 429 that names none.
const DEFAULT_WAIT: Duration = Duration::from_secs(1);

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
    // Such an answer has whatever code and reason the plugin chose.
    if is_denial(&message) {
        return ApiError::Denied(message);
    }
    let header = headers.get(http::header::RETRY_AFTER);
    let seconds = header
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .or(Some(status.details.retry_after_seconds).filter(|seconds| *seconds > 0));
    let asked = seconds.map(Duration::from_secs);
    match (code, status.reason.as_str()) {
        (StatusCode::CONFLICT, "AlreadyExists") => ApiError::AlreadyExists,
        (StatusCode::CONFLICT, _) => ApiError::Conflict,
        (StatusCode::NOT_FOUND, _) => ApiError::NotFound(message),
        (StatusCode::FORBIDDEN, _) => {
            let mut causes = status.details.causes.iter();
            if causes.any(|cause| cause.reason == "NamespaceTerminating") {
                ApiError::NamespaceTerminating
            } else if message.contains("exceeded quota") {
                ApiError::Quota(message)
            } else if is_missing_permission(&message) {
                ApiError::Forbidden(message)
            } else {
                ApiError::Denied(message)
            }
        }
        (StatusCode::TOO_MANY_REQUESTS, _) => ApiError::Throttled {
            asked: asked.unwrap_or(DEFAULT_WAIT),
            may_be_done: false,
        },
        (StatusCode::UNAUTHORIZED | StatusCode::REQUEST_TIMEOUT, _) => {
            ApiError::Unavailable(format!("{code}: {message}"))
        }
        _ if code.is_server_error() => match asked {
            Some(asked) => ApiError::Throttled {
                asked,
                may_be_done: true,
            },
            None => ApiError::Unavailable(format!("{code}: {message}")),
        },
        _ => ApiError::Refused {
            code: code.as_u16(),
            message,
        },
    }
}

/// Whether a webhook or a policy of the API server refuses the object.
/// Source: `k8s.io/apiserver/pkg/admission/plugin/{webhook/errors,policy/validating}`.
fn is_denial(message: &str) -> bool {
    (message.starts_with("admission webhook \"") && message.contains("denied the request"))
        || (message.contains("ValidatingAdmissionPolicy '") && message.contains("denied request"))
}

/// Whether an authorizer refuses the request.
/// Source: `k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go`.
fn is_missing_permission(message: &str) -> bool {
    message.is_empty() || message.contains("User \"") && message.contains(" cannot ")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use rstest::rstest;

    use super::*;

    const RBAC: &str = r#"{"reason":"Forbidden","message":"events is forbidden: User \"system:serviceaccount:a:b\" cannot create resource \"events\" in API group \"\" in the namespace \"c\""}"#;
    const QUOTA: &str = r#"{"reason":"Forbidden","message":"events \"x\" is forbidden: exceeded quota: few, requested: count/events=1, used: count/events=9, limited: count/events=9"}"#;
    const PLUGIN: &str =
        r#"{"reason":"Forbidden","message":"events \"x\" is forbidden: not on a Monday"}"#;
    const POLICY: &str = r#"{"reason":"Invalid","message":"events \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"}"#;
    const WEBHOOK: &str = r#"{"message":"admission webhook \"w.example.com\" denied the request: User \"x\" cannot write"}"#;

    #[rstest]
    #[case::exists(409, r#"{"reason":"AlreadyExists"}"#, "already_exists")]
    #[case::conflict(409, r#"{"reason":"Conflict"}"#, "conflict")]
    #[case::terminating(
        403,
        r#"{"reason":"Forbidden","details":{"causes":[{"reason":"NamespaceTerminating"}]}}"#,
        "namespace_terminating"
    )]
    #[case::forbidden(403, RBAC, "forbidden")]
    #[case::quota(403, QUOTA, "quota")]
    #[case::plugin(403, PLUGIN, "denied")]
    #[case::policy(422, POLICY, "denied")]
    #[case::webhook(403, WEBHOOK, "denied")]
    #[case::webhook_that_says_429(429, WEBHOOK, "denied")]
    #[case::webhook_that_says_500(500, WEBHOOK, "denied")]
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

    #[rstest]
    #[case::plain_text(429, Some("7"), "Too many requests, please try again later.", 7)]
    #[case::in_the_status(429, None, r#"{"details":{"retryAfterSeconds":3}}"#, 3)]
    #[case::no_time(429, None, "", 1)]
    #[case::unavailable(503, Some("5"), "", 5)]
    #[case::an_hour(429, Some("3600"), "", 3600)]
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
            ApiError::Throttled { asked, may_be_done } => {
                assert_eq!(asked, Duration::from_secs(seconds));
                assert_eq!(may_be_done, code != StatusCode::TOO_MANY_REQUESTS);
            }
            other => panic!("{other:?}"),
        }
    }

    #[rstest]
    #[case::timeout(504, r#"{"reason":"Timeout","details":{"retryAfterSeconds":1}}"#, true)]
    #[case::timeout_without_time(504, r#"{"reason":"Timeout"}"#, true)]
    #[case::busy(503, "", true)]
    #[case::throttled(429, "", false)]
    #[case::exists(409, r#"{"reason":"AlreadyExists"}"#, false)]
    fn a_request_may_have_been_carried_out(
        #[case] code: u16,
        #[case] body: &str,
        #[case] may_be_done: bool,
    ) {
        let code = StatusCode::from_u16(code).expect("a status");
        let error = of_answer(code, &HeaderMap::new(), body.as_bytes());
        assert_eq!(error.may_be_done(), may_be_done, "{error:?}");
    }
}
