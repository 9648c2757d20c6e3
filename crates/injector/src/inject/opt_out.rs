//! The annotation by which a pod's author opts out.

use std::collections::BTreeSet;

use lazy_json::Node;

/// The annotation: `true`, or a comma-separated list of rules' names.
pub const SKIP_ANNOTATION: &str = "pod-injector.kubewarden.io/skip";

/// Which rules a pod's author does not want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OptOut<'n> {
    /// None is named.
    Nothing,
    /// All.
    Everything,
    /// The rules of these names.
    Rules(BTreeSet<&'n str>),
}

impl<'n> OptOut<'n> {
    /// Reads it from a pod as it came; `honoured` is the policy's setting.
    pub fn of(pod: &'n Node<'_>, honoured: bool) -> Self {
        let annotation = || {
            pod.get("metadata")?
                .get("annotations")?
                .get(SKIP_ANNOTATION)?
                .as_str()
        };
        match annotation() {
            Some(value) if honoured && value.trim() == "true" => Self::Everything,
            Some(value) if honoured => Self::Rules(value.split(',').map(str::trim).collect()),
            _ => Self::Nothing,
        }
    }

    /// Whether a rule is not to be applied.
    pub fn skips(&self, rule: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Rules(names) => names.contains(rule),
        }
    }
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
