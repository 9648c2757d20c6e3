//! The webhook that the API server calls, with the policy behind it. See [`Webhook::start`].
//!
//! The namespace of a request tells which settings the policy gets, so pods need no mark: while a
//! pair is judged, it has its namespaces to itself.

use std::{
    collections::HashMap,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    routing::post,
};
use axum_server::{Handle, tls_rustls::RustlsConfig};
use k8s_openapi::ByteString;
use policy_host::{Outcome, Request};
use serde_json::{Value, json};
use test_cluster::ServingCertificate;

use crate::{
    Given,
    seen::{Injector, Seen},
};

/// A running webhook. It stops when this value is dropped.
pub(crate) struct Webhook {
    address: SocketAddr,
    desks: Desks,
    server: Handle<SocketAddr>,
}

#[derive(Clone)]
struct Desks {
    injector: Arc<Injector>,
    open: Arc<Mutex<HashMap<String, Desk>>>,
}

/// The settings for a namespace, and the last request there.
#[derive(Default)]
struct Desk {
    given: Given,
    seen: Option<Seen>,
}

impl Webhook {
    /// Starts to listen on a free port of the loopback interface.
    pub(crate) async fn start(
        injector: Arc<Injector>,
        certificate: &ServingCertificate,
    ) -> io::Result<Self> {
        // Several dependencies bring a crypto provider, and rustls wants an explicit choice.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tls = RustlsConfig::from_pem(
            certificate.certificate.clone().into(),
            certificate.key.clone().into(),
        )
        .await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let desks = Desks {
            injector,
            open: Arc::default(),
        };
        let app = Router::new()
            .route("/", post(review))
            .with_state(desks.clone())
            .layer(DefaultBodyLimit::disable());
        let server = Handle::new();
        let serving = axum_server::from_tcp_rustls(listener, tls)?
            .handle(server.clone())
            .serve(app.into_make_service());
        tokio::spawn(serving);
        Ok(Self {
            address,
            desks,
            server,
        })
    }

    /// The webhook's URL.
    pub(crate) fn url(&self) -> String {
        format!("https://{}/", self.address)
    }

    /// The webhook's port. No other webhook has it.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Sets what the policy is given in a namespace from now on, and forgets the last request.
    pub(crate) fn open(&self, namespace: &str, given: Given) {
        let desk = Desk { given, seen: None };
        self.desks.open().insert(namespace.to_owned(), desk);
    }

    /// Takes the last request in a namespace, with the policy's answer.
    pub(crate) fn seen(&self, namespace: &str) -> Option<Seen> {
        self.desks.open().get_mut(namespace)?.seen.take()
    }

    /// Asks the policy without the API server.
    pub(crate) fn ask(&self, request: Request, given: &Given) -> Seen {
        Seen::ask(&*self.desks.injector, request, given).0
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        self.server.shutdown();
    }
}

impl Desks {
    fn open(&self) -> MutexGuard<'_, HashMap<String, Desk>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: Request) -> Value {
        let namespace = request.namespace.clone().unwrap_or_default();
        let given = self.open().get(&namespace).map(|desk| desk.given.clone());
        let (seen, outcome) = Seen::ask(&*self.injector, request, &given.unwrap_or_default());
        if let Some(desk) = self.open().get_mut(&namespace) {
            desk.seen = Some(seen);
        }
        answer(&outcome)
    }
}

async fn review(
    State(desks): State<Desks>,
    Json(review): Json<Value>,
) -> Result<Json<Value>, (StatusCode, String)> {
    let bad = |error: &dyn ToString| (StatusCode::BAD_REQUEST, error.to_string());
    let request = Request::from_value(review, None).map_err(|error| bad(&error))?;
    let answer = tokio::task::spawn_blocking(move || desks.answer(request)).await;
    answer.map(Json).map_err(|error| bad(&error))
}

/// The `AdmissionReview` that policy-server would answer.
fn answer(outcome: &Outcome) -> Value {
    let mut response = json!({"uid": outcome.uid, "allowed": outcome.allowed});
    if outcome.patch.is_some() {
        let patch = outcome.patch_json().to_string().into_bytes();
        response["patchType"] = json!("JSONPatch");
        response["patch"] = json!(ByteString(patch));
    }
    if outcome.message.is_some() || outcome.code.is_some() {
        response["status"] = json!({"message": outcome.message, "code": outcome.code});
    }
    if !outcome.warnings.is_empty() {
        response["warnings"] = json!(outcome.warnings);
    }
    if !outcome.audit_annotations.is_empty() {
        response["auditAnnotations"] = json!(outcome.audit_annotations);
    }
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response})
}
