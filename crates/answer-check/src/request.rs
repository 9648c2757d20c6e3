//! A request, as the host reads it.

use serde_json::Value;

/// An admission request that is JSON.
#[derive(Debug)]
pub(crate) struct Request(Value);

impl Request {
    /// The request of a payload, if the host can read the payload.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let mut payload: Value = serde_json::from_slice(payload).ok()?;
        payload.get_mut("request").map(Value::take).map(Self)
    }

    pub(crate) fn object(&self) -> Option<&Value> {
        self.0.get("object")
    }

    pub(crate) fn dry_run(&self) -> bool {
        self.0["dryRun"] == true
    }

    /// A text of the request; empty where there is none.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.0[key].as_str().unwrap_or_default()
    }

    /// Whether it creates a pod.
    pub(crate) fn creates_pod(&self) -> bool {
        let kind = &self.0["kind"];
        let part = |key: &str| kind[key].as_str().unwrap_or_default();
        self.text("operation") == "CREATE"
            && self.text("subResource").is_empty()
            && kind.is_object()
            && [part("group"), part("version"), part("kind")] == ["", "v1", "Pod"]
    }

    /// Whether it creates a pod that rules are applied to.
    pub(crate) fn is_readable_pod(&self) -> bool {
        let object = self.object().unwrap_or(&Value::Null);
        let is_part = |key: &str| object[key].is_null() || object[key].is_object();
        let containers = object["spec"]["containers"].as_array();
        let mirror = &object["metadata"]["annotations"]["kubernetes.io/config.mirror"];
        self.creates_pod()
            && is_part("metadata")
            && is_part("spec")
            && mirror.is_null()
            && containers.is_some_and(|containers| !containers.is_empty())
    }
}
