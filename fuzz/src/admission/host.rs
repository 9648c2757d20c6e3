//! The policy's host: a cluster of a few objects, a clock, and a log that may refuse. See [`Fake`].

use std::cell::{Cell, RefCell};
use std::time::Duration;

use injector::cluster::host::{Cluster, Host, HostError};
use serde_json::Value;

use super::pairs::NAMESPACE;

/// What the host does wrong.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults {
    /// How many records it refuses, from the first on.
    pub(crate) refused: usize,
    /// What becomes of look-ups.
    pub(crate) lookups: LookUps,
    /// How much later it is each time that somebody asks.
    pub(crate) tick: Duration,
}

impl Faults {
    /// Whether the host does anything wrong.
    pub(crate) fn is_any(self) -> bool {
        self.refused > 0 || self.lookups != LookUps::Found || !self.tick.is_zero()
    }
}

/// What becomes of look-ups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LookUps {
    /// Objects are found.
    #[default]
    Found,
    /// No object is there.
    Absent,
    /// The policy is not granted to look.
    Denied,
    /// Objects come back as something else.
    Garbled,
}

/// A host.
pub(crate) struct Fake<'o> {
    objects: &'o [Value],
    faults: Faults,
    now: Cell<Duration>,
    refused: Cell<usize>,
    pub(crate) records: RefCell<Vec<Value>>,
}

impl<'o> Fake<'o> {
    pub(crate) fn new(objects: &'o [Value], faults: Faults) -> Self {
        Self {
            objects,
            faults,
            now: Cell::default(),
            refused: Cell::default(),
            records: RefCell::default(),
        }
    }
}

impl Host for Fake<'_> {
    fn log(&self, record: &[u8]) -> Result<(), HostError> {
        if self.refused.get() < self.faults.refused {
            self.refused.set(self.refused.get() + 1);
            return Err(HostError);
        }
        let record = serde_json::from_slice(record).expect("a record is JSON");
        self.records.borrow_mut().push(record);
        Ok(())
    }

    fn now(&self) -> i64 {
        1_800_000_000
    }

    fn elapsed(&self) -> Duration {
        self.now.set(self.now.get() + self.faults.tick);
        self.now.get()
    }
}

impl Cluster for Fake<'_> {
    fn get_resource(&self, question: &[u8]) -> Result<Vec<u8>, String> {
        let question: Value = serde_json::from_slice(question).expect("a question is JSON");
        let text = |key: &str| question[key].as_str().unwrap_or_default();
        let is_asked_for = |object: &&Value| {
            let [version, kind] = ["apiVersion", "kind"].map(|key| &object[key]);
            let [name, namespace] = ["name", "namespace"].map(|key| &object["metadata"][key]);
            *version == question["api_version"]
                && *kind == question["kind"]
                && *name == question["name"]
                && *namespace == question["namespace"]
        };
        let found = self.objects.iter().find(is_asked_for);
        match (self.faults.lookups, found) {
            (LookUps::Found, Some(object)) => Ok(object.to_string().into_bytes()),
            (LookUps::Garbled, Some(object)) => {
                let mut text = object.to_string().into_bytes();
                text.truncate(text.len() / 2);
                Ok(text)
            }
            (LookUps::Denied, _) => Err(format!(
                "Policy has not been granted access to Kubernetes {}/{} resources. The violation has been reported.",
                text("api_version"),
                text("kind"),
            )),
            _ => Err(format!(
                "Callback evaluation failure: Cannot find {}/{} named '{}' inside of namespace '{NAMESPACE}'",
                text("api_version"),
                text("kind"),
                text("name"),
            )),
        }
    }
}
