//! A request that the policy got, and its answer. See [`Seen`].

use answer_check::{Done, promise, without_stamp};
use injector::admission::session::LOOKUP_DEADLINE;
use policy_host::{Outcome, Request};
use serde_json::Value;

use crate::Given;

/// The policy, or a stand-in for it.
pub type Injector = dyn Fn(&Request, &Given) -> Outcome + Send + Sync;

/// A request and the policy's answer to it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The request, as the API server sent it.
    pub request: Request,
    /// The pod as the policy wants it.
    pub pod: Value,
    /// The rules that were applied.
    pub applied: Vec<String>,
    /// The rules that failed, and why.
    pub failed: Vec<Failed>,
    /// What the policy did that no policy may do: err, trap, reject, or misuse its host.
    pub misbehaviour: Option<String>,
    /// The policy had no time left for look-ups, so it may not have done what it does otherwise.
    pub is_late: bool,
}

/// A rule that was not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The rule's name.
    pub rule: String,
    /// The Event's reason.
    pub reason: String,
    /// The Event's message.
    pub message: String,
}

impl Seen {
    /// Asks the policy. Returns its answer too, as the host reads it.
    pub(crate) fn ask(injector: &Injector, mut request: Request, given: &Given) -> (Self, Outcome) {
        // The Events tell most exactly what failed, and a dry run has none.
        request.dry_run = Some(false);
        let outcome = injector(&request, given);
        let object = request.object.clone().unwrap_or_default();
        let seen = Self {
            pod: outcome.mutated_object.clone().unwrap_or(object),
            applied: applied(&outcome),
            failed: outcome.events().map(Failed::of).collect(),
            misbehaviour: misbehaviour(&outcome),
            is_late: outcome.timings.guest >= LOOKUP_DEADLINE,
            request,
        };
        (seen, outcome)
    }

    /// The pod that the policy got.
    pub fn object(&self) -> &Value {
        self.request.object.as_ref().unwrap_or(&Value::Null)
    }

    /// Whether the policy applied a rule.
    pub fn has_applied(&self, rule: &Value) -> bool {
        promise::is_applied(rule, &self.applied)
    }

    /// What the policy did, without why.
    pub(crate) fn done(&self) -> Done {
        let failed = self.failed.iter();
        Done {
            before: self.object().clone(),
            after: self.pod.clone(),
            applied: self.applied.clone(),
            failed: failed.map(|failed| failed.rule.clone()).collect(),
            is_unresolved: self
                .failed
                .iter()
                .any(|failed| failed.reason == "VariableUnresolved"),
        }
    }

    /// Whether the policy changed nothing but its stamp.
    pub fn changed_only_its_stamp(&self) -> bool {
        without_stamp(self.object().clone()) == without_stamp(self.pod.clone())
    }
}

impl Failed {
    fn of(event: &Value) -> Self {
        const RULE: &str = "pod-injector.kubewarden.io/rule";
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            rule: text(&event["metadata"]["annotations"][RULE]),
            reason: text(&event["reason"]),
            message: text(&event["message"]),
        }
    }
}

fn applied(outcome: &Outcome) -> Vec<String> {
    let rules = outcome.audit_annotations.get("applied-rules");
    let rules = rules.map(|rules| rules.split(',').map(str::to_owned).collect());
    rules.unwrap_or_default()
}

fn misbehaviour(outcome: &Outcome) -> Option<String> {
    if let Some(failure) = &outcome.failure {
        return Some(failure.to_string());
    }
    if !outcome.allowed {
        return Some(format!("rejected: {:?}", outcome.message));
    }
    // The host reports every look-up of an absent object as an error.
    let errors = outcome.host_errors.iter().map(String::as_str);
    let errors: Vec<&str> = errors
        .filter(|error| !error.starts_with("Callback evaluation failure: Cannot find "))
        .collect();
    (!errors.is_empty()).then(|| errors.join("; "))
}
