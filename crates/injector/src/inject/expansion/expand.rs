//! Replaces the variables of a fragment by their values. See [`expanded`].

use kubernetes_pod::field_path::{FieldPath, Place};
use kubernetes_pod::item::PATCH;
use kubernetes_pod::schema::{Kind, List, Type};
use lazy_json::{Member, Node, Value};

use super::items::{item_label, item_place};
use super::keys::Keys;
use super::problem_place::place_of;
use super::scope::{MAX_INSERTED_BYTES, Scope};
use super::uses;
use crate::inject::deadline::DeadlineExceeded;
use crate::settings::fragment;
use crate::settings::problem::Problem;
use crate::variables::{EXPANDED_DEPTH, Part, may_be_in, parts};

/// Why the variables of a fragment can't be expanded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VariableError {
    /// A variable has no value and no default.
    #[error("{place} needs ${{{variable}}}, which has no value{}", why(.variable))]
    Unresolved {
        /// The field that uses the variable.
        place: Place,
        /// The variable's path.
        variable: String,
    },
    /// No pod may have the expanded fragment.
    #[error("{place} would be invalid{}: {problem}", uses::with(.variables))]
    Invalid {
        /// The field of the fragment.
        place: Place,
        /// The variables in that field.
        variables: Vec<String>,
        /// What is wrong; it quotes no value.
        problem: String,
    },
    /// The values are too long together.
    #[error(
        "{place} would be invalid with ${{{variable}}}: variables may insert at most {MAX_INSERTED_BYTES} \
         bytes into a pod"
    )]
    TooMuch {
        /// The field whose value exceeds the bound.
        place: Place,
        /// The variable's path.
        variable: String,
    },
    /// The deadline passed.
    #[error("{error} for {place}")]
    DeadlineExceeded {
        /// The field that was being expanded.
        place: Place,
        /// The deadline's error.
        error: DeadlineExceeded,
    },
    /// The rule's value is one that the check of the settings refuses.
    #[error("the rule's {place} can't be read: {problem}")]
    NotReadable {
        /// The field.
        place: Place,
        /// What is wrong.
        problem: String,
    },
}

impl VariableError {
    /// The field that the error is about.
    pub fn place(&self) -> &Place {
        match self {
            Self::Unresolved { place, .. }
            | Self::Invalid { place, .. }
            | Self::TooMuch { place, .. }
            | Self::DeadlineExceeded { place, .. }
            | Self::NotReadable { place, .. } => place,
        }
    }
}

/// Expands a fragment of an object of this type. Returns `None` if the fragment has no variables.
/// `path` is the object's path in the pod, and `container` the container to be patched, in its
/// current state.
///
/// # Errors
/// Returns `Unresolved` for the first variable without a value and without a default, `TooMuch` if
/// the values are too long, `Invalid` if no pod may have the result, and `DeadlineExceeded` once
/// the deadline has passed.
pub fn expanded<'a>(
    ty: &'static Type,
    fragment: &Node<'a>,
    scope: &Scope<'_, 'a>,
    container: Option<&Node<'a>>,
    path: &FieldPath<'_>,
) -> Result<Option<Node<'a>>, VariableError> {
    if !may_be_in(fragment) {
        return Ok(None);
    }
    let expansion = Expansion { scope, container };
    let Some(result) = expansion.object(Some(ty), fragment, path, EXPANDED_DEPTH)? else {
        return Ok(None);
    };
    match fragment::check_expanded(ty, &result) {
        Ok(()) => Ok(Some(result)),
        Err(problem) => {
            let place = place_of(ty, &result, &problem, path);
            Err(invalid(ty, fragment, &problem, place, path))
        }
    }
}

/// The reason why a variable has no value, if it is not obvious.
fn why(variable: &str) -> &'static str {
    match variable {
        "metadata.name" => " yet: the API server makes the name from generateName later",
        _ => "",
    }
}

struct Expansion<'s, 'n, 'a> {
    scope: &'s Scope<'n, 'a>,
    container: Option<&'s Node<'a>>,
}

