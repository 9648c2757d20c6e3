//! The server's options: TLS, the readiness probe, the name and the port.

use policy_host::serve::{ServeError, Server, Tls};
use rstest::rstest;

use crate::served::{NAME, accepts, options};
use crate::support::http::{Certificate, call, send};

#[test]
fn it_speaks_tls() {
    let certificate = Certificate::new();
    let server = Server::start(options().with_tls(certificate.tls())).expect("the port is free");
    assert_eq!(
        server.url(),
        format!("https://{}/validate/{NAME}", server.addr())
    );
    assert!(accepts(server.addr(), Some(&certificate)));
    // A client that trusts another certificate does not connect.
    let other = Certificate::new();
    assert!(send(server.addr(), Some(&other), b"GET / HTTP/1.1\r\n\r\n").is_empty());
}

#[test]
fn a_certificate_needs_its_own_key() {
    let (one, other) = (Certificate::new(), Certificate::new());
    let error = Tls::from_pem(&one.pem, &other.key).map(|_| ());
    let error = error.expect_err("the key is another one's").to_string();
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
fn other_texts_are_not_certificates(
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
    let error = read
        .map(|_| ())
        .expect_err("the text is not PEM")
        .to_string();
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
