//! All rules on one pod: what it becomes, which rules were applied and which were not.

use crate::apply::{Applied, apply, variables_at};
use crate::failure::{Failure, NO_RULE};
use crate::invariants;
use crate::json::Node;
use crate::opt_out::OptOut;
use crate::request::Request;
use crate::rule::{Injection, OnFailure, Rule};
use crate::settings::Settings;
use crate::variables::Scope;

/// What the rules made of a pod.
#[derive(Debug)]
pub struct Evaluation<'a> {
    /// The pod, with the work of the rules that were applied.
    pub pod: Node<'a>,
    /// Whether that work changed it.
    pub changed: bool,
    /// The names of the rules that were applied.
    pub applied: Vec<String>,
    /// The rules that were not.
    pub failed: Vec<Failure>,
    /// The rule that wants the pod rejected for its failure; no rule after it was tried.
    pub rejected_by: Option<Failure>,
}

/// Applies the rules that match, in their order, each to what the ones before it left.
pub fn evaluate<'a>(
    pod: &Node<'a>,
    request: Request<'_, 'a>,
    settings: &Settings<'_, 'a>,
) -> Evaluation<'a> {
    let opt_out = OptOut::of(pod, settings.opt_out);
    let scope = Scope::new(pod, request);
    let mut evaluation = Evaluation {
        pod: pod.clone(),
        changed: false,
        applied: Vec::new(),
        failed: Vec::new(),
        rejected_by: None,
    };
    let names: Vec<&str> = settings
        .rules
        .iter()
        .map(|rule| rule.as_ref().map_or(NO_RULE, |rule| rule.name))
        .collect();
    for (index, rule) in settings.rules.iter().enumerate() {
        match rule {
            Err(problem) => evaluation
                .failed
                .push(Failure::unreadable_rule(NO_RULE, &problem.to_string())),
            Ok(rule) if opt_out.skips(rule.name) => {}
            Ok(rule) => evaluation.rule(rule, &names, index, &scope),
        }
        if evaluation.rejected_by.is_some() {
            break;
        }
    }
    evaluation
}

impl<'a> Evaluation<'a> {
    /// Whether anything comes of it: a change, a report or a rejection.
    pub fn does_something(&self) -> bool {
        self.changed
            || !self.applied.is_empty()
            || !self.failed.is_empty()
            || self.rejected_by.is_some()
    }

    fn rule(&mut self, rule: &Rule<'_, 'a>, names: &[&str], index: usize, scope: &Scope<'_, 'a>) {
        let metadata = self.pod.get("metadata");
        let labels = metadata.and_then(|metadata| metadata.get("labels"));
        let annotations = metadata.and_then(|metadata| metadata.get("annotations"));
        let namespace = scope.request().namespace();
        let injection = match rule.matches.holds(namespace, labels, annotations) {
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
        let inserted = scope.inserted();
        match self.injected(rule.name, &injection, names, index, scope) {
            Ok(applied) => {
                self.applied.push(rule.name.to_owned());
                self.changed |= applied.changed;
                self.pod = applied.pod;
            }
            Err(failure) => {
                scope.forget(inserted);
                self.fail(failure, injection.on_failure);
            }
        }
    }

    /// The pod after a rule, if it is still valid.
    fn injected(
        &self,
        rule: &str,
        injection: &Injection<'_, 'a>,
        names: &[&str],
        index: usize,
        scope: &Scope<'_, 'a>,
    ) -> Result<Applied<'a>, Failure> {
        let applied = apply(&self.pod, injection, names, index, scope)
            .map_err(|error| Failure::of_rule(rule, &error))?;
        if applied.changed
            && let Some(broken) = invariants::broken(scope.pod(), &self.pod, &applied.pod)
        {
            let variables = variables_at(&self.pod, injection, &broken.place);
            return Err(Failure::invalid(rule, &broken, &variables));
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
