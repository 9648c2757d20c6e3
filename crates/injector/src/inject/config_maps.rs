//! Applies the rules of `ConfigMap`s to one pod. See [`Evaluator::apply_config_maps`].
//!
//! The rules of a `ConfigMap` are not checked before a pod arrives, and their author may not be
//! trusted with the policy's settings. Each rule that matches the pod is therefore checked here as
//! strictly as the settings are. A rule with a problem fails alone.

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::text::escaped_text;

use crate::cluster::object::{Kind, Object};
use crate::inject::context::Context;
use crate::inject::evaluator::Evaluator;
use crate::inject::failure::Failure;
use crate::inject::position::Position;
use crate::inject::rule_source::ReadSource;
use crate::settings::check_config_map_rule;
use crate::settings::problem::Problems;
use crate::settings::rule::{Rule, RuleName};
use crate::settings::rule_set::RuleList;
use crate::settings::rules_from::Source;

/// The problems of a source: the first one, and how many there are.
#[derive(Default)]
struct SourceProblems {
    first: Option<String>,
    count: usize,
}

impl SourceProblems {
    fn add(&mut self, text: impl FnOnce() -> String) {
        self.first.get_or_insert_with(text);
        self.count += 1;
    }
}

impl<'s, 'c, 'a> Evaluator<'s, 'c, 'a> {
    /// Applies the rules of all sources, unless a rule has rejected the pod.
    pub(super) fn apply_config_maps(&mut self) {
        if self.evaluation.rejected_by.is_some() {
            return;
        }
        for (number, source) in self.sources.all().iter().enumerate() {
            self.apply_source(number, source);
            if self.evaluation.rejected_by.is_some() {
                return;
            }
        }
    }

    /// Applies the rules of a source; `number` is its index among the sources.
    fn apply_source(&mut self, number: usize, source: &'s ReadSource<'c, 'a>) {
        let source_name = format!("configmap/{}/{}", source.namespace(), source.source.name);
        let source_name = escaped_text(&source_name);
        let failed = &mut self.evaluation.failed;
        let set = match &source.rules {
            Ok(set) => set,
            Err(problem) => {
                let text = format!("no rule of {source_name} was applied: it {problem}");
                return failed.push(Failure::rules_unavailable(source_name, &text));
            }
        };
        let mut problems = SourceProblems::default();
        let failures_before = failed.len();
        for (key, list) in set.lists.iter().enumerate() {
            if let Err(problem) = &list.rules {
                problems.add(|| {
                    let place = source.place(list);
                    format!("no rule of \"{place}\" was applied: {problem}")
                });
            }
            self.apply_list(list, (number, key), source, &mut problems);
            if self.evaluation.rejected_by.is_some() {
                return;
            }
        }
        if let Some(first) = problems.first {
            let others = match problems.count - 1 {
                0 => String::new(),
                1 => format!(" (one more problem in {})", source.object),
                count => format!(" ({count} more problems in {})", source.object),
            };
            // The failures of the source's rules may be many: this one goes before them.
            let failure = Failure::rules_unavailable(source_name, &format!("{first}{others}"));
            self.evaluation.failed.insert(failures_before, failure);
        }
    }

    fn apply_list(
        &mut self,
        list: &'s RuleList<'a>,
        (number, key): (usize, usize),
        source: &'s ReadSource<'c, 'a>,
        problems: &mut SourceProblems,
    ) {
        for (index, node) in list.rules().iter().enumerate() {
            if self.context.deadline.has_passed() {
                return problems.add(|| {
                    format!(
                        "the rules of \"{}\" from number {} on were not applied: there was no time \
                         left",
                        source.place(list),
                        index + 1
                    )
                });
            }
            let rule = source.rule(list, index, node);
            let name = rule.full_name();
            let problem = match self.context.matches(&rule, &self.evaluation.pod) {
                Ok(false) => continue,
                Ok(true) if self.context.opt_out.skips(rule.name) => continue,
                Ok(true) => problem(&rule, source.source, self.context, &self.names),
                Err(problem) => Some(problem.to_string()),
            };
            if let Some(problem) = problem {
                problems.add(|| format!("rule \"{name}\" was not applied: {problem}"));
                continue;
            }
            self.names.push(name);
            let position = Position::in_config_map(number, key, index);
            self.apply_rule(&rule, self.names.len() - 1, position);
            if self.evaluation.rejected_by.is_some() {
                return;
            }
        }
    }
}

/// The first problem of a rule.
fn problem(
    rule: &Rule<'_, '_>,
    source: Source<'_>,
    context: &Context<'_, '_>,
    names: &[RuleName<'_>],
) -> Option<String> {
    let mut problems = Problems::all().without_quotes();
    check_config_map_rule(
        rule,
        !source.is_the_pods_own(),
        context.settings.unknown_fields,
        &FieldPath::ROOT,
        &mut problems,
    );
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
