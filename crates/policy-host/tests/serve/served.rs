//! Policies that the tests serve.

use std::{net::SocketAddr, sync::Arc};

use policy_host::{
    Settings,
    serve::{Log, LogBuffer, LogFormat, Options, Server},
};
use serde_json::{Value, json};

use crate::support::{
    answering, guest,
    http::{Answer, Certificate, call},
    policy, request,
};

pub(crate) const NAME: &str = "clusterwide-pod-injector";
pub(crate) const JSON: Option<&str> = Some("application/json");

/// A served policy and its log.
pub(crate) struct Served {
    pub(crate) server: Server,
    pub(crate) log: LogBuffer,
}

pub(crate) fn serve_with(wat: &str, format: LogFormat, settings: Value) -> Served {
    let log = LogBuffer::default();
    let settings = Settings::from_value(settings).expect("an object");
    let options = Options::new(
        NAME,
        Arc::new(policy(wat)),
        settings,
        Log::new(format, log.clone()),
    );
    let server = Server::start(options).expect("the port is free");
    Served { server, log }
}

pub(crate) fn serve(wat: &str) -> Served {
    serve_with(wat, LogFormat::Json, json!({}))
}

/// A policy that accepts every request and all settings.
pub(crate) fn accepting() -> String {
    answering(&json!({"accepted": true, "valid": true}))
}

pub(crate) fn review() -> Value {
    json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request()})
}

impl Served {
    pub(crate) fn post(&self, path: &str, content_type: Option<&str>, body: &[u8]) -> Answer {
        let path = format!("POST {path}");
        call(self.server.addr(), None, &path, content_type, body)
    }

    pub(crate) fn ask(&self, review: &Value) -> Answer {
        let path = format!("/validate/{NAME}");
        self.post(&path, JSON, review.to_string().as_bytes())
    }

    /// Stops the server and returns the lines of the log, read as JSON.
    pub(crate) fn lines(self) -> Vec<Value> {
        self.server.stop().expect("it runs");
        let text = self.log.text();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
            .collect()
    }
}

pub(crate) fn options() -> Options {
    Options::new(
        NAME,
        Arc::new(policy(&accepting())),
        Settings::default(),
        Log::new(LogFormat::Text, LogBuffer::default()),
    )
}

pub(crate) fn accepts(addr: SocketAddr, certificate: Option<&Certificate>) -> bool {
    let path = format!("POST /validate/{NAME}");
    let body = review().to_string();
    let answer = call(addr, certificate, &path, JSON, body.as_bytes());
    answer.json()["response"]["allowed"] == true
}

/// A policy that accepts its settings and runs this body for a request.
pub(crate) fn then(texts: &[&str], body: &str) -> String {
    // The payload of the settings' check has two bytes: {}.
    let settings_are_fine = r#"{"valid":true}"#;
    let mut all = texts.to_vec();
    all.push(settings_are_fine);
    let check = format!(
        "(if (i32.eq (local.get $length) (i32.const 2))
            (then (call $answer {{{}}}) (return (i32.const 1))))",
        texts.len()
    );
    guest(&all, &format!("{check} {body}"))
}
