//! The host, with policies that behave and policies that don't.

mod support;

use std::time::{Duration, Instant};

use policy_host::{Failure, Level, Policy, PolicyError, Request, Settings};
use rstest::rstest;
use serde_json::{Value, json};
use support::{answering, guest, logging, pod, policy, request, with_init};
use test_modules::{Package, module};

fn none() -> Settings {
    Settings::default()
}

#[test]
fn the_payload_is_the_hosts() {
    let echo = guest(
        &[],
        "(call $request (i32.const 0) (i32.const 8192))
         (call $error (i32.const 8192) (local.get $length)) (i32.const 0)",
    );
    let settings = Settings::from_value(json!({"z": 1, "a": 2})).expect("an object");
    let request = request();
    let outcome = policy(&echo).evaluate(&request, &settings);
    let payload = json!({"request": request, "settings": {"a": 2, "z": 1}}).to_string();
    assert_eq!(
        outcome.message,
        Some(format!(
            "internal server error: Guest call failure: {payload}"
        ))
    );
}

#[test]
fn every_request_gets_a_fresh_instance() {
    let once = guest(
        &[r#"{"accepted":true}"#],
        "(if (global.get $calls) (then unreachable))
         (global.set $calls (i32.const 1))
         (call $answer {0}) (i32.const 1)",
    );
    let once = policy(&once);
    for _ in 0..3 {
        let outcome = once.evaluate(&request(), &none());
        assert!(outcome.allowed, "{:?}", outcome.message);
    }
}

#[rstest]
#[case::returns_an_error(
    guest(&["no"], "(call $error {0}) (i32.const 0)"),
    "internal server error: Guest call failure: no"
)]
// The trap itself is only in the runtime's own log, in the hosts too.
#[case::traps(
    guest(&[], "unreachable"),
    "Guest call failure: error while executing at wasm backtrace"
)]
#[case::traps_at_start(
    with_init(&[], "unreachable", "(i32.const 0)"),
    "internal server error: Initialization failed"
)]
#[case::says_nothing(guest(&[], "(i32.const 1)"), "No error message OR response")]
#[case::answers_no_json(
    guest(&["yes"], "(call $answer {0}) (i32.const 1)"),
    "invalid response from policy: expected value"
)]
#[case::answers_something_else(answering(&json!({})), "missing field `accepted`")]
fn a_policy_that_fails_rejects(#[case] wat: String, #[case] expected: &str) {
    let outcome = policy(&wat).evaluate(&request(), &none());
    assert!(!outcome.allowed);
    assert_eq!(outcome.code, Some(500));
    let failure = outcome.failure.expect("it failed").to_string();
    let said = outcome.message.expect("there is a message");
    assert_eq!(said, failure);
    assert!(said.contains(expected), "{said}");
}

#[rstest]
#[case::a_call(guest(&[], "(loop (br 0)) (i32.const 0)"))]
#[case::the_start(with_init(&[], "(loop (br 0))", "(i32.const 0)"))]
fn a_policy_that_takes_too_long_is_interrupted(#[case] wat: String) {
    let limit = Duration::from_millis(100);
    let endless = policy(&wat).with_time_out(limit);
    for _ in 0..2 {
        let start = Instant::now();
        let outcome = endless.evaluate(&request(), &none());
        assert_eq!(outcome.failure, Some(Failure::TimedOut));
        assert!(!outcome.allowed);
        assert_eq!(outcome.code, Some(500));
        assert!(start.elapsed() >= limit);
    }
}

#[test]
fn the_answer_is_handed_on() {
    let answer = json!({
        "accepted": false, "message": "no", "code": 403, "unknown": 1,
        "warnings": ["w"], "audit_annotations": {"k": "v"},
    });
    let outcome = policy(&answering(&answer)).evaluate(&request(), &none());
    assert!(!outcome.allowed);
    assert_eq!(outcome.message.as_deref(), Some("no"));
    assert_eq!(outcome.code, Some(403));
    assert_eq!(outcome.warnings, ["w"]);
    assert_eq!(outcome.audit_annotations["k"], "v");
    assert_eq!(outcome.failure, None);
    assert_eq!(outcome.uid, request().uid);
}

#[test]
fn logs_are_collected_and_other_calls_denied() {
    let event = json!({"reason": "R"});
    let records = [
        json!({"level": "warning", "message": "m", "event": event}),
        json!({"message": "a record needs a level"}),
    ];
    let outcome =
        policy(&logging(&records, &json!({"accepted": true}))).evaluate(&request(), &none());
    assert!(outcome.allowed, "{:?}", outcome.message);
    assert_eq!(outcome.logs.len(), 1);
    assert_eq!(outcome.logs[0].level, Level::Warning);
    assert_eq!(outcome.events().collect::<Vec<_>>(), [&event]);
    let [unreadable, denied] = &outcome.host_errors[..] else {
        panic!("{:?}", outcome.host_errors)
    };
    assert!(unreadable.contains("missing field `level`"), "{unreadable}");
    assert!(denied.contains("'kubernetes/can_i'"), "{denied}");
}

