//! What a rule is called.

use std::fmt;

use kubernetes_pod::text::escaped;

/// A rule's name, and where the rule is from. Written out it is what messages call the rule:
/// `proxy` for one of the settings, `team-a/rules/team.yaml: proxy` for one that stands under the key
/// `team.yaml` of the `ConfigMap` `rules` in the namespace `team-a`. Everywhere else (stamp, annotations, a pod's opt-out) a
/// rule goes by its name alone, which no other rule has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleName<'n> {
    /// The name alone; empty where it can't be read.
    pub name: &'n str,
    /// The `ConfigMap` that the rule is from, and the place in it.
    pub origin: Option<Origin<'n>>,
}

/// Where in a `ConfigMap` a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'n> {
    /// The `ConfigMap`'s namespace.
    pub namespace: &'n str,
    /// The `ConfigMap`'s name.
    pub config_map: &'n str,
    /// The key.
    pub key: &'n str,
    /// The rule's place in the list under the key.
    pub index: usize,
}

impl<'n> RuleName<'n> {
    /// A rule of the settings.
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
