//! All rules on one pod: what it becomes, which rules were applied and which were not.

pub mod apply;
mod author;
mod config_maps;
mod consequences;
pub mod deadline;
pub mod expansion;
pub mod failure;
#[cfg(test)]
mod invariants_tests;
pub mod merge;
pub mod opt_out;
mod owners;
pub mod pod_security;
pub mod references;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::collections::BTreeSet;

use event_record::STATUS_ANNOTATION;
use kubernetes_pod::validation::{self, Pods};
use lazy_json::Node;

use crate::cluster::lookups::Lookups;
use crate::inject::apply::{Applied, apply, variables_at};
use crate::inject::config_maps::Read;
use crate::inject::deadline::Time;
use crate::inject::expansion::Scope;
use crate::inject::failure::{Failure, NO_RULE};
use crate::inject::opt_out::{OptOut, SkipProblem};
use crate::inject::owners::{Owners, Turn};
use crate::inject::references::Base;
use crate::request::Request;
use crate::settings::Settings;
use crate::settings::problem::Problem;
use crate::settings::rule::{Injection, OnFailure, Rule, RuleName};

/// What the rules made of a pod.
#[derive(Debug)]
pub struct Evaluation<'a> {
    /// The pod, with the work of the rules that were applied.
    pub pod: Node<'a>,
    /// Whether that work changed it.
    pub changed: bool,
    /// The names of the rules that were applied.
    pub applied: Vec<String>,
    /// The names of the rules that matched and selected nothing in the pod.
    pub idle: Vec<String>,
    /// The rules that were not.
    pub failed: Vec<Failure>,
    /// The rule that wants the pod rejected for its failure; no rule after it was tried.
    pub rejected_by: Option<Failure>,
    /// What is wrong with the pod's annotation by which it opts out.
    pub skip_problem: Option<SkipProblem>,
}

/// What is the same for all rules of a request.
struct Context<'c, 'a> {
    /// The pod as it came.
    original: &'c Node<'a>,
    request: Request<'c, 'a>,
    lookups: &'c Lookups<'a>,
    opt_out: &'c OptOut<'c>,
    scope: &'c Scope<'c, 'a>,
    settings: &'c Settings<'c, 'a>,
    sources: &'c OnceCell<Vec<Read<'c, 'a>>>,
    owners: OnceCell<Owners>,
    time: &'c Time<'c>,
}

impl<'c, 'a> Context<'c, 'a> {
    /// The rules of `ConfigMap`s, which are read once, and not before there is a need.
    fn sources(&self) -> &'c [Read<'c, 'a>] {
        let read = || config_maps::read(&self.settings.sources, self);
        self.sources.get_or_init(read)
    }

    /// Which containers that came with the pod count as a rule's.
    fn owners(&self) -> &Owners {
        let find = || Owners::of(self.settings, self.sources(), self);
        self.owners.get_or_init(find)
    }
}

/// A rule's place among all rules.
#[derive(Debug, Clone, Copy)]
struct Order<'r> {
    /// The names of the rules so far, and of all of the settings.
    names: &'r [RuleName<'r>],
    /// The place of the rule's own name among them.
    index: usize,
    /// When the rule is applied.
    turn: Turn,
}

/// Whether a rule is for a pod as it stands.
fn matches<'a>(
    rule: &Rule<'_, 'a>,
    pod: &Node<'a>,
    context: &Context<'_, 'a>,
) -> Result<bool, Problem> {
    let metadata = pod.get("metadata");
    let labels = metadata.and_then(|metadata| metadata.get("labels"));
    let annotations = metadata.and_then(|metadata| metadata.get("annotations"));
    let namespace = context.request.namespace();
    rule.matches.holds(namespace, labels, annotations)
}

