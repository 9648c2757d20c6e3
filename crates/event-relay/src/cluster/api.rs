//! Requests to the API server, bounded in number and in time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Collected};
use kube::Client;
use kube::client::Body;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{info, warn};

use super::answer::of_answer;
use super::lanes::Lanes;
use super::permission::Refusals;
use crate::api_error::ApiError;
use crate::metrics::Metrics;

/// How long to wait for a whole answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait for the headers of a stream.
const OPEN_TIMEOUT: Duration = Duration::from_secs(15);
/// The longest time for which one answer holds all requests. An API server asks for seconds; who asks
/// for an hour is asked again each minute, because records grow too old meanwhile.
const LONGEST_HOLD: Duration = Duration::from_mins(1);
/// Who changed what, in `managedFields`.
const MANAGER: &str = "fieldManager=event-relay";
/// Only an object's metadata.
const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const METADATA_LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const JSON: &str = "application/json";
/// The outcome of a request that was answered as hoped.
const OK: &str = "ok";

/// A connection to the API server.
#[derive(Clone)]
pub struct Api {
    client: Client,
    metrics: Metrics,
    /// Those that follow a log are not counted.
    lanes: Arc<Lanes>,
    /// Until then the API server wants to be left alone.
    pause: Arc<Mutex<Option<Instant>>>,
    /// The last request was not answered.
    trouble: Arc<AtomicBool>,
    /// It was told that the API server asks to wait for very long.
    told_of_long_hold: Arc<AtomicBool>,
    /// What the API server did not allow.
    refusals: Arc<Mutex<Refusals>>,
}

impl Api {
    /// Requests through this client.
    pub fn new(client: Client, metrics: Metrics) -> Self {
        Self {
            client,
            metrics,
            lanes: Arc::new(Lanes::new()),
            pause: Arc::default(),
            trouble: Arc::default(),
            told_of_long_hold: Arc::default(),
            refusals: Arc::default(),
        }
    }

