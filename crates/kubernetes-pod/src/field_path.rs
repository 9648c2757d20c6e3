//! Where in a pod something is, for messages: `env['HTTP_PROXY'].valueFrom` of container `"app"`.

use crate::text::{escaped, quoted};

/// A place in a pod: a list on the stack, written out only where a message needs it.
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
}

/// One of a pod's containers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContainerName {
    /// It is an init container, a native sidecar included.
    pub init: bool,
    /// Its name, as the pod has it.
    pub name: String,
}

/// A place in a pod, for people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The container that it is in.
    pub container: Option<ContainerName>,
    /// The field, from the container or from the pod down.
    pub field: String,
}

impl FieldPath<'static> {
    /// The pod itself.
    pub const POD: Self = Self {
        parent: None,
        step: Step::Root,
    };
}

impl<'p> FieldPath<'p> {
    /// A field of an object.
    #[must_use]
    pub fn field(&'p self, name: &'p str) -> Self {
        Self {
            parent: Some(self),
            step: Step::Field(name),
        }
    }

    /// A key of a map, or an item of a list by its merge key.
    #[must_use]
    pub fn key(&'p self, key: &'p str) -> Self {
        Self {
            parent: Some(self),
            step: Step::Key(key),
        }
    }

    /// An item of a list that has no merge key.
    #[must_use]
    pub fn index(&'p self, index: usize) -> Self {
        Self {
            parent: Some(self),
            step: Step::Index(index),
        }
    }

    /// Writes it out.
    pub fn place(&self) -> Place {
        let mut steps = vec![self.step];
        let mut next = self.parent;
        while let Some(path) = next {
            steps.push(path.step);
            next = path.parent;
        }
        steps.reverse();
        match steps.as_slice() {
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

fn written(steps: &[Step<'_>]) -> String {
    use std::fmt::Write as _;

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
        }
    }
    out
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
        let spec = FieldPath::POD.field("spec");
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
        let metadata = FieldPath::POD.field("metadata");
        let labels = metadata.field("labels");
        assert_eq!(
            labels.key("app").place().to_string(),
            "metadata.labels['app']"
        );
        let spec = FieldPath::POD.field("spec");
        let aliases = spec.field("hostAliases");
        let alias = aliases.key("10.0.0.1");
        let names = alias.field("hostnames");
        assert_eq!(
            names.index(3).place().to_string(),
            "spec.hostAliases['10.0.0.1'].hostnames[3]"
        );
    }
}
