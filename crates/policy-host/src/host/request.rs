//! Admission requests. See [`Request::from_value`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::settings::type_name;

/// An `admission.k8s.io/v1` `AdmissionRequest`, with the fields that policy-server passes on to
/// policies. Other fields are dropped, and null counts as absent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are documented by Kubernetes")]
pub struct Request {
    pub uid: String,
    pub kind: Kind,
    pub resource: Resource,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_kind: Option<Kind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_resource: Option<Resource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_sub_resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    pub operation: String,
    pub user_info: UserInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_object: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Value>,
}

/// A kind of object.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are documented by Kubernetes")]
pub struct Kind {
    pub group: String,
    pub version: String,
    pub kind: String,
}

/// A resource of the API.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are documented by Kubernetes")]
pub struct Resource {
    pub group: String,
    pub version: String,
    pub resource: String,
}

/// The user who sent the request.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are documented by Kubernetes")]
pub struct UserInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<BTreeMap<String, Vec<String>>>,
}

/// Why a value is not a request.
#[derive(Debug, Error)]
pub enum RequestError {
    /// The value is not an object.
    #[error("expected an AdmissionReview, an AdmissionRequest or a Pod, this is {0}")]
    NotAnObject(&'static str),

    /// The value is an object of another kind.
    #[error(
        "expected an AdmissionReview, an AdmissionRequest or a Pod of apiVersion v1, this is {0}"
    )]
    OtherKind(String),

    /// The `AdmissionReview` has no request: it may be an answer.
    #[error("the AdmissionReview has no `request`")]
    NoRequest,

    /// A field is missing or of the wrong type.
    #[error("not an AdmissionRequest: {0}")]
    Malformed(#[from] serde_json::Error),

    /// The Pod's manifest names another namespace than the one it is to be created in.
    #[error("the Pod's namespace is {pod}, not {given}")]
    OtherNamespace {
        /// The manifest's namespace.
        pod: String,
        /// The given namespace.
        given: String,
    },
}

impl Request {
    /// A request from an `AdmissionReview`, an `AdmissionRequest`, or a Pod's manifest. A manifest
    /// becomes a request to create the Pod in `namespace`; see [`Request::from_pod`].
    ///
    /// # Errors
    /// Returns an error if the value is something else.
    pub fn from_value(mut value: Value, namespace: Option<&str>) -> Result<Self, RequestError> {
        if !value.is_object() {
            return Err(RequestError::NotAnObject(type_name(&value)));
        }
        // An AdmissionRequest's own `kind` is an object.
        match value.get("kind").and_then(Value::as_str) {
            None => Ok(serde_json::from_value(value)?),
            Some("AdmissionReview") => match value["request"].take() {
                Value::Null => Err(RequestError::NoRequest),
                request => Ok(serde_json::from_value(request)?),
            },
            Some(_) => Self::from_pod(value, namespace),
        }
    }

    /// Whether the request creates a pod: its operation is `CREATE`, its kind `Pod` of `v1`, and it
    /// has no subresource.
    pub fn creates_pod(&self) -> bool {
        let Kind {
            group,
            version,
            kind,
        } = &self.kind;
        self.operation == "CREATE"
            && (group.as_str(), version.as_str(), kind.as_str()) == ("", "v1", "Pod")
            && self.sub_resource.as_deref().unwrap_or_default().is_empty()
    }

    /// The request's object, as `kubectl` writes it: `pod/web`, or `pod/web-7d9c5b8f6d-*` if the
    /// API server makes the name later.
    pub fn subject(&self) -> String {
        format!("{}/{}", self.kind.kind.to_lowercase(), self.object_name())
    }

    /// The object's name, or its `generateName` and a `*`.
    pub fn object_name(&self) -> String {
        let text = |pointer| {
            let object = self.object.as_ref().or(self.old_object.as_ref());
            object.and_then(|object| object.pointer(pointer)?.as_str())
        };
        let named = [self.name.as_deref(), text("/metadata/name")];
        if let Some(name) = named.into_iter().flatten().find(|name| !name.is_empty()) {
            return name.to_owned();
        }
        format!("{}*", text("/metadata/generateName").unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn admission_request(object: &Value) -> Value {
        json!({
            "uid": "u",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "name": "",
            "namespace": "team-a",
            "operation": "CREATE",
            "userInfo": {"username": "jane", "unknown": 1},
            "object": object,
            "oldObject": null,
            "unknown": true,
        })
    }

    #[test]
    fn hands_on_what_policy_server_hands_on() {
        let object = json!({"kind": "Pod", "fieldFromTheFuture": null});
        let request = Request::from_value(admission_request(&object), None).expect("it is valid");
        let handed_on = serde_json::to_value(&request).expect("it is JSON");
        assert_eq!(handed_on["object"], object);
        assert_eq!(handed_on["name"], "");
        assert_eq!(handed_on["userInfo"], json!({"username": "jane"}));
        assert_eq!(handed_on.get("oldObject"), None);
        assert_eq!(handed_on.get("unknown"), None);
    }

    #[test]
    fn reads_a_review() {
        let review = json!({"kind": "AdmissionReview", "request": admission_request(&json!({}))});
        let request = Request::from_value(review, None).expect("it is valid");
        assert_eq!(request.uid, "u");
    }

    #[rstest]
    #[case::list(json!([]), "this is a list")]
    #[case::null(json!(null), "this is null")]
    #[case::empty(json!({}), "missing field `uid`")]
    #[case::answered_review(json!({"kind": "AdmissionReview", "response": {}}), "has no `request`")]
    #[case::list_as_request(json!({"kind": "AdmissionReview", "request": []}), "not an AdmissionRequest")]
    #[case::other_kind(json!({"kind": "Deployment", "apiVersion": "apps/v1"}), "this is apps/v1 Deployment")]
    fn says_what_is_wrong(#[case] value: Value, #[case] expected: &str) {
        let error = Request::from_value(value, None)
            .expect_err("it is no request")
            .to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[rstest]
    #[case::named(json!({"metadata": {"name": "web"}}), "pod/web")]
    #[case::generated(json!({"metadata": {"generateName": "web-"}}), "pod/web-*")]
    #[case::nameless(json!({"metadata": {"name": 1}}), "pod/*")]
    #[case::no_object(json!(null), "pod/*")]
    fn names_its_subject(#[case] object: Value, #[case] expected: &str) {
        let request = Request::from_value(admission_request(&object), None).expect("it is valid");
        assert_eq!(request.subject(), expected);
    }
}
