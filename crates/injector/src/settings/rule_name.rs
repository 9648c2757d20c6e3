//! The name of a rule in messages. See [`RuleName`].

use std::fmt;

use kubernetes_pod::text::escaped;

/// Rule name of failures that no rule caused.
pub const NO_RULE: &str = "*";

/// A rule's name and origin.
///
/// Messages write both: `proxy` for a rule of the settings, and `team-a/rules/team.yaml: proxy` for
/// a rule under the key `team.yaml` of the `ConfigMap` `rules` in the namespace `team-a`. The
/// stamp, annotations and a pod's opt-out use the name alone. It is unique among all rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleName<'n> {
    /// The name alone; empty if it can't be read.
    pub name: &'n str,
    /// The place of a rule of a `ConfigMap`; `None` for a rule of the settings.
    pub origin: Option<Origin<'n>>,
}

/// The place of a rule in a `ConfigMap`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'n> {
    /// The `ConfigMap`'s namespace.
    pub namespace: &'n str,
    /// The `ConfigMap`'s name.
    pub config_map: &'n str,
    /// The key.
    pub key: &'n str,
    /// The rule's index in the list under the key.
    pub index: usize,
}

impl<'n> RuleName<'n> {
    /// The name of a rule of the settings.
    pub fn of_settings(name: &'n str) -> Self {
        Self { name, origin: None }
    }
}

impl fmt::Display for RuleName<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = self.origin {
            for part in [origin.namespace, origin.config_map] {
                write!(formatter, "{}/", escaped(part))?;
            }
            write!(formatter, "{}: ", escaped(origin.key))?;
            if self.name.is_empty() {
                return write!(formatter, "[{}]", origin.index);
            }
        }
        formatter.write_str(&escaped(self.name))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ORIGIN: Option<Origin<'static>> = Some(Origin {
        namespace: "team-a",
        config_map: "rules",
        key: "team.yaml",
        index: 3,
    });

    #[rstest]
    #[case::settings("proxy", None, "proxy")]
    #[case::config_map("proxy", ORIGIN, "team-a/rules/team.yaml: proxy")]
    #[case::no_name("", ORIGIN, "team-a/rules/team.yaml: [3]")]
    #[case::forged("a\nb", ORIGIN, "team-a/rules/team.yaml: a\\nb")]
    fn a_rule_is_named(
        #[case] name: &str,
        #[case] origin: Option<Origin<'_>>,
        #[case] expected: &str,
    ) {
        assert_eq!(RuleName { name, origin }.to_string(), expected);
    }
}
