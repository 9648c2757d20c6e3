use std::collections::BTreeSet;
use std::sync::LazyLock;

use pod_injector::schema::{CONTAINER, Kind, POD, Type};
use rstest::rstest;
use serde_json::Value;

use super::walk::{Part, may_set};
use super::*;

/// Enough for the rarest field.
static PAIRS: LazyLock<Vec<Pair>> =
    LazyLock::new(|| (0..3500).map(|number| pair(1, number)).collect());

#[test]
fn makes_the_same_pair_again() {
    assert_eq!(pair(3, 14), pair(3, 14));
    assert_ne!(pair(3, 14).pod, pair(3, 15).pod);
}

#[test]
fn makes_settings_that_the_policy_accepts() {
    for pair in &PAIRS[..200] {
        let problems = pod_injector::settings::check(&pair.settings.to_string());
        assert!(problems.found().is_empty(), "{:?}", problems.found());
    }
}

/// The schema is what an author and a rule may set: a field that is never drawn is never tried.
#[rstest]
#[case::in_pods(Part::Pod)]
#[case::in_rules(Part::Rule)]
fn forgets_no_field(#[case] part: Part) {
    let mut drawn = BTreeSet::new();
    for pair in &*PAIRS {
        if part == Part::Pod {
            fields_of_value(&POD, &pair.pod, &mut drawn);
            continue;
        }
        for rule in items(&pair.settings["rules"]) {
            fields_of_value(&POD, &rule["inject"]["pod"], &mut drawn);
            for entry in items(&rule["inject"]["containers"]) {
                fields_of_value(&CONTAINER, &entry["patch"], &mut drawn);
            }
        }
    }
    let mut known = BTreeSet::new();
    fields_of_type(part, &POD, &mut known);
    let forgotten: Vec<_> = known.difference(&drawn).collect();
    assert_eq!(forgotten, [] as [&Place; 0]);
}

/// A type and one of its fields.
type Place = (&'static str, &'static str);

fn fields_of_type(part: Part, ty: &'static Type, places: &mut BTreeSet<Place>) {
    for field in ty.fields.iter().filter(|field| may_set(part, ty, field)) {
        let known = !places.insert((ty.name, field.name));
        if let (false, Some(ty)) = (known, object_type(&field.kind)) {
            fields_of_type(part, ty, places);
        }
    }
}

fn fields_of_value(ty: &'static Type, value: &Value, places: &mut BTreeSet<Place>) {
    let members = value.as_object().into_iter().flatten();
    for (name, value) in members {
        let Some(field) = ty.field(name) else {
            continue;
        };
        places.insert((ty.name, field.name));
        if let Some(ty) = object_type(&field.kind) {
            fields_of_value(ty, value, places);
            for item in items(value) {
                fields_of_value(ty, item, places);
            }
        }
    }
}

fn object_type(kind: &Kind) -> Option<&'static Type> {
    match kind {
        Kind::Object(ty) => Some(ty),
        Kind::List(_, kind) | Kind::Map(kind) => object_type(kind),
        _ => None,
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
