//! The log, compared with policy-server's.

use std::{sync::Arc, time::Duration};

use policy_host::{
    Settings,
    serve::{Log, LogBuffer, LogFormat, Options, Server},
};
use serde_json::{Value, json};

use crate::served::{NAME, Served, accepting, review, serve, serve_with};
use crate::support::{self, logging, policy, request};

fn record() -> Value {
    json!({"level": "warning", "message": "a \"quoted\"\nmessage", "event": {"reason": "R"}, "n": 1})
}

/// The fields are those of a line that policy-server 1.36 wrote for such a call.
#[test]
fn the_log_has_policy_servers_lines_in_json() {
    let wat = logging(&[record()], &json!({"accepted": true, "valid": true}));
    let served = serve_with(&wat, LogFormat::Json, json!({"note": "data={"}));
    assert_eq!(served.ask(&review()).status, 200);
    let lines = served.lines();
    let request = json!({
        "method": "POST", "uri": format!("/validate/{NAME}"), "version": "HTTP/1.1",
        "name": "request",
    });
    let policy_log = json!({
        "self": "EvaluationContext { policy_id: \"clusterwide-pod-injector\", callback_channel: Some(...), allowed_kubernetes_resources: {}, host_capabilities: [] }",
        "name": "policy_log",
    });
    let [started, logged, denied, answered] = &lines[..] else {
        panic!("{lines:#?}")
    };
    assert_eq!(
        without_timestamp(started),
        json!({
            "level": "INFO",
            "fields": {
                "message": "policy timeout protection is enabled", "execution_limit_seconds": 2,
            },
            "target": "policy_server",
        })
    );
    assert_eq!(
        without_timestamp(logged),
        json!({
            "level": "WARN",
            "fields": {
                "message": "a \"quoted\"\nmessage",
                "data": r#"{"event":{"reason":"R"},"n":1}"#,
            },
            "target": "policy_log",
            "span": policy_log,
            "spans": [
                request,
                {
                    "host": std::env::var("HOSTNAME").unwrap_or_else(|_| "unknown".to_owned()),
                    "kind": "Pod", "kind_group": "", "kind_version": "v1",
                    "namespace": "team-a", "operation": "CREATE", "policy_id": NAME,
                    "request_uid": support::request().uid, "resource": "pods",
                    "resource_group": "", "resource_version": "v1", "subresource": "",
                    "name": "validation",
                },
                {
                    "self": "PolicyEvaluator { runtime: \"wapc\" }",
                    "settings": "PolicySettings({\"note\": String(\"data={\")})",
                    "name": "validate",
                },
                policy_log,
            ],
        })
    );
    assert_eq!(denied["level"], "ERROR");
    assert_eq!(denied["fields"]["capability"], "kubernetes/can_i");
    assert_eq!(answered["fields"]["message"], "finished processing request");
    assert_eq!(answered["fields"]["status"], 200);
    assert_eq!(answered["target"], "tower_http::trace::on_response");
    assert_eq!(answered["spans"], json!([request]));
}

fn without_timestamp(line: &Value) -> Value {
    let mut line = line.clone();
    let timestamp = line
        .as_object_mut()
        .and_then(|line| line.remove("timestamp"));
    let timestamp = timestamp.unwrap_or_default();
    let timestamp = timestamp.as_str().unwrap_or_default();
    assert_eq!(timestamp.len(), "2026-11-23T13:06:38.862670Z".len());
    line
}

/// policy-server 1.36 wrote this line, with the newline in the message.
#[test]
fn the_log_has_policy_servers_lines_as_text() {
    let wat = logging(&[record()], &json!({"accepted": true, "valid": true}));
    let served = serve_with(&wat, LogFormat::Text, json!({"note": "data={"}));
    assert_eq!(served.ask(&review()).status, 200);
    served.server.stop().expect("it runs");
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "unknown".to_owned());
    let uid = request().uid;
    let request = format!("request{{method=POST uri=/validate/{NAME} version=HTTP/1.1}}");
    let validation = format!(
        r#"validation{{host="{host}" policy_id="{NAME}" kind="Pod" kind_group="" kind_version="v1" name="" namespace="team-a" operation="CREATE" request_uid="{uid}" resource="pods" resource_group="" resource_version="v1" subresource=""}}"#
    );
    let expected = format!(
        " WARN {request}:{validation}:validate{{self=PolicyEvaluator {{ runtime: \"wapc\" }} settings=PolicySettings({{\"note\": String(\"data={{\")}})}}:policy_log{{self=EvaluationContext {{ policy_id: \"{NAME}\", callback_channel: Some(...), allowed_kubernetes_resources: {{}}, host_capabilities: [] }}}}: policy_log: a \"quoted\"\nmessage data={{\"event\":{{\"reason\":\"R\"}},\"n\":1}}\n"
    );
    let text = served.log.text();
    assert!(text.contains(&expected), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn the_log_has_colours_where_policy_server_has() {
    let wat = logging(&[record()], &json!({"accepted": true, "valid": true}));
    let served = serve_with(&wat, LogFormat::ColoredText, json!({}));
    assert_eq!(served.ask(&review()).status, 200);
    let line = served.log.wait_for(Duration::from_secs(5), |line| {
        line.contains("\u{1b}[2mpolicy_log\u{1b}[0m")
    });
    let line = line.expect("it was written");
    assert!(line.contains("\u{1b}[33m WARN\u{1b}[0m"), "{line:?}");
}

#[test]
fn a_log_keeps_to_its_level() {
    let records = ["trace", "debug", "info", "warning", "error"]
        .map(|level| json!({"level": level, "message": level}));
    let wat = logging(&records, &json!({"accepted": true, "valid": true}));
    let logged = |level: &str| {
        let log = LogBuffer::default();
        let options = Options::new(
            NAME,
            Arc::new(policy(&wat)),
            Settings::default(),
            Log::new(LogFormat::Json, log.clone()).with_level(level.parse().expect("a level")),
        );
        let served = Served {
            server: Server::start(options).expect("the port is free"),
            log,
        };
        assert_eq!(served.ask(&review()).status, 200);
        let lines = served.lines();
        let policy = lines.iter().filter(|line| line["target"] == "policy_log");
        policy
            .map(|line| {
                line["fields"]["message"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(logged("trace").len(), 5);
    assert_eq!(logged("info"), ["info", "warning", "error"]);
    assert_eq!(logged("error"), ["error"]);
}

/// Two servers in one process write to logs of their own.
#[test]
fn logs_do_not_mix() {
    let served = [(); 2].map(|()| serve(&accepting()));
    assert_eq!(served[0].ask(&review()).status, 200);
    let [first, second] = served.map(Served::lines);
    assert_eq!((first.len(), second.len()), (2, 1));
}
