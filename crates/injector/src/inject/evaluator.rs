//! Applies the rules of a request to its pod, one after the other. See [`Evaluator::apply_rule`].

use std::cell::OnceCell;

use event_record::STATUS_ANNOTATION;
use kubernetes_pod::containers::ContainerList;
use kubernetes_pod::validation::{self, Pods};
use lazy_json::Node;

use crate::inject::apply::{Applied, apply, variables_at};
use crate::inject::consequences;
use crate::inject::context::Context;
use crate::inject::evaluation::Evaluation;
use crate::inject::failure::Failure;
use crate::inject::injected_containers::InjectedContainers;
use crate::inject::pod_security;
use crate::inject::position::Position;
use crate::inject::references::{self, PodsBefore};
use crate::inject::rule_source::Sources;
use crate::settings::rule::{Injection, Rule, RuleName};

/// The state of an evaluation.
pub(super) struct Evaluator<'s, 'c, 'a> {
    pub(super) context: &'s Context<'c, 'a>,
    pub(super) sources: &'s Sources<'s, 'c, 'a>,
    /// The names of the settings' rules, then of the `ConfigMap`s' rules so far. Nodes of the pod
    /// that a rule added refer to the rule by its index here.
    pub(super) names: Vec<RuleName<'s>>,
    pub(super) evaluation: Evaluation<'a>,
    injected_containers: OnceCell<InjectedContainers>,
}

impl<'s, 'c, 'a> Evaluator<'s, 'c, 'a> {
    /// Starts with the pod as it came.
    pub(super) fn new(
        context: &'s Context<'c, 'a>,
        sources: &'s Sources<'s, 'c, 'a>,
        names: Vec<RuleName<'s>>,
    ) -> Self {
        Self {
            context,
            sources,
            names,
            evaluation: Evaluation::new(context.original.clone()),
            injected_containers: OnceCell::new(),
        }
    }

    /// Applies a rule if it matches the pod. `name` is the index of the rule's name among the
    /// names.
    pub(super) fn apply_rule(&mut self, rule: &Rule<'_, 'a>, name: usize, position: Position) {
        let evaluation = &mut self.evaluation;
        let injection = match self.context.matches(rule, &evaluation.pod) {
            Ok(false) => return,
            Ok(true) => rule.injection(),
            Err(problem) => Err(problem),
        };
        let injection = match injection {
            Ok(injection) => injection,
            Err(problem) => {
                let failure = Failure::unreadable_rule(rule.name, &problem.to_string());
                return evaluation.fail(failure, rule.on_failure());
            }
        };
        let inserted = self.context.scope.inserted();
        match self.injected(&injection, name, position) {
            Ok(applied) => {
                let evaluation = &mut self.evaluation;
                let names = if applied.idle {
                    &mut evaluation.idle
                } else {
                    &mut evaluation.applied
                };
                names.push(rule.name.to_owned());
                evaluation.changed |= applied.changed;
                evaluation.pod = applied.pod;
            }
            Err(failure) => {
                self.context.scope.forget(inserted);
                self.evaluation.fail(failure, rule.on_failure());
            }
        }
    }

    /// The pod with a rule's edits.
    ///
    /// # Errors
    /// Returns the rule's failure if an edit can't be made or would leave the pod invalid.
    fn injected(
        &self,
        injection: &Injection<'_, 'a>,
        name: usize,
        position: Position,
    ) -> Result<Applied<'a>, Failure> {
        let (original, lookups) = (self.context.original, self.context.known.lookups);
        let namespace = self.context.request.namespace();
        let rule = self.names[name];
        let before = &self.evaluation.pod;
        let target = references::without_default_class(before, injection, lookups);
        let may_patch = |list: ContainerList, name: &str| {
            self.injected_containers().may_patch(position, list, name)
        };
        let mut applied = apply(
            &target,
            injection,
            &self.names,
            name,
            self.context.scope,
            &may_patch,
        )
        .map_err(|error| Failure::of_rule(rule, &error))?;
        if applied.changed {
            consequences::apply(original, before, &mut applied.pod);
        }
        let pods = PodsBefore { original, before };
        applied.pod = references::adjusted(pods, applied.pod, injection, namespace, lookups)
            .map_err(|error| Failure::of_reference(rule, &error))?;
        if applied.changed {
            self.check(injection, rule, &applied.pod)?;
        }
        Ok(applied)
    }

    /// Checks a pod that a rule changed.
    ///
    /// # Errors
    /// Returns the rule's failure if the API server would refuse the pod, if the pod's controller
    /// would disown it, or if `checkPodSecurity` is set and the pod violates the namespace's level.
    fn check(
        &self,
        injection: &Injection<'_, 'a>,
        rule: RuleName<'_>,
        after: &Node<'a>,
    ) -> Result<(), Failure> {
        let (original, lookups) = (self.context.original, self.context.known.lookups);
        let namespace = self.context.request.namespace();
        let before = &self.evaluation.pod;
        if let Some(violation) = validation::violation(&Pods {
            original,
            before,
            after,
            replaced_annotation: STATUS_ANNOTATION,
        }) {
            let variables = variables_at(before, injection, &violation.place);
            return Err(Failure::invalid(rule, &violation, &variables));
        }
        references::check_controller(original, before, after, namespace, lookups)
            .map_err(|error| Failure::of_reference(rule, &error))?;
        if injection.check_pod_security {
            pod_security::check(before, after, namespace, lookups)
                .map_err(|error| Failure::of_pod_security(rule, &error))?;
        }
        Ok(())
    }

    /// The containers of the original pod that rules had added before. They are looked for when a
    /// rule patches a container.
    fn injected_containers(&self) -> &InjectedContainers {
        let find = || InjectedContainers::of(self.context, self.sources.all());
        self.injected_containers.get_or_init(find)
    }
}
