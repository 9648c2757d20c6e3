//! The stamped pods of the last hour, by their admission request. See [`Index`].
//!
//! A pod is held by its name, its uid and its controller, and a failure by a hash: some 500 bytes a
//! pod. The number of pods has a bound, and the namespace with the most pods gives way.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use k8s_openapi::jiff::Timestamp;

use crate::object::Object;
use crate::report::short_hash;
use crate::stamp::Stamped;

/// The most pods that are held.
const PODS: usize = 20_000;
/// The most failures that are held of a pod whose stamp tells of none.
const FAILURES: usize = 32;

/// The stamped pods. Clones share them.
#[derive(Clone, Default)]
pub struct Index(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    namespaces: HashMap<String, Namespace>,
    pods: usize,
    is_whole: bool,
}

#[derive(Default)]
struct Namespace {
    pods: HashMap<String, Entry>,
    /// Requests, by when their pods came.
    order: VecDeque<String>,
}

struct Entry {
    pod: Object,
    controller: Option<Object>,
    created: Timestamp,
    /// The stamp had no room, and the label confirms any failure.
    label_only: bool,
    failures: Vec<Failure>,
}

struct Failure {
    id: [u8; 6],
    reported: bool,
}

/// A pod that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The pod.
    pub pod: Object,
    /// What made the pod.
    pub controller: Option<Object>,
    /// When the pod was created.
    pub created: Timestamp,
}

/// What the pod of a request says to a failure.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// No such pod is known.
    NoPod,
    /// The pod tells of the failure, which is reported now for the first time.
    Yes(Box<Found>),
    /// The pod tells of the failure, which was reported before.
    Again,
    /// The pod tells of no such failure.
    No,
}

impl Index {
    /// Holds a pod. False if its request is known already.
    pub fn insert(&self, stamped: &Stamped) -> bool {
        let mut state = self.state();
        if state.pods >= PODS {
            state.make_room();
        }
        let namespace = state
            .namespaces
            .entry(stamped.namespace.clone())
            .or_default();
        if namespace.pods.contains_key(&stamped.request) {
            return false;
        }
        let failures = stamped.failures.iter().map(|failure| Failure {
            id: id(&failure.rule, &failure.reason),
            reported: false,
        });
        let entry = Entry {
            pod: stamped.pod.clone(),
            controller: stamped.controller.clone(),
            created: stamped.created,
            label_only: stamped.failures.is_empty(),
            failures: failures.collect(),
        };
        namespace.pods.insert(stamped.request.clone(), entry);
        namespace.order.push_back(stamped.request.clone());
        state.pods += 1;
        true
    }

    /// The pods that there were at the start are all here.
    pub fn set_whole(&self) {
        self.state().is_whole = true;
    }

    /// Whether the pods that there were at the start are all here.
    pub fn is_whole(&self) -> bool {
        self.state().is_whole
    }

    /// The pod of a request.
    pub fn find(&self, namespace: &str, request: &str) -> Option<Found> {
        let state = self.state();
        let entry = state.namespaces.get(namespace)?.pods.get(request)?;
        Some(entry.found())
    }

    /// Asks the pod of a request whether a rule failed on it, and takes note that this is reported.
    pub fn confirm(&self, namespace: &str, request: &str, rule: &str, reason: &str) -> Answer {
        let mut state = self.state();
        let pods = state.namespaces.get_mut(namespace);
        let Some(entry) = pods.and_then(|namespace| namespace.pods.get_mut(request)) else {
            return Answer::NoPod;
        };
        let id = id(rule, reason);
        let known = entry.failures.iter().position(|failure| failure.id == id);
        let at = match known {
            Some(at) => at,
            None if entry.label_only && entry.failures.len() < FAILURES => {
                entry.failures.push(Failure {
                    id,
                    reported: false,
                });
                entry.failures.len() - 1
            }
            None => return Answer::No,
        };
        if std::mem::replace(&mut entry.failures[at].reported, true) {
            Answer::Again
        } else {
            Answer::Yes(Box::new(entry.found()))
        }
    }

