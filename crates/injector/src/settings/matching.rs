//! Which pods a rule is for.

use lazy_json::Node;

use crate::settings::glob::Glob;
use crate::settings::problem::{Path, Problem, Problems};
use crate::settings::reader;
use crate::settings::selector::{Selector, Subject};

const KEYS: [&str; 3] = ["namespaces", "labelSelector", "annotationSelector"];

/// A rule's `match`: everything given has to hold. It is read only as far as it takes to say that
/// something does not.
#[derive(Debug, Clone, Copy)]
pub struct Match<'n, 'a> {
    node: Option<&'n Node<'a>>,
    rule: Option<usize>,
}

/// Names by globs: one of `include`, all if that is not given, and none of `exclude`.
#[derive(Debug, Clone, Copy)]
pub struct Names<'n, 'a> {
    include: Option<&'n [Node<'a>]>,
    exclude: &'n [Node<'a>],
}

impl<'n, 'a> Match<'n, 'a> {
    /// The `match` of a rule, if it has one; `rule` is the rule's place in the settings' `rules`.
    pub(crate) fn new(node: Option<&'n Node<'a>>, rule: Option<usize>) -> Self {
        Self { node, rule }
    }

    /// Whether a pod in this namespace with these labels and annotations is meant.
    ///
    /// # Errors
    /// The first part that can't be read, of those that it takes to answer.
    pub fn holds(
        &self,
        namespace: &str,
        labels: Option<&Node<'_>>,
        annotations: Option<&Node<'_>>,
    ) -> Result<bool, Problem> {
        let Some(node) = self.node else {
            return Ok(true);
        };
        let mut problems = Problems::first();
        let rules = Path::ROOT.field("rules");
        let rule = self.rule.map_or(Path::ROOT, |index| rules.index(index));
        let path = rule.field("match");
        let holds = reader::object(node, &KEYS, &path, &mut problems)
            && namespaces(node, &path, &mut problems).is_none_or(|names| names.hold(namespace))
            && labels_selector(node, &path, &mut problems)
                .is_none_or(|selector| selector.matches(labels))
            && annotations_selector(node, &path, &mut problems)
                .is_none_or(|selector| selector.matches(annotations));
        problems.or_first(holds)
    }
}

/// Checks all of a `match`.
pub(crate) fn check(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) {
    if reader::object(node, &KEYS, path, problems) {
        namespaces(node, path, problems);
        labels_selector(node, path, problems);
        annotations_selector(node, path, problems);
    }
}

fn namespaces<'n, 'a>(
    node: &'n Node<'a>,
    path: &Path<'_>,
    problems: &mut Problems,
) -> Option<Names<'n, 'a>> {
    let names = node.get(KEYS[0])?;
    let path = path.field(KEYS[0]);
    let readable = reader::object(names, &Names::KEYS, &path, problems);
    readable.then(|| Names::read(names, &path, problems))
}

fn labels_selector<'n>(
    node: &'n Node<'_>,
    path: &Path<'_>,
    problems: &mut Problems,
) -> Option<Selector<'n>> {
    let selector = node.get(KEYS[1])?;
    let path = path.field(KEYS[1]);
    Some(Selector::read(selector, Subject::Labels, &path, problems))
}

fn annotations_selector<'n>(
    node: &'n Node<'_>,
    path: &Path<'_>,
    problems: &mut Problems,
) -> Option<Selector<'n>> {
    let selector = node.get(KEYS[2])?;
    let path = path.field(KEYS[2]);
    Some(Selector::read(
        selector,
        Subject::Annotations,
        &path,
        problems,
    ))
}

