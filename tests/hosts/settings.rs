//! Settings of hundreds of rules: the check of policy-host and policy-server's own give one verdict.

use policy_host::{Policy, Settings};
use serde_json::{Value, json};

use crate::policy_server;

/// As many rules as a large cluster has in one policy, several hundred kilobytes of them.
const RULES: usize = 700;

fn settings() -> Value {
    let rules: Vec<Value> = (0..RULES).map(rule).collect();
    json!({ "rules": rules })
}

fn rule(number: usize) -> Value {
    let variable = |index: usize| {
        json!({
            "name": format!("VARIABLE_{number}_{index}"),
            "value": format!("http://${{metadata.namespace}}.service-{index}.example.com:3128"),
        })
    };
    let variables: Vec<Value> = (0..4).map(variable).collect();
    json!({
        "name": format!("team-{number}"),
        "match": {
            "namespaces": {"include": [format!("team-{number}"), format!("team-{number}-*")]},
            "labelSelector": {"matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["front", "back"]},
            ]},
        },
        "inject": {
            "containers": [{"exclude": ["istio-*"], "patch": {
                "env": variables,
                "volumeMounts": [{"name": "cache", "mountPath": "/cache"}],
                "resources": {"limits": {"memory": "1Gi"}, "requests": {"memory": "256Mi"}},
            }}],
            "pod": {
                "metadata": {"labels": {"team": format!("team-{number}")}},
                "spec": {"volumes": [{"name": "cache", "emptyDir": {"sizeLimit": "1Gi"}}]},
            },
        },
    })
}

/// What policy-host says of settings.
fn problems(settings: &Value) -> Option<String> {
    let module = test_modules::module(test_modules::Package::PodInjector);
    let policy = Policy::load(&module).expect("the policy's module is a policy");
    let settings = Settings::from_value(settings.clone()).expect("settings are an object");
    let outcome = policy.validate_settings(&settings);
    outcome.message.filter(|_| !outcome.valid)
}

/// policy-host and policy-server serve them.
pub(crate) async fn of_many_rules_are_served() {
    let settings = settings();
    assert!(settings.to_string().len() > 400_000);
    assert_eq!(problems(&settings), None);
    assert_eq!(policy_server::refusal(&settings), None);
}

/// Both refuse them, and say why.
pub(crate) async fn of_many_rules_and_one_mistake_are_refused() {
    let mut settings = settings();
    settings["rules"][RULES - 1]["inject"]["pod"]["spec"]["volume"] = json!([]);
    let path = format!("rules[{}].inject.pod.spec.volume", RULES - 1);
    let problem = format!("{path}: unknown field, did you mean \"volumes\"?");
    let said = problems(&settings).expect("policy-host refuses them");
    assert!(said.contains(&problem), "{said}");
    let said = policy_server::refusal(&settings).expect("policy-server refuses them");
    assert!(said.contains(&path), "{said}");
}
