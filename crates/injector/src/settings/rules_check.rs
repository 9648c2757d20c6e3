//! Checks the rules of a `ConfigMap` for their author, before the `ConfigMap` is applied. See
//! [`response`].
//!
//! Kubewarden's hosts do not call this check; policy-host does.

use std::collections::BTreeMap;

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::text::escaped;
use lazy_json::Node;

use crate::settings::problem::Problems;
use crate::settings::rule::{Origin, Rule};
use crate::settings::rule_set::{ReadBudget, RuleSet, Texts};
use crate::settings::rules_from::Source;
use crate::settings::verdict::{message, verdict};
use crate::settings::{Settings, UnknownFields, check_config_map_rule};

/// Answers `validate_rules`. The payload is an object with `configMap`, the manifest, and
/// optionally `settings`. Every payload is answered.
pub fn response(payload: &[u8]) -> Vec<u8> {
    let parsed = std::str::from_utf8(payload).map(Node::parse);
    let Ok(Ok(payload)) = parsed else {
        return verdict(Some("the request is not JSON".to_owned()));
    };
    let Some(config_map) = payload.get("configMap") else {
        return verdict(Some("the request has no ConfigMap".to_owned()));
    };
    let mut problems = Problems::all();
    check(config_map, payload.get("settings"), &mut problems);
    let whole = format!("ConfigMap {}", escaped(metadata(config_map, "name")));
    verdict(message(&problems, &whole))
}

fn check(config_map: &Node<'_>, settings: Option<&Node<'_>>, problems: &mut Problems) {
    let kind = (config_map.str_at("kind"), config_map.str_at("apiVersion"));
    if kind != (Some("ConfigMap"), Some("v1")) {
        return problems.add(&FieldPath::ROOT, "it is not a ConfigMap of v1");
    }
    let settings = match settings.map(Settings::read).transpose() {
        Ok(settings) => settings,
        Err(problem) => {
            return problems.add(
                &FieldPath::ROOT,
                format!("the settings can't be read: {problem}"),
            );
        }
    };
    let mut names = BTreeMap::new();
    let mut check = Check {
        unknown_fields: UnknownFields::default(),
        may_reject: true,
        names: &mut names,
        problems,
    };
    if let Some(settings) = &settings {
        check.unknown_fields = settings.unknown_fields;
        for rule in settings.rules.iter().flatten() {
            check
                .names
                .insert(rule.name, "a rule of the settings".to_owned());
        }
        match source(config_map, &settings.sources) {
            Some(source) => check.may_reject = !source.is_the_pods_own(),
            None => check.problems.add(
                &FieldPath::ROOT,
                "the settings' rulesFrom does not name this ConfigMap",
            ),
        }
    }
    let mut budget = ReadBudget::default();
    let texts = match Texts::of(config_map, &mut budget) {
        Ok(texts) => texts,
        Err(problem) => return problems.add(&FieldPath::ROOT, problem),
    };
    match RuleSet::read(&texts) {
        Ok(set) => check.set(&set),
        Err(problem) => problems.add(&FieldPath::ROOT, problem),
    }
}

