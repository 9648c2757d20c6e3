//! Rules that fail with `InjectionInvalid`. One file for each topic. See [`pod`].

mod accepted;
mod author;
mod containers;
mod devices;
mod lifecycle;
mod mounts;
mod network;
mod pod_resources;
mod ports;
mod profiles;
mod resources;
mod scheduling;
mod security;
mod size;
mod volumes;
mod windows;

use lazy_json::Node;
use serde_json::{Map, Value, json};

use crate::cluster::lookups::{Lookups, Store};
use crate::inject::deadline::Deadline;
use crate::inject::evaluate;
use crate::request::Request;
use crate::settings::known::Known;
use crate::settings::rule_cache::{RuleCache, RuleTexts};
use crate::settings::{self, Settings};

/// A pod, and rules that inject into it and replace what is in their way.
struct Case {
    pod: Value,
    rules: Vec<Value>,
}

/// A pod of one container, without rules.
fn pod() -> Case {
    Case {
        pod: json!({
            "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "app", "image": "i"}]},
        }),
        rules: Vec::new(),
    }
}

impl Case {
    /// Sets fields of the pod's metadata.
    fn with_metadata(mut self, fields: Value) -> Self {
        set(&mut self.pod["metadata"], fields);
        self
    }

    /// Sets fields of the pod's spec.
    fn with_spec(mut self, fields: Value) -> Self {
        set(&mut self.pod["spec"], fields);
        self
    }

    /// Sets fields of the pod's first container.
    fn with_container(mut self, fields: Value) -> Self {
        set(&mut self.pod["spec"]["containers"][0], fields);
        self
    }

    /// Adds a rule that patches each container.
    fn patch(self, patch: Value) -> Self {
        self.inject(object("containers", vec![object("patch", patch)].into()))
    }

    /// Adds a rule that injects into the pod's spec.
    fn inject_spec(self, spec: Value) -> Self {
        self.inject(object("pod", object("spec", spec)))
    }

    /// Adds a rule that injects into the pod's metadata.
    fn inject_metadata(self, metadata: Value) -> Self {
        self.inject(object("pod", object("metadata", metadata)))
    }

    fn inject(mut self, inject: Value) -> Self {
        let name = format!("r{}", self.rules.len());
        let mut rule = json!({"name": name, "onConflict": "Replace"});
        set(&mut rule, object("inject", inject));
        self.rules.push(rule);
        self
    }

    /// Asserts that every rule is applied.
    #[track_caller]
    fn is_applied(&self) {
        assert_eq!(self.failure(), None);
    }

    /// Asserts that a rule fails: it would make this place of the pod invalid, for this cause.
    #[track_caller]
    fn is_refused(&self, place: &str, cause: &str) {
        let expected = format!("{place} would be invalid: {cause}");
        assert_eq!(self.failure(), Some(expected));
    }

    /// Why the first rule that fails was not applied.
    #[track_caller]
    fn failure(&self) -> Option<String> {
        let settings = json!({"unknownFields": "Allow", "rules": self.rules}).to_string();
        let problems = settings::check(&settings);
        assert!(problems.found().is_empty(), "{:#?}", problems.found());
        let settings = Node::parse(&settings).expect("the settings are JSON");
        let settings = Settings::read(&settings).expect("the settings can be read");
        let request = json!({"namespace": "default", "object": self.pod}).to_string();
        let request = Node::parse(&request).expect("the request is JSON");
        let request = Request::new(&request);
        let pod = request.object().expect("the pod is there");
        let (store, texts) = (Store::default(), RuleTexts::default());
        let lookups = Lookups::new(&store);
        let rules = RuleCache::new(&texts);
        let known = Known {
            lookups: &lookups,
            rules: &rules,
        };
        let evaluation = evaluate(pod, request, &settings, known, &Deadline::never());
        let failure = evaluation.failed.first()?;
        assert_eq!(failure.reason.as_str(), "InjectionInvalid");
        let message = failure.message.split_once(" was not applied: ");
        Some(message.expect("a rule's message").1.to_owned())
    }
}

/// An object of one field.
fn object(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}

/// Sets fields of an object.
fn set(object: &mut Value, fields: Value) {
    let Value::Object(fields) = fields else {
        panic!("not an object: {fields}");
    };
    for (name, value) in fields {
        object[name] = value;
    }
}
