use std::collections::BTreeSet;
use std::sync::LazyLock;

use injector::cluster::lookups::{Lookups, Store};
use injector::inject::deadline::Deadline;
use injector::inject::evaluate;
use injector::request::Request;
use injector::settings::Settings;
use injector::settings::known::Known;
use injector::settings::rule_cache::{RuleCache, RuleTexts};
use kubernetes_pod::schema::{CONTAINER, Kind, POD, Type};
use kubernetes_pod::validation::Cause;
use lazy_json::Node;
use rstest::rstest;
use serde_json::{Value, json};

use super::walk::{Part, may_set};
use super::*;

/// Enough for the rarest field.
static PAIRS: LazyLock<Vec<Pair>> =
    LazyLock::new(|| (0..6000).map(|number| pair(1, number)).collect());

#[test]
fn makes_the_same_pair_again() {
    assert_eq!(pair(3, 14), pair(3, 14));
    assert_ne!(pair(3, 14).pod, pair(3, 15).pod);
}

#[test]
fn makes_settings_that_the_policy_accepts() {
    for pair in &PAIRS[..200] {
        let problems = injector::settings::check(&pair.settings.to_string());
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

/// Each recipe meets the relation that it is for, on the plainest of pods.
#[test]
fn recipes_collide() {
    for recipe in &*recipes::RECIPES {
        let unknown_fields = if recipe.has_unknown_fields() {
            "Allow"
        } else {
            "Refuse"
        };
        let rule = json!({"name": "recipe", "onConflict": "Replace", "inject": recipe.inject});
        let settings = json!({"unknownFields": unknown_fields, "rules": [rule]});
        let problems = injector::settings::check(&settings.to_string());
        let problems = problems.found().iter().map(ToString::to_string);
        let mut pod = json!({
            "metadata": {"name": "web"},
            "spec": {"containers": [{"name": "app", "image": "shop:2.1"}]},
        });
        recipes::lay_over(&mut pod["metadata"], &recipe.pod["metadata"]);
        recipes::lay_over(&mut pod["spec"], &recipe.pod["spec"]);
        recipes::lay_over(&mut pod["spec"]["containers"][0], &recipe.pod["container"]);
        let (pod, settings) = (pod.to_string(), settings.to_string());
        let pod = Node::parse(&pod).expect("it is JSON");
        let settings = Node::parse(&settings).expect("it is JSON");
        let settings = Settings::read(&settings).expect("they are settings");
        let request = Node::parse(r#"{"namespace": "team-a"}"#).expect("it is JSON");
        let (store, texts) = (Store::default(), RuleTexts::default());
        let lookups = Lookups::new(&store);
        let request = Request::new(&request);
        let rules = RuleCache::new(&texts);
        let known = Known {
            lookups: &lookups,
            rules: &rules,
        };
        let failed = evaluate(&pod, request, &settings, known, &Deadline::never()).failed;
        let failed = failed.into_iter().map(|failure| failure.message);
        let said: Vec<String> = problems.chain(failed).collect();
        let met = said
            .iter()
            .any(|said| Cause::of_message(said) == Some(recipe.cause));
        assert!(met, "{}: {said:?}", recipe.cause.name());
    }
}

#[test]
fn draws_everything_that_is_laid_over() {
    let mut drawn = Drawn::default();
    for pair in &*PAIRS {
        drawn.merge(&pair.drawn);
    }
    let missing: Vec<&str> = marks()
        .into_iter()
        .filter(|mark| drawn.marks.get(mark).is_none_or(|marked| marked.drawn < 12))
        .collect();
    assert_eq!(missing, [] as [&str; 0], "{:?}", drawn.marks);
}
