//! The policy's settings: checked once when the policy is loaded, and read at each request. See
//! [`check`] and [`Settings::read`].

pub mod fragment;
pub mod glob;
mod injection;
pub mod known;
pub mod matching;
pub mod name_globs;
pub mod problem;
pub(crate) mod reader;
pub mod rule;
pub mod rule_cache;
mod rule_name;
pub mod rule_set;
pub mod rules_check;
pub mod rules_from;
pub mod selector;
mod verdict;
pub mod yaml;

use std::collections::BTreeMap;

use kubernetes_pod::field_path::FieldPath;
use lazy_json::{Node, check_readable};

use crate::settings::problem::{Problem, Problems};
use crate::settings::rule::{Injection, OnFailure, Rule};
use crate::settings::rules_from::{NO_REJECT, Source};
use crate::settings::verdict::{message, verdict};

const KEYS: [&str; 5] = ["rules", "rulesFrom", "stamp", "optOut", "unknownFields"];

/// The maximum number of rules: more than an object of the cluster can hold. It keeps the time that
/// hostile settings take far below the host's limit.
const MAX_RULES: usize = 10_000;

/// The settings. Rules are read as far as it takes to see which of them match.
#[derive(Debug)]
pub struct Settings<'n, 'a> {
    /// Whether the policy writes the stamp.
    pub stamp: bool,
    /// Whether the skip annotation is honoured.
    pub opt_out: bool,
    /// The rules in their order. A rule that can't be read does not affect the others.
    pub rules: Vec<Result<Rule<'n, 'a>, Problem>>,
    /// The sources of more rules.
    pub sources: Vec<Source<'n>>,
    /// Whether rules of these sources may set unknown fields.
    pub unknown_fields: UnknownFields,
}

/// The setting `unknownFields`: whether rules may set fields that this build does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownFields {
    /// Rules may set only known fields.
    #[default]
    Refuse,
    /// Rules may also set unknown fields.
    Allow,
}

const UNKNOWN_FIELDS: [(&str, UnknownFields); 2] = [
    ("Refuse", UnknownFields::Refuse),
    ("Allow", UnknownFields::Allow),
];

impl<'n, 'a> Settings<'n, 'a> {
    /// Reads settings that were checked before.
    ///
    /// # Errors
    /// Returns the first problem outside the rules.
    pub fn read(node: &'n Node<'a>) -> Result<Self, Problem> {
        let mut problems = Problems::first();
        let top = Top::read(node, &mut problems);
        let top = problems.or_first(top)?;
        Ok(Self {
            stamp: top.stamp,
            opt_out: top.opt_out,
            rules: top
                .rules
                .iter()
                .enumerate()
                .map(|(index, rule)| Rule::read(rule, index))
                .collect(),
            sources: top.sources,
            unknown_fields: top.unknown_fields,
        })
    }
}

/// The settings without the content of rules.
struct Top<'n, 'a> {
    stamp: bool,
    opt_out: bool,
    unknown_fields: UnknownFields,
    rules: &'n [Node<'a>],
    sources: Vec<Source<'n>>,
}

impl<'n, 'a> Top<'n, 'a> {
    fn read(node: &'n Node<'a>, problems: &mut Problems) -> Self {
        let path = FieldPath::ROOT;
        let mut top = Self {
            stamp: true,
            opt_out: true,
            unknown_fields: UnknownFields::default(),
            rules: &[],
            sources: Vec::new(),
        };
        if !reader::object(node, &KEYS, &path, problems) {
            return top;
        }
        if let Some(word) = node.get("unknownFields") {
            let path = path.field("unknownFields");
            let choice = reader::choice(word, &UNKNOWN_FIELDS, &path, problems);
            top.unknown_fields = choice.unwrap_or_default();
        }
        top.stamp = reader::boolean(node, "stamp", true, &path, problems);
        top.opt_out = reader::boolean(node, "optOut", true, &path, problems);
        let sources = node.get("rulesFrom");
        if let Some(sources) = sources {
            top.sources = rules_from::read(sources, &path.field("rulesFrom"), problems);
        }
        let rules = node.get("rules");
        if rules.is_none() && sources.is_none() {
            problems.add(&path, "neither `rules` nor `rulesFrom`");
        }
        if let Some(rules) = rules {
            let path = path.field("rules");
            top.rules = reader::items(rules, &path, problems);
            if top.rules.len() > MAX_RULES {
                top.rules = &[];
                problems.add(&path, format!("more than {MAX_RULES} rules"));
            }
        }
        top
    }
}

