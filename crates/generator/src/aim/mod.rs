//! Pairs that aim at one field of the schema: set where it is absent, set where it is present,
//! removed. See [`plan`].
//!
//! The fields come from the schema table, so a field that the table gains is aimed at in the next
//! run.

mod companions;
mod way;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kubernetes_pod::schema::{Kind, List, POD, Type};
use serde_json::{Map, Value, json};

use self::companions::companions;
use self::way::{Step, cut, needs, only, put, removal, with_keys_of};
use super::draw::Draw;
use super::plan::Plan;
use super::walk::{Part, Walk, may_set};

/// The way from the pod to one field.
#[derive(Debug)]
struct Target {
    steps: Vec<Step>,
}

/// What happens to the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Added,
    Changed,
    Removed,
}

const WAYS: [Way; 3] = [Way::Added, Way::Changed, Way::Removed];

/// How many ways to the same field of a type are tried.
const PATHS: usize = 3;

/// All fields that a rule may set, each with a few ways to it.
static TARGETS: LazyLock<Vec<Vec<Target>>> = LazyLock::new(|| {
    let mut found: BTreeMap<(&str, &str), Vec<Target>> = BTreeMap::new();
    collect(&POD, &mut Vec::new(), &mut found);
    found
        .into_values()
        .map(|mut ways| {
            ways.sort_by_key(|target| target.steps.len());
            ways.truncate(PATHS);
            ways
        })
        .collect()
});

fn collect(
    ty: &'static Type,
    steps: &mut Vec<Step>,
    found: &mut BTreeMap<(&'static str, &'static str), Vec<Target>>,
) {
    for field in ty.fields {
        if !may_set(Part::Rule, ty, field) {
            continue;
        }
        steps.push((ty, field));
        let target = Target {
            steps: steps.clone(),
        };
        found.entry((ty.name, field.name)).or_default().push(target);
        if let Some(inner) = object_type(&field.kind) {
            collect(inner, steps, found);
        }
        steps.pop();
    }
}

fn object_type(kind: &Kind) -> Option<&'static Type> {
    match kind {
        Kind::Object(ty) => Some(ty),
        Kind::List(_, kind) | Kind::Map(kind) => object_type(kind),
        _ => None,
    }
}

/// The plan of the pair with this number among those that aim.
pub(crate) fn plan(number: u64, draw: &mut Draw) -> Plan {
    let number = usize::try_from(number).unwrap_or_default();
    let targets = &*TARGETS;
    let target = draw.item(&targets[number % targets.len()]);
    let way = WAYS[(number / targets.len()) % WAYS.len()];
    let (pod, inject) = aimed(target, way, draw);
    let on_conflict = draw.weighted(&[(1, "Report"), (6, "Replace")]);
    Plan {
        pods: vec![pod],
        rules: vec![json!({"onConflict": on_conflict, "inject": inject})],
        is_plain: draw.chance(75),
        ..Plan::default()
    }
}

/// A part of a pod, and a rule's `inject`.
fn aimed(target: &Target, way: Way, draw: &mut Draw) -> (Value, Value) {
    let steps = &target.steps;
    let whole = first_whole(steps);
    let mut pod = full(steps, Part::Pod, draw);
    let mut rule = match way {
        Way::Added => full(steps, Part::Rule, draw),
        // The same but for one value: what is around it is no reason to fail.
        Way::Changed | Way::Removed => pod.clone(),
    };
    match way {
        Way::Added => {
            let depth = if draw.bool() && !needs(steps.last()) {
                steps.len()
            } else {
                draw.number(steps.len().min(2)..=steps.len())
            };
            rule = with_keys_of(steps, &rule, &pod);
            cut(&mut pod, &steps[..depth]);
        }
        Way::Changed => {
            const TRIES: usize = 8;
            for _ in 0..TRIES {
                let new = last(steps, Part::Rule, draw);
                put(&mut rule, steps, &new);
                if rule != pod {
                    break;
                }
            }
            rule = only(steps, &rule);
        }
        Way::Removed if whole < steps.len() => {
            // A part of a value that is one as a whole goes with the value that lacks it.
            if draw.chance(60) && !needs(steps.last()) {
                cut(&mut rule, steps);
                rule = only(steps, &rule);
            } else {
                rule = removal(&steps[..=whole], &rule);
            }
        }
        Way::Removed => rule = removal(steps, &rule),
    }
    let mut inject = Map::from_iter([("pod".to_owned(), Value::Object(rule))]);
    companions(&mut inject);
    (pod.into(), inject.into())
}

/// The place of the first step whose value is one as a whole: a union's member or an atomic list.
fn first_whole(steps: &[Step]) -> usize {
    let whole = |(_, field): &Step| {
        let list = matches!(field.kind, Kind::List(List::Atomic | List::Set, _));
        field.union || list
    };
    steps.iter().position(whole).unwrap_or(steps.len())
}

/// An object with everything on the way to the field, and the field.
fn full(steps: &[Step], part: Part, draw: &mut Draw) -> Map<String, Value> {
    let Some(((ty, field), rest)) = steps.split_first() else {
        return Map::new();
    };
    let value = if rest.is_empty() {
        last(steps, part, draw)
    } else {
        let inner = full(rest, part, draw).into();
        match field.kind {
            Kind::List(..) => Value::Array(vec![inner]),
            _ => inner,
        }
    };
    let mut object = if matches!(ty.name, "Pod" | "PodSpec" | "ObjectMeta") {
        Map::new()
    } else {
        walk(part, draw).object(ty)
    };
    if field.union {
        object.retain(|name, _| {
            ty.field(name)
                .is_none_or(|other| !other.union || goes_together(ty))
        });
    }
    object.insert(field.name.to_owned(), value);
    object
}

/// A type whose union is a pair of fields rather than a choice.
fn goes_together(ty: &Type) -> bool {
    matches!(
        ty.name,
        "AppArmorProfile" | "SeccompProfile" | "ClusterTrustBundleProjection"
    )
}

fn walk(part: Part, draw: &mut Draw) -> Walk<'_> {
    Walk {
        draw,
        part,
        careless: 0,
    }
}

/// A value of the last field.
fn last(steps: &[Step], part: Part, draw: &mut Draw) -> Value {
    match steps.last() {
        Some((ty, field)) => walk(part, draw).field(ty, field),
        None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aims_at_every_field_in_every_way() {
        let fields = u64::try_from(TARGETS.len()).expect("there are a few hundred");
        assert!(fields > 400, "{fields}");
        for number in 0..fields * 3 {
            let plan = plan(number, &mut Draw::new(1, number));
            assert!(plan.rules[0]["inject"]["pod"].is_object(), "{plan:?}");
        }
    }

    #[test]
    fn a_changed_field_differs_and_keeps_its_item() {
        let steps: Vec<Step> = TARGETS
            .iter()
            .flatten()
            .map(|target| &target.steps)
            .find(|steps| {
                steps
                    .last()
                    .is_some_and(|(ty, f)| (ty.name, f.name) == ("ContainerPort", "hostIP"))
            })
            .expect("the schema has it")
            .clone();
        for number in 0..50 {
            let target = Target {
                steps: steps.clone(),
            };
            let (pod, rule) = aimed(&target, Way::Changed, &mut Draw::new(1, number));
            let list = steps[1].1.name;
            let port = |pod: &Value| pod["spec"][list][0]["ports"][0].clone();
            let (pods, rules) = (port(&pod), port(&rule["pod"]));
            assert_eq!(pods["containerPort"], rules["containerPort"]);
            assert_ne!(pods["hostIP"], rules["hostIP"]);
        }
    }
}
