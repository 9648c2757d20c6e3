//! What is wrong with the settings, and where.

use std::fmt;

use kubernetes_pod::text::escaped;

/// Something in the settings that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}{}{message}", if path.is_empty() { "" } else { ": " })]
pub struct Problem {
    /// Where, from the settings down; empty for the settings as a whole.
    pub path: String,
    /// What, without any value but a misspelt one.
    pub message: String,
}

/// A place in the settings: a list on the stack, written out only where there is a problem.
#[derive(Debug, Clone, Copy)]
pub struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Root,
    Field(&'p str),
    Key(&'p str),
    Index(usize),
}

impl Path<'static> {
    /// The settings themselves.
    pub const ROOT: Self = Self {
        parent: None,
        step: Step::Root,
    };
}

impl<'p> Path<'p> {
    /// A field of an object.
    #[must_use]
    pub fn field(&'p self, name: &'p str) -> Self {
        self.step(Step::Field(name))
    }

    /// A key of a map.
    #[must_use]
    pub fn key(&'p self, key: &'p str) -> Self {
        self.step(Step::Key(key))
    }

    /// An item of a list.
    #[must_use]
    pub fn index(&'p self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    fn step(&'p self, step: Step<'p>) -> Self {
        Self {
            parent: Some(self),
            step,
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let top = self
            .parent
            .is_none_or(|parent| matches!(parent.step, Step::Root));
        if let Some(parent) = self.parent {
            parent.fmt(formatter)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Field(name) if top => formatter.write_str(&escaped(name)),
            Step::Field(name) => write!(formatter, ".{}", escaped(name)),
            Step::Key(key) => write!(formatter, "['{}']", escaped(key)),
            Step::Index(index) => write!(formatter, "[{index}]"),
        }
    }
}

/// Where problems are put: all of them for a check of the settings, otherwise the first one. What
/// is read goes on after a problem, with a default in the place of what can't be read; it is of
/// use only if there was none.
#[derive(Debug)]
pub struct Problems {
    found: Vec<Problem>,
    all: bool,
    quotes: bool,
    left_out: usize,
}

impl Problems {
    /// As many problems as one answer holds: hostile settings may have any number.
    const MOST: usize = 500;

    /// For a check: keeps all problems.
    pub fn all() -> Self {
        Self {
            found: Vec::new(),
            all: true,
            quotes: true,
            left_out: 0,
        }
    }

    /// The same, with messages that quote nothing of what is checked: for messages that leave the
    /// policy by an Event, a warning or a stamp, which more people read than may read the rules.
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

    /// Whether messages may quote what is checked.
    pub fn may_quote(&self) -> bool {
        self.quotes
    }

    /// Whether this is a check, in which also that is looked at which does not keep the settings
    /// from being read.
    pub fn is_check(&self) -> bool {
        self.all
    }

    /// Whether no more problems are kept, so that there is no use in wording them well.
    pub fn is_full(&self) -> bool {
        self.found.len() >= if self.all { Self::MOST } else { 1 }
    }

    /// Adds a problem.
    pub fn add(&mut self, path: &Path<'_>, message: impl fmt::Display) {
        if self.is_full() {
            self.left_out += 1;
            return;
        }
        self.found.push(Problem {
            path: path.to_string(),
            message: message.to_string(),
        });
    }

    /// Adds a problem if there is one.
    pub fn expect<E: fmt::Display>(&mut self, path: &Path<'_>, result: Result<(), E>) {
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

    /// What was read, if nothing stood in the way.
    ///
    /// # Errors
    /// The first problem.
    pub fn or_first<T>(self, read: T) -> Result<T, Problem> {
        self.found.into_iter().next().map_or(Ok(read), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_people_write_it() {
        let rules = Path::ROOT.field("rules");
        let rule = rules.index(2);
        let labels = rule.field("labels");
        assert_eq!(Path::ROOT.to_string(), "");
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

    #[test]
    fn a_problem_of_the_whole_has_no_path() {
        let mut problems = Problems::all();
        problems.add(&Path::ROOT, "expected an object, got null");
        assert_eq!(
            problems.found()[0].to_string(),
            "expected an object, got null"
        );
    }

    #[test]
    fn only_the_first_problem_is_kept_where_one_is_enough() {
        let mut problems = Problems::first();
        problems.add(&Path::ROOT.field("a"), "1");
        problems.add(&Path::ROOT.field("b"), "2");
        assert_eq!(
            problems.or_first(()).map_err(|problem| problem.to_string()),
            Err("a: 1".to_owned())
        );
    }

    #[test]
    fn problems_past_the_limit_are_counted() {
        let mut problems = Problems::all();
        for _ in 0..Problems::MOST + 7 {
            problems.add(&Path::ROOT, "");
        }
        assert_eq!(problems.found().len(), Problems::MOST);
        assert_eq!(problems.left_out(), 7);
    }
}
