//! Hostile `ConfigMap`s, and hosts that do not look up as they should. The real module runs in the
//! real waPC host with its time limit: the pod is admitted, the other rules are applied, and an
//! Event says what went wrong.

mod hostile;
mod late;
mod rules;
mod work;

use std::sync::LazyLock;
use std::time::Duration;

use policy_host::cluster::{Cluster, Objects, Question};
use policy_host::{Outcome, Policy, Request, Settings};
use serde_json::{Value, json};

pub(crate) static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let module = test_modules::module(test_modules::Package::PodInjector);
    Policy::load(&module).expect("the policy's module is a policy")
});

/// The same policy with a clock that stands still during look-ups: no look-up is late.
pub(crate) static PATIENT_POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let module = test_modules::module_with_paused_clock(test_modules::Package::PodInjector);
    let policy = Policy::load(&module).expect("the policy's module is a policy");
    policy.with_time_out(Duration::from_secs(20))
});

/// A cluster that gives the same answer to every look-up.
#[derive(Clone)]
pub(crate) struct Always(pub(crate) Result<Value, String>);

impl Objects for Always {
    fn get(&self, _: &Question) -> Result<Value, String> {
        self.0.clone()
    }
}

pub(crate) fn settings() -> Settings {
    let label = json!({"metadata": {"labels": {"settled": "true"}}});
    let settings = json!({
        "rules": [{"name": "settled", "inject": {"pod": label}}],
        "rulesFrom": [{"configMap": {"namespace": "kubewarden", "name": "rules", "optional": true}}],
    });
    Settings::from_value(settings).expect("an object")
}

pub(crate) fn request() -> Request {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
        "spec": {"containers": [{"name": "app", "image": "shop:2.1"}]},
    });
    Request::from_pod(pod, Some("team-a")).expect("a pod")
}

pub(crate) fn config_map(data: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": "kubewarden", "name": "rules"}, "data": data,
    })
}

pub(crate) fn evaluate(cluster: Cluster) -> Outcome {
    POLICY
        .clone()
        .with_cluster(cluster)
        .evaluate(&request(), &settings())
}

/// Evaluates in a host whose look-ups are never late, whatever else the machine does. Checks that
/// the pod is also admitted in a host that may be slow.
pub(crate) fn evaluate_quickly(answer: &Result<Value, String>) -> Outcome {
    let always = Always(answer.clone());
    let outcome = evaluate(Cluster::new(always.clone()));
    assert!(outcome.allowed, "{:?}", outcome.message);
    assert_eq!(outcome.failure, None);
    PATIENT_POLICY
        .clone()
        .with_cluster(Cluster::new(always))
        .evaluate(&request(), &settings())
}

/// Checks that the pod is admitted with the settings' rule, and returns the messages of the Events.
pub(crate) fn admitted(outcome: &Outcome) -> Vec<String> {
    assert!(outcome.allowed, "{:?}", outcome.message);
    assert_eq!(outcome.failure, None);
    let mutated = outcome.mutated_object.as_ref().expect("a rule was applied");
    assert_eq!(mutated["metadata"]["labels"]["settled"], "true");
    let message = |event: &Value| {
        assert_eq!(event["reason"], "RulesUnavailable", "{event}");
        let rule = &event["metadata"]["annotations"]["pod-injector.kubewarden.io/rule"];
        assert_eq!(rule, "configmap/kubewarden/rules", "{event}");
        event["message"].as_str().unwrap_or_default().to_owned()
    };
    outcome.events().map(message).collect()
}