#[rstest]
#[case::the_same(pod(), json!([]))]
#[case::another_type(json!(1), json!([{"op": "replace", "path": "", "value": 1}]))]
fn a_mutation_becomes_a_patch(#[case] mutated: Value, #[case] patch: Value) {
    let answer = json!({"accepted": true, "mutated_object": mutated});
    let outcome = policy(&answering(&answer)).evaluate(&request(), &none());
    assert_eq!(outcome.patch_json(), patch);
    assert_eq!(outcome.patch.is_none(), patch == json!([]));
    assert_eq!(outcome.mutated_object, Some(mutated));
}

#[test]
fn where_there_is_no_object_a_mutation_is_a_rejection() {
    let mut delete = request();
    delete.operation = "DELETE".to_owned();
    delete.old_object = delete.object.take();
    let answer = json!({"accepted": true, "mutated_object": {}});
    let outcome = policy(&answering(&answer)).evaluate(&delete, &none());
    assert!(!outcome.allowed);
    assert_eq!(outcome.patch, None);
    let untouched = policy(&answering(&json!({"accepted": true}))).evaluate(&delete, &none());
    assert!(untouched.allowed);
}

#[rstest]
#[case::valid(answering(&json!({"valid": true})), true, None)]
#[case::invalid(answering(&json!({"valid": false, "message": "m"})), false, Some("m"))]
#[case::error(
    guest(&["no"], "(call $error {0}) (i32.const 0)"),
    false,
    Some("internal server error: Guest call failure: no")
)]
fn settings_are_checked(#[case] wat: String, #[case] valid: bool, #[case] message: Option<&str>) {
    let outcome = policy(&wat).validate_settings(&none());
    assert_eq!(outcome.valid, valid);
    assert_eq!(outcome.message.as_deref(), message);
    assert_eq!(outcome.failure.is_some(), wat.contains("(call $error (i32"));
}

/// policy-server has no time limit for them either.
#[test]
fn a_check_of_settings_is_not_interrupted() {
    let slow = guest(
        &[r#"{"valid":true,"accepted":true}"#],
        "(loop $again
             (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
             (br_if $again (i32.lt_u (global.get $calls) (i32.const 200000000))))
         (call $answer {0}) (i32.const 1)",
    );
    let slow = policy(&slow).with_time_out(Duration::from_millis(10));
    let outcome = slow.evaluate(&request(), &none());
    assert_eq!(outcome.failure, Some(Failure::TimedOut));
    let outcome = slow.validate_settings(&none());
    assert!(outcome.valid, "{:?}", outcome.failure);
    let outcome = slow.validate_rules(&json!({}), None);
    assert!(outcome.valid, "{:?}", outcome.failure);
}

#[test]
fn any_bytes_can_be_passed() {
    let noop = Policy::load(&module(Package::Noop)).expect("it was built");
    for payload in [&b""[..], b"\xff\x00", b"{"] {
        for function in ["validate", "validate_settings", "protocol_version"] {
            assert!(noop.call(function, payload).answer.is_ok(), "{function}");
        }
    }
    assert!(matches!(
        noop.call("unknown", b"").answer,
        Err(Failure::Guest(_))
    ));
}

#[test]
fn the_yardsticks_do_what_they_are_for() {
    let noop = Policy::load(&module(Package::Noop)).expect("it was built");
    let outcome = noop.evaluate(&request(), &none());
    assert!(outcome.allowed && outcome.mutated_object.is_none());

    let floor = Policy::load(&module(Package::Floor)).expect("it was built");
    let outcome = floor.evaluate(&request(), &none());
    let label = json!({
        "op": "add", "path": "/metadata/labels/bench.pod-injector.io~1floor", "value": "true",
    });
    assert_eq!(outcome.patch_json(), json!([label]));
    let delete = Request {
        object: None,
        ..request()
    };
    assert!(floor.evaluate(&delete, &none()).allowed);
}

/// Tests share a policy, so that its module is compiled once.
#[test]
fn a_policy_can_be_shared_between_threads() {
    fn shareable<T: Send + Sync>() {}
    shareable::<Policy>();
}

#[rstest]
#[case::no_module("hello", "not a WebAssembly module")]
#[case::cut_module("\0asm", "not a WebAssembly module")]
#[case::empty("", "not a WebAssembly module")]
#[case::no_policy("(module)", "does not export `__guest_call`")]
#[case::other_host(
    r#"(module (import "other" "f" (func)) (func (export "__guest_call")))"#,
    "not a waPC policy"
)]
fn other_files_are_refused(#[case] content: &str, #[case] expected: &str) {
    let Err(error) = Policy::from_bytes("p.wasm", content.as_bytes()) else {
        panic!("it is no policy")
    };
    let error = error.to_string();
    assert!(
        error.starts_with("p.wasm: ") && error.contains(expected),
        "{error}"
    );
}

#[test]
fn a_missing_file_is_named() {
    let Err(error) = Policy::load("no/such.wasm".as_ref()) else {
        panic!("there is no such file")
    };
    assert!(matches!(error, PolicyError::Read { .. }));
    assert!(error.to_string().starts_with("no/such.wasm: "), "{error}");
}
