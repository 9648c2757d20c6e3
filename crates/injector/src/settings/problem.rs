//! Problems of the settings, each with its path.

use std::fmt;

use kubernetes_pod::field_path::FieldPath;

/// A problem of the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}{}{message}", if path.is_empty() { "" } else { ": " })]
pub struct Problem {
    /// The path from the settings down; empty for the settings as a whole.
    pub path: String,
    /// What is wrong. It quotes no value except a misspelt one.
    pub message: String,
}

/// Collects problems: all of them for a check of the settings, otherwise the first one. Reading
/// goes on after a problem, with a default in place of what can't be read. The result is of use
/// only if there is no problem.
#[derive(Debug)]
pub struct Problems {
    found: Vec<Problem>,
    all: bool,
    quotes: bool,
    left_out: usize,
}

impl Problems {
    /// The number of problems in one answer. Hostile settings may have any number.
    const MAX: usize = 500;

    /// For a check: keeps all problems.
    pub fn all() -> Self {
        Self {
            found: Vec::new(),
            all: true,
            quotes: true,
            left_out: 0,
        }
    }

    /// The same, with messages that quote nothing from the settings. Such messages go into an
    /// Event, a warning or the stamp, and more people may read those than the rules.
    #[must_use]
    pub fn without_quotes(self) -> Self {
        Self {
            quotes: false,
            ..self
        }
    }

    /// For reading settings that were checked before: keeps the first problem.
    pub fn first() -> Self {
        Self {
            all: false,
            ..Self::all().without_quotes()
        }
    }

    /// Whether messages may quote the settings.
    pub fn may_quote(&self) -> bool {
        self.quotes
    }

    /// Whether this is a check. A check also reports problems that do not prevent reading.
    pub fn is_check(&self) -> bool {
        self.all
    }

    /// Whether further problems are only counted. Callers may skip costly messages.
    pub fn is_full(&self) -> bool {
        self.found.len() >= if self.all { Self::MAX } else { 1 }
    }

    /// Adds a problem.
    pub fn add(&mut self, path: &FieldPath<'_>, message: impl fmt::Display) {
        if self.is_full() {
            self.left_out += 1;
            return;
        }
        self.found.push(Problem {
            path: path.to_string(),
            message: message.to_string(),
        });
    }

    /// Adds the error of a result as a problem.
    pub fn expect<E: fmt::Display>(&mut self, path: &FieldPath<'_>, result: Result<(), E>) {
        if let Err(error) = result {
            self.add(path, error);
        }
    }

    /// The problems that were kept.
    pub fn found(&self) -> &[Problem] {
        &self.found
    }

    /// How many problems were not kept.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Returns what was read.
    ///
    /// # Errors
    /// Returns the first problem if there is one.
    pub fn or_first<T>(self, read: T) -> Result<T, Problem> {
        self.found.into_iter().next().map_or(Ok(read), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_of_the_whole_has_no_path() {
        let mut problems = Problems::all();
        problems.add(&FieldPath::ROOT, "expected an object, got null");
        assert_eq!(
            problems.found()[0].to_string(),
            "expected an object, got null"
        );
    }

    #[test]
    fn only_the_first_problem_is_kept_where_one_is_enough() {
        let mut problems = Problems::first();
        problems.add(&FieldPath::ROOT.field("a"), "1");
        problems.add(&FieldPath::ROOT.field("b"), "2");
        assert_eq!(
            problems.or_first(()).map_err(|problem| problem.to_string()),
            Err("a: 1".to_owned())
        );
    }

    #[test]
    fn problems_past_the_limit_are_counted() {
        let mut problems = Problems::all();
        for _ in 0..Problems::MAX + 7 {
            problems.add(&FieldPath::ROOT, "");
        }
        assert_eq!(problems.found().len(), Problems::MAX);
        assert_eq!(problems.left_out(), 7);
    }
}
