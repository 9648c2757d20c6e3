//! Which requests the policy handles.

use rstest::rstest;
use serde_json::json;

use crate::ask::Ask;
use crate::rules::{LABEL, rule, settings};

/// kwctl writes such a request if it knows no cluster.
#[test]
fn a_request_is_for_a_pod_by_its_kind() {
    let answered = Ask::new(&settings(&[rule("r", LABEL)]))
        .request("/resource/resource", "this-is-the-plural-name")
        .answer();
    assert_eq!(answered.audit("applied-rules"), "r");
}

#[rstest]
#[case::operation("/operation", "UPDATE")]
#[case::sub_resource("/subResource", "ephemeralcontainers")]
#[case::kind("/kind/kind", "PodTemplate")]
#[case::version("/kind/version", "v2")]
#[case::group("/kind/group", "example.com")]
fn other_requests_are_answered_untouched(#[case] field: &str, #[case] value: &str) {
    let answered = Ask::new(&settings(&[rule("r", LABEL)]))
        .request(field, value)
        .answer();
    assert_eq!(answered.answer, json!({"accepted": true}));
}
