//! Texts of rules: large ones, and ones that take long to apply.

use serde_json::{Value, json};

/// A text of 1 MiB, the most that a `ConfigMap` can hold.
pub(crate) fn mebibyte(unit: &str) -> String {
    unit.repeat((1 << 20) / unit.len())
}

pub(crate) fn anchors() -> String {
    let mut text = "- &a0 {name: lol}\n".to_owned();
    for level in 1..20 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        text.extend([format!("- &a{level} [{aliases}]\n")]);
    }
    text
}

pub(crate) fn injecting(pod: &str) -> String {
    format!(r#"[{{"name": "a", "inject": {{"pod": {pod}}}}}]"#)
}

/// Rules that make a pod longer and longer.
pub(crate) fn many_rules(rules: usize, variables: usize) -> String {
    let rule = |rule: usize| {
        let env = (0..variables).map(|index| json!({"name": format!("V{rule}_{index}")}));
        let patch = json!({"patch": {"env": env.collect::<Vec<_>>()}});
        json!({"name": format!("r{rule}"), "inject": {"containers": [patch]}})
    };
    json!((0..rules).map(rule).collect::<Vec<_>>()).to_string()
}

/// Rules that make a pod longer and longer, each with an object to look up.
pub(crate) fn many_references(rules: usize, variables: usize) -> String {
    let rule = |rule: usize| {
        let key = json!({"configMapKeyRef": {"name": "rules", "key": "rules.yaml"}});
        let env = (0..variables)
            .map(|index| json!({"name": format!("V{rule}_{index}"), "valueFrom": key}));
        let patch = json!({"patch": {"env": env.collect::<Vec<_>>()}});
        json!({
            "name": format!("r{rule}"), "checkReferences": true, "inject": {"containers": [patch]},
        })
    };
    json!((0..rules).map(rule).collect::<Vec<_>>()).to_string()
}

/// Rules with many patches for all containers of a pod.
pub(crate) fn many_patches(rules: usize, patches: usize) -> String {
    let patch = json!({"patch": {"tty": true}});
    let rule = |rule: usize| json!({"name": format!("r{rule}"), "inject": {"containers": vec![&patch; patches]}});
    json!((0..rules).map(rule).collect::<Vec<_>>()).to_string()
}

pub(crate) fn many_variables(count: usize) -> String {
    let env = (0..count).map(|index| json!({"name": format!("V{index}")}));
    let patch = json!({"patch": {"env": env.collect::<Vec<_>>()}});
    json!([{"name": "r", "inject": {"containers": [patch]}}]).to_string()
}

pub(crate) fn many_capabilities(count: usize) -> String {
    let added = (0..count).map(|index| format!("C{index}"));
    let capabilities = json!({"add": added.collect::<Vec<_>>()});
    let patch = json!({"patch": {"securityContext": {"capabilities": capabilities}}});
    json!([{"name": "r", "inject": {"containers": [patch]}}]).to_string()
}

/// A rule with many patches that each add an env var to the same list.
pub(crate) fn patches_of_variables(count: usize) -> String {
    let patch = |index: usize| json!({"patch": {"env": [{"name": format!("V{index}")}]}});
    json!([{"name": "r", "inject": {"containers": (0..count).map(patch).collect::<Vec<_>>()}}])
        .to_string()
}

/// A rule whose selector has many labels.
pub(crate) fn many_terms(count: usize) -> String {
    many_terms_each(1, count)
}

pub(crate) fn many_terms_each(rules: usize, count: usize) -> String {
    let term = |index: usize| json!({"key": format!("l{index}"), "operator": "Exists"});
    let terms: Vec<_> = (0..count).map(term).collect();
    let label = json!({"metadata": {"labels": {"a": "b"}}});
    let rule = |rule: usize| {
        json!({
            "name": format!("r{rule}"),
            "match": {"labelSelector": {"matchExpressions": terms}}, "inject": {"pod": label},
        })
    };
    json!((0..rules).map(rule).collect::<Vec<_>>()).to_string()
}

pub(crate) fn stars(count: usize) -> String {
    let containers = json!([{"include": ["*".repeat(count)], "patch": {"tty": true}}]);
    json!([{"name": "r", "inject": {"containers": containers}}]).to_string()
}

pub(crate) fn long_text(length: usize) -> String {
    let env = json!([{"name": "A", "value": "x".repeat(length)}]);
    json!([{"name": "r", "inject": {"containers": [{"patch": {"env": env}}]}}]).to_string()
}

/// A rule with many variables without a value.
pub(crate) fn empty_variables(count: usize) -> String {
    let env = json!([{"name": "A", "value": "${metadata.labels['x']:-}".repeat(count)}]);
    json!([{"name": "r", "inject": {"containers": [{"patch": {"env": env}}]}}]).to_string()
}

/// A rule with patches of many resources.
pub(crate) fn many_resources(count: usize, patches: usize) -> String {
    let amounts = (0..count).map(|index| (format!("example.com/r{index}"), json!("1")));
    let amounts = Value::Object(amounts.collect());
    let patch = json!({"patch": {"resources": {"limits": amounts, "requests": amounts}}});
    json!([{"name": "r", "inject": {"containers": vec![patch; patches]}}]).to_string()
}

/// Two rules that set many attributes of one volume. One of the attributes differs.
pub(crate) fn many_attributes(count: usize) -> String {
    let rule = |rule: usize| {
        let attributes = (0..count).map(|index| (format!("a{index}"), json!("x")));
        let mut attributes = Value::Object(attributes.collect());
        attributes["a0"] = json!(rule.to_string());
        let csi = json!({"driver": "d.example.com", "volumeAttributes": attributes});
        let volumes = json!([{"name": "v", "csi": csi}]);
        json!({"name": format!("r{rule}"), "inject": {"pod": {"spec": {"volumes": volumes}}}})
    };
    json!([rule(0), rule(1)]).to_string()
}

/// Many texts that become a thousand times longer as JSON.
pub(crate) fn bombs(count: usize) -> Value {
    let mut text = "- &a0 xxxxxxxxxxxxxxxxxxxxxxxxx\n".to_owned();
    for level in 1..6 {
        let aliases = vec![format!("*a{}", level - 1); 8].join(", ");
        text.extend([format!("- &a{level} [{aliases}]\n")]);
    }
    let texts = (0..count).map(|key| (format!("k{key}"), Value::from(text.clone())));
    Value::Object(texts.collect())
}

pub(crate) const RULE: &str = "- name: r\n  inject: {pod: {metadata: {labels: {a: b}}}}\n";
