//! The variables of a fragment with their places, so that a message can name those that made a pod
//! invalid. See [`of`].

use kubernetes_pod::field_path::{FieldPath, Place};
use kubernetes_pod::schema::{Kind, Type};
use lazy_json::{Node, Value};

use super::items::{item_label, item_place};
use super::keys::Keys;
use crate::settings::problem::Problem;
use crate::variables::{EXPANDED_DEPTH, Part, may_be_in, parts};

/// A variable in a string of a fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The variable as the fragment spells it: `${metadata.name}`.
    pub variable: String,
    /// The path of the string, from the fragment down.
    path: String,
    /// The place of the string in the pod. Merge keys are spelled as in the fragment.
    place: Place,
}

impl Use {
    /// Whether the variable is in a field of the pod or inside the field.
    pub fn is_in(&self, place: &Place) -> bool {
        let same_container = match (&self.place.container, &place.container) {
            (Some(container), Some(other)) => {
                container.init == other.init && may_become(&container.name, &other.name)
            }
            (None, None) => true,
            _ => false,
        };
        same_container && is_inside(&self.place.field, &place.field)
    }
}

/// The variables of a fragment, for the object of this type at this place.
pub fn of(ty: &'static Type, fragment: &Node<'_>, place: &FieldPath<'_>) -> Vec<Use> {
    let mut search = Search::default();
    let keys = Keys::Fields(Some(ty));
    search.members(keys, fragment, &FieldPath::ROOT, place, EXPANDED_DEPTH);
    search.uses
}

/// The variables that may have caused a problem of the fragment: those inside the problem's path,
/// or else those inside the nearest parent that has variables.
pub(super) fn at_problem(uses: &[Use], problem: &Problem) -> Vec<String> {
    let mut about = problem.path.as_str();
    loop {
        let inside = uses.iter().filter(|used| is_inside(&used.path, about));
        let variables = names(inside);
        if !variables.is_empty() || about.is_empty() {
            return variables;
        }
        about = &about[..about.rfind(['.', '[']).unwrap_or_default()];
    }
}

/// The names of variables, each once.
pub fn names<'u>(uses: impl Iterator<Item = &'u Use>) -> Vec<String> {
    let mut names: Vec<String> = uses.map(|used| used.variable.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The part of a message that names variables: ` with ${a} and ${b}`; empty without variables.
pub fn with(variables: &[String]) -> String {
    if variables.is_empty() {
        String::new()
    } else {
        format!(" with {}", variables.join(" and "))
    }
}

/// Whether a path is another path or below it. A key with variables may have become any key.
fn is_inside(path: &str, above: &str) -> bool {
    let (mut path, mut above) = (path, above);
    while let (Some((head, rest)), Some((above_head, above_rest))) =
        (path.split_once("['"), above.split_once("['"))
    {
        let (Some((key, rest)), Some((above_key, above_rest))) =
            (rest.split_once("']"), above_rest.split_once("']"))
        else {
            break;
        };
        if head != above_head || !may_become(key, above_key) {
            return false;
        }
        (path, above) = (rest, above_rest);
    }
    path.strip_prefix(above)
        .is_some_and(|rest| above.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Whether a text of a fragment may become this name.
fn may_become(template: &str, name: &str) -> bool {
    template == name || template.contains("${")
}

#[derive(Default)]
struct Search {
    uses: Vec<Use>,
}

impl Search {
    fn value(
        &mut self,
        kind: Option<&'static Kind>,
        node: &Node<'_>,
        path: &FieldPath<'_>,
        place: &FieldPath<'_>,
        depth: usize,
    ) {
        if depth == 0 || !may_be_in(node) {
            return;
        }
        match (kind, node.value()) {
            (_, Value::String(text)) => {
                let variables = parts(text).filter_map(|part| match part {
                    Ok(Part::Variable(reference)) => Some(format!("${{{}}}", reference.variable)),
                    _ => None,
                });
                self.uses.extend(variables.map(|variable| Use {
                    variable,
                    path: path.to_string(),
                    place: place.place(),
                }));
            }
            (kind, Value::Array(items)) => {
                let (list, kind) = match kind {
                    Some(Kind::List(list, kind)) => (Some(*list), Some(*kind)),
                    _ => (None, None),
                };
                for (index, item) in items.iter().enumerate() {
                    let label = item_label(list, item);
                    let place = item_place(list, index, &label, place);
                    self.value(kind, item, &path.index(index), &place, depth - 1);
                }
            }
            (Some(Kind::Map(kind)), _) => self.members(Keys::Map(kind), node, path, place, depth),
            (Some(Kind::Object(ty)), _) => {
                self.members(Keys::Fields(Some(ty)), node, path, place, depth);
            }
            _ => self.members(Keys::Fields(None), node, path, place, depth),
        }
    }

    fn members(
        &mut self,
        keys: Keys,
        node: &Node<'_>,
        path: &FieldPath<'_>,
        place: &FieldPath<'_>,
        depth: usize,
    ) {
        for member in node.members().unwrap_or_default() {
            let key = member.key.name();
            let path = keys.child(path, &key);
            let place = keys.child(place, &key);
            self.value(keys.kind(&key), &member.value, &path, &place, depth - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::same("env['A'].value", "env['A'].value", true)]
    #[case::inside("env['A'].value", "env['A']", true)]
    #[case::inside_a_list("args[1]", "args", true)]
    #[case::inside_all("args[1]", "", true)]
    #[case::other_key("env['A'].value", "env['B']", false)]
    #[case::other_field("env['A'].value", "env['A'].name", false)]
    #[case::longer_name("argsOf", "args", false)]
    #[case::around("env['A']", "env['A'].value", false)]
    #[case::made_key("mounts['/${metadata.name}'].subPath", "mounts['/web'].subPath", true)]
    #[case::made_key_and_another_field(
        "mounts['/${metadata.name}'].subPath",
        "mounts['/web'].name",
        false
    )]
    fn a_field_is_inside_another_one(
        #[case] path: &str,
        #[case] above: &str,
        #[case] expected: bool,
    ) {
        assert_eq!(is_inside(path, above), expected);
    }
}
