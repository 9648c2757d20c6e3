//! All rules on one pod: its new state, the rules that were applied and the rules that failed. See
//! [`evaluate`].

pub mod apply;
mod author;
mod config_maps;
mod consequences;
mod context;
pub mod deadline;
mod evaluation;
mod evaluator;
pub mod expansion;
pub mod failure;
mod injected_containers;
#[cfg(test)]
mod invariants_tests;
pub mod merge;
pub mod opt_out;
pub mod pod_security;
mod position;
pub mod references;
mod rule_source;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use lazy_json::Node;

pub use self::evaluation::Evaluation;
use crate::inject::context::Context;
use crate::inject::deadline::Deadline;
use crate::inject::evaluator::Evaluator;
use crate::inject::expansion::Scope;
use crate::inject::failure::Failure;
use crate::inject::opt_out::OptOut;
use crate::inject::position::Position;
use crate::inject::rule_source::Sources;
use crate::request::Request;
use crate::settings::Settings;
use crate::settings::known::Known;
use crate::settings::rule::{NO_RULE, RuleName};

/// Applies the rules that match, in their order, each to the pod that the rules before it left.
///
/// Once the deadline has passed, each remaining rule of the settings fails, and the remaining rules
/// of `ConfigMap`s are not read.
pub fn evaluate<'a>(
    pod: &Node<'a>,
    request: Request<'_, 'a>,
    settings: &Settings<'_, 'a>,
    known: Known<'_, 'a>,
    deadline: &Deadline<'_>,
) -> Evaluation<'a> {
    let opt_out = OptOut::of(pod, settings.opt_out);
    let scope = Scope::new(pod, request, deadline);
    let context = Context {
        original: pod,
        request,
        settings,
        known,
        opt_out: &opt_out,
        scope: &scope,
        deadline,
    };
    let sources = Sources::new(&context);
    let names = settings.rules.iter();
    let names = names.map(|rule| rule.as_ref().map_or(NO_RULE, |rule| rule.name));
    let names = names.map(RuleName::of_settings).collect();
    let mut evaluator = Evaluator::new(&context, &sources, names);
    evaluator.apply_settings();
    evaluator.apply_config_maps();
    let mut evaluation = evaluator.evaluation;
    if evaluation.rejected_by.is_none() {
        evaluation.skip_problem = opt_out.problem(|| known_names(&context, &sources));
    }
    evaluation
}

impl Evaluator<'_, '_, '_> {
    /// Applies the rules of the settings.
    fn apply_settings(&mut self) {
        for (index, rule) in self.context.settings.rules.iter().enumerate() {
            match rule {
                Err(problem) => {
                    let failure = Failure::unreadable_rule(NO_RULE, &problem.to_string());
                    self.evaluation.failed.push(failure);
                }
                Ok(rule) if self.context.opt_out.skips(rule.name) => {}
                Ok(rule) => self.apply_rule(rule, index, Position::in_settings(index)),
            }
            if self.evaluation.rejected_by.is_some() {
                return;
            }
        }
    }
}

/// The names of all rules. `None` if one of them can't be read, or the deadline has passed.
fn known_names<'s>(
    context: &'s Context<'_, '_>,
    sources: &'s Sources<'_, '_, '_>,
) -> Option<BTreeSet<&'s str>> {
    let rules = context.settings.rules.iter();
    let of_settings: Option<BTreeSet<&str>> = rules
        .map(|rule| rule.as_ref().ok().map(|rule| rule.name))
        .collect();
    let mut names = of_settings?;
    names.extend(rule_source::names(sources.all(), context.deadline)?);
    Some(names)
}
