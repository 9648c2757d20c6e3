//! The HTTP handlers of the webhook and the readiness probe.

use std::{env, sync::Arc, thread::available_parallelism};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Request as HttpRequest, State, rejection::JsonRejection},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use tokio::{sync::Semaphore, task};
use tower_http::trace::{DefaultMakeSpan, DefaultOnResponse, TraceLayer};
use tracing::{
    Dispatch, Instrument, Level, Span, dispatcher, error, info_span, instrument::WithSubscriber,
};

use super::{
    answer::Review,
    policy_log::{self, PolicyLog},
};
use crate::{Failure, Outcome, Policy, Request, Settings};

/// The maximum size of a body in bytes. It is axum's default, which policy-server uses too. It is
/// less than the API server's limit of 3 MiB.
const MAX_BODY: usize = 2 * 1024 * 1024;

/// The state of the server.
pub(super) struct Served {
    name: String,
    policy: Arc<Policy>,
    settings: Settings,
    /// One permit for each concurrent evaluation.
    workers: Semaphore,
    /// The machine's name in the log.
    host: String,
    listener: Arc<PolicyLog>,
}

impl Served {
    pub(super) fn new(name: String, policy: Arc<Policy>, settings: Settings) -> Self {
        Self {
            listener: Arc::new(PolicyLog::new(name.clone())),
            name,
            policy,
            settings,
            workers: Semaphore::new(available_parallelism().map_or(1, usize::from)),
            host: env::var("HOSTNAME").unwrap_or_else(|_| "unknown".to_owned()),
        }
    }
}

/// The webhook's router. `log` receives its log lines.
pub(super) fn webhook(served: Served, log: Dispatch) -> Router {
    let in_log = move |request: HttpRequest, next: Next| {
        let log = log.clone();
        async move { next.run(request).with_subscriber(log).await }
    };
    Router::new()
        .route("/validate/{policy_id}", post(validate))
        .with_state(Arc::new(served))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(DefaultMakeSpan::new().level(Level::INFO))
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
        .layer(middleware::from_fn(in_log))
}

/// The readiness probe's router. It is served on a separate port, as in policy-server.
pub(super) fn readiness() -> Router {
    Router::new().route("/readiness", get(|| async { StatusCode::OK }))
}

/// The review. Its `kind` and `apiVersion` may be any text. The type's name is policy-server's,
/// since messages contain it.
#[derive(Deserialize)]
struct AdmissionReviewRequest {
    #[serde(rename = "kind")]
    _kind: Option<String>,
    #[serde(rename = "apiVersion")]
    _api_version: Option<String>,
    request: Request,
}

/// An HTTP error in policy-server's form.
struct HttpError {
    status: StatusCode,
    message: String,
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let body = json!({"message": self.message, "status": self.status.as_u16()});
        (self.status, Json(body)).into_response()
    }
}

impl From<JsonRejection> for HttpError {
    fn from(rejection: JsonRejection) -> Self {
        Self {
            status: rejection.status(),
            message: rejection.body_text(),
        }
    }
}

impl HttpError {
    /// The message is policy-server's. The cause is in the log.
    fn internal(error: &str) -> Self {
        error!(target: "policy_server::api::handlers", "Evaluation error: {error}");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            message: "Something went wrong".to_owned(),
        }
    }
}

async fn validate(
    State(served): State<Arc<Served>>,
    Path(policy_id): Path<String>,
    review: Result<Json<AdmissionReviewRequest>, JsonRejection>,
) -> Result<Json<Review>, HttpError> {
    let Json(AdmissionReviewRequest { request, .. }) = review?;
    let span = span(&served, &policy_id, &request);
    evaluate(served, policy_id, request).instrument(span).await
}

async fn evaluate(
    served: Arc<Served>,
    policy_id: String,
    request: Request,
) -> Result<Json<Review>, HttpError> {
    if policy_id != served.name {
        return Err(HttpError {
            status: StatusCode::NOT_FOUND,
            message: format!("unknown policy: {policy_id}"),
        });
    }
    let permit = served.workers.acquire().await;
    let run = {
        let (served, span) = (served.clone(), Span::current());
        let log = dispatcher::get_default(Clone::clone);
        move || dispatcher::with_default(&log, || span.in_scope(|| run(&served, &request)))
    };
    let outcome = task::spawn_blocking(run).await;
    drop(permit);
    match outcome {
        Err(error) => Err(HttpError::internal(&error.to_string())),
        Ok(Outcome {
            failure: Some(Failure::Instantiation(error)),
            ..
        }) => Err(HttpError::internal(&format!(
            "WebAssembly failure: cannot rehydrate PolicyEvaluatorPre: {error}"
        ))),
        Ok(outcome) => Ok(Json(outcome.into())),
    }
}

/// Evaluates on the calling thread, which must not be one that serves connections.
fn run(served: &Served, request: &Request) -> Outcome {
    let settings = &served.settings;
    policy_log::run_span(settings.as_map()).in_scope(|| {
        let listener = served.listener.clone();
        let outcome = served.policy.evaluate_heard(request, settings, listener);
        if let Some(failure) = &outcome.failure {
            policy_log::complain(failure);
        }
        outcome
    })
}

/// policy-server's span of a request. It records these fields after the policy's id, in this order.
fn span(served: &Served, policy_id: &str, request: &Request) -> Span {
    let span = info_span!(
        target: "policy_server::api::handlers",
        "validation",
        host = served.host,
        policy_id,
        kind = request.kind.kind,
        kind_group = request.kind.group,
        kind_version = request.kind.version,
        name = request.name.as_deref().unwrap_or_default(),
        namespace = request.namespace.as_deref().unwrap_or_default(),
        operation = request.operation,
        request_uid = request.uid,
        resource = request.resource.resource,
        resource_group = request.resource.group,
        resource_version = request.resource.version,
        subresource = request.sub_resource.as_deref().unwrap_or_default(),
    );
    span
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::server::runtime;

    /// The webhook's `failurePolicy` decides then.
    #[test]
    fn a_module_that_does_not_start_is_an_http_error() {
        let wat = r#"(module (memory (export "memory") 1)
            (func (export "wapc_init") unreachable)
            (func (export "__guest_call") (param i32 i32) (result i32) unreachable))"#;
        let policy = Policy::from_bytes("test.wat", wat.as_bytes()).expect("it is a policy");
        let served = Served::new("p".to_owned(), Arc::new(policy), Settings::default());
        let request = Request::from_pod(json!({"apiVersion": "v1", "kind": "Pod"}), None);
        let request = request.expect("it is a pod");
        let answer = runtime().expect("there are threads").block_on(evaluate(
            Arc::new(served),
            "p".to_owned(),
            request,
        ));
        let error = answer.map(|_| ()).expect_err("there is no instance");
        assert_eq!(error.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(error.message, "Something went wrong");
    }
}
