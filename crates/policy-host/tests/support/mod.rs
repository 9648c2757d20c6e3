//! Small policies for the tests, written in WebAssembly's text format.

#![allow(dead_code, reason = "each test file uses some of it")]

pub(crate) mod http;

use std::fmt::Write;

use policy_host::{Policy, Request};
use serde_json::{Value, json};

/// A policy whose every call runs `body`. The texts are put into the policy's memory, and `{0}`,
/// `{1}` and so on in `body` stand for the address and the length of one.
pub(crate) fn guest(texts: &[&str], body: &str) -> String {
    with_init(texts, "", body)
}

/// The same, with a body for the initialization.
pub(crate) fn with_init(texts: &[&str], init: &str, body: &str) -> String {
    let (mut data, mut body) = (String::new(), body.to_owned());
    let mut at = 1024;
    for (index, text) in texts.iter().enumerate() {
        let bytes = text.bytes().fold(String::new(), |mut bytes, byte| {
            write!(bytes, "\\{byte:02x}").expect("a string takes everything");
            bytes
        });
        writeln!(data, "(data (i32.const {at}) \"{bytes}\")").expect("a string takes everything");
        let place = format!("(i32.const {at}) (i32.const {})", text.len());
        body = body.replace(&format!("{{{index}}}"), &place);
        at += text.len();
    }
    format!(
        r#"(module
            (import "wapc" "__guest_request" (func $request (param i32 i32)))
            (import "wapc" "__guest_response" (func $answer (param i32 i32)))
            (import "wapc" "__guest_error" (func $error (param i32 i32)))
            (import "wapc" "__host_call"
                (func $call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 4)
            (global $calls (mut i32) (i32.const 0))
            {data}
            (func (export "wapc_init") {init})
            (func (export "__guest_call") (param $operation i32) (param $length i32) (result i32)
                {body}))"#
    )
}

/// A policy that gives the same answer to every call.
pub(crate) fn answering(answer: &Value) -> String {
    guest(&[&answer.to_string()], "(call $answer {0}) (i32.const 1)")
}

/// A policy that logs each record, asks for a resource it may not have, and then answers.
pub(crate) fn logging(records: &[Value], answer: &Value) -> String {
    let records: Vec<_> = records.iter().map(Value::to_string).collect();
    let answer = answer.to_string();
    let mut texts = vec![
        answer.as_str(),
        "kubewarden",
        "tracing",
        "log",
        "kubernetes",
        "can_i",
    ];
    let mut body = String::new();
    for record in &records {
        let index = texts.len();
        write!(body, "(drop (call $call {{1}} {{2}} {{3}} {{{index}}}))").expect("it fits");
        texts.push(record);
    }
    body.push_str("(drop (call $call {1} {4} {5} {0})) (call $answer {0}) (i32.const 1)");
    guest(&texts, &body)
}

/// Compiles a policy.
pub(crate) fn policy(wat: &str) -> Policy {
    Policy::from_bytes("test.wat", wat.as_bytes()).expect("the test's module is valid")
}

/// A pod without a name yet, with the service account that a manifest without one gets.
pub(crate) fn pod() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "web-", "labels": {"app": "web"}},
        "spec": {
            "containers": [{"name": "app", "image": "i"}],
            "fromTheFuture": [1e3, 9_007_199_254_740_993_u64],
            "serviceAccount": "default", "serviceAccountName": "default",
        },
    })
}

/// The request to create it.
pub(crate) fn request() -> Request {
    Request::from_pod(pod(), Some("team-a")).expect("it is a pod")
}
