//! The cluster in which a policy looks up objects, with `kubernetes/get_resource`. See [`Cluster`].
//!
//! Answers and error messages are those of policy-server and kwctl. A policy learns only from an
//! error message why an object is not available.
//!
//! Source: `policy-evaluator` of Kubewarden, `runtimes/callback.rs` and
//! `callback_handler/kubernetes/client.rs`.

mod exchange;
mod folder;
mod grant;
mod live;
mod objects;
mod question;
mod session;

use std::{thread, time::Duration};

pub use exchange::Exchange;
pub use folder::{Folder, FolderError};
pub(crate) use grant::capability_denied;
pub use grant::{Grant, GrantError};
pub use live::{Live, LiveError};
pub use objects::Objects;
pub use question::Question;
pub use session::session;

/// A cluster, and the permissions of the policy and of the host.
pub struct Cluster {
    objects: Box<dyn Objects>,
    denied: Vec<Grant>,
    forbidden: Vec<Grant>,
    delay: Duration,
}

impl Cluster {
    /// A cluster in which the policy may look up everything.
    #[must_use]
    pub fn new(objects: impl Objects + 'static) -> Self {
        Self {
            objects: Box::new(objects),
            denied: Vec::new(),
            forbidden: Vec::new(),
            delay: Duration::ZERO,
        }
    }

    /// The same cluster without a permission of the policy.
    #[must_use]
    pub fn denying(mut self, grant: Grant) -> Self {
        self.denied.push(grant);
        self
    }

    /// The same cluster, in which the host may not read a kind of objects.
    #[must_use]
    pub fn forbidding(mut self, grant: Grant) -> Self {
        self.forbidden.push(grant);
        self
    }

    /// The same cluster, with this delay of each answer.
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Answers a host call. The exchange is `None` if the call is refused before a look-up.
    pub(crate) fn get(&self, payload: &[u8]) -> (Result<Vec<u8>, String>, Option<Exchange>) {
        if self.denied.contains(&Grant::GetResource) {
            return (Err(capability_denied("kubernetes/get_resource")), None);
        }
        let question: Question = match serde_json::from_slice(payload) {
            Ok(question) => question,
            Err(error) => return (Err(error.to_string()), None),
        };
        if self.denied.contains(&question.grant()) {
            let (api_version, kind) = (&question.api_version, &question.kind);
            let words = format!(
                "Policy has not been granted access to Kubernetes {api_version}/{kind} resources. The violation has been reported."
            );
            return (Err(words), None);
        }
        thread::sleep(self.delay);
        let found = if self.forbidden.contains(&question.grant()) {
            Err(question.forbidden())
        } else {
            self.objects.get(&question)
        };
        let answer = found.map(|object| question.masked(object).to_string());
        let reply = match &answer {
            Ok(object) => Ok(object.clone().into_bytes()),
            Err(words) => Err(format!("Callback evaluation failure: {words}")),
        };
        (reply, Some(Exchange { question, answer }))
    }
}
