//! Lines as policy-server writes them, made from a real one.

use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

const REAL: &str = include_str!("../../../event-record/tests/data/policy-server.json.log");

/// One failure of one rule.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) namespace: String,
    pub(crate) request: String,
    pub(crate) rule: String,
    pub(crate) reason: String,
    pub(crate) message: String,
    /// The pod's name, if it has one already.
    pub(crate) pod: Option<String>,
    /// The pod's controller: apiVersion, kind, name and uid.
    pub(crate) controller: Option<[String; 4]>,
    pub(crate) time: Timestamp,
    /// The policy-server's own name.
    pub(crate) server: String,
}

impl Failure {
    /// A failure that happens now.
    pub(crate) fn new(namespace: &str, request: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            request: request.to_owned(),
            rule: "corporate-proxy".to_owned(),
            reason: "InjectionConflict".to_owned(),
            message: "rule \"corporate-proxy\" was not applied: env HTTP_PROXY of container \
                      \"app\" is already set to another value"
                .to_owned(),
            pod: None,
            controller: None,
            time: Timestamp::now(),
            server: "unknown".to_owned(),
        }
    }

    pub(crate) fn of_pod(mut self, name: &str) -> Self {
        self.pod = Some(name.to_owned());
        self
    }

    pub(crate) fn of(mut self, controller: [&str; 4]) -> Self {
        self.controller = Some(controller.map(str::to_owned));
        self
    }

    pub(crate) fn rule(mut self, rule: &str) -> Self {
        rule.clone_into(&mut self.rule);
        self
    }

    pub(crate) fn at(mut self, time: Timestamp) -> Self {
        self.time = time;
        self
    }

    pub(crate) fn by(mut self, server: &str) -> Self {
        server.clone_into(&mut self.server);
        self
    }

    /// The Event as the policy gives it.
    pub(crate) fn event(&self) -> Value {
        let mut event = json!({
            "apiVersion": "v1", "kind": "Event", "type": "Warning", "action": "Inject", "count": 1,
            "metadata": {
                "namespace": self.namespace,
                "annotations": {
                    "pod-injector.kubewarden.io/request-uid": self.request,
                    "pod-injector.kubewarden.io/rule": self.rule,
                },
            },
            "reason": self.reason,
            "message": self.message,
            "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": self.namespace},
            "source": {"component": "pod-injector"},
            "reportingComponent": "pod-injector",
        });
        if let Some(pod) = &self.pod {
            event["involvedObject"]["name"] = json!(pod);
        }
        if let Some([version, kind, name, uid]) = &self.controller {
            event["related"] = json!({
                "apiVersion": version, "kind": kind, "name": name, "uid": uid,
                "namespace": self.namespace,
            });
        }
        event
    }

    /// The line of the JSON format, without its newline.
    pub(crate) fn line(&self) -> String {
        let real = REAL.lines().find(|line| line.contains("involvedObject"));
        let mut line: Value = serde_json::from_str(real.expect("there is one")).expect("JSON");
        line["timestamp"] = json!(self.time.to_string());
        line["fields"]["message"] = json!(self.message);
        line["fields"]["data"] = json!(json!({"event": self.event()}).to_string());
        for span in line["spans"].as_array_mut().expect("there are spans") {
            if span["name"] == "validation" {
                span["namespace"] = json!(self.namespace);
                span["request_uid"] = json!(self.request);
                span["host"] = json!(self.server);
            }
        }
        line.to_string()
    }

    /// The line as the API gives it, dated, with its newline.
    pub(crate) fn dated_line(&self) -> String {
        format!("{} {}\n", self.time, self.line())
    }

    /// The line as the kubelet keeps it, with its newline.
    pub(crate) fn kubelet_line(&self) -> String {
        format!("{} stdout F {}\n", self.time, self.line())
    }
}
