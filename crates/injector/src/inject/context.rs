//! The inputs that all rules of a request share.

use lazy_json::Node;

use crate::inject::deadline::Deadline;
use crate::inject::expansion::Scope;
use crate::inject::opt_out::OptOut;
use crate::request::Request;
use crate::settings::Settings;
use crate::settings::known::Known;
use crate::settings::problem::Problem;
use crate::settings::rule::Rule;

/// The inputs that all rules of a request share.
pub(super) struct Context<'c, 'a> {
    /// The pod as it came, before any rule.
    pub(super) original: &'c Node<'a>,
    pub(super) request: Request<'c, 'a>,
    pub(super) settings: &'c Settings<'c, 'a>,
    pub(super) known: Known<'c, 'a>,
    pub(super) opt_out: &'c OptOut<'c>,
    pub(super) scope: &'c Scope<'c, 'a>,
    pub(super) deadline: &'c Deadline<'c>,
}

impl<'a> Context<'_, 'a> {
    /// Whether a rule's `match` selects a pod in its current state.
    ///
    /// # Errors
    /// Returns the first problem of the `match` if it can't be read.
    pub(super) fn matches(&self, rule: &Rule<'_, 'a>, pod: &Node<'a>) -> Result<bool, Problem> {
        let labels = pod.at(&["metadata", "labels"]);
        let annotations = pod.at(&["metadata", "annotations"]);
        let namespace = self.request.namespace();
        rule.matching.matches(namespace, labels, annotations)
    }
}
