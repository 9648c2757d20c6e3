//! The table: what the document says, completed by what is known by hand.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::by_hand::ByHand;
use crate::document::{Document, Schema, short_name};

/// The types by name, and the fields of each by name.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) types: BTreeMap<String, BTreeMap<String, Field>>,
}

/// A field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) kind: Kind,
    pub(crate) union: bool,
    pub(crate) gate: Option<String>,
    required: bool,
    default: Option<Value>,
    pointer: bool,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    String,
    Enum(Vec<String>),
    Bool,
    Int32,
    Int64,
    IntOrString,
    Quantity,
    Time,
    Any,
    Object(String),
    Map(Box<Kind>),
    List(List, Box<Kind>),
}

/// How a list merges.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum List {
    Atomic,
    Set,
    Keyed(Vec<String>),
}

/// What it means that a field is not there.
#[derive(Debug, PartialEq)]
pub(crate) enum Absent<'a> {
    Unset,
    Zero,
    Default(&'a Value),
    Required,
}

/// What is wrong with the document or with `by-hand.yaml`.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum Problem {
    #[error("the document is of version {document}, by-hand.yaml of Kubernetes {by_hand}")]
    Version { document: String, by_hand: String },
    #[error("the document has no type {0}, or several")]
    NoType(String),
    #[error("{0}: the document's type can't be read: {1}")]
    Unreadable(String, String),
    #[error("{0}: the document's kind of field is not known here: {1}")]
    UnknownKind(String, String),
    #[error("{0}: by-hand.yaml names a field that the document doesn't have")]
    NoField(String),
    #[error("{0}: by-hand.yaml says in `{1}` what is known already")]
    Redundant(String, &'static str),
    #[error("{0}: `{1}` in by-hand.yaml does not fit a field of this kind")]
    WrongKind(String, &'static str),
    #[error("{0}: an entry in `{1}` of by-hand.yaml has no source")]
    NoSource(String, &'static str),
    #[error("{0}: a union needs either `fields` or `except`, and at least two members")]
    NoUnion(String),
}

impl Field {
    /// Whether the API server fills in the default for the zero value too: it can't tell a zero
    /// from nothing in a value that is no pointer.
    pub(crate) fn zero_is_default(&self) -> bool {
        let has_zero = !matches!(self.kind, Kind::Bool) && self.kind.is_scalar();
        has_zero && !self.pointer && matches!(self.absent(), Absent::Default(_))
    }

    /// What it means that the field is not there.
    pub(crate) fn absent(&self) -> Absent<'_> {
        match &self.default {
            Some(default) if !is_zero(default) => Absent::Default(default),
            _ if self.required => Absent::Required,
            Some(default) if self.pointer => Absent::Default(default),
            _ if self.pointer => Absent::Unset,
            _ => Absent::Zero,
        }
    }
}

impl Kind {
    /// Whether a field of this kind is a pointer in the API server's types, if nothing else is
    /// known of it. Where it is wrong, a pointer is the safer mistake: a rule's zero is then
    /// written although it makes no difference.
    fn usually_pointer(&self) -> bool {
        !matches!(
            self,
            Self::String | Self::Enum(_) | Self::Map(_) | Self::List(..)
        )
    }

    fn is_scalar(&self) -> bool {
        !matches!(self, Self::Object(_) | Self::Map(_) | Self::List(..))
    }

    /// Itself, or what its items are.
    fn item(&mut self) -> &mut Self {
        match self {
            Self::List(_, item) | Self::Map(item) => item,
            _ => self,
        }
    }
}

/// Go's zero, which the document gives as the default of most required fields.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty(),
        _ => *value == "" || *value == 0 || *value == false,
    }
}

