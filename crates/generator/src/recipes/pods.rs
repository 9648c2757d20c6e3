//! What belongs to a pod as a whole.

use kubernetes_pod::validation::Cause;
use serde_json::{Value, json};

use super::recipe::{Recipe, recipe, spec};
use crate::vocabulary::RUNTIME_CLASS;

pub(super) fn all() -> Vec<Recipe> {
    let searches = |count: usize, length: usize| -> Vec<String> {
        (0..count)
            .map(|number| format!("{number}.{}a", "x.".repeat(length / 2)))
            .collect()
    };
    let spread = |selector: Value| {
        json!([{
            "topologyKey": "example.com/rack", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1,
            "labelSelector": {"matchLabels": selector}, "matchLabelKeys": ["app"],
        }])
    };
    vec![
        recipe(
            Cause::AnnotationsSize,
            json!({"metadata": {"annotations": {"example.com/manifest": "x".repeat(150 * 1024)}}}),
            json!({"pod": {"metadata": {"annotations": {
                "example.com/large": "y".repeat(120 * 1024),
            }}}}),
        ),
        recipe(
            Cause::Nameservers,
            json!({"spec": {"dnsConfig": {"nameservers": ["10.0.0.10"]}}}),
            spec(json!({"dnsConfig": {"nameservers": ["10.0.0.11", "10.0.0.12", "10.0.0.13"]}})),
        ),
        recipe(
            Cause::Searches,
            json!({"spec": {"dnsConfig": {"searches": ["example.com"]}}}),
            spec(json!({"dnsConfig": {"searches": searches(32, 4)}})),
        ),
        recipe(
            Cause::SearchesLength,
            json!({"spec": {"dnsConfig": {"searches": ["example.com"]}}}),
            spec(json!({"dnsConfig": {"searches": searches(10, 200)}})),
        ),
        recipe(
            Cause::ProcessNamespace,
            json!({"spec": {"hostPID": true, "hostUsers": null, "os": null}}),
            spec(json!({"shareProcessNamespace": true})),
        ),
        recipe(
            Cause::GatesWithNode,
            json!({"spec": {"nodeName": "node-1", "schedulingGates": null}}),
            spec(json!({"schedulingGates": [{"name": "example.com/wait"}]})),
        ),
        recipe(
            Cause::RuntimeClassSelector,
            json!({"spec": {
                "runtimeClassName": RUNTIME_CLASS,
                "nodeSelector": {"runtime": "sandboxed"},
            }}),
            spec(json!({"nodeSelector": {"runtime": "another"}})),
        ),
        recipe(
            Cause::LabelKeyTwice,
            json!({
                "metadata": {"labels": {"app": "shop"}},
                "spec": {"topologySpreadConstraints": spread(json!({"team": "a"}))},
            }),
            spec(json!({"topologySpreadConstraints": spread(json!({"app": "shop"}))})),
        ),
        recipe(
            Cause::MinDomains,
            json!({}),
            spec(json!({"topologySpreadConstraints": [{
                "topologyKey": "example.com/rack", "whenUnsatisfiable": "ScheduleAnyway",
                "maxSkew": 1, "minDomains": 2,
            }]})),
        ),
        recipe(
            Cause::ProfileOfNoContainer,
            json!({}),
            json!({"pod": {"metadata": {"annotations": {
                "container.apparmor.security.beta.kubernetes.io/nobody": "runtime/default",
            }}}}),
        ),
        recipe(
            Cause::NoNameserver,
            json!({"spec": {"dnsConfig": null}}),
            spec(json!({"dnsPolicy": "None"})),
        ),
    ]
}
