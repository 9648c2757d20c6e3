//! Label selectors in the form of `metav1.LabelSelector`. See [`Selector::matches`].
//!
//! Source: `k8s.io/apimachinery/pkg/apis/meta/v1` (`LabelSelectorAsSelector`) and its
//! `validation` (`ValidateLabelSelector`).

use std::borrow::Cow;

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::names;
use lazy_json::{Member, Node};

use crate::settings::problem::Problems;
use crate::settings::reader;

/// A selector. All of its requirements must match; a selector without requirements matches
/// everything.
#[derive(Debug, Clone, Default)]
pub struct Selector<'n> {
    requirements: Vec<Requirement<'n>>,
}

#[derive(Debug, Clone)]
struct Requirement<'n> {
    key: Cow<'n, str>,
    condition: Condition<'n>,
}

#[derive(Debug, Clone)]
enum Condition<'n> {
    Equal(&'n str),
    In(Vec<&'n str>),
    NotIn(Vec<&'n str>),
    Exists,
    DoesNotExist,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

const OPERATORS: [(&str, Operator); 4] = [
    ("In", Operator::In),
    ("NotIn", Operator::NotIn),
    ("Exists", Operator::Exists),
    ("DoesNotExist", Operator::DoesNotExist),
];

/// What a selector is applied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Labels. Their values have a syntax.
    Labels,
    /// Annotations. Their values may be any text.
    Annotations,
}

impl<'n> Selector<'n> {
    /// Reads a selector.
    pub fn read(
        node: &'n Node<'_>,
        subject: Subject,
        path: &FieldPath<'_>,
        problems: &mut Problems,
    ) -> Self {
        let mut requirements = Vec::new();
        if !reader::object(node, &["matchLabels", "matchExpressions"], path, problems) {
            return Self { requirements };
        }
        if let Some(labels) = node.get("matchLabels") {
            let path = path.field("matchLabels");
            for member in reader::map(labels, &path, problems) {
                requirements.push(equality(member, subject, &path, problems));
            }
        }
        if let Some(expressions) = node.get("matchExpressions") {
            let path = path.field("matchExpressions");
            let expressions = reader::list(expressions, &path, problems);
            for (index, node) in expressions.iter().enumerate() {
                requirements.extend(expression(node, subject, &path.index(index), problems));
            }
        }
        Self { requirements }
    }

    /// Whether an object with these labels or annotations matches.
    pub fn matches(&self, map: Option<&Node<'_>>) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = map.and_then(|map| map.get(&requirement.key));
            let is_one_of = |values: &[&str]| {
                value
                    .and_then(Node::as_str)
                    .is_some_and(|value| values.contains(&value))
            };
            match &requirement.condition {
                Condition::Equal(expected) => is_one_of(&[expected]),
                Condition::In(values) => is_one_of(values),
                Condition::NotIn(values) => !is_one_of(values),
                Condition::Exists => value.is_some(),
                Condition::DoesNotExist => value.is_none(),
            }
        })
    }
}

fn equality<'n>(
    member: &'n Member<'_>,
    subject: Subject,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> Requirement<'n> {
    let key = member.key.name();
    let path = path.key(&key);
    if problems.is_check() {
        problems.expect(&path, names::qualified_name(&key));
    }
    let value = reader::string(&member.value, &path, problems);
    check_value(value, subject, &path, problems);
    Requirement {
        key: member.key.name(),
        condition: Condition::Equal(value),
    }
}

fn expression<'n>(
    node: &'n Node<'_>,
    subject: Subject,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> Option<Requirement<'n>> {
    if !reader::object(node, &["key", "operator", "values"], path, problems) {
        return None;
    }
    let key = reader::required(node, "key", path, problems)
        .map(|key| reader::string(key, &path.field("key"), problems));
    if let Some(key) = key
        && problems.is_check()
    {
        problems.expect(&path.field("key"), names::qualified_name(key));
    }
    let operator = reader::required(node, "operator", path, problems).and_then(|operator| {
        reader::choice(operator, &OPERATORS, &path.field("operator"), problems)
    });
    let path = path.field("values");
    let values: Vec<&str> = node.get("values").map_or_else(Vec::new, |values| {
        let values = reader::list(values, &path, problems).iter().enumerate();
        values
            .map(|(index, value)| {
                let path = path.index(index);
                let value = reader::string(value, &path, problems);
                check_value(value, subject, &path, problems);
                value
            })
            .collect()
    });
    let condition = match operator? {
        Operator::In | Operator::NotIn if values.is_empty() => {
            problems.add(&path, "required: `In` and `NotIn` compare with values");
            return None;
        }
        Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
            problems.add(
                &path,
                "not allowed: `Exists` and `DoesNotExist` have no values",
            );
            return None;
        }
        Operator::In => Condition::In(values),
        Operator::NotIn => Condition::NotIn(values),
        Operator::Exists => Condition::Exists,
        Operator::DoesNotExist => Condition::DoesNotExist,
    };
    Some(Requirement {
        key: Cow::Borrowed(key?),
        condition,
    })
}

