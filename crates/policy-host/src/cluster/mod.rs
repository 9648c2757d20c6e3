//! The cluster that a policy may ask for objects, with `kubernetes/get_resource`.
//!
//! What the policy gets, and what it is told where there is nothing to get, is what policy-server
//! and kwctl give: policies can tell from the words of an error alone why an object is not there.
//!
//! Source: `policy-evaluator` of Kubewarden, `runtimes/callback.rs` and
//! `callback_handler/kubernetes/client.rs`.

mod folder;
mod live;
mod question;
mod session;

use std::{thread, time::Duration};

use serde_json::Value;
use thiserror::Error;

pub use folder::{Folder, FolderError};
pub use live::{Live, LiveError};
pub use question::Question;
pub use session::session;

/// Where objects come from.
pub trait Objects: Send + Sync {
    /// The object.
    ///
    /// # Errors
    /// What the host says where there is none.
    fn get(&self, question: &Question) -> Result<Value, String>;
}

/// A cluster, and what a policy may do with it.
pub struct Cluster {
    objects: Box<dyn Objects>,
    denied: Vec<Grant>,
    forbidden: Vec<Grant>,
    delay: Duration,
}

/// Something that a policy may be granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// The host call `kubernetes/get_resource`.
    GetResource,
    /// A kind of objects, with its group and version: `v1/ConfigMap`.
    Resource {
        /// The group and version.
        api_version: String,
        /// The kind.
        kind: String,
    },
}

/// Not the name of anything that a policy may be granted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{0:?} is neither kubernetes/get_resource nor a group, version and kind such as v1/ConfigMap"
)]
pub struct GrantError(String);

/// A look-up: what was asked for, and what the host answered.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What was asked for.
    pub question: Question,
    /// The object as JSON, or what the host said.
    pub answer: Result<String, String>,
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

/// What a policy is told that was not granted a call.
pub(crate) fn capability_denied(path: &str) -> String {
    format!(
        "Policy has not been granted access to the '{path}' host capability. The violation has been reported."
    )
}

impl std::str::FromStr for Grant {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, GrantError> {
        if text == "kubernetes/get_resource" {
            return Ok(Self::GetResource);
        }
        match text.rsplit_once('/') {
            Some((api_version, kind))
                if !api_version.is_empty()
                    && kind.starts_with(|first: char| first.is_ascii_uppercase()) =>
            {
                Ok(Self::Resource {
                    api_version: api_version.to_owned(),
                    kind: kind.to_owned(),
                })
            }
            _ => Err(GrantError(text.to_owned())),
        }
    }
}