impl<'a> Expansion<'_, '_, 'a> {
    /// Expands a value. `kind` is its kind in the schema, if the schema knows it.
    fn value(
        &self,
        kind: Option<&'static Kind>,
        node: &Node<'a>,
        path: &FieldPath<'_>,
        depth: usize,
    ) -> Result<Option<Node<'a>>, VariableError> {
        if !may_be_in(node) {
            return Ok(None);
        }
        if depth == 0 {
            return Err(not_readable(path, "it is too deep for variables"));
        }
        match (kind, node.value()) {
            (_, Value::String(text)) => self.text(text, path).map(|text| text.map(Node::string)),
            (Some(Kind::Object(ty)), Value::Object(_)) => self.object(Some(ty), node, path, depth),
            (Some(Kind::Map(kind)), Value::Object(members)) => {
                self.members(Keys::Map(kind), members, path, depth)
            }
            (_, Value::Object(_)) => self.object(None, node, path, depth),
            (Some(Kind::List(list, kind)), Value::Array(items)) => {
                self.items(items, Some(*kind), Some(*list), path, depth)
            }
            (_, Value::Array(items)) => self.items(items, None, None, path, depth),
            _ => Ok(None),
        }
    }

    fn object(
        &self,
        ty: Option<&'static Type>,
        node: &Node<'a>,
        path: &FieldPath<'_>,
        depth: usize,
    ) -> Result<Option<Node<'a>>, VariableError> {
        let members = node.members().unwrap_or_default();
        self.members(Keys::Fields(ty), members, path, depth)
    }

    fn members(
        &self,
        keys: Keys,
        members: &[Member<'a>],
        path: &FieldPath<'_>,
        depth: usize,
    ) -> Result<Option<Node<'a>>, VariableError> {
        let mut changed: Option<Vec<Member<'a>>> = None;
        for (index, member) in members.iter().enumerate() {
            // Variables do not decide what a rule removes.
            if matches!(keys, Keys::Fields(Some(_))) && member.key.is(PATCH) {
                continue;
            }
            let key = member.key.name();
            let path = keys.child(path, &key);
            if let Some(value) = self.value(keys.kind(&key), &member.value, &path, depth - 1)? {
                changed.get_or_insert_with(|| members.to_vec())[index].value = value;
            }
        }
        Ok(changed.map(Node::object))
    }

    fn items(
        &self,
        items: &[Node<'a>],
        kind: Option<&'static Kind>,
        list: Option<List>,
        path: &FieldPath<'_>,
        depth: usize,
    ) -> Result<Option<Node<'a>>, VariableError> {
        let mut changed: Option<Vec<Node<'a>>> = None;
        for (index, item) in items.iter().enumerate() {
            if !may_be_in(item) {
                continue;
            }
            let label = item_label(list, item);
            let path = item_place(list, index, &label, path);
            if let Some(value) = self.value(kind, item, &path, depth - 1)? {
                changed.get_or_insert_with(|| items.to_vec())[index] = value;
            }
        }
        Ok(changed.map(Node::array))
    }

    fn text(&self, text: &str, path: &FieldPath<'_>) -> Result<Option<String>, VariableError> {
        if !text.contains("${") {
            return Ok(None);
        }
        let mut out = String::with_capacity(text.len());
        for part in parts(text) {
            match part {
                Ok(Part::Text(text)) => out.push_str(text),
                Ok(Part::Variable(reference)) => {
                    let step = self.scope.deadline().step();
                    step.map_err(|error| VariableError::DeadlineExceeded {
                        place: path.place(),
                        error,
                    })?;
                    let value = self.scope.value(reference.variable, self.container);
                    let value = match (value, reference.default) {
                        (None | Some(""), Some(default)) => default,
                        (Some(value), _) => value,
                        (None, None) => {
                            return Err(VariableError::Unresolved {
                                place: path.place(),
                                variable: reference.variable.to_string(),
                            });
                        }
                    };
                    if !self.scope.insert(value.len()) {
                        return Err(VariableError::TooMuch {
                            place: path.place(),
                            variable: reference.variable.to_string(),
                        });
                    }
                    out.push_str(value);
                }
                Err(error) => {
                    let error = error.without_quotes();
                    return Err(not_readable(path, &error.to_string()));
                }
            }
        }
        Ok(Some(out))
    }
}

fn not_readable(path: &FieldPath<'_>, problem: &str) -> VariableError {
    VariableError::NotReadable {
        place: path.place(),
        problem: problem.to_owned(),
    }
}

/// The error for a problem of the expanded fragment.
fn invalid(
    ty: &'static Type,
    fragment: &Node<'_>,
    problem: &Problem,
    place: Place,
    path: &FieldPath<'_>,
) -> VariableError {
    VariableError::Invalid {
        place,
        variables: uses::at_problem(&uses::of(ty, fragment, path), problem),
        problem: problem.message.clone(),
    }
}
