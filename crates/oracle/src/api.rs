//! The API server, asked as plainly as `kubectl create --validate=ignore` asks: pods go over the
//! wire as they are, and come back so.

use http::{Method, Request};
use kube::{Client, core::Status};
use serde_json::{Value, json};

use crate::Error;

/// What the API server says to a pod.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It takes it, and this is what it makes of it.
    Accepted(Value),
    /// It does not.
    Refused(String),
}

impl Verdict {
    /// Whether the pod was accepted.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }
}

/// Asks for a pod to be created in a namespace.
pub(crate) async fn create(
    client: &Client,
    namespace: &str,
    pod: &Value,
    dry_run: bool,
) -> Result<Verdict, Error> {
    let query = if dry_run { "?dryRun=All" } else { "" };
    let path = format!("/api/v1/namespaces/{namespace}/pods{query}");
    match send(client, Method::POST, &path, Some(pod)).await {
        Ok(pod) => Ok(Verdict::Accepted(pod)),
        Err(kube::Error::Api(status)) if is_about_the_pod(&status) => {
            Ok(Verdict::Refused(status.message))
        }
        Err(error) => Err(Error::api("create a pod")(error)),
    }
}

/// Reads a pod.
pub(crate) async fn get(client: &Client, namespace: &str, name: &str) -> Result<Value, Error> {
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}");
    let answer = send(client, Method::GET, &path, None).await;
    answer.map_err(Error::api(format!("read the pod {name}")))
}

/// Deletes a pod at once, whatever holds it.
pub(crate) async fn delete(client: &Client, namespace: &str, pod: &Value) -> Result<(), Error> {
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}");
    let options = json!({"gracePeriodSeconds": 0});
    send(client, Method::DELETE, &path, Some(&options))
        .await
        .map_err(Error::api(format!("delete the pod {name}")))?;
    if pod["metadata"].get("finalizers").is_some() {
        let released = json!({"metadata": {"finalizers": null}});
        send(client, Method::PATCH, &path, Some(&released))
            .await
            .map_err(Error::api(format!("release the pod {name}")))?;
    }
    Ok(())
}

/// Creates an object, unless it is there.
pub(crate) async fn ensure(client: &Client, path: &str, object: &Value) -> Result<(), Error> {
    match send(client, Method::POST, path, Some(object)).await {
        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
        Err(error) => Err(Error::api(format!("create an object at {path}"))(error)),
        Ok(_) => Ok(()),
    }
}

/// Gives a namespace labels.
pub(crate) async fn label(client: &Client, namespace: &str, labels: Value) -> Result<(), Error> {
    let path = format!("/api/v1/namespaces/{namespace}");
    let labels = json!({"metadata": {"labels": labels}});
    let answer = send(client, Method::PATCH, &path, Some(&labels)).await;
    answer
        .map(drop)
        .map_err(Error::api(format!("label the namespace {namespace}")))
}

async fn send(
    client: &Client,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, kube::Error> {
    let content = if method == Method::PATCH {
        "application/merge-patch+json"
    } else {
        "application/json"
    };
    let body = body.map_or_else(Vec::new, |body| body.to_string().into_bytes());
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(http::header::CONTENT_TYPE, content)
        .body(body)
        .map_err(kube::Error::HttpError)?;
    client.request(request).await
}

/// Whether it is the pod that the API server has something against, and not its own state.
fn is_about_the_pod(status: &Status) -> bool {
    const TOO_MANY_REQUESTS: u16 = 429;
    const UNAVAILABLE: u16 = 503;
    !matches!(status.code, TOO_MANY_REQUESTS | UNAVAILABLE)
}
