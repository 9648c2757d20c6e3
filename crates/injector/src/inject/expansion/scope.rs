//! What variables stand for at one admission.

use std::cell::Cell;

use lazy_json::Node;

use crate::inject::deadline::Time;
use crate::request::Request;
use crate::variables::Variable;

/// How much variables may insert into one pod, in bytes: as much as all annotations of an object
/// may hold. A pod that a few lines of settings blow up would be refused for its size.
pub(crate) const MOST_INSERTED: usize = kubernetes_pod::limits::ANNOTATIONS_BYTES;

/// The pod and the request that variables are read from.
#[derive(Debug)]
pub struct Scope<'n, 'a> {
    pod: &'n Node<'a>,
    request: Request<'n, 'a>,
    time: &'n Time<'n>,
    inserted: Cell<usize>,
}

impl<'n, 'a> Scope<'n, 'a> {
    /// The scope of a pod as it came, and the time that there is for what is done with it.
    pub fn new(pod: &'n Node<'a>, request: Request<'n, 'a>, time: &'n Time<'n>) -> Self {
        Self {
            pod,
            request,
            time,
            inserted: Cell::new(0),
        }
    }

    /// The pod as it came.
    pub fn pod(&self) -> &'n Node<'a> {
        self.pod
    }

    /// The request.
    pub fn request(&self) -> Request<'n, 'a> {
        self.request
    }

    /// The time that there is.
    pub fn time(&self) -> &'n Time<'n> {
        self.time
    }

    /// What a variable stands for. `None` where it is absent, or no string.
    pub(super) fn value<'s>(
        &'s self,
        variable: Variable<'_>,
        container: Option<&'s Node<'a>>,
    ) -> Option<&'s str> {
        let metadata = |field| self.pod.get("metadata")?.get(field);
        let node = match variable {
            Variable::Namespace | Variable::RequestNamespace => {
                return self.request.string("namespace");
            }
            Variable::RequestUid => return self.request.string("uid"),
            Variable::Username => return self.request.username(),
            Variable::Name => metadata("name"),
            Variable::GenerateName => metadata("generateName"),
            Variable::Label(key) => metadata("labels")?.get(key),
            Variable::Annotation(key) => metadata("annotations")?.get(key),
            Variable::ServiceAccountName => self.pod.get("spec")?.get("serviceAccountName"),
            Variable::ContainerName => container?.get("name"),
            Variable::ContainerImage => container?.get("image"),
        };
        node?.as_str()
    }

    /// How much was inserted so far, in bytes.
    pub fn inserted(&self) -> usize {
        self.inserted.get()
    }

    /// Forgets what was inserted past this: the rule that did it was not applied.
    pub fn forget(&self, inserted: usize) {
        self.inserted.set(inserted);
    }

    /// Whether there is room for so many bytes more.
    pub(super) fn insert(&self, bytes: usize) -> bool {
        let inserted = self.inserted.get().saturating_add(bytes);
        self.inserted.set(inserted);
        inserted <= MOST_INSERTED
    }
}
