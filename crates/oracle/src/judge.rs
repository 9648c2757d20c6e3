//! One pair before the API server: accepted without the policy means accepted with it.

use std::fmt;

use policy_host::Settings;
use serde_json::Value;

use crate::{
    Error, Seen,
    api::{self, Verdict},
    court::Bench,
    generate::Pair,
    round_trip::{self, RoundTrip},
};

/// What came of a pair.
#[derive(Debug)]
pub struct Judgement {
    /// What the API server says to the pod alone.
    pub alone: Verdict,
    /// What it says to the pod with the policy in the way.
    pub injected: Verdict,
    /// What the policy saw and did. Not there where the API server could not read the pod.
    pub seen: Option<Seen>,
    /// What became of the pod when it was created anew from itself, if that was tried.
    pub round_trip: Option<RoundTrip>,
}

/// A promise that the policy broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breach {
    /// The pod is accepted without the policy, and not with it.
    Lost(String),
    /// The policy erred, trapped, rejected, or misused its host.
    Misbehaved(String),
    /// The injected pod, created anew from itself, was changed again.
    Changed(String),
    /// A rule failed on it that had not failed before.
    FailedAnew(String),
}

impl Breach {
    /// Whether two are of a kind, whatever the words.
    pub fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(message) => write!(f, "lost: {message}"),
            Self::Misbehaved(message) => write!(f, "the policy misbehaved: {message}"),
            Self::Changed(message) => write!(f, "changed again: {message}"),
            Self::FailedAnew(message) => write!(f, "failed anew: {message}"),
        }
    }
}

impl Judgement {
    /// The promise that was broken, if one was.
    pub fn breach(&self) -> Option<Breach> {
        if let Some(message) = self
            .seen
            .as_ref()
            .and_then(|seen| seen.misbehaviour.clone())
        {
            return Some(Breach::Misbehaved(message));
        }
        if let (Verdict::Accepted(_), Verdict::Refused(message)) = (&self.alone, &self.injected) {
            return Some(Breach::Lost(message.clone()));
        }
        match &self.round_trip {
            Some(RoundTrip::Broken(breach)) => Some(breach.clone()),
            _ => None,
        }
    }
}

impl Bench<'_> {
    /// Judges a pair, with or without its round trip.
    pub(crate) async fn judge(&self, pair: &Pair, round_trip: bool) -> Result<Judgement, Error> {
        let settings = settings(pair);
        let mut judgement = self.verdicts(pair.number, &pair.pod, &settings).await?;
        if round_trip && judgement.breach().is_none() {
            judgement.round_trip = round_trip::run(self, pair, &settings, &judgement).await?;
        }
        Ok(judgement)
    }

    /// The pod by dry run, without the policy and with it.
    pub(crate) async fn verdicts(
        &self,
        number: u64,
        pod: &Value,
        settings: &Settings,
    ) -> Result<Judgement, Error> {
        let alone = api::create(&self.client, &self.alone, pod, true).await?;
        self.webhook.open(&self.injected, settings.clone());
        let injected = api::create(&self.client, &self.injected, pod, true).await?;
        let seen = self.webhook.seen(&self.injected);
        if let (None, true, Verdict::Refused(message)) = (&seen, alone.is_accepted(), &injected) {
            let message = message.clone();
            return Err(Error::NotCalled { number, message });
        }
        Ok(Judgement {
            alone,
            injected,
            seen,
            round_trip: None,
        })
    }
}

/// A pair's settings, which are an object.
pub(crate) fn settings(pair: &Pair) -> Settings {
    Settings::from_value(pair.settings.clone()).unwrap_or_default()
}
