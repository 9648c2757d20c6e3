//! The webhook, as the API server and others meet it.

mod support;

use std::{net::SocketAddr, sync::Arc, thread, time::Duration};

use policy_host::{
    Settings,
    serve::{Log, LogBuffer, LogFormat, Options, ServeError, Server, Tls},
};
use rstest::rstest;
use serde_json::{Value, json};
use support::{
    answering, guest,
    http::{Answer, Certificate, call, send},
    logging, pod, policy, request, with_init,
};

const NAME: &str = "clusterwide-pod-injector";
const JSON: Option<&str> = Some("application/json");

/// A served policy, and what it wrote to its log.
struct Served {
    server: Server,
    log: LogBuffer,
}

fn serve_with(wat: &str, format: LogFormat, settings: Value) -> Served {
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

fn serve(wat: &str) -> Served {
    serve_with(wat, LogFormat::Json, json!({}))
}

/// Accepts everything, settings included.
fn accepting() -> String {
    answering(&json!({"accepted": true, "valid": true}))
}

fn review() -> Value {
    json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request()})
}

impl Served {
    fn post(&self, path: &str, content_type: Option<&str>, body: &[u8]) -> Answer {
        let path = format!("POST {path}");
        call(self.server.addr(), None, &path, content_type, body)
    }

    fn ask(&self, review: &Value) -> Answer {
        let path = format!("/validate/{NAME}");
        self.post(&path, JSON, review.to_string().as_bytes())
    }

    /// The log's lines, read as JSON, once the server has stopped.
    fn lines(self) -> Vec<Value> {
        self.server.stop().expect("it runs");
        let text = self.log.text();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
            .collect()
    }
}

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
fn a_verdict_is_handed_on(#[case] mut verdict: Value, #[case] mut expected: Value) {
    verdict["valid"] = true.into();
    expected["uid"] = request().uid.into();
    expected["warnings"] = Value::Null;
    expected["auditAnnotations"] = Value::Null;
    let answer = serve(&answering(&verdict)).ask(&review());
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["response"], expected);
}

/// A policy that accepts its settings and then does this.
fn then(texts: &[&str], body: &str) -> String {
    // The settings' check comes with a payload of two bytes: {}.
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

/// As policy-server does not start then.
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

#[rstest]
#[case::empty(b"", 400, "EOF while parsing")]
#[case::cut(br#"{"request": {"#, 400, "EOF while parsing")]
#[case::no_json(b"\xff\x00\xfe", 400, "expected value")]
#[case::text_that_is_no_unicode(b"{\"request\": {\"uid\": \"\xff\"}}", 400, "invalid unicode")]
#[case::list(b"[]", 422, "invalid length 0")]
#[case::null(b"null", 422, "invalid type: null")]
#[case::other_object(br#"{"kind": "Pod"}"#, 422, "missing field `request`")]
#[case::answered(br#"{"response": {"uid": "u"}}"#, 422, "missing field `request`")]
#[case::no_uid(
    br#"{"request": {"kind": {}}}"#,
    422,
    "request.kind: missing field `group`"
)]
#[case::wrong_type(br#"{"request": {"uid": 1}}"#, 422, "request.uid: invalid type")]
#[case::two_documents(b"{}{}", 422, "missing field `request`")]
fn what_is_no_review_is_an_http_error(
    #[case] body: &[u8],
    #[case] status: u16,
    #[case] message: &str,
) {
    let served = serve(&accepting());
    let answer = served.post(&format!("/validate/{NAME}"), JSON, body);
    assert_eq!(answer.status, status, "{answer:?}");
    let answer = answer.json();
    assert_eq!(answer["status"], status);
    let said = answer["message"].as_str().expect("a message");
    assert!(said.contains(message), "{said}");
}

#[test]
fn json_too_deep_to_be_read_is_an_http_error() {
    let served = serve(&accepting());
    let body = "[".repeat(1_000_000);
    let answer = served.post(&format!("/validate/{NAME}"), JSON, body.as_bytes());
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(served.ask(&review()).json()["response"]["allowed"] == true);
}

#[test]
fn a_body_is_at_most_two_mebibytes() {
    let served = serve(&accepting());
    let sized = |size: usize| {
        let mut review = review();
        let bare = {
            review["request"]["object"]["x"] = "".into();
            review.to_string().len()
        };
        review["request"]["object"]["x"] = "x".repeat(size - bare).into();
        assert_eq!(review.to_string().len(), size);
        served.ask(&review)
    };
    let most = 2 * 1024 * 1024;
    assert_eq!(sized(most).status, 200);
    let answer = sized(most + 1);
    assert_eq!(answer.status, 413);
    let said = answer.json()["message"].to_string();
    assert!(said.contains("length limit exceeded"), "{said}");
}

#[rstest]
#[case::other_policy("POST /validate/other", JSON, 404)]
#[case::no_policy("POST /validate/", JSON, 404)]
#[case::other_path("POST /", JSON, 404)]
#[case::deeper("POST /validate/clusterwide-pod-injector/x", JSON, 404)]
#[case::other_method("GET /validate/clusterwide-pod-injector", None, 405)]
#[case::no_content_type("POST /validate/clusterwide-pod-injector", None, 415)]
#[case::other_content_type(
    "POST /validate/clusterwide-pod-injector",
    Some("application/yaml"),
    415
)]
#[case::charset(
    "POST /validate/clusterwide-pod-injector",
    Some("application/json; charset=utf-8"),
    200
)]
#[case::query("POST /validate/clusterwide-pod-injector?timeout=10s", JSON, 200)]
fn paths_and_headers(
    #[case] method_and_path: &str,
    #[case] content_type: Option<&str>,
    #[case] status: u16,
) {
    let served = serve(&accepting());
    let body = review().to_string();
    let answer = call(
        served.server.addr(),
        None,
        method_and_path,
        content_type,
        body.as_bytes(),
    );
    assert_eq!(answer.status, status, "{answer:?}");
    if method_and_path.ends_with("other") {
        let expected = json!({"message": "unknown policy: other", "status": 404});
        assert_eq!(answer.json(), expected);
    }
}

