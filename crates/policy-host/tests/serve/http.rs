//! HTTP and TLS: bodies, paths, headers, and connections.

use std::{thread, time::Duration};

use policy_host::serve::Server;
use rstest::rstest;
use serde_json::json;

use crate::served::{JSON, NAME, accepting, accepts, options, review, serve, then};
use crate::support::http::{Certificate, call, send};

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
fn a_body_that_is_not_a_review_is_an_http_error(
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
#[case::endless_line(&vec![b'A'; 1_000_000])]
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

#[test]
fn requests_are_answered_before_the_server_stops() {
    // The policy runs until its time limit of two seconds.
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
    // A connection without a request.
    let open = std::net::TcpStream::connect(addr).expect("it listens");
    let asking: Vec<_> = (0..16)
        .map(|_| thread::spawn(move || accepts(addr, None)))
        .collect();
    for asked in asking {
        assert!(asked.join().expect("it was answered"));
    }
    drop(open);
}
