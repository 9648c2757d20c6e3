//! A smaller pair that breaks the same promise. See [`shrink`].

use generator::{Ground, Pair};
use serde_json::Value;

use crate::{Error, bench::Bench, judgement::Breach};

/// The most candidates that are tried. A pair has some hundred parts, and two passes settle most.
const TRIES: usize = 1500;
/// The same for pods of a `ReplicaSet`: each candidate waits for the controller.
const CONTROLLED_TRIES: usize = 150;

/// Removes every part of the pod and the rules that the breach does not need.
pub(crate) async fn shrink(
    bench: &Bench<'_>,
    pair: &Pair,
    breach: &Breach,
) -> Result<(Pair, Breach), Error> {
    let mut smallest = (pair.clone(), breach.clone());
    let most = match pair.surroundings.ground {
        Ground::Controlled => CONTROLLED_TRIES,
        _ => TRIES,
    };
    let mut tries = 0;
    loop {
        let before = smallest.0.clone();
        for document in [Document::Settings, Document::Pod] {
            let mut place = 0;
            // Large parts first: a part that can go as a whole is not tried in pieces.
            while let Some(path) = places(document.of(&smallest.0)).into_iter().nth(place) {
                let mut candidate = smallest.0.clone();
                let parent = document.of_mut(&mut candidate).pointer_mut(&path.parent);
                if let Some(parent) = parent {
                    path.remove(parent);
                }
                tries += 1;
                match broken(bench, &candidate, breach).await? {
                    Some(breach) => smallest = (candidate, breach),
                    None => place += 1,
                }
                if tries >= most {
                    return Ok(smallest);
                }
            }
        }
        if smallest.0 == before {
            return Ok(smallest);
        }
    }
}

/// The promise that a smaller pair breaks, if it breaks the same one.
async fn broken(bench: &Bench<'_>, pair: &Pair, like: &Breach) -> Result<Option<Breach>, Error> {
    let problems = injector::settings::check(&pair.settings.to_string());
    if !problems.found().is_empty() {
        return Ok(None);
    }
    // The round trip is included: a promise may break only there.
    let breach = bench.judge(pair, true).await?.breach();
    Ok(breach.filter(|breach| breach.is_like(like)))
}

#[derive(Debug, Clone, Copy)]
enum Document {
    Settings,
    Pod,
}

impl Document {
    fn of(self, pair: &Pair) -> &Value {
        match self {
            Self::Settings => &pair.settings,
            Self::Pod => &pair.pod,
        }
    }

    fn of_mut(self, pair: &mut Pair) -> &mut Value {
        match self {
            Self::Settings => &mut pair.settings,
            Self::Pod => &mut pair.pod,
        }
    }
}

/// A part that can be taken away.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// A JSON pointer.
    parent: String,
    key: String,
}

impl Place {
    fn remove(&self, parent: &mut Value) {
        match parent {
            Value::Object(members) => _ = members.remove(&self.key),
            Value::Array(items) => {
                let index = self.key.parse().unwrap_or(usize::MAX);
                if index < items.len() {
                    items.remove(index);
                }
            }
            _ => {}
        }
    }
}

/// All parts of a value, each before its own parts.
fn places(value: &Value) -> Vec<Place> {
    let mut found = Vec::new();
    add_places(value, "", &mut found);
    found
}

fn add_places(value: &Value, pointer: &str, found: &mut Vec<Place>) {
    let mut add = |key: &str, value: &Value| {
        found.push(Place {
            parent: pointer.to_owned(),
            key: key.to_owned(),
        });
        let key = key.replace('~', "~0").replace('/', "~1");
        add_places(value, &format!("{pointer}/{key}"), found);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| add(key, value)),
        // Last items first: other parts of a pod refer to the first ones most often.
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate().rev() {
                add(&index.to_string(), item);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_every_part_and_takes_it_away() {
        let value = json!({"a/b": [1, {"c": 2}]});
        let places = places(&value);
        let names: Vec<_> = places
            .iter()
            .map(|place| format!("{}|{}", place.parent, place.key))
            .collect();
        assert_eq!(names, ["|a/b", "/a~1b|1", "/a~1b/1|c", "/a~1b|0"]);
        let mut smaller = value;
        let parent = smaller.pointer_mut(&places[2].parent).expect("it is there");
        places[2].remove(parent);
        assert_eq!(smaller, json!({"a/b": [1, {}]}));
    }
}