    /// The same API server, for requests that must not wait for those made here.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self::new(self.client.clone(), self.metrics.clone())
    }

    /// The client itself.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Reads an object.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        self.json("get", Self::request(Method::GET, path, JSON))
            .await
    }

    /// Reads an object's metadata.
    pub(super) async fn get_metadata<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<T, ApiError> {
        self.json("get", Self::request(Method::GET, path, METADATA))
            .await
    }

    /// Lists objects' metadata.
    pub(super) async fn list_metadata<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<T, ApiError> {
        self.json("list", Self::request(Method::GET, path, METADATA_LIST))
            .await
    }

    /// Creates an object.
    pub(super) async fn create<T: DeserializeOwned>(
        &self,
        path: &str,
        object: &impl serde::Serialize,
    ) -> Result<T, ApiError> {
        let path = format!("{path}?{MANAGER}");
        let request = Self::request(Method::POST, &path, JSON).header(CONTENT_TYPE, JSON);
        self.json_with("create", request, object).await
    }

    /// Replaces an object.
    pub(super) async fn update<T: DeserializeOwned>(
        &self,
        path: &str,
        object: &impl serde::Serialize,
    ) -> Result<T, ApiError> {
        let path = format!("{path}?{MANAGER}");
        let request = Self::request(Method::PUT, &path, JSON).header(CONTENT_TYPE, JSON);
        self.json_with("update", request, object).await
    }

    /// Changes an object with a merge patch.
    pub(super) async fn patch<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        patch: &serde_json::Value,
    ) -> Result<T, ApiError> {
        let path = format!("{path}?{MANAGER}");
        let request = Self::request(Method::PATCH, &path, JSON)
            .header(CONTENT_TYPE, "application/merge-patch+json");
        self.json_with(operation, request, patch).await
    }

    /// Opens a stream, whose end is not waited for.
    pub(crate) async fn open(&self, operation: &'static str, path: &str) -> Result<Body, ApiError> {
        let request = Self::request(Method::GET, path, "*/*").body(Body::empty());
        let request = request.map_err(malformed)?;
        self.wait_for_pause().await;
        let answer = timeout(OPEN_TIMEOUT, self.send(request)).await;
        let answer = answer.unwrap_or_else(|_| Err(no_answer(OPEN_TIMEOUT)));
        self.metrics.api_request(operation, outcome(&answer));
        Ok(answer?.into_body())
    }

    /// Takes note of a request that was made past this, and was not answered as hoped.
    pub(crate) fn failed(&self, operation: &'static str, error: ApiError) -> ApiError {
        let error = self.judge(error);
        self.metrics.api_request(operation, error.label());
        error
    }

    /// Takes note of a request that was made past this, and went well.
    pub(crate) fn succeeded(&self, operation: &'static str) {
        self.metrics.api_request(operation, OK);
    }

    fn request(method: Method, path: &str, accept: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(ACCEPT, accept)
    }

    async fn json_with<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: http::request::Builder,
        object: &impl serde::Serialize,
    ) -> Result<T, ApiError> {
        let body = serde_json::to_vec(object).map_err(malformed)?;
        let request = request.body(Body::from(body)).map_err(malformed)?;
        self.answer(operation, request).await
    }

    async fn json<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: http::request::Builder,
    ) -> Result<T, ApiError> {
        let request = request.body(Body::empty()).map_err(malformed)?;
        self.answer(operation, request).await
    }

    async fn answer<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: Request<Body>,
    ) -> Result<T, ApiError> {
        let _permit = self.lanes.enter(request.uri().path()).await;
        self.wait_for_pause().await;
        let begun = Instant::now();
        let answer = timeout(ANSWER_TIMEOUT, async {
            let body = self.send(request).await?.into_body().collect().await;
            let body = body.map_err(|error| unavailable(&error))?.to_bytes();
            serde_json::from_slice(&body)
                .map_err(|error| ApiError::Unavailable(format!("answer can't be read: {error}")))
        });
        let answer = answer.await;
        self.metrics.api_answered_after(begun.elapsed());
        let answer = answer.unwrap_or_else(|_| Err(no_answer(ANSWER_TIMEOUT)));
        self.metrics.api_request(operation, outcome(&answer));
        self.tell_of_trouble(answer.as_ref().err());
        answer
    }

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, ApiError> {
        let response = self.client.send(request).await;
        let response = response.map_err(|error| self.judge(unavailable(&error)))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map(Collected::to_bytes);
        let error = of_answer(parts.status, &parts.headers, &body.unwrap_or_default());
        let error = self.judge(error);
        if let ApiError::Throttled { asked, .. } = error {
            self.hold(asked);
        }
        Err(error)
    }

    /// Holds all requests for the time that the API server asks for, within bounds.
    fn hold(&self, asked: Duration) {
        let until = Instant::now() + asked.min(LONGEST_HOLD);
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        *pause = (*pause).max(Some(until));
        drop(pause);
        self.metrics.held_until(until);
        if asked > LONGEST_HOLD && !self.told_of_long_hold.swap(true, Ordering::Relaxed) {
            warn!(
                "the API server asks to wait {} s; requests are held for {} s, and tried again",
                asked.as_secs(),
                LONGEST_HOLD.as_secs()
            );
        }
    }

    fn judge(&self, error: ApiError) -> ApiError {
        let refusals = self.refusals.lock();
        refusals
            .unwrap_or_else(PoisonError::into_inner)
            .judge(error, Instant::now())
    }

    /// Tells when the API server begins not to answer, and when it does again.
    fn tell_of_trouble(&self, error: Option<&ApiError>) {
        // A permission that is missing is told of when it is sure to be.
        let error = error
            .filter(|error| error.is_transient() && !matches!(error, ApiError::NotYetAllowed(_)));
        match (error, self.trouble.swap(error.is_some(), Ordering::Relaxed)) {
            (Some(error), false) => warn!("{error}; trying again"),
            (None, true) => {
                info!("the API server answers again");
                self.told_of_long_hold.store(false, Ordering::Relaxed);
            }
            _ => {}
        }
    }

    async fn wait_for_pause(&self) {
        let until = *self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = until {
            sleep_until(until).await;
        }
    }
}

/// The outcome of a request, as a metric's label.
fn outcome<T>(answer: &Result<T, ApiError>) -> &'static str {
    answer.as_ref().err().map_or(OK, ApiError::label)
}

fn no_answer(timeout: Duration) -> ApiError {
    let seconds = timeout.as_secs();
    ApiError::Unavailable(format!("no answer within {seconds} s"))
}

/// A request that can't be made is our mistake, and the next try would be the same.
fn malformed(error: impl std::fmt::Display) -> ApiError {
    ApiError::Refused {
        code: StatusCode::BAD_REQUEST.as_u16(),
        message: error.to_string(),
    }
}

/// With the cause that lies deepest: the outer ones say only that something went wrong.
fn unavailable(error: &dyn std::error::Error) -> ApiError {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    ApiError::Unavailable(text)
}
