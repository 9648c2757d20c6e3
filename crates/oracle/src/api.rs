//! Requests to the API server as `kubectl create --validate=ignore` sends them: plain JSON, without
//! typed structs that would drop unknown fields. See [`create`].

use std::time::Duration;

use http::{Method, Request, StatusCode};
use kube::{Client, core::Status};
use serde_json::{Value, json};

use crate::Error;

/// What the API server says to a pod.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It accepts the object: this is what it made of it.
    Accepted(Value),
    /// It refuses the object, with this message.
    Refused(String),
}

impl Verdict {
    /// Whether the pod was accepted.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }

    /// Why the pod was refused.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Accepted(_) => None,
            Self::Refused(message) => Some(message),
        }
    }
}

/// Asks for a pod to be created in a namespace. A pod of the same name that is left from before is
/// deleted first.
pub(crate) async fn create(
    client: &Client,
    namespace: &str,
    pod: &Value,
    dry_run: bool,
) -> Result<Verdict, Error> {
    let query = if dry_run { "?dryRun=All" } else { "" };
    let path = format!("/api/v1/namespaces/{namespace}/pods{query}");
    let mut answer = send(client, Method::POST, &path, Some(pod)).await;
    if let Err(kube::Error::Api(status)) = &answer
        && status.is_already_exists()
    {
        delete(client, namespace, pod).await?;
        answer = send(client, Method::POST, &path, Some(pod)).await;
    }
    verdict(answer, "create a pod")
}

fn verdict(answer: Result<Value, kube::Error>, what: &str) -> Result<Verdict, Error> {
    match answer {
        Ok(object) => Ok(Verdict::Accepted(object)),
        Err(kube::Error::Api(status)) if is_about_the_object(&status) => {
            Ok(Verdict::Refused(status.message))
        }
        Err(error) => Err(Error::api(what)(error)),
    }
}

/// Reads a pod. `None` where it is gone.
pub(crate) async fn get(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<Option<Value>, Error> {
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}");
    match send(client, Method::GET, &path, None).await {
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(None),
        answer => answer
            .map(Some)
            .map_err(Error::api(format!("read the pod {name}"))),
    }
}

/// Deletes a pod at once, whatever holds it. It may be gone already.
pub(crate) async fn delete(client: &Client, namespace: &str, pod: &Value) -> Result<(), Error> {
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}");
    let answer = send(client, Method::DELETE, &path, Some(&at_once())).await;
    gone(answer, || format!("delete the pod {name}"))?;
    if pod["metadata"].get("finalizers").is_some() {
        let released = json!({"metadata": {"finalizers": null}});
        let answer = send(client, Method::PATCH, &path, Some(&released)).await;
        gone(answer, || format!("release the pod {name}"))?;
    }
    Ok(())
}

/// Deletes all pods of a namespace at once.
pub(crate) async fn delete_pods(client: &Client, namespace: &str) -> Result<(), Error> {
    for pod in pods(client, namespace).await? {
        delete(client, namespace, &pod).await?;
    }
    Ok(())
}

/// The pods of a namespace.
pub(crate) async fn pods(client: &Client, namespace: &str) -> Result<Vec<Value>, Error> {
    let path = format!("/api/v1/namespaces/{namespace}/pods");
    let mut list = send(client, Method::GET, &path, None)
        .await
        .map_err(Error::api("list pods"))?;
    Ok(match list["items"].take() {
        Value::Array(pods) => pods,
        _ => Vec::new(),
    })
}

/// Asks for a `ReplicaSet` to be created in a namespace.
pub(crate) async fn create_replica_set(
    client: &Client,
    namespace: &str,
    replica_set: &Value,
) -> Result<Verdict, Error> {
    let path = format!("/apis/apps/v1/namespaces/{namespace}/replicasets");
    let mut answer = send(client, Method::POST, &path, Some(replica_set)).await;
    if let Err(kube::Error::Api(status)) = &answer
        && status.is_already_exists()
    {
        // An earlier try was stored, although its answer was late.
        let name = replica_set["metadata"]["name"].as_str().unwrap_or_default();
        answer = send(client, Method::GET, &format!("{path}/{name}"), None).await;
    }
    verdict(answer, "create a ReplicaSet")
}

