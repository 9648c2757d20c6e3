//! The rules of a `ConfigMap` on one pod.
//!
//! Nobody has checked them before, and somebody may have written them who is not trusted with the
//! policy's settings: each is checked here as strictly as settings are, once it is known to be for
//! this pod, and one that is wrong does not take the others with it.

use std::collections::BTreeSet;
use std::rc::Rc;

use kubernetes_pod::text::escaped;
use lazy_json::Node;

use super::owners::Turn;
use super::{Context, Evaluation, Order, matches};
use crate::cluster::lookups::NoRules;
use crate::cluster::object::{Kind, Object};
use crate::cluster::unavailable::Unavailable;
use crate::inject::deadline::{NoTime, Time};
use crate::inject::failure::Failure;
use crate::inject::opt_out::OptOut;
use crate::settings::check_rule;
use crate::settings::problem::{Path, Problems};
use crate::settings::rule::{OnFailure, Origin, Rule, RuleName};
use crate::settings::rule_set::{RuleList, RuleSet};
use crate::settings::rules_from::{NO_REJECT, Source};

/// A source, and what it holds.
pub(super) struct Read<'n, 'a> {
    source: Source<'n>,
    object: Object,
    rules: Result<Rc<RuleSet<'a>>, NoRules>,
}

impl<'a> Read<'_, 'a> {
    /// The rules, checked or not: the place of each one's key, its place under the key, and the rule.
    pub(super) fn rules(&self) -> impl Iterator<Item = (usize, usize, Rule<'_, 'a>)> {
        let set = self.rules.as_deref().ok();
        let lists = set.map_or(&[][..], |set| &set.lists).iter().enumerate();
        lists.flat_map(move |(key, list)| {
            let rules = list.rules().iter().enumerate();
            rules.map(move |(index, node)| (key, index, rule(self, list, index, node)))
        })
    }
}

/// Reads the sources, in their order; but those of the pod's own namespace come last, so that a team
/// can't take the name of a rule that is meant for it. A source that is another one's `ConfigMap` for
/// this pod is left out, and so are all where the pod's author wants no rule at all.
pub(super) fn read<'n, 'a>(sources: &[Source<'n>], context: &Context<'_, 'a>) -> Vec<Read<'n, 'a>> {
    let mut read: Vec<Read<'n, 'a>> = Vec::new();
    if *context.opt_out == OptOut::Everything {
        return read;
    }
    let which = |own: bool| {
        let sources = sources.iter();
        sources.filter(move |source| source.is_the_pods_own() == own)
    };
    for source in which(false).chain(which(true)) {
        let object = source.object(context.request.namespace());
        if read.iter().any(|other| other.object == object) {
            continue;
        }
        let rules = if context.time.is_up() {
            Err(NoRules::Unusable(NoTime.to_string()))
        } else {
            context.lookups.rules(&object)
        };
        if source.optional && rules.as_ref().err() == Some(&NoRules::from(Unavailable::Absent)) {
            continue;
        }
        read.push(Read {
            source: *source,
            object,
            rules,
        });
    }
    read
}

impl<'a> Read<'_, 'a> {
    /// The namespace of the `ConfigMap`: the pod's own where the source names none.
    fn namespace(&self) -> &str {
        self.object.namespace.as_deref().unwrap_or_default()
    }

    /// What messages call the rules under a key.
    fn place(&self, list: &RuleList<'a>) -> String {
        let parts = [self.namespace(), self.source.name, list.key];
        parts.map(escaped).join("/")
    }
}

/// The names of all rules of these sources, whether or not they match. `None` where not all of them
/// can be read, or there is no time.
pub(super) fn names<'s>(read: &'s [Read<'_, '_>], time: &Time<'_>) -> Option<BTreeSet<&'s str>> {
    let mut names = BTreeSet::new();
    for source in read {
        for list in &source.rules.as_ref().ok()?.lists {
            if list.rules.is_err() || time.is_up() {
                return None;
            }
            let rules = list.rules().iter();
            names.extend(rules.filter_map(|rule| rule.get("name")?.as_str()));
        }
    }
    Some(names)
}

/// What is wrong in a source: the first thing, and how many there are.
#[derive(Default)]
struct Wrong {
    first: Option<String>,
    count: usize,
}

impl Wrong {
    fn add(&mut self, text: impl FnOnce() -> String) {
        self.first.get_or_insert_with(text);
        self.count += 1;
    }
}

