//! How the rules of a pair reach the policy. See [`Written::of`].

use injector::settings;
use serde_json::{Value, json};

use crate::pair::Pair;
use crate::spelling::{Spelled, text};

/// The name of the `ConfigMap` of rules.
pub(crate) const RULES: &str = "rules";

/// The policy's settings for a pair, and the rules that stand outside of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Written {
    /// The policy's settings.
    pub settings: Value,
    /// The text of the rules that stand in a `ConfigMap` of the pod's namespace.
    pub rules: Option<String>,
    /// Rules of the `ConfigMap` that must not be applied: their text says something else than the
    /// pair's settings.
    pub misleading: Vec<Value>,
}

impl Written {
    /// Writes the rules of a pair where its surroundings want them.
    pub fn of(pair: &Pair) -> Self {
        let surroundings = pair.surroundings;
        let mut settings = pair.settings.clone();
        let all = pair.rules();
        let (own, others) = all.split_at(all.len().saturating_sub(surroundings.in_config_map));
        let mut spelled = Spelled::default();
        if !others.is_empty() {
            settings["rulesFrom"] = json!([source()]);
            spelled = text(others, surroundings.spelling);
            if own.is_empty() {
                settings
                    .as_object_mut()
                    .map(|settings| settings.remove("rules"));
            } else {
                settings["rules"] = json!(own);
            }
        }
        let misleading = spelled.misleading.iter();
        Self {
            settings,
            misleading: misleading
                .filter_map(|index| others.get(*index).cloned())
                .collect(),
            rules: (!others.is_empty()).then_some(spelled.text),
        }
    }
}

/// The source of rules, with everything allowed where the policy bounds what such rules may set.
fn source() -> Value {
    let open = json!({"configMap": {"name": RULES}, "allow": ["all"]});
    let problems = settings::check(&json!({"rulesFrom": [open]}).to_string());
    if problems.found().is_empty() {
        open
    } else {
        json!({"configMap": {"name": RULES}})
    }
}