/// Deletes a `ReplicaSet`.
pub(crate) async fn delete_replica_set(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<(), Error> {
    let path = format!("/apis/apps/v1/namespaces/{namespace}/replicasets/{name}");
    let options = json!({"gracePeriodSeconds": 0, "propagationPolicy": "Background"});
    let answer = send(client, Method::DELETE, &path, Some(&options)).await;
    gone(answer, || format!("delete the ReplicaSet {name}"))
}

/// Why a `ReplicaSet` has no pod, as its controller reports it.
pub(crate) async fn failure(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<Option<String>, Error> {
    let path = format!("/apis/apps/v1/namespaces/{namespace}/replicasets/{name}");
    let replica_set = send(client, Method::GET, &path, None)
        .await
        .map_err(Error::api(format!("read the ReplicaSet {name}")))?;
    let conditions = replica_set["status"]["conditions"].as_array();
    let failed = conditions
        .into_iter()
        .flatten()
        .find(|condition| condition["type"] == "ReplicaFailure" && condition["status"] == "True");
    Ok(failed.and_then(|condition| Some(condition["message"].as_str()?.to_owned())))
}

fn at_once() -> Value {
    json!({"gracePeriodSeconds": 0})
}

fn gone(answer: Result<Value, kube::Error>, what: impl FnOnce() -> String) -> Result<(), Error> {
    match answer {
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        answer => answer.map(drop).map_err(Error::api(what())),
    }
}

/// Creates an object unless it exists.
pub(crate) async fn ensure(client: &Client, path: &str, object: &Value) -> Result<(), Error> {
    match send(client, Method::POST, path, Some(object)).await {
        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
        Err(error) => Err(Error::api(format!("create an object at {path}"))(error)),
        Ok(_) => Ok(()),
    }
}

/// Writes an object's status.
pub(crate) async fn set_status(client: &Client, path: &str, status: &Value) -> Result<(), Error> {
    let path = format!("{path}/status");
    let answer = send(
        client,
        Method::PATCH,
        &path,
        Some(&json!({"status": status})),
    )
    .await;
    answer
        .map(drop)
        .map_err(Error::api(format!("write {path}")))
}

/// The metrics of the API server, as text.
pub(crate) async fn metrics(client: &Client) -> Result<String, Error> {
    let request = Request::get("/metrics")
        .body(Vec::new())
        .map_err(kube::Error::HttpError)
        .map_err(Error::api("read metrics"))?;
    let answer = client.request_text(request).await;
    answer.map_err(Error::api("read metrics"))
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

/// Sends a request, again where etcd was too slow for it: the machine may be busy.
async fn send(
    client: &Client,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, kube::Error> {
    /// The seconds before each try after the first one.
    const PAUSES: [u64; 4] = [1, 2, 4, 8];
    for seconds in PAUSES {
        match send_once(client, method.clone(), path, body).await {
            Err(kube::Error::Api(status)) if is_about_the_store(&status) => {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
            }
            answer => return answer,
        }
    }
    send_once(client, method, path, body).await
}

async fn send_once(
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

/// Whether the API server refuses the object itself. The other errors are about the server's state.
fn is_about_the_object(status: &Status) -> bool {
    const OF_THE_SERVER: [StatusCode; 3] = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::GATEWAY_TIMEOUT,
    ];
    let is_the_servers = OF_THE_SERVER
        .iter()
        .any(|code| status.code == code.as_u16());
    !is_the_servers && !is_about_the_store(status)
}

/// Whether etcd did not answer in time.
fn is_about_the_store(status: &Status) -> bool {
    status.code == StatusCode::INTERNAL_SERVER_ERROR.as_u16()
        && status.message.starts_with("etcdserver: ")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::invalid(422, "Pod \"web\" is invalid: spec.containers: Required value", true)]
    #[case::webhook(
        500,
        "failed calling webhook \"a\": etcdserver: request timed out",
        true
    )]
    #[case::store(500, "etcdserver: request timed out", false)]
    #[case::busy(429, "etcdserver: request timed out", false)]
    #[case::late(
        504,
        "Timeout: request did not complete within requested timeout",
        false
    )]
    fn an_error_of_the_server_is_no_verdict(
        #[case] code: u16,
        #[case] message: &str,
        #[case] is_verdict: bool,
    ) {
        let status = Status::failure(message, "reason").with_code(code);
        assert_eq!(is_about_the_object(&status), is_verdict);
    }
}
