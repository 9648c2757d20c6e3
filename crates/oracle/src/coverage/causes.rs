//! How often each cause was met. See [`Causes::add`].

use std::collections::BTreeMap;

use kubernetes_pod::validation::Cause;

/// How often a cause kept a rule from being applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Met {
    /// On pods.
    pub on_pods: usize,
    /// In the check of the settings.
    pub in_settings: usize,
    /// Of both: where a rule was made to meet one cause, or was drawn at random.
    pub alone: usize,
    /// Of both: where two causes were laid over one place.
    pub together: usize,
}

/// Where a cause was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Where {
    OnPod,
    InSettings,
}

/// All causes that were met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Causes(BTreeMap<Cause, Met>);

impl Causes {
    pub(crate) fn add(&mut self, cause: Cause, place: Where, together: bool, times: usize) {
        let met = self.0.entry(cause).or_default();
        let count = match place {
            Where::OnPod => &mut met.on_pods,
            Where::InSettings => &mut met.in_settings,
        };
        *count += times;
        let count = if together {
            &mut met.together
        } else {
            &mut met.alone
        };
        *count += times;
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (cause, met) in other.0 {
            let all = self.0.entry(cause).or_default();
            all.on_pods += met.on_pods;
            all.in_settings += met.in_settings;
            all.alone += met.alone;
            all.together += met.together;
        }
    }

    /// How often a cause was met.
    pub fn of(&self, cause: Cause) -> Met {
        self.0.get(&cause).copied().unwrap_or_default()
    }
}