/// Checks settings, and returns all problems.
pub fn check(text: &str) -> Problems {
    let mut problems = Problems::all();
    match Node::parse(text) {
        Ok(node) => check_node(&node, &mut problems),
        Err(error) => problems.add(
            &FieldPath::ROOT,
            format!("the settings are not JSON: {error}"),
        ),
    }
    problems
}

fn check_node(node: &Node<'_>, problems: &mut Problems) {
    let top = Top::read(node, problems);
    let rules_path = FieldPath::ROOT.field("rules");
    let mut names = BTreeMap::new();
    for (index, rule) in top.rules.iter().enumerate() {
        let path = rules_path.index(index);
        Rule::read_with(rule, index, &path, problems);
        if let Some(name) = rule.str_at("name") {
            match names.get(name) {
                Some(first) => problems.add(
                    &path.field("name"),
                    format!("rules[{first}] has the same name"),
                ),
                None => _ = names.insert(name, index),
            }
        }
        check_injection(rule, top.unknown_fields, &path, problems);
    }
}

/// Checks a rule of a `ConfigMap`, except that its name is unique. `path` is the path of the rule.
pub(crate) fn check_config_map_rule(
    rule: &Rule<'_, '_>,
    may_reject: bool,
    unknown_fields: UnknownFields,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) {
    check_rule(rule.node(), unknown_fields, path, problems);
    if !may_reject && rule.on_failure() == OnFailure::Reject {
        problems.add(&path.field("onFailure"), NO_REJECT);
    }
}

fn check_rule(
    rule: &Node<'_>,
    unknown_fields: UnknownFields,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) {
    if let Err(problem) = check_readable(rule) {
        problems.add(path, problem);
        return;
    }
    Rule::read_with(rule, 0, path, problems);
    check_injection(rule, unknown_fields, path, problems);
}

/// Checks what a rule injects and how.
fn check_injection(
    rule: &Node<'_>,
    unknown_fields: UnknownFields,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) {
    if rule.members().is_some() {
        Injection::read(rule, path, problems);
        check_fragments(rule, unknown_fields, path, problems);
    }
}

/// Checks the fragments of a rule that can be found, whatever else is wrong with it.
fn check_fragments(
    rule: &Node<'_>,
    unknown_fields: UnknownFields,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) {
    let Some(inject) = rule.get("inject") else {
        return;
    };
    let path = path.field("inject");
    if let Some(pod) = inject.get("pod").filter(|pod| pod.members().is_some()) {
        fragment::check_pod(pod, unknown_fields, &path.field("pod"), problems);
    }
    let path = path.field("containers");
    for (index, entry) in inject.items_at("containers").iter().enumerate() {
        let partial = entry.get("patch");
        if let Some(partial) = partial.filter(|partial| partial.members().is_some()) {
            let path = path.index(index);
            fragment::check_patch(partial, unknown_fields, &path.field("patch"), problems);
        }
    }
}

/// Answers `validate_settings`. Every payload is answered.
pub fn validation_response(payload: &[u8]) -> Vec<u8> {
    let message = match std::str::from_utf8(payload) {
        Ok(text) => message(&check(text), "the settings"),
        Err(error) => Some(format!("the settings are not UTF-8: {error}")),
    };
    verdict(message)
}

#[cfg(test)]
mod tests;
