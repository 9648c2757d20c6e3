//! Splits a string into text and variables. See [`parts`].

use super::variable::{PathError, Variable};

/// A part of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'t> {
    /// Literal text.
    Text(&'t str),
    /// A variable.
    Variable(Reference<'t>),
}

/// The use of a variable in a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'t> {
    /// The position of `${` in the string, in bytes.
    pub at: usize,
    /// The variable.
    pub variable: Variable<'t>,
    /// The default for an absent or empty value.
    pub default: Option<&'t str>,
}

/// Why a string can't be split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {problem}")]
pub struct TemplateError {
    /// The position in characters, counted from 1.
    pub at: usize,
    /// What is wrong there.
    pub problem: TemplateProblem,
}

/// What is wrong at a position of a string.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateProblem {
    /// A variable has no end.
    #[error("no `}}` closes this `${{` (a literal `${{` is written `$${{`)")]
    Unclosed,
    /// A variable holds another variable.
    #[error("a variable can't be inside another one")]
    Nested,
    /// The path is not one of a variable.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The variable is a container's, and there is no container.
    #[error("{0} is known only in `inject.containers[].patch`")]
    NoContainer(String),
}

impl TemplateError {
    /// A problem of a string at a position in bytes.
    pub fn new(text: &str, at: usize, problem: TemplateProblem) -> Self {
        let before = text.get(..at).unwrap_or(text);
        Self {
            at: before.chars().count() + 1,
            problem,
        }
    }

    /// The same error, with a message that quotes nothing of the string.
    #[must_use]
    pub fn without_quotes(self) -> Self {
        let problem = match self.problem {
            TemplateProblem::Path(PathError::Unknown { .. }) => {
                TemplateProblem::Path(PathError::UnknownUnquoted)
            }
            problem => problem,
        };
        Self { problem, ..self }
    }
}

const OPEN: &str = "${";

/// Splits a string. After an error, the iterator goes on with the next part.
pub fn parts(text: &str) -> Parts<'_> {
    Parts { text, at: 0 }
}

/// The parts of a string, in their order.
#[derive(Debug, Clone)]
pub struct Parts<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Parts<'t> {
    type Item = Result<Part<'t>, TemplateError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let Some(open) = rest.find(OPEN) else {
            self.at = self.text.len();
            return Some(Ok(Part::Text(rest)));
        };
        let before = &rest[..open];
        if before.ends_with('$') {
            // `$${`: the second `$` is left out, and `{` is literal.
            self.at += open + 1;
            return Some(Ok(Part::Text(before)));
        }
        if !before.is_empty() {
            self.at += open;
            return Some(Ok(Part::Text(before)));
        }
        let at = self.at;
        let inside = &rest[OPEN.len()..];
        let Some(close) = inside.find('}') else {
            self.at = self.text.len();
            return Some(Err(self.error(at, TemplateProblem::Unclosed)));
        };
        self.at += OPEN.len() + close + 1;
        Some(self.variable(at, &inside[..close]))
    }
}

impl<'t> Parts<'t> {
    fn variable(&self, at: usize, inside: &'t str) -> Result<Part<'t>, TemplateError> {
        if let Some(inner) = inside.find(OPEN) {
            return Err(self.error(at + OPEN.len() + inner, TemplateProblem::Nested));
        }
        let (path, default) = match inside.split_once(":-") {
            Some((path, default)) => (path, Some(default)),
            None => (inside, None),
        };
        match Variable::parse(path) {
            Ok(variable) => Ok(Part::Variable(Reference {
                at,
                variable,
                default,
            })),
            Err(error) => Err(self.error(at, error.into())),
        }
    }

    fn error(&self, at: usize, problem: TemplateProblem) -> TemplateError {
        TemplateError::new(self.text, at, problem)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Variables in angle brackets, problems in square ones.
    fn shown(text: &str) -> String {
        let show = |part| match part {
            Ok(Part::Text(text)) => text.to_owned(),
            Ok(Part::Variable(reference)) => match reference.default {
                Some(default) => format!("<{}|{default}>", reference.variable),
                None => format!("<{}>", reference.variable),
            },
            Err(error) => format!("[{error}]"),
        };
        parts(text).map(show).collect()
    }

    #[rstest]
    #[case::empty("", "")]
    #[case::plain("a b", "a b")]
    #[case::variable("${metadata.name}", "<metadata.name>")]
    #[case::around("a-${metadata.name}-b", "a-<metadata.name>-b")]
    #[case::two("${metadata.name}${request.uid}", "<metadata.name><request.uid>")]
    #[case::default("${metadata.name:-none yet}", "<metadata.name|none yet>")]
    #[case::empty_default("${metadata.name:-}", "<metadata.name|>")]
    #[case::default_with_a_sign("${metadata.name:-a:-b$}", "<metadata.name|a:-b$>")]
    #[case::key("${metadata.labels['a/b']:-c}", "<metadata.labels['a/b']|c>")]
    #[case::escape("$${metadata.name}", "${metadata.name}")]
    #[case::escape_alone("$${", "${")]
    #[case::escape_after_a_sign("$$${metadata.name}", "$${metadata.name}")]
    #[case::escape_after_a_variable("${metadata.name}$${x}", "<metadata.name>${x}")]
    #[case::of_kubernetes("$(HOME) $$(HOME)", "$(HOME) $$(HOME)")]
    #[case::lone_signs("$ $a a$ $$ {} $ {", "$ $a a$ $$ {} $ {")]
    #[case::closed("}", "}")]
    #[case::not_ascii("ä${metadata.name}ö", "ä<metadata.name>ö")]
    fn a_string_is_taken_apart(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(shown(text), expected);
    }

    const UNCLOSED: &str = "no `}` closes this `${` (a literal `${` is written `$${`)";
    const NESTED: &str = "a variable can't be inside another one";

    #[rstest]
    #[case::unclosed("äö ${metadata.name", &format!("äö [at character 4: {UNCLOSED}]"))]
    #[case::unclosed_before_another(
        "${a ${metadata.name}",
        &format!("[at character 5: {NESTED}]")
    )]
    #[case::nested(
        "${metadata.name:-${request.uid}}",
        &format!("[at character 18: {NESTED}]}}")
    )]
    #[case::literal_in_a_default("${metadata.name:-$${}", &format!("[at character 19: {NESTED}]"))]
    #[case::unknown_and_more(
        "${metadata.names} ${request.id}",
        r#"[at character 1: unknown variable "metadata.names", did you mean "metadata.name"?] [at character 19: unknown variable "request.id", did you mean "request.uid"?]"#
    )]
    fn what_is_wrong_is_said_with_its_place(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(shown(text), expected);
    }
}