/// Applies the rules that match, in their order, each to what the ones before it left. A rule
/// that there is no more time for fails, and no more rules of `ConfigMap`s are looked at.
pub fn evaluate<'a>(
    pod: &Node<'a>,
    request: Request<'_, 'a>,
    settings: &Settings<'_, 'a>,
    lookups: &Lookups<'a>,
    time: &Time<'_>,
) -> Evaluation<'a> {
    let opt_out = OptOut::of(pod, settings.opt_out);
    let scope = Scope::new(pod, request, time);
    let sources = OnceCell::new();
    let context = Context {
        original: pod,
        request,
        lookups,
        opt_out: &opt_out,
        scope: &scope,
        settings,
        sources: &sources,
        owners: OnceCell::new(),
        time,
    };
    let mut evaluation = Evaluation {
        pod: pod.clone(),
        changed: false,
        applied: Vec::new(),
        idle: Vec::new(),
        failed: Vec::new(),
        rejected_by: None,
        skip_problem: None,
    };
    let names = settings.rules.iter();
    let names = names.map(|rule| rule.as_ref().map_or(NO_RULE, |rule| rule.name));
    let mut names: Vec<RuleName<'_>> = names.map(RuleName::of_settings).collect();
    for (index, rule) in settings.rules.iter().enumerate() {
        match rule {
            Err(problem) => evaluation
                .failed
                .push(Failure::unreadable_rule(NO_RULE, &problem.to_string())),
            Ok(rule) if opt_out.skips(rule.name) => {}
            Ok(rule) => {
                let order = Order {
                    names: &names,
                    index,
                    turn: Turn::of_settings(index),
                };
                evaluation.rule(rule, &context, order);
            }
        }
        if evaluation.rejected_by.is_some() {
            return evaluation;
        }
    }
    for (number, source) in context.sources().iter().enumerate() {
        evaluation.source(number, source, &context, &mut names);
        if evaluation.rejected_by.is_some() {
            break;
        }
    }
    evaluation.skip_problem = opt_out.problem(|| {
        let own = settings.rules.iter();
        let own: Option<BTreeSet<&str>> = own
            .map(|rule| rule.as_ref().ok().map(|rule| rule.name))
            .collect();
        let mut known = own?;
        known.extend(config_maps::names(context.sources(), time)?);
        Some(known)
    });
    evaluation
}

impl<'a> Evaluation<'a> {
    /// Whether anything comes of it: a change, a report or a rejection.
    pub fn does_something(&self) -> bool {
        self.changed
            || !self.applied.is_empty()
            || !self.idle.is_empty()
            || !self.failed.is_empty()
            || self.rejected_by.is_some()
    }

    fn rule(&mut self, rule: &Rule<'_, 'a>, context: &Context<'_, 'a>, order: Order<'_>) {
        let injection = match matches(rule, &self.pod, context) {
            Ok(false) => return,
            Ok(true) => rule.injection(),
            Err(problem) => Err(problem),
        };
        let injection = match injection {
            Ok(injection) => injection,
            Err(problem) => {
                let failure = Failure::unreadable_rule(rule.name, &problem.to_string());
                return self.fail(failure, rule.on_failure());
            }
        };
        let inserted = context.scope.inserted();
        match self.injected(&injection, rule.full_name(), context, order) {
            Ok(applied) => {
                let names = if applied.idle {
                    &mut self.idle
                } else {
                    &mut self.applied
                };
                names.push(rule.name.to_owned());
                self.changed |= applied.changed;
                self.pod = applied.pod;
            }
            Err(failure) => {
                context.scope.forget(inserted);
                self.fail(failure, injection.on_failure);
            }
        }
    }

    /// The pod with a rule's edits, if they can be made and leave it valid.
    fn injected(
        &self,
        injection: &Injection<'_, 'a>,
        name: RuleName<'_>,
        context: &Context<'_, 'a>,
        order: Order<'_>,
    ) -> Result<Applied<'a>, Failure> {
        let (namespace, lookups) = (context.request.namespace(), context.lookups);
        let base = references::without_default_class(&self.pod, injection, lookups);
        let Order { names, index, turn } = order;
        let may_patch = |list: &str, name: &str| context.owners().may_patch(turn, list, name);
        let mut applied = apply(&base, injection, names, index, context.scope, &may_patch)
            .map_err(|error| Failure::of_rule(name, &error))?;
        if applied.changed {
            consequences::draw(context.original, &self.pod, &mut applied.pod);
        }
        let base = Base {
            original: context.original,
            before: &self.pod,
        };
        applied.pod = references::settled(base, applied.pod, injection, namespace, lookups)
            .map_err(|error| Failure::of_reference(name, &error))?;
        if applied.changed
            && let Some(violation) = validation::violation(&Pods {
                original: context.original,
                before: &self.pod,
                after: &applied.pod,
                replaced_annotation: STATUS_ANNOTATION,
            })
        {
            let variables = variables_at(&self.pod, injection, &violation.place);
            return Err(Failure::invalid(name, &violation, &variables));
        }
        if applied.changed {
            references::check_controller(
                context.original,
                &self.pod,
                &applied.pod,
                namespace,
                lookups,
            )
            .map_err(|error| Failure::of_reference(name, &error))?;
        }
        if applied.changed && injection.check_pod_security {
            pod_security::check(&self.pod, &applied.pod, namespace, lookups)
                .map_err(|error| Failure::of_pod_security(name, &error))?;
        }
        Ok(applied)
    }

    fn fail(&mut self, failure: Failure, on_failure: OnFailure) {
        match on_failure {
            OnFailure::Report => self.failed.push(failure),
            OnFailure::Reject => self.rejected_by = Some(failure),
        }
    }
}
