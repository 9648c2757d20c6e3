//! What comes of a pair, and the promises that it may show to be broken. See [`Judgement`].

use std::fmt;

use serde_json::Value;

use crate::{api::Verdict, seen::Seen};

/// What came of a pair.
#[derive(Debug)]
pub struct Judgement {
    /// What the API server says to the pod alone.
    pub alone: Verdict,
    /// What it says to the pod with the policy in the way. Accepted pods are stored ones, where
    /// the pod was accepted alone.
    pub injected: Verdict,
    /// What the policy saw and did. `None` where the API server could not read the pod.
    pub seen: Option<Seen>,
    /// What became of the pod when it was created anew from itself, if that was tried.
    pub round_trip: Option<RoundTrip>,
    /// What the pod's `ReplicaSet` made of it, if it has one.
    pub control: Option<Control>,
    /// What the policy broke besides.
    pub broken: Option<Breach>,
    /// The namespace's limits refuse the injected pod, and its rules don't ask for them to be
    /// checked.
    pub over_limits: bool,
    /// The policy had too little time in one of the requests: what it did then is no breach, except
    /// where it loses a pod or misbehaves.
    pub is_late: bool,
}

/// What came of a pod that was created anew from itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoundTrip {
    /// Nothing is promised for these rules.
    NotPromised,
    /// The API server does not take its own pod again, policy or not.
    Refused,
    /// The pod came back as it was.
    Kept,
    /// It did not.
    Broken(Breach),
}

/// What came of the pod of a `ReplicaSet`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// The controller made it and owns it.
    Owned,
    /// The API server does not take the `ReplicaSet`, policy or not.
    Refused,
}

/// A promise that the policy broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breach {
    /// The pod is accepted without the policy, and not with it.
    Lost(String),
    /// The policy erred, trapped, rejected, or misused its host.
    Misbehaved(String),
    /// An applied rule set or removed something, and the stored pod does not show it.
    Undone(String),
    /// The pod's controller does not own it any longer.
    Disowned(String),
    /// A text of rules was read as another one.
    Misread(String),
    /// The injected pod, created anew from itself, was changed again.
    Changed(String),
    /// A rule failed on the pod created anew that had not failed before.
    FailedAnew(String),
    /// A rule failed for a Pod Security level that the API server finds met, or for a value that
    /// nobody set.
    Needless(String),
}

impl Breach {
    /// The name of its kind.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lost(_) => "lost",
            Self::Misbehaved(_) => "misbehaved",
            Self::Undone(_) => "undone",
            Self::Disowned(_) => "disowned",
            Self::Misread(_) => "misread",
            Self::Changed(_) => "changed again",
            Self::FailedAnew(_) => "failed anew",
            Self::Needless(_) => "failed for nothing",
        }
    }

    fn message(&self) -> &str {
        match self {
            Self::Lost(message)
            | Self::Misbehaved(message)
            | Self::Undone(message)
            | Self::Disowned(message)
            | Self::Misread(message)
            | Self::Changed(message)
            | Self::FailedAnew(message)
            | Self::Needless(message) => message,
        }
    }

    /// The breach without names, numbers and values: equal for breaches of one cause.
    pub fn subject(&self) -> String {
        const MOST: usize = 120;
        let mut subject = String::new();
        let mut closing = None;
        for letter in self.message().chars() {
            match closing {
                Some(end) if end == letter => closing = None,
                Some(_) => continue,
                None => {}
            }
            match letter {
                '0'..='9' => continue,
                '"' if closing.is_none() && !subject.ends_with('"') => closing = Some('"'),
                '[' => closing = Some(']'),
                '{' => closing = Some('}'),
                _ => {}
            }
            subject.push(letter);
        }
        let end = subject.char_indices().nth(MOST).map(|(end, _)| end);
        subject.truncate(end.unwrap_or(subject.len()));
        format!("{}: {subject}", self.name())
    }

    /// Whether two are of a kind, whatever the words. What is undone has to be of one cause: a
    /// smaller pair may show another one.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Undone(_), Self::Undone(_)) => self.subject() == other.subject(),
            _ => self.name() == other.name(),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.message())
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
        if let (Verdict::Accepted(_), Verdict::Refused(message), false) =
            (&self.alone, &self.injected, self.over_limits)
        {
            return Some(Breach::Lost(message.clone()));
        }
        if self.is_late {
            return None;
        }
        if let Some(breach) = &self.broken {
            return Some(breach.clone());
        }
        match &self.round_trip {
            Some(RoundTrip::Broken(breach)) => Some(breach.clone()),
            _ => None,
        }
    }

    /// The stored pod, where the API server takes it without the policy and with it.
    pub fn stored(&self) -> Option<&Value> {
        match (&self.alone, &self.injected) {
            (Verdict::Accepted(_), Verdict::Accepted(stored)) => Some(stored),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_leaves_names_and_numbers_out() {
        let of = |message: &str| Breach::Lost(message.to_owned()).subject();
        assert_eq!(
            of(r#"Pod "web" is invalid: spec.containers[0].ports[12].hostPort: 80 is taken"#),
            of(r#"Pod "shop-1" is invalid: spec.containers[3].ports[1].hostPort: 8080 is taken"#)
        );
        assert_ne!(of("spec.os is missing"), of("spec.volumes is missing"));
    }

    #[test]
    fn only_a_policy_that_had_its_time_is_judged() {
        let mut judgement = Judgement {
            alone: Verdict::Accepted(Value::Null),
            injected: Verdict::Accepted(Value::Null),
            seen: None,
            round_trip: None,
            control: None,
            broken: Some(Breach::Undone(String::new())),
            over_limits: false,
            is_late: false,
        };
        assert!(judgement.breach().is_some());
        judgement.is_late = true;
        assert_eq!(judgement.breach(), None);
        judgement.injected = Verdict::Refused(String::new());
        assert_eq!(judgement.breach(), Some(Breach::Lost(String::new())));
    }
}