impl<'n, 'a> Names<'n, 'a> {
    /// The keys that this is read from.
    pub const KEYS: [&'static str; 2] = ["include", "exclude"];

    /// Reads `include` and `exclude` of an object.
    pub fn read(node: &'n Node<'a>, path: &Path<'_>, problems: &mut Problems) -> Self {
        let [include, exclude] = Self::KEYS.map(|key| {
            node.get(key)
                .map(|globs| read_globs(globs, &path.field(key), problems))
        });
        Self {
            include,
            exclude: exclude.unwrap_or_default(),
        }
    }

    /// Whether this name is among them.
    pub fn hold(&self, name: &str) -> bool {
        let one_of = |globs: &[Node<'_>]| {
            let mut globs = globs.iter().filter_map(Node::as_str);
            globs.any(|glob| Glob::new(glob).matches(name))
        };
        self.include.is_none_or(one_of) && !one_of(self.exclude)
    }
}

fn read_globs<'n, 'a>(
    node: &'n Node<'a>,
    path: &Path<'_>,
    problems: &mut Problems,
) -> &'n [Node<'a>] {
    let patterns = reader::items(node, path, problems);
    for (index, pattern) in patterns.iter().enumerate() {
        let path = path.index(index);
        let glob = Glob::new(reader::string(pattern, &path, problems));
        if problems.is_check() && pattern.as_str().is_some() {
            problems.expect(&path, glob.check());
        }
    }
    patterns
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn holds(text: &str, namespace: &str) -> bool {
        let node = Node::parse(text).expect("valid JSON");
        let labels = Node::parse(r#"{"app": "web"}"#).expect("valid JSON");
        let annotations = Node::parse(r#"{"inject": "yes, please"}"#).expect("valid JSON");
        let mut problems = Problems::all();
        check(&node, &Path::ROOT, &mut problems);
        assert_eq!(problems.found(), []);
        Match::new(Some(&node), Some(0))
            .holds(namespace, Some(&labels), Some(&annotations))
            .expect("the match can be read")
    }

    #[rstest]
    #[case::empty("{}", true)]
    #[case::no_globs(r#"{"namespaces": {}}"#, true)]
    #[case::null(r#"{"namespaces": null, "labelSelector": null}"#, true)]
    #[case::included(r#"{"namespaces": {"include": ["other", "team-*"]}}"#, true)]
    #[case::not_included(r#"{"namespaces": {"include": ["other"]}}"#, false)]
    #[case::excluded(r#"{"namespaces": {"exclude": ["team-a"]}}"#, false)]
    #[case::not_excluded(r#"{"namespaces": {"exclude": ["team-b"]}}"#, true)]
    #[case::included_and_excluded(
        r#"{"namespaces": {"include": ["*"], "exclude": ["*-a"]}}"#,
        false
    )]
    #[case::labels(r#"{"labelSelector": {"matchLabels": {"app": "web"}}}"#, true)]
    #[case::other_labels(r#"{"labelSelector": {"matchLabels": {"app": "db"}}}"#, false)]
    #[case::annotations(
        r#"{"annotationSelector": {"matchLabels": {"inject": "yes, please"}}}"#,
        true
    )]
    #[case::other_annotations(r#"{"annotationSelector": {"matchLabels": {"app": "web"}}}"#, false)]
    #[case::everything_has_to_hold(r#"{"namespaces": {"include": ["team-a"]}, "labelSelector": {"matchLabels": {"app": "db"}}}"#, false)]
    fn a_match_holds(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(holds(text, "team-a"), expected);
    }

    #[rstest]
    #[case::no_object("1", &["m: expected an object, got a number"])]
    #[case::unknown(r#"{"namespace": {}}"#, &[r#"m.namespace: unknown field, did you mean "namespaces"?"#])]
    #[case::no_list(r#"{"namespaces": {"include": "a"}}"#, &["m.namespaces.include: expected a list, got a string"])]
    #[case::empty_list(r#"{"namespaces": {"include": [], "exclude": []}}"#, &["m.namespaces.include: must not be empty", "m.namespaces.exclude: must not be empty"])]
    #[case::item(r#"{"namespaces": {"include": ["a", 1]}}"#, &["m.namespaces.include[1]: expected a string, got a number"])]
    #[case::empty_glob(r#"{"namespaces": {"include": [""]}}"#, &["m.namespaces.include[0]: must not be empty"])]
    fn a_match_is_checked(#[case] text: &str, #[case] expected: &[&str]) {
        let node = Node::parse(text).expect("valid JSON");
        let mut problems = Problems::all();
        check(&node, &Path::ROOT.field("m"), &mut problems);
        let found: Vec<String> = problems.found().iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case::no_object("1", "match: expected an object, got a number")]
    #[case::unknown(
        r#"{"namespace": {}}"#,
        r#"match.namespace: unknown field, did you mean "namespaces"?"#
    )]
    #[case::namespaces(
        r#"{"namespaces": {"include": ["a", 1]}}"#,
        "match.namespaces.include[1]: expected a string, got a number"
    )]
    #[case::labels(
        r#"{"labelSelector": []}"#,
        "match.labelSelector: expected an object, got a list"
    )]
    fn a_match_that_cannot_be_read_does_not_hold(#[case] text: &str, #[case] expected: &str) {
        let node = Node::parse(text).expect("valid JSON");
        let matches = Match::new(Some(&node), Some(2));
        let result = matches.holds("a", None, None);
        assert_eq!(
            result.map_err(|problem| problem.to_string()),
            Err(format!("rules[2].{expected}"))
        );
    }

    #[test]
    fn what_does_not_decide_is_not_read() {
        let text = r#"{"namespaces": {"include": ["b"]}, "labelSelector": []}"#;
        let node = Node::parse(text).expect("valid JSON");
        let matches = Match::new(Some(&node), Some(0));
        assert_eq!(matches.holds("a", None, None), Ok(false));
        assert!(matches.holds("b", None, None).is_err());
    }
}
