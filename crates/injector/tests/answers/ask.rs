//! A request for a pod, and a host with a few objects of a cluster. See [`Ask::answer`].

use std::cell::{Cell, RefCell};
use std::time::Duration;

use injector::admission::validate;
use injector::cluster::host::{Cluster, Host, HostError};
use serde_json::{Value, json};

/// A request that is being made.
pub(crate) struct Ask {
    settings: Value,
    request: Value,
    objects: Vec<Value>,
    lost: usize,
}

/// What came of a request.
#[derive(Debug)]
pub(crate) struct Answered {
    /// The answer to the host.
    pub(crate) answer: Value,
    /// The Events that the host took, in their order.
    pub(crate) events: Vec<Value>,
}

impl Ask {
    /// A pod in the namespace `team-a`, under these settings.
    pub(crate) fn new(settings: &str) -> Self {
        let request = json!({
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "operation": "CREATE", "namespace": "team-a", "name": "web",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "userInfo": {"username": "alice"},
            "object": {
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": "web"},
                "spec": {"hostname": "web", "containers": [{"name": "app", "image": "shop:2.1"}]},
            },
        });
        Self {
            settings: serde_json::from_str(settings).expect("the settings are JSON"),
            request,
            objects: Vec::new(),
            lost: 0,
        }
    }

    pub(crate) fn annotation(self, key: &str, value: &str) -> Self {
        self.metadata("annotations", key, value)
    }

    pub(crate) fn label(self, key: &str, value: &str) -> Self {
        self.metadata("labels", key, value)
    }

    fn metadata(mut self, map: &str, key: &str, value: &str) -> Self {
        self.request["object"]["metadata"][map][key] = value.into();
        self
    }

    /// The pod has this object for its controller.
    pub(crate) fn controlled_by(mut self, object: &Value) -> Self {
        self.request["object"]["metadata"]["ownerReferences"] = json!([{
            "apiVersion": object["apiVersion"], "kind": object["kind"],
            "name": object["metadata"]["name"], "uid": "u", "controller": true,
        }]);
        self
    }

    /// Another text at a place of the request.
    pub(crate) fn request(mut self, pointer: &str, value: &str) -> Self {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        let parent = self.request.pointer_mut(parent).expect("it is there");
        parent[key] = value.into();
        self
    }

    /// The objects that the policy can look up.
    pub(crate) fn cluster(mut self, objects: &[Value]) -> Self {
        self.objects.extend_from_slice(objects);
        self
    }

    /// The host does not take the first records.
    pub(crate) fn losing_records(mut self, count: usize) -> Self {
        self.lost = count;
        self
    }

    pub(crate) fn answer(self) -> Answered {
        let payload = json!({"request": self.request, "settings": self.settings});
        let host = Fake {
            objects: self.objects,
            to_lose: Cell::new(self.lost),
            events: RefCell::default(),
        };
        let answer = validate(payload.to_string().as_bytes(), &host);
        Answered {
            answer: serde_json::from_slice(&answer).expect("the answer is JSON"),
            events: host.events.into_inner(),
        }
    }
}

impl Answered {
    pub(crate) fn warnings(&self) -> Vec<String> {
        strings(&self.answer["warnings"])
    }

    /// An audit annotation; empty if it is absent.
    pub(crate) fn audit(&self, key: &str) -> &str {
        self.answer["audit_annotations"][key]
            .as_str()
            .unwrap_or_default()
    }

    /// The rules in a list of the stamp.
    pub(crate) fn stamped(&self, list: &str) -> Vec<String> {
        let annotations = &self.answer["mutated_object"]["metadata"]["annotations"];
        let stamp = annotations["pod-injector.kubewarden.io/status"].as_str();
        let stamp: Value = stamp.map_or(Value::Null, |stamp| {
            serde_json::from_str(stamp).expect("the stamp is JSON")
        });
        let rules = stamp[list].as_array().cloned().unwrap_or_default();
        let names = rules
            .iter()
            .map(|rule| rule.get("rule").unwrap_or(rule).clone());
        strings(&names.collect())
    }

    /// The rules that the Events name.
    pub(crate) fn event_rules(&self) -> Vec<&str> {
        let rules = self.events.iter();
        let rules =
            rules.map(|event| &event["metadata"]["annotations"]["pod-injector.kubewarden.io/rule"]);
        rules.filter_map(Value::as_str).collect()
    }

    pub(crate) fn messages(&self) -> Vec<String> {
        self.texts("message")
    }

    pub(crate) fn reasons(&self) -> Vec<String> {
        self.texts("reason")
    }

    fn texts(&self, field: &str) -> Vec<String> {
        strings(
            &self
                .events
                .iter()
                .map(|event| event[field].clone())
                .collect(),
        )
    }

    /// All that leaves the policy.
    pub(crate) fn everything(&self) -> String {
        let mut answer = self.answer.clone();
        // It came with the pod.
        let skip = "pod-injector.kubewarden.io/skip";
        if let Some(annotations) = answer
            .pointer_mut("/mutated_object/metadata/annotations")
            .and_then(Value::as_object_mut)
        {
            annotations.remove(skip);
        }
        format!("{answer} {}", json!(self.events))
    }
}

fn strings(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

struct Fake {
    objects: Vec<Value>,
    to_lose: Cell<usize>,
    events: RefCell<Vec<Value>>,
}

impl Host for Fake {
    fn log(&self, record: &[u8]) -> Result<(), HostError> {
        if self.to_lose.get() > 0 {
            self.to_lose.set(self.to_lose.get() - 1);
            return Err(HostError);
        }
        let record: Value = serde_json::from_slice(record).expect("a record is JSON");
        self.events.borrow_mut().push(record["event"].clone());
        Ok(())
    }

    fn now(&self) -> i64 {
        0
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

impl Cluster for Fake {
    fn get_resource(&self, question: &[u8]) -> Result<Vec<u8>, String> {
        let question: Value = serde_json::from_slice(question).expect("a question is JSON");
        let is_it = |object: &&Value| {
            object["apiVersion"] == question["api_version"]
                && object["kind"] == question["kind"]
                && object["metadata"]["name"] == question["name"]
                && object["metadata"].get("namespace").unwrap_or(&Value::Null)
                    == &question["namespace"]
        };
        match self.objects.iter().find(is_it) {
            Some(object) => Ok(object.to_string().into_bytes()),
            None => Err(format!(
                "Callback evaluation failure: Cannot find {}/{} named '' inside of namespace ''",
                question["api_version"].as_str().unwrap_or_default(),
                question["kind"].as_str().unwrap_or_default(),
            )),
        }
    }
}
