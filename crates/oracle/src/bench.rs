//! Namespaces for one pair at a time, and what the API server says there. See [`Bench`].

use std::collections::BTreeMap;

use generator::Ground;
use kube::Client;
use serde_json::Value;

use crate::{
    Error, Given,
    api::{self, Verdict},
    judgement::Judgement,
    seen::Seen,
    webhook::Webhook,
};

/// For each kind of namespace two that differ in that the API server calls the policy in one of
/// them, for one pair at a time.
pub(crate) struct Bench<'c> {
    pub(crate) client: Client,
    pub(crate) webhook: &'c Webhook,
    pub(crate) namespaces: BTreeMap<Ground, Namespaces>,
}

/// Two namespaces, without the policy and with it.
#[derive(Debug)]
pub(crate) struct Namespaces {
    pub(crate) alone: String,
    pub(crate) injected: String,
}

/// Whether the injected pod is created for real.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Creation {
    /// By dry run.
    Dry,
    /// It is stored, read and deleted.
    Real,
}

impl Bench<'_> {
    /// The namespaces of a kind.
    pub(crate) fn at(&self, ground: Ground) -> &Namespaces {
        &self.namespaces[&ground]
    }

    /// What the API server says to the pod, without the policy (by dry run) and with it. A pod that
    /// it refuses alone is never created for real.
    pub(crate) async fn verdicts(
        &self,
        number: u64,
        pod: &Value,
        given: &Given,
        creation: Creation,
    ) -> Result<Judgement, Error> {
        let namespaces = self.at(given.ground);
        let mut alone = api::create(&self.client, &namespaces.alone, pod, true).await?;
        let real = creation == Creation::Real && alone.is_accepted();
        let injected = self.injected(pod, given, real).await?;
        let seen = self.webhook.seen(&namespaces.injected);
        if real && !injected.is_accepted() {
            // A dry run does not tell whether a pod can be stored.
            alone = self.stored(&namespaces.alone, pod).await?;
        }
        was_called(number, seen.as_ref(), &alone, &injected)?;
        let is_late = seen.as_ref().is_some_and(|seen| seen.is_late);
        Ok(Judgement {
            alone,
            injected,
            seen,
            round_trip: None,
            control: None,
            broken: None,
            over_limits: false,
            is_late,
        })
    }

    /// What the API server says to the pod with the policy in the way.
    pub(crate) async fn injected(
        &self,
        pod: &Value,
        given: &Given,
        real: bool,
    ) -> Result<Verdict, Error> {
        let namespace = &self.at(given.ground).injected;
        self.webhook.open(namespace, given.clone());
        if real {
            self.stored(namespace, pod).await
        } else {
            api::create(&self.client, namespace, pod, true).await
        }
    }

    /// Creates a pod for real, reads it and deletes it.
    async fn stored(&self, namespace: &str, pod: &Value) -> Result<Verdict, Error> {
        let created = match api::create(&self.client, namespace, pod, false).await? {
            Verdict::Accepted(created) => created,
            refused @ Verdict::Refused(_) => return Ok(refused),
        };
        let name = created["metadata"]["name"].as_str().unwrap_or_default();
        // The garbage collector may have been faster, where the pod names an owner.
        let read = api::get(&self.client, namespace, name).await?;
        let stored = read.unwrap_or(created);
        api::delete(&self.client, namespace, &stored).await?;
        Ok(Verdict::Accepted(stored))
    }
}

fn was_called(
    number: u64,
    seen: Option<&Seen>,
    alone: &Verdict,
    injected: &Verdict,
) -> Result<(), Error> {
    match (seen, alone, injected) {
        (None, Verdict::Accepted(_), Verdict::Refused(message)) => Err(Error::NotCalled {
            number,
            message: message.clone(),
        }),
        _ => Ok(()),
    }
}