fn check_value(value: &str, subject: Subject, path: &FieldPath<'_>, problems: &mut Problems) {
    if subject == Subject::Labels && problems.is_check() {
        problems.expect(path, names::label_value(value));
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(text: &str, subject: Subject) -> (bool, Vec<String>) {
        let node = Node::parse(text).expect("valid JSON");
        let labels = r#"{"app": "web", "tier": "", "odd": 1}"#;
        let labels = Node::parse(labels).expect("valid JSON");
        let mut problems = Problems::all();
        let path = FieldPath::ROOT.field("s");
        let selector = Selector::read(&node, subject, &path, &mut problems);
        let found = problems.found().iter().map(ToString::to_string);
        (selector.matches(Some(&labels)), found.collect())
    }

    #[rstest]
    #[case::empty("{}", true)]
    #[case::label(r#"{"matchLabels": {"app": "web"}}"#, true)]
    #[case::label_differs(r#"{"matchLabels": {"app": "db"}}"#, false)]
    #[case::label_absent(r#"{"matchLabels": {"other": "web"}}"#, false)]
    #[case::label_empty(r#"{"matchLabels": {"tier": ""}}"#, true)]
    #[case::absent_is_not_empty(r#"{"matchLabels": {"other": ""}}"#, false)]
    #[case::all_labels(r#"{"matchLabels": {"app": "web", "tier": "x"}}"#, false)]
    #[case::is_in(
        r#"{"matchExpressions": [{"key": "app", "operator": "In", "values": ["db", "web"]}]}"#,
        true
    )]
    #[case::is_not_in_them(
        r#"{"matchExpressions": [{"key": "app", "operator": "In", "values": ["db"]}]}"#,
        false
    )]
    #[case::in_absent(
        r#"{"matchExpressions": [{"key": "x", "operator": "In", "values": ["db"]}]}"#,
        false
    )]
    #[case::not_in(
        r#"{"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["db"]}]}"#,
        true
    )]
    #[case::not_in_holds_one(
        r#"{"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}"#,
        false
    )]
    #[case::not_in_absent(
        r#"{"matchExpressions": [{"key": "x", "operator": "NotIn", "values": ["db"]}]}"#,
        true
    )]
    #[case::exists(
        r#"{"matchExpressions": [{"key": "tier", "operator": "Exists"}]}"#,
        true
    )]
    #[case::exists_absent(r#"{"matchExpressions": [{"key": "x", "operator": "Exists"}]}"#, false)]
    #[case::does_not_exist(
        r#"{"matchExpressions": [{"key": "x", "operator": "DoesNotExist", "values": []}]}"#,
        true
    )]
    #[case::does_not_exist_there(
        r#"{"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}"#,
        false
    )]
    #[case::value_of_another_type(r#"{"matchLabels": {"odd": "1"}}"#, false)]
    #[case::both_kinds(r#"{"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}"#, false)]
    fn selects(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(read(text, Subject::Labels), (expected, Vec::new()));
    }

    #[rstest]
    #[case::no_object("[]", &["s: expected an object, got a list"])]
    #[case::unknown_field(r#"{"matchLabel": {}}"#, &[r#"s.matchLabel: unknown field, did you mean "matchLabels"?"#])]
    #[case::key(r#"{"matchLabels": {"a b": "x"}}"#, &["s.matchLabels['a b']: must be a name of letters, digits, `-`, `_` and `.`, with a letter or digit at both ends and perhaps a DNS subdomain and `/` before it"])]
    #[case::value(r#"{"matchLabels": {"a": "secret!"}}"#, &["s.matchLabels['a']: must be letters, digits, `-`, `_` and `.`, with a letter or digit at both ends, or empty"])]
    #[case::value_type(r#"{"matchLabels": {"a": 1}}"#, &["s.matchLabels['a']: expected a string, got a number"])]
    #[case::value_null(r#"{"matchLabels": {"a": null}}"#, &["s.matchLabels['a']: expected a string, got null"])]
    #[case::twice(r#"{"matchLabels": {"a": "1", "a": "2"}}"#, &["s.matchLabels['a']: the key is there twice"])]
    #[case::operator(r#"{"matchExpressions": [{"key": "a", "operator": "in", "values": ["x"]}]}"#, &[r#"s.matchExpressions[0].operator: unknown value "in", did you mean "In"? (In, NotIn, Exists, DoesNotExist)"#])]
    #[case::nothing(r#"{"matchExpressions": [{}]}"#, &["s.matchExpressions[0].key: required", "s.matchExpressions[0].operator: required"])]
    #[case::no_values(r#"{"matchExpressions": [{"key": "a", "operator": "In", "values": []}]}"#, &["s.matchExpressions[0].values: required: `In` and `NotIn` compare with values"])]
    #[case::too_many_values(r#"{"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["x"]}]}"#, &["s.matchExpressions[0].values: not allowed: `Exists` and `DoesNotExist` have no values"])]
    #[case::value_in_values(r#"{"matchExpressions": [{"key": "a", "operator": "In", "values": ["x", 2]}]}"#, &["s.matchExpressions[0].values[1]: expected a string, got a number"])]
    fn is_checked(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(read(text, Subject::Labels).1, expected);
    }

    #[test]
    fn an_annotation_may_hold_anything() {
        let text = r#"{"matchLabels": {"a": "any text, {}"}}"#;
        assert_eq!(read(text, Subject::Annotations).1, Vec::<String>::new());
    }

    #[rstest]
    #[case::absent(None)]
    #[case::null(Some("null"))]
    #[case::list(Some("[1]"))]
    #[case::string(Some("\"a\""))]
    fn absent_or_invalid_labels_have_no_keys(#[case] labels: Option<&str>) {
        let labels = labels.map(|text| Node::parse(text).expect("valid JSON"));
        let text = r#"{"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}"#;
        let node = Node::parse(text).expect("valid JSON");
        let mut problems = Problems::first();
        let selector = Selector::read(&node, Subject::Labels, &FieldPath::ROOT, &mut problems);
        assert!(selector.matches(labels.as_ref()));
    }
}