/// The source that reads a `ConfigMap`: one with its namespace, or else one without a namespace.
fn source<'n>(config_map: &Node<'_>, sources: &[Source<'n>]) -> Option<Source<'n>> {
    let (name, namespace) = (
        metadata(config_map, "name"),
        metadata(config_map, "namespace"),
    );
    let named = sources.iter().filter(|source| source.name == name);
    let by_namespace = named
        .clone()
        .find(|source| source.namespace == Some(namespace));
    let own = named.clone().find(|source| source.is_the_pods_own());
    // A manifest without a namespace may be for any namespace.
    let any = named.clone().find(|_| namespace.is_empty());
    by_namespace.or(own).or(any).copied()
}

fn metadata<'n>(config_map: &'n Node<'_>, field: &str) -> &'n str {
    let text = config_map.at(&["metadata", field]);
    text.and_then(Node::as_str).unwrap_or("")
}

struct Check<'c, 'n> {
    unknown_fields: UnknownFields,
    may_reject: bool,
    /// The rule of each name.
    names: &'c mut BTreeMap<&'n str, String>,
    problems: &'c mut Problems,
}

impl<'n> Check<'_, 'n> {
    fn set(&mut self, set: &'n RuleSet<'_>) {
        for list in &set.lists {
            let path = FieldPath::ROOT.field(list.key);
            if let Err(problem) = &list.rules {
                self.problems.add(&path, problem);
            }
            for (index, node) in list.rules().iter().enumerate() {
                let path = path.index(index);
                let origin = Origin {
                    namespace: "",
                    config_map: "",
                    key: list.key,
                    index,
                };
                self.rule(&Rule::in_config_map(node, origin), &path);
            }
        }
    }

    fn rule(&mut self, rule: &Rule<'n, '_>, path: &FieldPath<'_>) {
        let (may_reject, unknown_fields) = (self.may_reject, self.unknown_fields);
        check_config_map_rule(rule, may_reject, unknown_fields, path, self.problems);
        if rule.name.is_empty() {
            return;
        }
        if let Some(other) = self.names.get(rule.name) {
            self.problems
                .add(&path.field("name"), format!("{other} has the same name"));
        } else {
            self.names.insert(rule.name, path.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    const GOOD: &str = "- name: a\n  inject: {pod: {metadata: {labels: {a: b}}}}\n";

    fn problems(settings: &Value, metadata: &Value, data: &Value) -> Vec<String> {
        let config_map =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data});
        let payload = json!({"settings": settings, "configMap": config_map});
        let answer: Value =
            serde_json::from_slice(&response(payload.to_string().as_bytes())).expect("JSON");
        assert_eq!(answer["valid"], answer["message"].is_null(), "{answer}");
        let message = answer["message"].as_str().unwrap_or_default();
        message.lines().skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn a_good_one_has_no_problems() {
        let found = problems(&json!(null), &json!({"name": "rules"}), &json!({"r": GOOD}));
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn every_problem_is_named_with_its_place() {
        let data = json!({
            "a.yaml": "- name: A\n  match: {namespace: {}}\n  inject: {pod: {spec: {hostname: 1}}}\n- 7\n",
            "b.yaml": "a: b",
            "c.yaml": format!("{GOOD}{GOOD}"),
        });
        assert_eq!(
            problems(&json!(null), &json!({"name": "rules"}), &data),
            [
                "a.yaml[0].name: must be a DNS label: lower-case letters, digits and `-`, with a letter or digit at both ends",
                "a.yaml[0].match.namespace: unknown field, did you mean \"namespaces\"?",
                "a.yaml[0].inject.pod.spec.hostname: expected a string, got a number",
                "a.yaml[1]: expected an object, got a number",
                "b.yaml: expected a list of rules, got an object",
                "c.yaml[1].name: c.yaml[0] has the same name",
            ]
        );
    }

    #[rstest]
    #[case::named(json!({"name": "rules", "namespace": "kubewarden"}), &[])]
    #[case::own(json!({"name": "own", "namespace": "team-a"}), &["r[0].onFailure: a rule that is read from the pod's own namespace can't reject pods"])]
    #[case::for_any_namespace(json!({"name": "rules"}), &[])]
    #[case::of_another_namespace(
        json!({"name": "rules", "namespace": "team-a"}),
        &["the settings' rulesFrom does not name this ConfigMap"]
    )]
    #[case::other(json!({"name": "x"}), &["the settings' rulesFrom does not name this ConfigMap"])]
    fn settings_select_the_source(#[case] metadata: Value, #[case] expected: &[&str]) {
        let settings = json!({"rulesFrom": [
            {"configMap": {"name": "rules", "namespace": "kubewarden"}},
            {"configMap": {"name": "own"}},
        ]});
        let rules = format!("{GOOD}  onFailure: Reject\n");
        assert_eq!(
            problems(&settings, &metadata, &json!({"r": rules})),
            expected
        );
    }

    #[test]
    fn a_name_of_the_settings_is_taken() {
        let settings = json!({
            "rules": [{"name": "a", "inject": {"pod": {"spec": {"hostname": "x"}}}}],
            "rulesFrom": [{"configMap": {"name": "rules"}}],
        });
        assert_eq!(
            problems(&settings, &json!({"name": "rules"}), &json!({"r": GOOD})),
            ["r[0].name: a rule of the settings has the same name"]
        );
    }

    #[rstest]
    #[case::nothing("")]
    #[case::no_config_map("{}")]
    #[case::another_kind(r#"{"configMap": {"apiVersion": "v1", "kind": "Secret"}}"#)]
    #[case::no_object(r#"{"configMap": []}"#)]
    #[case::settings(
        r#"{"configMap": {"apiVersion": "v1", "kind": "ConfigMap"}, "settings": {"rules": 1}}"#
    )]
    fn anything_else_is_refused(#[case] payload: &str) {
        let answer: Value = serde_json::from_slice(&response(payload.as_bytes())).expect("JSON");
        assert_eq!(answer["valid"], false, "{answer}");
    }
}
