//! A rule: which pods it matches, and what it injects. See [`Rule`].

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::names;
use lazy_json::Node;

use super::injection::ON_FAILURE;
pub use super::injection::{
    ContainerKind, ContainerPatch, Injection, OnConflict, OnFailure, Prepend,
};
pub use super::rule_name::{NO_RULE, Origin, RuleName};
use crate::settings::matching::{self, Match};
use crate::settings::problem::{Problem, Problems};
use crate::settings::reader;

const KEYS: [&str; 8] = [
    "name",
    "match",
    "inject",
    "prepend",
    "onConflict",
    "onFailure",
    "checkReferences",
    "checkPodSecurity",
];

/// A rule. Only its name has been read.
#[derive(Debug, Clone)]
pub struct Rule<'n, 'a> {
    /// The name.
    pub name: &'n str,
    /// Which pods the rule matches.
    pub matching: Match<'n, 'a>,
    node: &'n Node<'a>,
    origin: RuleOrigin<'n>,
}

/// Where a rule comes from.
#[derive(Debug, Clone, Copy)]
enum RuleOrigin<'n> {
    /// The index in the settings' `rules`.
    Settings(usize),
    ConfigMap(Origin<'n>),
}

impl<'n, 'a> Rule<'n, 'a> {
    /// Reads a rule of the settings. Its `match` and what it injects are not read yet. `index` is
    /// the rule's index in `rules`.
    ///
    /// # Errors
    /// Returns the first problem.
    pub fn read(node: &'n Node<'a>, index: usize) -> Result<Self, Problem> {
        let mut problems = Problems::first();
        let rules = FieldPath::ROOT.field("rules");
        let read = Self::read_with(node, index, &rules.index(index), &mut problems);
        problems.or_first(read)
    }

    /// The same, and adds all problems to `problems`.
    pub(crate) fn read_with(
        node: &'n Node<'a>,
        index: usize,
        path: &FieldPath<'_>,
        problems: &mut Problems,
    ) -> Self {
        let mut rule = Self {
            name: "",
            matching: Match::new(node.get("match"), Some(index)),
            node,
            origin: RuleOrigin::Settings(index),
        };
        rule.read_keys(path, problems);
        rule
    }

    /// A rule of a `ConfigMap`. Nothing of it is checked; the name is empty if it can't be read.
    pub fn in_config_map(node: &'n Node<'a>, origin: Origin<'n>) -> Self {
        Self {
            name: node.str_at("name").unwrap_or(""),
            matching: Match::new(node.get("match"), None),
            node,
            origin: RuleOrigin::ConfigMap(origin),
        }
    }

    /// The name and the origin, for messages.
    pub fn full_name(&self) -> RuleName<'n> {
        RuleName {
            name: self.name,
            origin: match self.origin {
                RuleOrigin::Settings(_) => None,
                RuleOrigin::ConfigMap(origin) => Some(origin),
            },
        }
    }

    /// The rule's JSON.
    pub fn node(&self) -> &'n Node<'a> {
        self.node
    }

    fn read_keys(&mut self, path: &FieldPath<'_>, problems: &mut Problems) {
        let node = self.node;
        if reader::object(node, &KEYS, path, problems) {
            if let Some(name) = reader::required(node, "name", path, problems) {
                self.name = read_name(name, &path.field("name"), problems);
            }
            if let Some(matches) = node.get("match")
                && problems.is_check()
            {
                matching::check(matches, &path.field("match"), problems);
            }
        }
    }

    /// Reads what the rule injects and how.
    ///
    /// # Errors
    /// Returns the first problem.
    pub fn injection(&self) -> Result<Injection<'n, 'a>, Problem> {
        let mut problems = Problems::first();
        let rules = FieldPath::ROOT.field("rules");
        let path = match self.origin {
            RuleOrigin::Settings(index) => rules.index(index),
            RuleOrigin::ConfigMap(_) => FieldPath::ROOT,
        };
        let read = Injection::read(self.node, &path, &mut problems);
        problems.or_first(read)
    }

    /// The rule's `onFailure`, even if the rest of the rule can't be read.
    pub fn on_failure(&self) -> OnFailure {
        let choice = self.node.str_at("onFailure");
        ON_FAILURE
            .iter()
            .find(|(name, _)| Some(*name) == choice)
            .map_or(OnFailure::Report, |(_, on_failure)| *on_failure)
    }
}