#[rstest]
#[case::no_http(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")]
#[case::endless_line(&[b'A'; 1_000_000])]
#[case::two_lengths(b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx")]
#[case::broken_chunks(b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")]
fn other_bytes_do_no_harm(#[case] bytes: &[u8]) {
    let certificate = Certificate::new();
    let tls = Server::start(options().with_tls(certificate.tls())).expect("the port is free");
    let plain = Server::start(options()).expect("the port is free");
    send(plain.addr(), None, bytes);
    send(tls.addr(), None, bytes);
    send(tls.addr(), Some(&certificate), bytes);
    for (addr, certificate) in [(plain.addr(), None), (tls.addr(), Some(&certificate))] {
        assert!(accepts(addr, certificate));
    }
}

fn options() -> Options {
    Options::new(
        NAME,
        Arc::new(policy(&accepting())),
        Settings::default(),
        Log::new(LogFormat::Text, LogBuffer::default()),
    )
}

fn accepts(addr: SocketAddr, certificate: Option<&Certificate>) -> bool {
    let path = format!("POST /validate/{NAME}");
    let body = review().to_string();
    let answer = call(addr, certificate, &path, JSON, body.as_bytes());
    answer.json()["response"]["allowed"] == true
}

#[test]
fn it_speaks_tls() {
    let certificate = Certificate::new();
    let server = Server::start(options().with_tls(certificate.tls())).expect("the port is free");
    assert_eq!(
        server.url(),
        format!("https://{}/validate/{NAME}", server.addr())
    );
    assert!(accepts(server.addr(), Some(&certificate)));
    // Somebody else's certificate is not taken for the server's.
    let other = Certificate::new();
    assert!(send(server.addr(), Some(&other), b"GET / HTTP/1.1\r\n\r\n").is_empty());
}

#[test]
fn a_certificate_needs_its_own_key() {
    let (one, other) = (Certificate::new(), Certificate::new());
    let error = Tls::from_pem(&one.pem, &other.key).map(|_| ());
    let error = error.expect_err("they are strangers").to_string();
    assert!(error.contains("can't be used"), "{error}");
}

#[rstest]
#[case::no_certificate("", true, "no certificate")]
#[case::no_key("", false, "no private key")]
#[case::broken_certificate(
    "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
    true,
    "no certificate"
)]
fn other_texts_are_no_certificate(
    #[case] text: &str,
    #[case] is_certificate: bool,
    #[case] expected: &str,
) {
    let good = Certificate::new();
    let read = if is_certificate {
        Tls::from_pem(text, &good.key)
    } else {
        Tls::from_pem(&good.pem, text)
    };
    let error = read.map(|_| ()).expect_err("it is none").to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn the_readiness_probe_has_a_port_of_its_own() {
    let mut options = options();
    options.readiness = Some(([127, 0, 0, 1], 0).into());
    let server = Server::start(options).expect("the ports are free");
    let probe = server.readiness_addr().expect("it was asked for");
    assert_eq!(call(probe, None, "GET /readiness", None, b"").status, 200);
    assert_eq!(
        call(server.addr(), None, "GET /readiness", None, b"").status,
        404
    );
}

#[rstest]
#[case::empty("")]
#[case::with_a_slash("a/b")]
fn a_name_has_to_fit_in_the_path(#[case] name: &str) {
    let mut options = options();
    name.clone_into(&mut options.name);
    assert!(matches!(Server::start(options), Err(ServeError::Name(_))));
}

#[test]
fn a_port_in_use_is_named() {
    let first = Server::start(options()).expect("the port is free");
    let mut options = options();
    options.addr = first.addr();
    let error = Server::start(options)
        .expect_err("it is in use")
        .to_string();
    assert!(error.contains(&first.addr().to_string()), "{error}");
}

#[test]
fn requests_under_way_are_answered_before_it_stops() {
    // It takes the whole of its two seconds.
    let served = serve(&then(&[], "(loop $l (br $l)) (i32.const 0)"));
    let addr = served.server.addr();
    let asking = thread::spawn(move || {
        let body = review().to_string();
        let path = format!("POST /validate/{NAME}");
        call(addr, None, &path, JSON, body.as_bytes())
    });
    thread::sleep(Duration::from_millis(500));
    served.server.stop().expect("it runs");
    let answer = asking.join().expect("it was answered");
    assert_eq!(answer.json()["response"]["status"]["code"], 500);
}

#[test]
fn requests_do_not_wait_for_each_other() {
    let served = serve(&accepting());
    let addr = served.server.addr();
    // One that never comes to its end.
    let open = std::net::TcpStream::connect(addr).expect("it listens");
    let asking: Vec<_> = (0..16)
        .map(|_| thread::spawn(move || accepts(addr, None)))
        .collect();
    for asked in asking {
        assert!(asked.join().expect("it was answered"));
    }
    drop(open);
}

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

/// As policy-server 1.36 wrote it, the message's newline included.
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
