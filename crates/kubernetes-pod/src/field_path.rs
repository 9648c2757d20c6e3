//! Paths of fields, for messages: `env['HTTP_PROXY'].valueFrom` of container `"app"`.

use std::fmt::{self, Write as _};

use crate::text::{escaped, quoted};

/// The path of a field in a pod, in a rule or in the settings. It is a linked list on the stack,
/// and is written out only if a message needs it.
#[derive(Debug, Clone, Copy)]
pub struct FieldPath<'p> {
    parent: Option<&'p FieldPath<'p>>,
    step: Step<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Root,
    Field(&'p str),
    Key(&'p str),
    Index(usize),
    Item,
}

/// The name of one of a pod's containers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContainerName {
    /// Whether it is an init container, native sidecars included.
    pub init: bool,
    /// The name in the pod. It may be invalid.
    pub name: String,
}

/// The path of a field in a pod, as messages name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The container that the field is in.
    pub container: Option<ContainerName>,
    /// The path from the container down, or from the pod down if there is no container.
    pub field: String,
}

impl FieldPath<'static> {
    /// The path of the root: the pod, the rule or the settings.
    pub const ROOT: Self = Self {
        parent: None,
        step: Step::Root,
    };
}

impl<'p> FieldPath<'p> {
    /// The path of a field of an object.
    #[must_use]
    pub fn field(&'p self, name: &'p str) -> Self {
        self.step(Step::Field(name))
    }

    /// The path of a key of a map, or of an item of a list by its merge key.
    #[must_use]
    pub fn key(&'p self, key: &'p str) -> Self {
        self.step(Step::Key(key))
    }

    /// The path of an item of a list by its index.
    #[must_use]
    pub fn index(&'p self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// The path of an item that a rule adds to a list without merge keys, written `[]`. The item has
    /// no index to show: its index in the rule's list is not its index in the pod's list.
    #[must_use]
    pub fn item(&'p self) -> Self {
        self.step(Step::Item)
    }

    fn step(&'p self, step: Step<'p>) -> Self {
        Self {
            parent: Some(self),
            step,
        }
    }

    fn steps(&self) -> Vec<Step<'p>> {
        let mut steps = vec![self.step];
        let mut next = self.parent;
        while let Some(path) = next {
            steps.push(path.step);
            next = path.parent;
        }
        steps.reverse();
        steps
    }

    /// The place of a field in a pod. The path's root must be the pod.
    pub fn place(&self) -> Place {
        match self.steps().as_slice() {
            [
                Step::Root,
                Step::Field("spec"),
                Step::Field(list @ ("containers" | "initContainers")),
                Step::Key(name),
                rest @ ..,
            ] => Place {
                container: Some(ContainerName {
                    init: *list == "initContainers",
                    name: (*name).to_owned(),
                }),
                field: written(rest),
            },
            steps => Place {
                container: None,
                field: written(steps),
            },
        }
    }
}

/// `rules[2].inject.pod.metadata.labels['app']`; empty for the root. Control characters are
/// escaped.
impl fmt::Display for FieldPath<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&written(&self.steps()))
    }
}

fn written(steps: &[Step<'_>]) -> String {
    let mut out = String::new();
    for step in steps {
        match step {
            Step::Root => {}
            Step::Field(name) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(&escaped(name));
            }
            Step::Key(key) => {
                out.push_str("['");
                out.push_str(&escaped(key));
                out.push_str("']");
            }
            Step::Index(index) => {
                // Writing to a string can't fail.
                let _ = write!(out, "[{index}]");
            }
            Step::Item => out.push_str("[]"),
        }
    }
    out
}

/// `env['A'].value of container "app"`
impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(container) = &self.container else {
            return formatter.write_str(&self.field);
        };
        let kind = if container.init {
            "init container"
        } else {
            "container"
        };
        let name = quoted(&container.name);
        if self.field.is_empty() {
            write!(formatter, "{kind} {name}")
        } else {
            write!(formatter, "{} of {kind} {name}", self.field)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_container_names_the_container() {
        let spec = FieldPath::ROOT.field("spec");
        let list = spec.field("initContainers");
        let container = list.key("setup");
        let env = container.field("env");
        let item = env.key("A");
        assert_eq!(
            item.field("valueFrom").place().to_string(),
            r#"env['A'].valueFrom of init container "setup""#
        );
        assert_eq!(container.place().to_string(), r#"init container "setup""#);
    }

    #[test]
    fn a_place_in_the_pod_is_a_path() {
        let metadata = FieldPath::ROOT.field("metadata");
        let labels = metadata.field("labels");
        assert_eq!(
            labels.key("app").place().to_string(),
            "metadata.labels['app']"
        );
        let spec = FieldPath::ROOT.field("spec");
        let aliases = spec.field("hostAliases");
        let alias = aliases.key("10.0.0.1");
        let names = alias.field("hostnames");
        assert_eq!(
            names.index(3).place().to_string(),
            "spec.hostAliases['10.0.0.1'].hostnames[3]"
        );
    }

    #[test]
    fn a_path_is_written_as_people_write_it() {
        let rules = FieldPath::ROOT.field("rules");
        let rule = rules.index(2);
        let labels = rule.field("labels");
        assert_eq!(FieldPath::ROOT.to_string(), "");
        assert_eq!(labels.key("app").to_string(), "rules[2].labels['app']");
        assert_eq!(
            labels.field("a\nb\u{1b}[31m").to_string(),
            r"rules[2].labels.a\nb\u{1b}[31m"
        );
        assert_eq!(
            rule.key(&"x".repeat(1000)).to_string(),
            format!("rules[2]['{}…']", "x".repeat(62))
        );
    }
}