fn read_name<'n>(node: &'n Node<'_>, path: &FieldPath<'_>, problems: &mut Problems) -> &'n str {
    let name = reader::string(node, path, problems);
    if problems.is_check() && node.as_str().is_some() {
        problems.expect(path, names::dns_label(name));
    } else if node.as_str() == Some("") {
        // Records and audit annotations of a rule without a name would tell of no rule.
        problems.add(path, "must not be empty");
    }
    if name == "true" {
        problems.add(
            path,
            "a rule can't be called `true`: in a pod's skip annotation that means all rules",
        );
    }
    name
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn what_a_rule_does_is_read() {
        let text = r#"{"name": "r", "onConflict": "Keep", "onFailure": "Reject",
            "prepend": ["env", "initContainers"],
            "inject": {"pod": {"spec": {}}, "containers": [
                {"patch": {"tty": true}},
                {"include": ["a*"], "exclude": ["ab"], "kinds": ["Sidecar"], "patch": {"tty": true}}]}}"#;
        let node = Node::parse(text).expect("valid JSON");
        let rule = Rule::read(&node, 0).expect("a rule");
        let injection = rule.injection().expect("an injection");
        assert_eq!(rule.name, "r");
        assert_eq!(rule.on_failure(), OnFailure::Reject);
        assert_eq!(injection.on_conflict, OnConflict::Keep);
        assert!(injection.pod.is_some());
        let prepended = ["containers", "env", "envFrom", "initContainers", "volumes"]
            .map(|list| injection.prepend.list(list));
        assert_eq!(prepended, [false, true, false, true, false]);
        let [all, some] = injection.containers.as_slice() else {
            panic!("two entries");
        };
        assert!(all.selects("anything", ContainerKind::Container));
        assert!(some.selects("aa", ContainerKind::Sidecar));
        assert!(!some.selects("aa", ContainerKind::InitContainer));
        assert!(!some.selects("ab", ContainerKind::Sidecar));
        assert!(!some.selects("b", ContainerKind::Sidecar));
    }

    #[test]
    fn defaults_are_to_report() {
        let node = Node::parse(r#"{"name": "r", "inject": {"pod": {"spec": {}}}}"#);
        let node = node.expect("valid JSON");
        let rule = Rule::read(&node, 0).expect("a rule");
        let injection = rule.injection().expect("an injection");
        assert_eq!(injection.on_conflict, OnConflict::Report);
        assert_eq!(rule.on_failure(), OnFailure::Report);
        assert_eq!(injection.prepend, Prepend::default());
    }

    #[rstest]
    #[case::no_object("1", "rules[3]: expected an object, got a number")]
    #[case::no_name("{}", "rules[3].name: required")]
    #[case::name_type(r#"{"name": 1}"#, "rules[3].name: expected a string, got a number")]
    #[case::empty_name(r#"{"name": ""}"#, "rules[3].name: must not be empty")]
    #[case::name_true(
        r#"{"name": "true"}"#,
        "rules[3].name: a rule can't be called `true`: in a pod's skip annotation that means all rules"
    )]
    #[case::unknown(
        r#"{"name": "r", "matches": {}}"#,
        r#"rules[3].matches: unknown field, did you mean "match"?"#
    )]
    fn a_rule_that_cannot_be_read(#[case] text: &str, #[case] expected: &str) {
        let node = Node::parse(text).expect("valid JSON");
        let problem = Rule::read(&node, 3).map(|_| ()).map_err(|p| p.to_string());
        assert_eq!(problem, Err(expected.to_owned()));
    }

    #[rstest]
    #[case::no_inject("{}", "required")]
    #[case::null(r#"{"inject": null}"#, "required")]
    #[case::no_object(r#"{"inject": []}"#, "expected an object, got a list")]
    #[case::empty(r#"{"inject": {}}"#, "must not be empty")]
    fn an_injection_that_cannot_be_read(#[case] rest: &str, #[case] expected: &str) {
        let text = format!(r#"{{"name": "r", "onFailure": "Reject",{}"#, &rest[1..]);
        let text = text.replace(",}", "}");
        let node = Node::parse(&text).expect("valid JSON");
        let rule = Rule::read(&node, 0).expect("a rule");
        let problem = rule.injection().map(|_| ()).map_err(|p| p.to_string());
        assert_eq!(problem, Err(format!("rules[0].inject: {expected}")));
        assert_eq!(rule.on_failure(), OnFailure::Reject);
    }
}
