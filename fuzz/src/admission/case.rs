//! A request that is made of the fuzzer's bytes. See [`Case::read`].

use std::rc::Rc;
use std::time::Duration;

use arbitrary::{Result, Unstructured};
use serde_json::{Value, json};

use super::edit::{cut, edit};
use super::host::{Faults, LookUps};
use super::pairs::{self, Drawn, NAMESPACE, SECRET};
use super::tree::Tree;

/// The uid of every request.
const UID: &str = "705ab4f5-6393-11e8-b7cc-42010a800002";

/// The most changes to one request.
const EDITS: usize = 8;

/// A request, and what is known of it.
pub(crate) struct Case {
    pub(crate) payload: Vec<u8>,
    pub(crate) drawn: Rc<Drawn>,
    pub(crate) settings: Value,
    pub(crate) faults: Faults,
    /// Whether a rule rejects pods that it can't be applied to.
    pub(crate) may_reject: bool,
    /// Whether the settings are those that passed their check.
    pub(crate) has_good_settings: bool,
    /// Whether the request was changed in its pod alone, which is still JSON.
    pub(crate) is_whole: bool,
    /// The pod's text.
    pub(crate) pod: String,
    /// What only values have.
    pub(crate) secrets: &'static [&'static str],
}

impl Case {
    /// Draws a request.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let from = &mut Unstructured::new(bytes);
        let drawn = pairs::of(from.arbitrary()?);
        let donor = pairs::of(from.arbitrary()?);
        let flags: u8 = from.arbitrary()?;
        let mut settings = drawn.settings.clone();
        let may_reject = flags & 7 == 7;
        let rules = settings["rules"].as_array_mut();
        if may_reject && let Some(rule) = rules.and_then(|rules| rules.last_mut()) {
            rule["onFailure"] = "Reject".into();
        }
        let faults = if flags & 0b11000 == 0b11000 {
            faults(from)?
        } else {
            Faults::default()
        };
        let mut pod = Tree::of(&drawn.pod);
        stale_stamp(&mut pod, flags);
        let mut whole = Tree::of(&json!({
            "request": request(flags & 0b10_0000 != 0),
            "settings": settings,
        }));
        let mut is_whole = true;
        let mut has_good_settings = true;
        for _ in 0..EDITS {
            if from.is_empty() {
                break;
            }
            match from.int_in_range(0..=15)? {
                0 => {
                    is_whole = false;
                    let request = whole.get_mut("request");
                    let donor = Tree::of(&request_of_another_kind());
                    request.map_or(Ok(()), |request| edit(request, &donor, from))?;
                }
                1 => {
                    is_whole = false;
                    has_good_settings = false;
                    let donor = Tree::of(&donor.settings);
                    let settings = whole.get_mut("settings");
                    settings.map_or(Ok(()), |settings| edit(settings, &donor, from))?;
                }
                _ => edit(&mut pod, &Tree::of(&donor.pod), from)?,
            }
        }
        let is_misplaced = [&pod, &whole].into_iter().any(pairs::is_misplaced);
        let mut text = String::new();
        pod.write(&mut text);
        // The request may have lost its object, or have another one of the name.
        if let Some(object) = whole
            .get_mut("request")
            .and_then(|request| request.get_mut("object"))
        {
            *object = Tree::Scalar(text.clone());
        }
        let mut payload = String::new();
        whole.write(&mut payload);
        let mut payload = payload.into_bytes();
        if !from.is_empty() && from.ratio(1, 8)? {
            is_whole = false;
            has_good_settings = false;
            cut(&mut payload, from)?;
        }
        Ok(Self {
            payload,
            drawn,
            settings,
            faults,
            may_reject,
            has_good_settings,
            is_whole,
            pod: text,
            secrets: if is_misplaced { &[] } else { &[SECRET] },
        })
    }

    /// The payload for another pod and other settings, otherwise the same.
    pub(crate) fn payload_of(&self, pod: &str, settings: &Value) -> Vec<u8> {
        let mut whole = Tree::of(&json!({"request": request(false), "settings": settings}));
        if let Some(object) = whole
            .get_mut("request")
            .and_then(|request| request.get_mut("object"))
        {
            *object = Tree::Scalar(pod.to_owned());
        }
        let mut payload = String::new();
        whole.write(&mut payload);
        payload.into_bytes()
    }
}

fn request(dry_run: bool) -> Value {
    json!({
        "uid": UID, "operation": "CREATE", "namespace": NAMESPACE, "dryRun": dry_run,
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "userInfo": {"username": "alice", "groups": ["dev"]},
        "object": null,
    })
}

fn request_of_another_kind() -> Value {
    json!({
        "uid": "", "operation": "UPDATE", "namespace": "", "dryRun": "yes", "name": "other",
        "kind": {"group": "apps", "version": "v2", "kind": "ReplicaSet"},
        "resource": null, "subResource": "status", "userInfo": {},
        "oldObject": {"metadata": {"name": "old"}},
    })
}

fn faults(from: &mut Unstructured<'_>) -> Result<Faults> {
    Ok(Faults {
        refused: from.int_in_range(0..=3)?,
        lookups: *from.choose(&[
            LookUps::Found,
            LookUps::Absent,
            LookUps::Denied,
            LookUps::Garbled,
        ])?,
        tick: Duration::from_millis(*from.choose(&[0, 1, 20, 300, 600])?),
    })
}

/// Gives some pods the stamp and the label of another admission.
fn stale_stamp(pod: &mut Tree, flags: u8) {
    let Some(Tree::Object(metadata)) = pod.get_mut("metadata") else {
        return;
    };
    if flags & 0b100_0000 == 0 {
        return;
    }
    for (map, key, value) in [
        (
            "annotations",
            "pod-injector.kubewarden.io/status",
            r#"{"applied":["forged"]}"#,
        ),
        (
            "labels",
            "pod-injector.kubewarden.io/request",
            "another-admission",
        ),
    ] {
        let entries = metadata
            .iter_mut()
            .find(|(name, _)| name.trim_matches('"') == map);
        let entry = Tree::of(&json!({key: value}));
        match (entries, entry) {
            (Some((_, Tree::Object(entries))), Tree::Object(entry)) => entries.extend(entry),
            (None, entry) => metadata.push((format!("\"{map}\""), entry)),
            _ => {}
        }
    }
}
