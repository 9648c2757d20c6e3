//! What the applied rules say of one pod. See [`expectation`].

use std::collections::BTreeSet;

use kubernetes_pod::schema::{CONTAINER, POD};
use serde_json::Value;

use super::kept::items;
use super::told::{Mode, Told, Unclear};

/// The lists of containers that rules patch.
const LISTS: [&str; 2] = ["containers", "initContainers"];

/// The fragments of the applied rules, merged in their order, for a pod as the policy got it.
///
/// # Errors
/// Returns [`Unclear`] for rules whose work depends on more than their text: merge keys with
/// variables, and patches of volumes.
pub(crate) fn expectation(rules: &[&Value], pod: &Value) -> Result<Told, Unclear> {
    let mut told = Told::default();
    for (index, rule) in rules.iter().enumerate() {
        let inject = &rule["inject"];
        if inject.get("volumes").is_some() {
            return Err(Unclear);
        }
        let mode = match rule["onConflict"].as_str() {
            Some("Keep") => Mode::Yield,
            _ => Mode::Claim,
        };
        for entry in items(inject.get("containers")) {
            for list in LISTS {
                let patched = containers(rules, index, pod, list);
                for container in patched {
                    patch(&mut told, list, &container, entry, mode)?;
                }
            }
        }
        told.merge(&POD, &inject["pod"], mode)?;
    }
    Ok(told)
}

/// A container that a rule may patch.
struct Patched<'v> {
    container: &'v Value,
    /// This rule or a later one adds a container of this name: the rule leaves it alone.
    is_added: bool,
}

/// The containers of a list that the pod has before the rule of this index.
fn containers<'v>(
    rules: &[&'v Value],
    index: usize,
    pod: &'v Value,
    list: &'static str,
) -> Vec<Patched<'v>> {
    let added = |rule: &&'v Value| items(rule["inject"]["pod"]["spec"].get(list));
    let later: BTreeSet<&str> = rules[index..]
        .iter()
        .flat_map(|rule| LISTS.map(|list| items(rule["inject"]["pod"]["spec"].get(list))))
        .flatten()
        .filter_map(name)
        .collect();
    let mut seen = BTreeSet::new();
    let own = items(pod["spec"].get(list));
    own.chain(rules[..index].iter().flat_map(added))
        .filter(|container| container["$patch"] != "delete")
        .filter(|container| name(container).is_some_and(|name| seen.insert(name)))
        .map(|container| Patched {
            container,
            is_added: name(container).is_some_and(|name| later.contains(name)),
        })
        .collect()
}

fn name(container: &Value) -> Option<&str> {
    container["name"].as_str()
}

fn patch(
    told: &mut Told,
    list: &str,
    patched: &Patched<'_>,
    entry: &Value,
    mode: Mode,
) -> Result<(), Unclear> {
    let container = patched.container;
    let told = told.member("spec").member(list);
    let told = told.item(vec![container["name"].clone()]);
    if matches!(told, Told::Gone) {
        return Ok(());
    }
    let mode = match selects(entry, list, container, told) {
        Some(false) => return Ok(()),
        Some(true) if !patched.is_added => mode,
        _ => Mode::Open,
    };
    told.merge(&CONTAINER, &entry["patch"], mode)
}

/// Whether an entry selects a container. `None` where its text alone does not tell.
fn selects(entry: &Value, list: &str, container: &Value, told: &Told) -> Option<bool> {
    let name = name(container)?;
    if entry.get("images").is_some() {
        return None;
    }
    let mut included = entry.get("include").is_none();
    for glob in items(entry.get("include")) {
        included |= matches(glob, name)?;
    }
    for glob in items(entry.get("exclude")) {
        included &= !matches(glob, name)?;
    }
    let Some(kinds) = entry["kinds"].as_array() else {
        return Some(included);
    };
    if !matches!(told.get("restartPolicy"), Told::Open) {
        return None;
    }
    let kind = match (list, container["restartPolicy"].as_str()) {
        ("containers", _) => "Container",
        (_, Some("Always")) => "Sidecar",
        _ => "InitContainer",
    };
    Some(included && kinds.iter().any(|wanted| wanted == kind))
}

