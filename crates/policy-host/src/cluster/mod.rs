//! The cluster that a policy may ask for objects, with `kubernetes/get_resource`.
//!
//! What the policy gets, and what it is told where there is nothing to get, is what policy-server
//! and kwctl give: policies can tell from the words of an error alone why an object is not there.
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

/// A cluster, and what a policy may do with it.
pub struct Cluster {
    objects: Box<dyn Objects>,
    denied: Vec<Grant>,
    forbidden: Vec<Grant>,
    delay: Duration,
}

impl Cluster {
    /// A cluster of which everything is granted.
    #[must_use]
    pub fn new(objects: impl Objects + 'static) -> Self {
        Self {
            objects: Box::new(objects),
            denied: Vec::new(),
            forbidden: Vec::new(),
            delay: Duration::ZERO,
        }
    }

    /// Without something that the policy then is not granted.
    #[must_use]
    pub fn denying(mut self, grant: Grant) -> Self {
        self.denied.push(grant);
        self
    }

    /// Without a kind of objects that the host itself may not read.
    #[must_use]
    pub fn forbidding(mut self, grant: Grant) -> Self {
        self.forbidden.push(grant);
        self
    }

    /// With an API server that takes this long for each answer.
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Answers a host call. The exchange is `None` where the call does not come so far as to be one.
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