impl<'a> Evaluation<'a> {
    /// Applies the rules of a source; `number` is its place among the sources.
    pub(super) fn source<'s>(
        &mut self,
        number: usize,
        read: &'s Read<'s, 'a>,
        context: &Context<'_, 'a>,
        names: &mut Vec<RuleName<'s>>,
    ) {
        let label = format!("configmap/{}/{}", read.namespace(), read.source.name);
        let set = match &read.rules {
            Ok(set) => set,
            Err(problem) => {
                let text = format!("no rule of {label} was applied: it {problem}");
                return self.failed.push(Failure::rules_unavailable(label, &text));
            }
        };
        let mut wrong = Wrong::default();
        let place = self.failed.len();
        for (key, list) in set.lists.iter().enumerate() {
            if let Err(problem) = &list.rules {
                wrong.add(|| {
                    let place = read.place(list);
                    format!("no rule of \"{place}\" was applied: {problem}")
                });
            }
            self.list(list, (number, key), read, context, names, &mut wrong);
            if self.rejected_by.is_some() {
                return;
            }
        }
        if let Some(first) = wrong.first {
            let others = match wrong.count - 1 {
                0 => String::new(),
                1 => format!(" (one more problem in {})", read.object),
                count => format!(" ({count} more problems in {})", read.object),
            };
            // Before the failures of its rules, which may be many.
            let failure = Failure::rules_unavailable(label, &format!("{first}{others}"));
            self.failed.insert(place, failure);
        }
    }

    fn list<'s>(
        &mut self,
        list: &'s RuleList<'a>,
        (number, key): (usize, usize),
        read: &'s Read<'s, 'a>,
        context: &Context<'_, 'a>,
        names: &mut Vec<RuleName<'s>>,
        wrong: &mut Wrong,
    ) {
        for (index, node) in list.rules().iter().enumerate() {
            if context.time.is_up() {
                return wrong.add(|| {
                    format!(
                        "the rules of \"{}\" from number {} on were not applied: there was no time \
                         left",
                        read.place(list),
                        index + 1
                    )
                });
            }
            let rule = rule(read, list, index, node);
            let name = rule.full_name();
            let problem = match matches(&rule, &self.pod, context) {
                Ok(false) => continue,
                Ok(true) if context.opt_out.skips(rule.name) => continue,
                Ok(true) => problem(&rule, read.source, context, names),
                Err(problem) => Some(problem.to_string()),
            };
            if let Some(problem) = problem {
                wrong.add(|| format!("rule \"{name}\" was not applied: {problem}"));
                continue;
            }
            names.push(name);
            let order = Order {
                names,
                index: names.len() - 1,
                turn: Turn::of_config_map(number, key, index),
            };
            self.rule(&rule, context, order);
            if self.rejected_by.is_some() {
                return;
            }
        }
    }
}

/// A rule of a source.
fn rule<'n, 'a>(
    read: &'n Read<'_, 'a>,
    list: &'n RuleList<'a>,
    index: usize,
    node: &'n Node<'a>,
) -> Rule<'n, 'a> {
    let origin = Origin {
        namespace: read.namespace(),
        config_map: read.source.name,
        key: list.key,
        index,
    };
    Rule::in_config_map(node, origin)
}

/// The first thing that is wrong with a rule.
fn problem(
    rule: &Rule<'_, '_>,
    source: Source<'_>,
    context: &Context<'_, '_>,
    names: &[RuleName<'_>],
) -> Option<String> {
    let mut problems = Problems::all().without_quotes();
    check_rule(
        rule.node(),
        context.settings.unknown_fields,
        &Path::ROOT,
        &mut problems,
    );
    check_place(rule, source, &mut problems);
    if let Some(problem) = problems.found().first() {
        return Some(problem.to_string());
    }
    let other = names.iter().find(|other| other.name == rule.name)?;
    Some(match other.origin {
        None => "a rule of the settings has the same name".to_owned(),
        Some(origin) => {
            let object = Object::new(Kind::ConfigMap, origin.namespace, origin.config_map);
            format!("a rule of {object} has the same name")
        }
    })
}

/// Checks that a rule may be where it is.
fn check_place(rule: &Rule<'_, '_>, source: Source<'_>, problems: &mut Problems) {
    if source.is_the_pods_own() && rule.on_failure() == OnFailure::Reject {
        problems.add(&Path::ROOT.field("onFailure"), NO_REJECT);
    }
}
