//! A client that sends what it is told to, byte for byte, and a certificate for the server.

#![allow(dead_code, reason = "each test file uses some of it")]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use policy_host::serve::Tls;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring,
    pki_types::CertificateDer,
};
use serde_json::Value;

/// A certificate for the loopback address, its own issuer.
pub(crate) struct Certificate {
    pub(crate) pem: String,
    pub(crate) key: String,
    der: CertificateDer<'static>,
}

impl Certificate {
    pub(crate) fn new() -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("it can be made");
        Self {
            pem: cert.pem(),
            key: signing_key.serialize_pem(),
            der: cert.der().clone(),
        }
    }

    pub(crate) fn tls(&self) -> Tls {
        Tls::from_pem(&self.pem, &self.key).expect("they belong together")
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Sends bytes and reads until the server has nothing more to say.
pub(crate) fn send(addr: SocketAddr, certificate: Option<&Certificate>, bytes: &[u8]) -> Vec<u8> {
    let tcp = TcpStream::connect(addr).expect("it listens");
    tcp.set_read_timeout(Some(Duration::from_secs(30)))
        .expect("it is a duration");
    let mut read = Vec::new();
    match certificate {
        // A server that has seen enough may close the connection before it has read everything.
        None => {
            let mut tcp = tcp;
            let _ = tcp.write_all(bytes);
            let _ = tcp.read_to_end(&mut read);
        }
        Some(certificate) => {
            let mut roots = RootCertStore::empty();
            roots.add(certificate.der.clone()).expect("it is one");
            let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .expect("there are some")
                .with_root_certificates(roots)
                .with_no_client_auth();
            let name = addr.ip().into();
            let connection =
                ClientConnection::new(Arc::new(config), name).expect("the configuration is good");
            let mut tls = StreamOwned::new(connection, tcp);
            let _ = tls.write_all(bytes);
            let _ = tls.read_to_end(&mut read);
        }
    }
    read
}

/// Sends an HTTP request.
pub(crate) fn call(
    addr: SocketAddr,
    certificate: Option<&Certificate>,
    method_and_path: &str,
    content_type: Option<&str>,
    body: &[u8],
) -> Answer {
    let content_type = content_type.map_or_else(String::new, |content_type| {
        format!("content-type: {content_type}\r\n")
    });
    let mut bytes = format!(
        "{method_and_path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{content_type}content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    let read = String::from_utf8(send(addr, certificate, &bytes)).expect("it is text");
    let (head, body) = read
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("no HTTP: {read:?}"));
    Answer {
        status: head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or_else(|| panic!("no status: {head:?}")),
        body: body.to_owned(),
    }
}
