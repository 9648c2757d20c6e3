//! The fields of the schema that policies changed in pods that were stored. See [`Coverage::add`].

use std::collections::{BTreeMap, BTreeSet};

use generator::{Part, may_set};
use kubernetes_pod::schema::{Kind, List, POD, Type};
use serde_json::Value;

use super::reasons;
use super::way::{Place, Way};
use crate::undone::find;

/// How often each field was changed in each way, in pods that were stored and judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<(Place, Way), usize>);

impl Coverage {
    /// Counts what a policy changed of a pod.
    pub(crate) fn add(&mut self, before: &Value, after: &Value) {
        self.object(&POD, Some(before), Some(after));
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (key, count) in other.0 {
            *self.0.entry(key).or_default() += count;
        }
    }

    /// How often a field of the schema was changed in a way.
    pub fn times(&self, ty: &str, field: &str, way: Way) -> usize {
        let is_it =
            |((place, of), _): &(&(Place, Way), &usize)| *place == (ty, field) && *of == way;
        self.0.iter().find(is_it).map_or(0, |(_, count)| *count)
    }

    /// The fields that were never changed in a way, with the reason where they can't be.
    pub fn missing(&self, way: Way) -> Vec<(String, Option<&'static str>)> {
        let mut all = BTreeSet::new();
        collect(&POD, &mut all);
        let missing = all
            .iter()
            .filter(|place| !self.0.contains_key(&(**place, way)));
        missing
            .map(|(ty, field)| (format!("{ty}.{field}"), reasons::reason((ty, field), way)))
            .collect()
    }

    /// How many fields there are, and how many of them were changed in a way.
    pub fn count(&self, way: Way) -> (usize, usize) {
        let mut all = BTreeSet::new();
        collect(&POD, &mut all);
        let covered = all
            .iter()
            .filter(|place| self.0.contains_key(&(**place, way)));
        (all.len(), covered.count())
    }

    fn object(&mut self, ty: &'static Type, before: Option<&Value>, after: Option<&Value>) {
        if before == after {
            return;
        }
        for field in ty.fields {
            let of = |object: Option<&'_ Value>| -> Option<Value> {
                let value = object?.get(field.name)?;
                (!value.is_null()).then(|| value.clone())
            };
            let (old, new) = (of(before), of(after));
            let way = match (&old, &new) {
                (None, Some(_)) => Way::Added,
                (Some(_), None) => Way::Removed,
                (Some(old), Some(new)) if old != new => Way::Changed,
                _ => continue,
            };
            *self.0.entry(((ty.name, field.name), way)).or_default() += 1;
            self.value(&field.kind, old.as_ref(), new.as_ref());
        }
    }

    fn value(&mut self, kind: &'static Kind, before: Option<&Value>, after: Option<&Value>) {
        match kind {
            Kind::Object(ty) => self.object(ty, before, after),
            Kind::List(list, Kind::Object(ty)) => self.items(*list, ty, before, after),
            _ => {}
        }
    }

    fn items(
        &mut self,
        list: List,
        ty: &'static Type,
        before: Option<&Value>,
        after: Option<&Value>,
    ) {
        let items = |list: Option<&Value>| -> Vec<Value> {
            let items = list.and_then(Value::as_array);
            items.cloned().unwrap_or_default()
        };
        let (old, new) = (items(before), items(after));
        if let List::Keyed(keys) = list {
            for item in &new {
                self.object(ty, find(ty, keys, &old, item), Some(item));
            }
            for item in &old {
                if find(ty, keys, &new, item).is_none() {
                    self.object(ty, Some(item), None);
                }
            }
        } else {
            for index in 0..old.len().max(new.len()) {
                self.object(ty, old.get(index), new.get(index));
            }
        }
    }
}

/// All fields that a rule may set.
fn collect(ty: &'static Type, places: &mut BTreeSet<Place>) {
    for field in ty
        .fields
        .iter()
        .filter(|field| may_set(Part::Rule, ty, field))
    {
        let is_new = places.insert((ty.name, field.name));
        if let (true, Some(ty)) = (is_new, object_type(&field.kind)) {
            collect(ty, places);
        }
    }
}

fn object_type(kind: &'static Kind) -> Option<&'static Type> {
    match kind {
        Kind::Object(ty) => Some(ty),
        Kind::List(_, kind) | Kind::Map(kind) => object_type(kind),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_what_was_changed() {
        let pod = |container: Value| json!({"spec": {"containers": [container]}});
        let before = pod(json!({"name": "app", "image": "a", "tty": true}));
        let after = pod(json!({"name": "app", "image": "b", "env": [{"name": "A", "value": "1"}]}));
        let mut coverage = Coverage::default();
        coverage.add(&before, &after);
        assert_eq!(coverage.times("Container", "image", Way::Changed), 1);
        assert_eq!(coverage.times("Container", "tty", Way::Removed), 1);
        assert_eq!(coverage.times("EnvVar", "value", Way::Added), 1);
        assert_eq!(coverage.times("Container", "name", Way::Changed), 0);
    }
}