    /// Forgets pods that were created before a time.
    pub fn forget_before(&self, oldest: Timestamp) {
        let mut state = self.state();
        for namespace in state.namespaces.values_mut() {
            namespace.pods.retain(|_, entry| entry.created >= oldest);
            let Namespace { pods, order } = namespace;
            order.retain(|request| pods.contains_key(request));
        }
        state
            .namespaces
            .retain(|_, namespace| !namespace.pods.is_empty());
        state.pods = state
            .namespaces
            .values()
            .map(|namespace| namespace.pods.len())
            .sum();
    }

    /// Forgets all pods.
    pub fn clear(&self) {
        *self.state() = State::default();
    }

    /// How many pods are held.
    pub fn len(&self) -> usize {
        self.state().pods
    }

    /// Whether no pod is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Forgets the older half of the pods of the namespace that has the most.
    fn make_room(&mut self) {
        let most = self.namespaces.values_mut();
        let Some(namespace) = most.max_by_key(|namespace| namespace.pods.len()) else {
            return;
        };
        let half = namespace.order.len().div_ceil(2);
        for request in namespace.order.drain(..half) {
            namespace.pods.remove(&request);
        }
        self.pods -= half;
    }
}

impl Entry {
    fn found(&self) -> Found {
        Found {
            pod: self.pod.clone(),
            controller: self.controller.clone(),
            created: self.created,
        }
    }
}

fn id(rule: &str, reason: &str) -> [u8; 6] {
    short_hash(&[rule, reason])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stamp;

    fn stamped(namespace: &str, n: usize) -> Stamped {
        let name = |kind: &str| Object {
            api_version: "v1".to_owned(),
            kind: kind.to_owned(),
            name: format!("web-{n}"),
            uid: Some(format!("u-{n}")),
        };
        Stamped {
            namespace: namespace.to_owned(),
            request: format!("r-{n}"),
            pod: name("Pod"),
            controller: Some(name("ReplicaSet")),
            created: Timestamp::from_second(1_795_000_000 + i64::try_from(n).unwrap_or(0))
                .expect("a time"),
            failures: vec![stamp::Failure {
                rule: "a".to_owned(),
                reason: "InternalError".to_owned(),
                message: "m".to_owned(),
            }],
        }
    }

    #[test]
    fn a_pod_confirms_its_failure_once() {
        let index = Index::default();
        let ask = |rule: &str| index.confirm("team", "r-1", rule, "InternalError");
        assert_eq!(ask("a"), Answer::NoPod);
        assert!(index.insert(&stamped("team", 1)));
        assert!(!index.insert(&stamped("team", 1)));
        assert!(matches!(ask("a"), Answer::Yes(found) if found.pod.name == "web-1"));
        assert_eq!(ask("a"), Answer::Again);
        assert_eq!(ask("b"), Answer::No);
        assert_eq!(
            index.confirm("other", "r-1", "a", "InternalError"),
            Answer::NoPod
        );
        assert_eq!(
            index.confirm("team", "r-1", "a", "InjectionInvalid"),
            Answer::No
        );
    }

    #[test]
    fn a_label_alone_confirms_some_failures() {
        let index = Index::default();
        let mut pod = stamped("team", 1);
        pod.failures.clear();
        index.insert(&pod);
        let confirmed = (0..100)
            .map(|n| index.confirm("team", "r-1", &n.to_string(), "InternalError"))
            .filter(|answer| matches!(answer, Answer::Yes(_)));
        assert_eq!(confirmed.count(), FAILURES);
    }

    #[test]
    fn the_namespace_with_the_most_pods_gives_way() {
        let index = Index::default();
        for n in 0..10 {
            index.insert(&stamped("quiet", n));
        }
        for n in 0..3 * PODS {
            index.insert(&stamped("loud", n));
            assert!(index.len() <= PODS);
        }
        assert!((0..10).all(|n| index.find("quiet", &format!("r-{n}")).is_some()));
        assert!(index.find("loud", &format!("r-{}", 3 * PODS - 1)).is_some());
    }

    #[test]
    fn old_pods_are_forgotten() {
        let index = Index::default();
        for n in 0..100 {
            index.insert(&stamped(&format!("team-{}", n % 3), n));
        }
        index.forget_before(Timestamp::from_second(1_795_000_090).expect("a time"));
        assert_eq!(index.len(), 10);
        assert!(index.insert(&stamped("team-0", 0)));
    }
}
