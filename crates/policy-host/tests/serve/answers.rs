//! The answers to reviews.

use std::sync::Arc;

use policy_host::{
    Settings,
    serve::{Log, LogBuffer, LogFormat, Options, ServeError, Server},
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::served::{NAME, review, serve, then};
use crate::support::{answering, pod, policy, request, with_init};

#[test]
fn a_change_becomes_a_patch_in_base64() {
    let mut mutated = pod();
    mutated["metadata"]["labels"]["egress"] = "proxied".into();
    let served = serve(&answering(&json!({
        "accepted": true, "valid": true, "mutated_object": mutated,
        "warnings": ["w"], "audit_annotations": {"applied-rules": "a"},
    })));
    let answer = served.ask(&review());
    assert_eq!(answer.status, 200);
    // [{"op":"add","path":"/metadata/labels/egress","value":"proxied"}]
    let patch =
        "W3sib3AiOiJhZGQiLCJwYXRoIjoiL21ldGFkYXRhL2xhYmVscy9lZ3Jlc3MiLCJ2YWx1ZSI6InByb3hpZWQifV0=";
    let expected = json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "response": {
            "uid": request().uid,
            "allowed": true,
            "patchType": "JSONPatch",
            "patch": patch,
            "auditAnnotations": {"applied-rules": "a"},
            "warnings": ["w"],
        },
    });
    assert_eq!(answer.json(), expected);
}

#[rstest]
#[case::accepted(json!({"accepted": true}), json!({"allowed": true}))]
#[case::rejected(
    json!({"accepted": false, "message": "no", "code": 403}),
    json!({"allowed": false, "status": {"message": "no", "code": 403}})
)]
#[case::rejected_without_a_word(json!({"accepted": false}), json!({"allowed": false}))]
fn a_verdict_is_passed_on(#[case] mut verdict: Value, #[case] mut expected: Value) {
    verdict["valid"] = true.into();
    expected["uid"] = request().uid.into();
    expected["warnings"] = Value::Null;
    expected["auditAnnotations"] = Value::Null;
    let answer = serve(&answering(&verdict)).ask(&review());
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["response"], expected);
}

#[rstest]
#[case::error(then(&["no"], "(call $error {0}) (i32.const 0)"), "Guest call failure: no")]
#[case::trap(then(&[], "unreachable"), "Guest call failure")]
#[case::endless(then(&[], "(loop $l (br $l)) (i32.const 0)"), "exceeded the allowed execution time")]
#[case::no_answer(then(&["{"], "(call $answer {0}) (i32.const 1)"), "invalid response from policy")]
fn a_policy_that_fails_rejects(#[case] wat: String, #[case] message: &str) {
    let served = serve(&wat);
    let answer = served.ask(&review());
    assert_eq!(answer.status, 200);
    let response = &answer.json()["response"];
    assert_eq!(response["allowed"], false);
    assert_eq!(response["status"]["code"], 500);
    let said = response["status"]["message"].as_str().expect("a message");
    assert!(said.contains(message), "{said}");
    let errors = served
        .lines()
        .into_iter()
        .filter(|line| line["level"] == "ERROR");
    let errors: Vec<_> = errors.collect();
    let [error] = &errors[..] else {
        panic!("{errors:?}")
    };
    assert_eq!(error["span"]["name"], "validate", "{error}");
}

/// policy-server does not start with such settings.
#[rstest]
#[case::refused(answering(&json!({"valid": false, "message": "not these"})), "not these")]
#[case::no_instance(with_init(&[], "unreachable", "(i32.const 1)"), "internal server error")]
fn a_policy_that_refuses_its_settings_is_not_served(#[case] wat: String, #[case] message: &str) {
    let log = Log::new(LogFormat::Json, LogBuffer::default());
    let options = Options::new(NAME, Arc::new(policy(&wat)), Settings::default(), log);
    let error = Server::start(options).expect_err("it refuses");
    assert!(matches!(error, ServeError::Settings(_)), "{error}");
    assert!(error.to_string().contains(message), "{error}");
}