/// Whether a name matches a glob of plain text and `*`. `None` for a glob with variables.
fn matches(glob: &Value, name: &str) -> Option<bool> {
    let glob = glob.as_str().filter(|glob| !glob.contains("${"))?;
    let mut parts = glob.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return Some(false);
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return Some(rest.is_empty());
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return Some(false),
        }
    }
    Some(rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::all("*", "app", true)]
    #[case::prefix("istio-*", "istio-proxy", true)]
    #[case::other_prefix("istio-*", "app", false)]
    #[case::plain("app", "app", true)]
    #[case::longer("app", "apps", false)]
    #[case::inside("a*p*x", "a-proxy-x", true)]
    fn globs(#[case] glob: &str, #[case] name: &str, #[case] expected: bool) {
        assert_eq!(matches(&json!(glob), name), Some(expected));
    }

    fn pod() -> Value {
        json!({"spec": {"containers": [{"name": "app"}], "initContainers": [{"name": "setup"}]}})
    }

    fn rule(on_conflict: &str, inject: &Value) -> Value {
        json!({"name": "r", "onConflict": on_conflict, "inject": inject})
    }

    #[rstest]
    #[case::set(
        &[rule("Report", &json!({"containers": [{"patch": {"env": [{"name": "A", "value": "1"}]}}]}))],
        json!({"env": [{"name": "A", "value": "1"}]}),
        true
    )]
    #[case::not_set(
        &[rule("Report", &json!({"containers": [{"patch": {"env": [{"name": "A", "value": "1"}]}}]}))],
        json!({"env": [{"name": "A", "value": "2"}]}),
        false
    )]
    #[case::it_yields(
        &[rule("Keep", &json!({"containers": [{"patch": {"env": [{"name": "A", "value": "1"}]}}]}))],
        json!({"env": [{"name": "A", "value": "2"}]}),
        true
    )]
    #[case::a_later_rule_replaces(
        &[
            rule("Report", &json!({"containers": [{"patch": {"image": "a"}}]})),
            rule("Replace", &json!({"containers": [{"patch": {"image": "b"}}]})),
        ],
        json!({"image": "b"}),
        true
    )]
    #[case::other_container(
        &[rule("Report", &json!({"containers": [{"include": ["w*"], "patch": {"image": "a"}}]}))],
        json!({"image": "b"}),
        true
    )]
    #[case::removed(
        &[rule("Report", &json!({"containers": [{"patch": {"resources": {"requests": {"cpu": null}}}}]}))],
        json!({"resources": {"requests": {"cpu": "1"}}}),
        false
    )]
    #[case::a_later_limit_sets_the_request(
        &[
            rule("Report", &json!({"containers": [{"patch": {"resources": {"requests": null}}}]})),
            rule("Report", &json!({"containers": [{"patch": {"resources": {"limits": {"cpu": "1"}}}}]})),
        ],
        json!({"resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}}),
        true
    )]
    #[case::a_later_limit_of_something_else(
        &[
            rule("Report", &json!({"containers": [{"patch": {"resources": {"requests": {"memory": null}}}}]})),
            rule("Report", &json!({"containers": [{"patch": {"resources": {"limits": {"cpu": "1"}}}}]})),
        ],
        json!({"resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "1", "memory": "1"}}}),
        false
    )]
    #[case::an_earlier_limit_keeps_the_request(
        &[
            rule("Report", &json!({"containers": [{"patch": {"resources": {"limits": {"cpu": "1"}}}}]})),
            rule("Report", &json!({"containers": [{"patch": {"resources": {"requests": null}}}]})),
        ],
        json!({"resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}}),
        false
    )]
    #[case::zero(
        &[rule("Replace", &json!({"containers": [{"patch": {"ports": [{"containerPort": 80, "hostPort": 0}]}}]}))],
        json!({"ports": [{"containerPort": 80, "hostPort": 80}]}),
        false
    )]
    #[case::variables(
        &[rule("Report", &json!({"containers": [{"patch": {"image": "${metadata.name}"}}]}))],
        json!({"image": "web"}),
        true
    )]
    #[case::union(
        &[
            rule("Report", &json!({"containers": [{"patch": {"livenessProbe": {"httpGet": {"port": 80}}}}]})),
            rule("Replace", &json!({"containers": [{"patch": {"livenessProbe": {"exec": {"command": ["a"]}}}}]})),
        ],
        json!({"livenessProbe": {"exec": {"command": ["a"]}}}),
        true
    )]
    fn expects(#[case] rules: &[Value], #[case] container: Value, #[case] met: bool) {
        let rules: Vec<&Value> = rules.iter().collect();
        let told = expectation(&rules, &pod()).expect("it is clear");
        let mut stored = pod();
        for list in LISTS {
            for (name, value) in container.as_object().into_iter().flatten() {
                stored["spec"][list][0][name] = value.clone();
            }
        }
        let broken = told.broken(&POD, &stored);
        assert_eq!(broken.is_none(), met, "{broken:?}");
    }

    #[test]
    fn a_container_that_the_rule_adds_is_not_patched() {
        let inject = json!({
            "containers": [{"patch": {"tty": true, "env": [{"name": "A"}]}}],
            "pod": {"spec": {"containers": [{"name": "sidecar", "image": "s"}]}},
        });
        let told = expectation(&[&rule("Report", &inject)], &pod()).expect("it is clear");
        let stored = json!({"spec": {
            "containers": [
                {"name": "app", "tty": true, "env": [{"name": "A"}]}, {"name": "sidecar", "image": "s"},
            ],
            "initContainers": [{"name": "setup", "tty": true, "env": [{"name": "A"}]}],
        }});
        assert_eq!(told.broken(&POD, &stored), None);
    }
}
