//! One pair before the API server: accepted without the policy means accepted with it.

use std::fmt;

use policy_host::Settings;
use serde_json::{Value, json};

use crate::{
    Error, Given, Seen,
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
    /// A rule that failed for the namespace's Pod Security level, which the API server finds met.
    pub needless: Option<String>,
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
    /// A rule failed for a Pod Security level that the API server finds met.
    Needless(String),
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
            Self::Needless(message) => write!(f, "failed for nothing: {message}"),
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
        if let Some(message) = &self.needless {
            return Some(Breach::Needless(message.clone()));
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
        let given = Given::of(pair);
        let mut judgement = self.verdicts(pair.number, &pair.pod, &given).await?;
        judgement.needless = self.needless(pair, &judgement).await?;
        if round_trip && judgement.breach().is_none() {
            judgement.round_trip = round_trip::run(self, pair, &given, &judgement).await?;
        }
        Ok(judgement)
    }

    /// The first rule that failed for the namespace's Pod Security level, if the API server takes the
    /// pod with that rule's edits.
    async fn needless(&self, pair: &Pair, judgement: &Judgement) -> Result<Option<String>, Error> {
        let (Some(seen), true) = (&judgement.seen, judgement.alone.is_accepted()) else {
            return Ok(None);
        };
        let failed = seen.failed.iter();
        let failed = failed
            .clone()
            .find(|failed| failed.message.contains("Pod Security level"));
        let rules = pair.settings["rules"].as_array();
        let place = failed.and_then(|failed| {
            let is_it = |rule: &Value| rule["name"] == failed.rule.as_str();
            rules?.iter().position(is_it)
        });
        let (Some(failed), Some(rules), Some(place)) = (failed, rules, place) else {
            return Ok(None);
        };
        let mut rules = rules[..=place].to_vec();
        rules[place]["checkPodSecurity"] = false.into();
        let mut settings = pair.settings.clone();
        settings["rules"] = json!(rules);
        let settings = Settings::from_value(settings).unwrap_or_default();
        let given = Given::of(pair).with(settings);
        let judgement = self.verdicts(pair.number, &pair.pod, &given).await?;
        let accepted = judgement.injected.is_accepted();
        Ok(accepted.then(|| failed.message.clone()))
    }

    /// The pod by dry run, without the policy and with it.
    pub(crate) async fn verdicts(
        &self,
        number: u64,
        pod: &Value,
        given: &Given,
    ) -> Result<Judgement, Error> {
        let namespaces = self.at(given.level);
        let alone = api::create(&self.client, &namespaces.alone, pod, true).await?;
        self.webhook.open(&namespaces.injected, given.clone());
        let injected = api::create(&self.client, &namespaces.injected, pod, true).await?;
        let seen = self.webhook.seen(&namespaces.injected);
        if let (None, true, Verdict::Refused(message)) = (&seen, alone.is_accepted(), &injected) {
            let message = message.clone();
            return Err(Error::NotCalled { number, message });
        }
        Ok(Judgement {
            alone,
            injected,
            seen,
            round_trip: None,
            needless: None,
        })
    }
}
