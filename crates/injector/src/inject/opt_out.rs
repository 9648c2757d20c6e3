//! The skip annotation, by which a pod opts out of rules. See [`OptOut::of`].

use std::collections::BTreeSet;

use kubernetes_pod::names;
use lazy_json::Node;

/// The skip annotation: `true`, or a comma-separated list of rules' names.
pub const SKIP_ANNOTATION: &str = "pod-injector.kubewarden.io/skip";

/// The value that means all rules.
const ALL: &str = "true";

/// The rules that a pod opts out of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OptOut<'n> {
    /// No rules.
    Nothing,
    /// All rules.
    Everything,
    /// The rules of these names.
    Rules {
        /// The value of the annotation.
        value: &'n str,
        /// The names in the value.
        names: BTreeSet<&'n str>,
    },
}

/// What is wrong with the skip annotation. Its message does not quote the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SkipProblem {
    /// Its only item names no rule.
    #[error("its value is neither \"{ALL}\" nor the name of a rule")]
    Value,
    /// An item of several names no rule.
    #[error("item {first} is not the name of a rule{}", others(*.more))]
    Item {
        /// The first such item, counted from 1.
        first: usize,
        /// The number of other such items.
        more: usize,
    },
}

fn others(more: usize) -> String {
    match more {
        0 => String::new(),
        1 => ", and neither is 1 more".to_owned(),
        more => format!(", and neither are {more} more"),
    }
}

impl<'n> OptOut<'n> {
    /// Reads the annotation of a pod as it came. `honoured` is the setting `optOut`.
    pub fn of(pod: &'n Node<'_>, honoured: bool) -> Self {
        let annotation = pod.at(&["metadata", "annotations", SKIP_ANNOTATION]);
        match annotation.and_then(Node::as_str) {
            Some(value) if honoured && value.trim() == ALL => Self::Everything,
            Some(value) if honoured => Self::Rules {
                value,
                names: items(value).collect(),
            },
            _ => Self::Nothing,
        }
    }

    /// Whether the pod opts out of a rule.
    pub fn skips(&self, rule: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Rules { names, .. } => names.contains(rule),
        }
    }

    /// What is wrong with the annotation. `known` returns the names of all rules, or `None` if the
    /// names of some rules can't be read. Then only an item that can't be a name is a problem.
    pub fn problem<'k>(
        &self,
        known: impl FnOnce() -> Option<BTreeSet<&'k str>>,
    ) -> Option<SkipProblem> {
        let Self::Rules { value, .. } = self else {
            return None;
        };
        let known = known();
        let is_rule = |item: &str| match &known {
            Some(known) => known.contains(item),
            None => item != ALL && names::dns_label(item).is_ok(),
        };
        let mut wrong = (1..)
            .zip(items(value))
            .filter_map(|(at, item)| (!is_rule(item)).then_some(at));
        let first = wrong.next()?;
        if items(value).count() == 1 {
            return Some(SkipProblem::Value);
        }
        Some(SkipProblem::Item {
            first,
            more: wrong.count(),
        })
    }
}

fn items(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::all("true", true)]
    #[case::all_with_spaces(" true ", true)]
    #[case::not_yes("yes", false)]
    #[case::not_capital("True", false)]
    #[case::named("other, proxy ", true)]
    #[case::only_others("other,proxy2", false)]
    #[case::empty("", false)]
    fn the_annotation_is_read(#[case] value: &str, #[case] expected: bool) {
        let text =
            format!(r#"{{"metadata": {{"annotations": {{"{SKIP_ANNOTATION}": "{value}"}}}}}}"#);
        let pod = Node::parse(&text).expect("valid JSON");
        assert_eq!(OptOut::of(&pod, true).skips("proxy"), expected);
        assert!(!OptOut::of(&pod, false).skips("proxy"));
    }
}
