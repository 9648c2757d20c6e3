//! Which pods a rule matches. See [`Match::matches`].

use kubernetes_pod::field_path::FieldPath;
use lazy_json::Node;

use crate::settings::name_globs::NameGlobs;
use crate::settings::problem::{Problem, Problems};
use crate::settings::reader;
use crate::settings::selector::{Selector, Subject};

const KEYS: [&str; 3] = ["namespaces", "labelSelector", "annotationSelector"];

/// A rule's `match`. All of its parts must match. They are read one after the other, up to the
/// first one that does not match.
#[derive(Debug, Clone, Copy)]
pub struct Match<'n, 'a> {
    node: Option<&'n Node<'a>>,
    rule: Option<usize>,
}

impl<'n, 'a> Match<'n, 'a> {
    /// The `match` of a rule; `None` matches every pod. `rule` is the rule's index in the settings'
    /// `rules`.
    pub(crate) fn new(node: Option<&'n Node<'a>>, rule: Option<usize>) -> Self {
        Self { node, rule }
    }

    /// Whether a pod with these labels and annotations in this namespace matches.
    ///
    /// # Errors
    /// Returns the problem of the first part that can't be read. Parts after the first one that
    /// does not match are not read.
    pub fn matches(
        &self,
        namespace: &str,
        labels: Option<&Node<'_>>,
        annotations: Option<&Node<'_>>,
    ) -> Result<bool, Problem> {
        let Some(node) = self.node else {
            return Ok(true);
        };
        let mut problems = Problems::first();
        let rules = FieldPath::ROOT.field("rules");
        let rule = self
            .rule
            .map_or(FieldPath::ROOT, |index| rules.index(index));
        let path = rule.field("match");
        let matches = reader::object(node, &KEYS, &path, &mut problems)
            && namespaces(node, &path, &mut problems)
                .is_none_or(|names| names.match_name(namespace))
            && labels_selector(node, &path, &mut problems)
                .is_none_or(|selector| selector.matches(labels))
            && annotations_selector(node, &path, &mut problems)
                .is_none_or(|selector| selector.matches(annotations));
        problems.or_first(matches)
    }
}

/// Checks a `match`.
pub(crate) fn check(node: &Node<'_>, path: &FieldPath<'_>, problems: &mut Problems) {
    if reader::object(node, &KEYS, path, problems) {
        namespaces(node, path, problems);
        labels_selector(node, path, problems);
        annotations_selector(node, path, problems);
    }
}

fn namespaces<'n, 'a>(
    node: &'n Node<'a>,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> Option<NameGlobs<'n, 'a>> {
    let names = node.get(KEYS[0])?;
    let path = path.field(KEYS[0]);
    let readable = reader::object(names, &NameGlobs::KEYS, &path, problems);
    readable.then(|| NameGlobs::read(names, &path, problems))
}

fn labels_selector<'n>(
    node: &'n Node<'_>,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> Option<Selector<'n>> {
    selector(node, KEYS[1], Subject::Labels, path, problems)
}

fn annotations_selector<'n>(
    node: &'n Node<'_>,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> Option<Selector<'n>> {
    selector(node, KEYS[2], Subject::Annotations, path, problems)
}

fn selector<'n>(
    node: &'n Node<'_>,
    key: &str,
    subject: Subject,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> Option<Selector<'n>> {
    let selector = node.get(key)?;
    Some(Selector::read(
        selector,
        subject,
        &path.field(key),
        problems,
    ))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn is_match(text: &str, namespace: &str) -> bool {
        let node = Node::parse(text).expect("valid JSON");
        let labels = Node::parse(r#"{"app": "web"}"#).expect("valid JSON");
        let annotations = Node::parse(r#"{"inject": "yes, please"}"#).expect("valid JSON");
        let mut problems = Problems::all();
        check(&node, &FieldPath::ROOT, &mut problems);
        assert_eq!(problems.found(), []);
        Match::new(Some(&node), Some(0))
            .matches(namespace, Some(&labels), Some(&annotations))
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
    #[case::all_parts_must_match(r#"{"namespaces": {"include": ["team-a"]}, "labelSelector": {"matchLabels": {"app": "db"}}}"#, false)]
    fn a_match_is_decided(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(is_match(text, "team-a"), expected);
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
        check(&node, &FieldPath::ROOT.field("m"), &mut problems);
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
    fn a_match_that_cannot_be_read_is_a_problem(#[case] text: &str, #[case] expected: &str) {
        let node = Node::parse(text).expect("valid JSON");
        let matches = Match::new(Some(&node), Some(2));
        let result = matches.matches("a", None, None);
        assert_eq!(
            result.map_err(|problem| problem.to_string()),
            Err(format!("rules[2].{expected}"))
        );
    }

    #[test]
    fn parts_after_the_first_mismatch_are_not_read() {
        let text = r#"{"namespaces": {"include": ["b"]}, "labelSelector": []}"#;
        let node = Node::parse(text).expect("valid JSON");
        let matches = Match::new(Some(&node), Some(0));
        assert_eq!(matches.matches("a", None, None), Ok(false));
        assert!(matches.matches("b", None, None).is_err());
    }
}