impl Table {
    /// Builds it, or says everything that is wrong.
    pub(crate) fn build(document: &Document, by_hand: &ByHand) -> Result<Self, Vec<Problem>> {
        let mut builder = Builder {
            document,
            table: Self {
                types: BTreeMap::new(),
            },
            problems: Vec::new(),
        };
        builder.version(by_hand);
        builder.root(by_hand);
        if builder.problems.is_empty() {
            builder.complete(by_hand);
        }
        if builder.problems.is_empty() {
            Ok(builder.table)
        } else {
            Err(builder.problems)
        }
    }
}

struct Builder<'a> {
    document: &'a Document,
    table: Table,
    problems: Vec<Problem>,
}

impl Builder<'_> {
    fn version(&mut self, by_hand: &ByHand) {
        let document = &self.document.info.version;
        let of_minor = document
            .strip_prefix('v')
            .and_then(|version| version.strip_prefix(&by_hand.kubernetes))
            .is_some_and(|rest| rest.starts_with('.'));
        if document != "unversioned" && !of_minor {
            self.problems.push(Problem::Version {
                document: document.clone(),
                by_hand: by_hand.kubernetes.clone(),
            });
        }
    }

    fn root(&mut self, by_hand: &ByHand) {
        let root = &by_hand.root;
        match self.document.find(&root.name) {
            Some(name) => self.walk(&name, &root.without),
            None => self.problems.push(Problem::NoType(root.name.clone())),
        }
    }

    /// Adds a type and those that its fields refer to.
    fn walk(&mut self, full_name: &str, without: &[String]) {
        let name = short_name(full_name);
        if self.table.types.contains_key(name) {
            return;
        }
        if self.document.find(name).is_none() {
            return self.problems.push(Problem::NoType(name.to_owned()));
        }
        let mut schema = match self.document.schema(full_name) {
            Some(Ok(schema)) => schema,
            Some(Err(error)) => {
                let problem = Problem::Unreadable(name.to_owned(), error.to_string());
                return self.problems.push(problem);
            }
            None => return self.problems.push(Problem::NoType(name.to_owned())),
        };
        for field in without {
            if schema.properties.remove(field).is_none() {
                (self.problems).push(Problem::NoField(format!("{name}.{field}")));
            }
        }

        // In the table before its fields are looked at, which may lead back here.
        self.table.types.insert(name.to_owned(), BTreeMap::new());
        let mut fields = BTreeMap::new();
        for (key, property) in schema.properties {
            let Some(kind) = self.kind(&format!("{name}.{key}"), &property) else {
                continue;
            };
            let field = Field {
                union: false,
                gate: None,
                required: schema.required.contains(&key),
                pointer: kind.usually_pointer(),
                kind,
                default: property.default,
            };
            fields.insert(key, field);
        }
        for union in &schema.unions {
            let members: Vec<&str> = union.members().collect();
            if members.len() > 1 {
                for member in members {
                    if let Some(field) = fields.get_mut(member) {
                        field.union = true;
                    }
                }
            }
        }
        self.table.types.insert(name.to_owned(), fields);
    }

    fn kind(&mut self, path: &str, schema: &Schema) -> Option<Kind> {
        if let Some(full_name) = schema.refers_to() {
            return Some(match short_name(full_name) {
                "FieldsV1" => Kind::Any,
                "IntOrString" => Kind::IntOrString,
                "Quantity" => Kind::Quantity,
                "Time" => Kind::Time,
                name => {
                    self.walk(full_name, &[]);
                    Kind::Object(name.to_owned())
                }
            });
        }
        let kind = match (schema.kind.as_deref(), schema.format.as_deref()) {
            (Some("string"), None) => match &schema.values {
                Some(values) => Kind::Enum(values.clone()),
                None => Kind::String,
            },
            (Some("boolean"), None) => Kind::Bool,
            (Some("integer"), Some("int32")) => Kind::Int32,
            (Some("integer"), Some("int64")) => Kind::Int64,
            (Some("object"), None) if schema.map_of.is_some() => {
                let item = self.kind(path, schema.map_of.as_ref()?)?;
                Kind::Map(Box::new(item))
            }
            (Some("array"), None) if schema.items.is_some() => {
                let item = self.kind(path, schema.items.as_ref()?)?;
                let list = match schema.list_type.as_deref() {
                    Some("map") => List::Keyed(schema.list_map_keys.clone()),
                    Some("set") => List::Set,
                    _ => List::Atomic,
                };
                Kind::List(list, Box::new(item))
            }
            kind => {
                let problem = Problem::UnknownKind(path.to_owned(), format!("{kind:?}"));
                self.problems.push(problem);
                return None;
            }
        };
        Some(kind)
    }

    /// Adds what is known by hand.
    fn complete(&mut self, by_hand: &ByHand) {
        for entry in &by_hand.lists {
            self.entry("lists", &entry.source, &entry.fields, |field| {
                let Kind::List(list, _) = &mut field.kind else {
                    return false;
                };
                *list = if entry.keys.is_empty() {
                    List::Set
                } else {
                    List::Keyed(entry.keys.clone())
                };
                true
            });
        }
        for entry in &by_hand.enums {
            self.entry("enums", &entry.source, &entry.fields, |field| {
                let kind = field.kind.item();
                let string = matches!(kind, Kind::String | Kind::Enum(_));
                if *kind == Kind::String {
                    *kind = Kind::Enum(entry.values.clone());
                }
                string
            });
        }
        for (section, entries, pointer) in [
            ("pointers", &by_hand.pointers, true),
            ("values", &by_hand.values, false),
        ] {
            for entry in entries {
                self.entry(section, &entry.source, &entry.fields, |field| {
                    field.pointer = pointer;
                    field.kind.is_scalar()
                });
            }
        }
        for entry in &by_hand.defaults {
            self.entry("defaults", &entry.source, &entry.fields, |field| {
                // What the document says holds.
                if field.default.as_ref().is_none_or(is_zero) {
                    field.default = Some(entry.value.clone());
                }
                true
            });
        }
        self.unions(by_hand);
        for entry in &by_hand.gates {
            self.entry("gates", &entry.source, &entry.fields, |field| {
                field.gate = Some(entry.name.clone());
                true
            });
        }
    }

    fn unions(&mut self, by_hand: &ByHand) {
        for entry in &by_hand.unions {
            let Some(fields) = self.table.types.get(&entry.name) else {
                (self.problems).push(Problem::NoType(entry.name.clone()));
                continue;
            };
            let members: Vec<String> = match (&entry.fields, &entry.except) {
                (Some(members), None) => members.clone(),
                (None, Some(except)) => {
                    for name in except.iter().filter(|name| !fields.contains_key(*name)) {
                        let path = format!("{}.{name}", entry.name);
                        self.problems.push(Problem::NoField(path));
                    }
                    (fields.keys().filter(|name| !except.contains(name)))
                        .cloned()
                        .collect()
                }
                _ => Vec::new(),
            };
            if members.len() < 2 {
                self.problems.push(Problem::NoUnion(entry.name.clone()));
            }
            let paths: Vec<String> = (members.iter())
                .map(|member| format!("{}.{member}", entry.name))
                .collect();
            self.entry("unions", &entry.source, &paths, |field| {
                field.union = true;
                true
            });
        }
    }

    /// Makes one entry's change to each of its fields. `change` says whether the field is of a
    /// kind that the entry is meant for.
    fn entry(
        &mut self,
        section: &'static str,
        source: &str,
        paths: &[String],
        change: impl Fn(&mut Field) -> bool,
    ) {
        for path in paths {
            if source.trim().is_empty() {
                self.problems.push(Problem::NoSource(path.clone(), section));
            }
            let field = path.split_once('.').and_then(|(name, key)| {
                let fields = self.table.types.get_mut(name)?;
                fields.get_mut(key)
            });
            let Some(field) = field else {
                self.problems.push(Problem::NoField(path.clone()));
                continue;
            };
            let before = field.clone();
            if !change(field) {
                (self.problems).push(Problem::WrongKind(path.clone(), section));
            } else if before.kind == field.kind
                && before.union == field.union
                && before.absent() == field.absent()
                && before.zero_is_default() == field.zero_is_default()
                && before.gate == field.gate
            {
                (self.problems).push(Problem::Redundant(path.clone(), section));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::{Problem, Table};
    use crate::by_hand::ByHand;
    use crate::document::Document;
    use crate::render::render;

    const BY_HAND: &str = r#"
kubernetes: "1.36"
root: {type: Pod, without: [status]}
pointers: [{fields: [Spec.class], source: types.go}]
values: [{fields: [Spec.hostPID], source: types.go}]
defaults: [{fields: [Spec.policy], value: Always, source: defaults.go}]
unions: [{type: Source, except: [name], source: validation.go}]
lists: [{fields: [Spec.tolerations], keys: [key, value], source: ours}]
enums: [{fields: [Spec.policy], values: [Always, Never], source: types.go}]
gates: [{fields: [Source.profile], name: Profiles, source: features.go}]
"#;

    fn document() -> Document {
        let string = json!({"type": "string"});
        let reference = |name: &str| json!({"allOf": [{"$ref": format!("#/x/api.v1.{name}")}]});
        serde_json::from_value(json!({
            "info": {"version": "v1.36.3"},
            "components": {"schemas": {
                "api.v1.Pod": {"type": "object", "properties": {
                    "spec": {"allOf": [{"$ref": "#/x/api.v1.Spec"}], "default": {}},
                    "status": reference("Status"),
                }},
                "api.v1.Status": {"type": "object", "properties": {"what": {"type": "null"}}},
                "api.v1.Spec": {"type": "object", "required": ["names", "sources"], "properties": {
                    "class": string,
                    "hostPID": {"type": "boolean"},
                    "hostUsers": {"type": "boolean"},
                    "limits": {"type": "object", "additionalProperties": reference("Quantity")},
                    "names": {"type": "array", "items": string, "x-kubernetes-list-type": "set"},
                    "parent": reference("Spec"),
                    "policy": string,
                    "protocol": {"type": "string", "default": "TCP"},
                    "sources": {"type": "array", "items": reference("Source"),
                        "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
                    "tolerations": {"type": "array", "items": string,
                        "x-kubernetes-list-type": "atomic"},
                }},
                "api.v1.Source": {"type": "object", "required": ["name"], "properties": {
                    "file": string,
                    "name": {"type": "string", "default": ""},
                    "profile": reference("Profile"),
                }},
                "api.v1.Profile": {
                    "type": "object",
                    "required": ["type"],
                    "properties": {"type": string, "path": string, "port": reference("IntOrString"),
                        "time": reference("Time"), "more": reference("FieldsV1")},
                    "x-kubernetes-unions": [
                        {"discriminator": "type", "fields-to-discriminateBy": {"path": "Path"}}],
                },
            }},
        }))
        .expect("a document")
    }

    fn build(by_hand: &str) -> Result<Table, Vec<Problem>> {
        let by_hand: ByHand = yaml_serde::from_str(by_hand).expect("what is known by hand");
        Table::build(&document(), &by_hand)
    }

    #[test]
    fn every_field_is_one_line() {
        let text = render(&build(BY_HAND).expect("a table"), "1.36");
        let (_, types) = text.split_once("\n/// A Pod").expect("the Pod");
        let expected = r#", as its author writes it.
pub static POD: Type = Type { name: "Pod", fields: &[
    f("spec", Object(&SPEC), Default("{}")),
] };

static PROFILE: Type = Type { name: "Profile", fields: &[
    f("more", Any, Unset),
    u("path", String, Zero),
    f("port", IntOrString, Unset),
    f("time", Time, Unset),
    u("type", String, Required),
] };

static SOURCE: Type = Type { name: "Source", fields: &[
    u("file", String, Zero),
    f("name", String, Required),
    u("profile", Object(&PROFILE), Unset).gated("Profiles"),
] };

static SPEC: Type = Type { name: "Spec", fields: &[
    f("class", String, Unset),
    f("hostPID", Bool, Zero),
    f("hostUsers", Bool, Unset),
    f("limits", Map(&Quantity), Zero),
    f("names", List(Set, &String), Required),
    f("parent", Object(&SPEC), Unset),
    f("policy", Enum(&["Always", "Never"]), Default("\"Always\"")).zero_is_default(),
    f("protocol", String, Default("\"TCP\"")).zero_is_default(),
    f("sources", List(Keyed(&["name"]), &Object(&SOURCE)), Required),
    f("tolerations", List(Keyed(&["key", "value"]), &String), Zero),
] };
"#;
        assert_eq!(types, expected);
    }

    #[rstest]
    #[case::unknown_root("type: Pod", "type: Cod", Problem::NoType("Cod".into()))]
    #[case::unknown_field_left_out("[status]", "[status, state]", no_field("Pod.state"))]
    #[case::field_left_in("[status]", "[]", Problem::UnknownKind("Status.what".into(), "(Some(\"null\"), None)".into()))]
    #[case::unknown_type("[Spec.class]", "[Spec.class, Speck.class]", no_field("Speck.class"))]
    #[case::unknown_field("[Spec.class]", "[Spec.class, Spec.klass]", no_field("Spec.klass"))]
    #[case::unknown_union("type: Source, except: [name]", "type: Sauce, except: []", Problem::NoType("Sauce".into()))]
    #[case::unknown_in_union("except: [name]", "except: [name, nom]", no_field("Source.nom"))]
    #[case::union_of_one("except: [name]", "except: [name, file]", Problem::NoUnion("Source".into()))]
    #[case::union_known(
        "type: Source, except: [name]",
        "type: Profile, fields: [type, path]",
        redundant("Profile.type", "unions")
    )]
    #[case::pointer_anyway(
        "[Spec.class]",
        "[Spec.class, Spec.hostUsers]",
        redundant("Spec.hostUsers", "pointers")
    )]
    #[case::value_anyway(
        "[Spec.hostPID]",
        "[Spec.hostPID, Source.file]",
        redundant("Source.file", "values")
    )]
    #[case::required_anyway(
        "[Spec.class]",
        "[Spec.class, Source.name]",
        redundant("Source.name", "pointers")
    )]
    #[case::default_known(
        "Spec.policy], value",
        "Spec.policy, Spec.protocol], value",
        redundant("Spec.protocol", "defaults")
    )]
    #[case::list_known(
        "[Spec.tolerations], keys: [key, value]",
        "[Spec.names]",
        redundant("Spec.names", "lists")
    )]
    #[case::no_list("[Spec.tolerations]", "[Spec.tolerations, Spec.class]", Problem::WrongKind("Spec.class".into(), "lists"))]
    #[case::no_string("[Spec.policy], values", "[Spec.policy, Spec.hostPID], values", Problem::WrongKind("Spec.hostPID".into(), "enums"))]
    #[case::no_scalar("[Spec.class]", "[Spec.class, Spec.parent]", Problem::WrongKind("Spec.parent".into(), "pointers"))]
    #[case::no_source("ours", "\"\"", Problem::NoSource("Spec.tolerations".into(), "lists"))]
    #[case::other_version("1.36", "1.3", Problem::Version { document: "v1.36.3".into(), by_hand: "1.3".into() })]
    fn mistakes_are_named(#[case] from: &str, #[case] to: &str, #[case] expected: Problem) {
        let by_hand = BY_HAND.replacen(from, to, 1);
        assert_ne!(by_hand, BY_HAND);
        let problems = build(&by_hand).expect_err("a problem");
        assert!(problems.contains(&expected), "{problems:?}");
    }

    fn no_field(path: &str) -> Problem {
        Problem::NoField(path.into())
    }

    fn redundant(path: &str, section: &'static str) -> Problem {
        Problem::Redundant(path.into(), section)
    }
}
