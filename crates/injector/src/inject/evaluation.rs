//! The result of all rules on one pod.

use lazy_json::Node;

use crate::inject::failure::Failure;
use crate::inject::opt_out::SkipProblem;
use crate::settings::rule::OnFailure;

/// The result of all rules on one pod.
#[derive(Debug)]
pub struct Evaluation<'a> {
    /// The pod with the edits of the applied rules.
    pub pod: Node<'a>,
    /// Whether these edits changed the pod.
    pub changed: bool,
    /// The names of the rules that were applied.
    pub applied: Vec<String>,
    /// The names of the rules that matched and selected nothing in the pod.
    pub idle: Vec<String>,
    /// The rules that failed.
    pub failed: Vec<Failure>,
    /// The failure of the rule that rejects the pod. No later rule was tried.
    pub rejected_by: Option<Failure>,
    /// What is wrong with the pod's skip annotation.
    pub skip_problem: Option<SkipProblem>,
}

impl<'a> Evaluation<'a> {
    /// The result before any rule.
    pub(super) fn new(pod: Node<'a>) -> Self {
        Self {
            pod,
            changed: false,
            applied: Vec::new(),
            idle: Vec::new(),
            failed: Vec::new(),
            rejected_by: None,
            skip_problem: None,
        }
    }

    /// Whether the result is a change, a report or a rejection.
    pub fn does_something(&self) -> bool {
        self.changed
            || !self.applied.is_empty()
            || !self.idle.is_empty()
            || !self.failed.is_empty()
            || self.rejected_by.is_some()
    }

    /// Adds the failure of a rule with this `onFailure`.
    pub(super) fn fail(&mut self, failure: Failure, on_failure: OnFailure) {
        match on_failure {
            OnFailure::Report => self.failed.push(failure),
            OnFailure::Reject => self.rejected_by = Some(failure),
        }
    }
}
