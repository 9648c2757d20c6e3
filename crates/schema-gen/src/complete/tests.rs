use rstest::rstest;
use serde_json::json;

use crate::by_hand::ByHand;
use crate::document::Document;
use crate::problem::Problem;
use crate::render::render;
use crate::table::Table;

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

fn table(by_hand: &str) -> Result<Table, Vec<Problem>> {
    let by_hand: ByHand = yaml_serde::from_str(by_hand).expect("what is known by hand");
    super::build(&document(), &by_hand)
}

#[test]
fn every_field_is_one_line() {
    let text = render(&table(BY_HAND).expect("a table"), "1.36");
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
    let problems = table(&by_hand).expect_err("a problem");
    assert!(problems.contains(&expected), "{problems:?}");
}

fn no_field(path: &str) -> Problem {
    Problem::NoField(path.into())
}

fn redundant(path: &str, section: &'static str) -> Problem {
    Problem::Redundant(path.into(), section)
}
