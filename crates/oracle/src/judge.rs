//! One pair before the API server: a pod that is accepted without the policy is accepted with it,
//! and what the policy calls applied is so in the stored pod. See [`Bench::judge`].

use generator::{Ground, Pair};
use policy_host::Settings;
use serde_json::{Value, json};

use crate::{
    Error, Given,
    bench::{Bench, Creation},
    controlled,
    judgement::{Breach, Judgement},
    needless, round_trip, undone,
};

impl Bench<'_> {
    /// Judges a pair, with or without its round trip. Judges it again where the policy had too little
    /// time, because the machine may be busy for a moment.
    pub(crate) async fn judge(&self, pair: &Pair, round_trip: bool) -> Result<Judgement, Error> {
        const TRIES_AGAIN: usize = 2;
        let mut judgement = self.judge_once(pair, round_trip).await?;
        for _ in 0..TRIES_AGAIN {
            if !judgement.is_late || judgement.breach().is_some() {
                break;
            }
            judgement = self.judge_once(pair, round_trip).await?;
        }
        Ok(judgement)
    }

    async fn judge_once(&self, pair: &Pair, round_trip: bool) -> Result<Judgement, Error> {
        let given = Given::of(pair);
        let mut judgement = if given.ground == Ground::Controlled {
            controlled::verdicts(self, pair, &given).await?
        } else {
            let creation = Creation::Real;
            self.verdicts(pair.number, &pair.pod, &given, creation)
                .await?
        };
        judgement.over_limits = is_over_limits(pair, &judgement);
        if judgement.broken.is_none() {
            judgement.broken = self.broken(pair, &given, &judgement).await?;
        }
        if round_trip && judgement.breach().is_none() {
            round_trip::run(self, pair, &given, &mut judgement).await?;
        }
        Ok(judgement)
    }

    async fn broken(
        &self,
        pair: &Pair,
        given: &Given,
        judgement: &Judgement,
    ) -> Result<Option<Breach>, Error> {
        let (Some(seen), true) = (&judgement.seen, judgement.alone.is_accepted()) else {
            return Ok(None);
        };
        let misread = |rule: &&Value| seen.has_applied(rule);
        if let Some(rule) = given.misleading.iter().find(misread) {
            let name = rule["name"].as_str().unwrap_or_default();
            let message = format!("the rule {name} is applied, and its text has a tag");
            return Ok(Some(Breach::Misread(message)));
        }
        if let Some(stored) = judgement.stored()
            && !is_dropped(pair)
            && let Some(message) = undone::undone(seen, pair.rules(), &pair.pod, stored)
        {
            return Ok(Some(Breach::Undone(message)));
        }
        let ask = |request| self.webhook.ask(request, given);
        if let Some(message) = needless::conflict(seen, &pair.pod, ask) {
            return Ok(Some(Breach::Needless(message)));
        }
        let message = self.needless_level(pair, judgement).await?;
        Ok(message.map(Breach::Needless))
    }

    /// The first rule that failed for the namespace's Pod Security level, if the API server takes
    /// the pod with that rule's edits.
    async fn needless_level(
        &self,
        pair: &Pair,
        judgement: &Judgement,
    ) -> Result<Option<String>, Error> {
        let failed = judgement.seen.iter().flat_map(|seen| &seen.failed);
        let failed = failed
            .clone()
            .find(|failed| failed.message.contains("Pod Security level"));
        let rules = pair.rules();
        let place = failed.and_then(|failed| {
            let is_it = |rule: &Value| rule["name"] == failed.rule.as_str();
            rules.iter().position(is_it)
        });
        let (Some(failed), Some(place)) = (failed, place) else {
            return Ok(None);
        };
        let mut rules = rules[..=place].to_vec();
        rules[place]["checkPodSecurity"] = false.into();
        let mut settings = pair.settings.clone();
        settings["rules"] = json!(rules);
        let settings = Settings::from_value(settings).unwrap_or_default();
        let given = Given::of(pair).with(settings);
        let injected = self.injected(&pair.pod, &given, false).await?;
        Ok(injected.is_accepted().then(|| failed.message.clone()))
    }
}

/// Whether rules set a field that the API server drops, under `unknownFields: Allow`: its feature gate
/// is off by default.
fn is_dropped(pair: &Pair) -> bool {
    const GATED: [&str; 4] = [
        "\"schedulingGroup\"",
        "\"stopSignal\"",
        "\"clusterTrustBundle\"",
        "\"podCertificate\"",
    ];
    let rules = pair.settings["rules"].to_string();
    pair.settings["unknownFields"] == "Allow" && GATED.iter().any(|field| rules.contains(field))
}

/// Whether the injected pod is refused for the limits of its namespace only, which the rules that
/// were applied did not ask to have checked.
fn is_over_limits(pair: &Pair, judgement: &Judgement) -> bool {
    const SAYINGS: [&str; 7] = [
        "failed quota:",
        "exceeded quota:",
        "usage per Container",
        "usage per Pod",
        "max limit to request ratio",
        "must specify",
        // LimitRanger has filled in its default limit beside the rule's request.
        "must be less than or equal to",
    ];
    let checked = |rule: &Value| rule["checkLimits"] == true;
    let message = judgement.injected.message().unwrap_or_default();
    pair.surroundings.ground.has_limits()
        && judgement.alone.is_accepted()
        && SAYINGS.iter().any(|saying| message.contains(saying))
        && !pair.rules().iter().all(checked)
}
