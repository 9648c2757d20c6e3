//! Strings with variables in the check of the settings. What depends on their values is checked
//! when the fragment is expanded.

use std::borrow::Cow;

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::schema::{Kind, Type};
use lazy_json::{Member, Node, Value};

use super::{Check, Stage, number};
use crate::variables::{self, MAX_DEPTH, Part, TemplateError, TemplateProblem};

impl Check<'_> {
    /// The part of a scalar that can be checked now. `None` for a string with variables. Checks
    /// that the variables can be read.
    pub(super) fn known_text<'n, 'a>(
        &mut self,
        kind: &Kind,
        node: &'n Node<'a>,
        path: &FieldPath<'_>,
    ) -> Option<Cow<'n, Node<'a>>> {
        let may_be_text = matches!(
            kind,
            Kind::String | Kind::Enum(_) | Kind::IntOrString | Kind::Quantity | Kind::Time
        );
        match node.as_str() {
            Some(text) if may_be_text && self.is_template(text) => {
                let known = self.read_template(text, path)?;
                Some(Cow::Owned(Node::string(known)))
            }
            _ => Some(Cow::Borrowed(node)),
        }
    }

    /// Whether a string has variables that are not expanded yet.
    pub(super) fn is_template(&self, text: &str) -> bool {
        self.stage != Stage::Expanded && text.contains("${")
    }

    /// Checks the variables and numbers of a value that the schema does not describe.
    pub(super) fn any(&mut self, node: &Node<'_>, path: &FieldPath<'_>) {
        if self.stage != Stage::Expanded {
            self.any_down_to(node, path, MAX_DEPTH);
        }
    }

    fn any_down_to(&mut self, node: &Node<'_>, path: &FieldPath<'_>, depth: usize) {
        let has_variables = variables::may_be_in(node);
        if depth == 0 {
            if has_variables {
                let message = format!("variables can't be more than {MAX_DEPTH} levels deep");
                self.problems.add(path, message);
            }
            return;
        }
        match node.value() {
            Value::String(text) if has_variables => drop(self.read_template(text, path)),
            Value::Number(digits) => self.problems.expect(path, number::any(digits)),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.any_down_to(item, &path.index(index), depth - 1);
                }
            }
            Value::Object(members) => {
                for member in members.iter() {
                    let key = member.key.name();
                    self.any_down_to(&member.value, &path.field(&key), depth - 1);
                }
            }
            _ => {}
        }
    }

    /// Checks the variables of a string. Returns the string without escapes if it has no variables.
    fn read_template(&mut self, text: &str, path: &FieldPath<'_>) -> Option<String> {
        let in_patch = self.stage == Stage::Settings { in_patch: true };
        let mut known = Some(String::new());
        for part in variables::parts(text) {
            match part {
                Ok(Part::Text(part)) => {
                    if let Some(known) = &mut known {
                        known.push_str(part);
                    }
                    continue;
                }
                Ok(Part::Variable(reference)) => {
                    if reference.variable.is_of_container() && !in_patch {
                        let problem = TemplateProblem::NoContainer(reference.variable.to_string());
                        let error = TemplateError::new(text, reference.at, problem);
                        self.template_error(error, path);
                    }
                }
                Err(error) => self.template_error(error, path),
            }
            known = None;
        }
        known
    }

    fn template_error(&mut self, error: TemplateError, path: &FieldPath<'_>) {
        let error = if self.problems.may_quote() {
            error
        } else {
            error.without_quotes()
        };
        self.problems.add(path, error);
    }

    /// The part of an object that can be checked now. `None` if a string with variables may decide
    /// what the object's fields demand of each other.
    pub(super) fn known_part<'n, 'a>(
        &self,
        ty: &Type,
        node: &'n Node<'a>,
    ) -> Option<Cow<'n, Node<'a>>> {
        if self.stage == Stage::Expanded {
            return Some(Cow::Borrowed(node));
        }
        match without_templates(node, MAX_DEPTH) {
            None => Some(Cow::Borrowed(node)),
            // The checks of these types do not demand values that are absent.
            Some(known) if matches!(ty.name, "Container" | "PodSpec") => Some(Cow::Owned(known)),
            Some(_) => None,
        }
    }
}

/// A value in which each string with variables is replaced by an unreadable value. `None` if there
/// is no such string.
fn without_templates<'a>(node: &Node<'a>, depth: usize) -> Option<Node<'a>> {
    if depth == 0 || !variables::may_be_in(node) {
        return None;
    }
    match node.value() {
        Value::String(text) => text.contains("${").then(|| Node::from(Value::Opaque)),
        Value::Array(items) => {
            let mut changed: Option<Vec<Node<'a>>> = None;
            for (index, item) in items.iter().enumerate() {
                if let Some(item) = without_templates(item, depth - 1) {
                    changed.get_or_insert_with(|| items.to_vec())[index] = item;
                }
            }
            changed.map(Node::array)
        }
        Value::Object(members) => {
            let mut changed: Option<Vec<Member<'a>>> = None;
            for (index, member) in members.iter().enumerate() {
                if let Some(value) = without_templates(&member.value, depth - 1) {
                    changed.get_or_insert_with(|| members.to_vec())[index].value = value;
                }
            }
            changed.map(Node::object)
        }
        _ => None,
    }
}
