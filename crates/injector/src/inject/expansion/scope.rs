//! The values of variables at one admission. See [`Scope`].

use std::cell::Cell;

use lazy_json::Node;

use crate::inject::deadline::Deadline;
use crate::request::Request;
use crate::variables::Variable;

/// How many bytes variables may insert into one pod: as many as all annotations of an object may
/// hold. Without a bound, a few lines of settings could make a pod too large for the API server.
pub(crate) const MAX_INSERTED_BYTES: usize = kubernetes_pod::limits::ANNOTATIONS_BYTES;

/// The pod and the request that variables are read from, and the deadline.
#[derive(Debug)]
pub struct Scope<'n, 'a> {
    pod: &'n Node<'a>,
    request: Request<'n, 'a>,
    deadline: &'n Deadline<'n>,
    inserted: Cell<usize>,
}

impl<'n, 'a> Scope<'n, 'a> {
    /// The scope of a pod as it came, before any rule.
    pub fn new(pod: &'n Node<'a>, request: Request<'n, 'a>, deadline: &'n Deadline<'n>) -> Self {
        Self {
            pod,
            request,
            deadline,
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

    /// The deadline of the rules.
    pub fn deadline(&self) -> &'n Deadline<'n> {
        self.deadline
    }

    /// The value of a variable. `None` if it is absent or not a string.
    pub(super) fn value<'s>(
        &'s self,
        variable: Variable<'_>,
        container: Option<&'s Node<'a>>,
    ) -> Option<&'s str> {
        let metadata = |path: &[&str]| self.pod.get("metadata")?.at(path);
        let node = match variable {
            Variable::Namespace | Variable::RequestNamespace => {
                return self.request.string("namespace");
            }
            Variable::RequestUid => return self.request.string("uid"),
            Variable::Username => return self.request.username(),
            Variable::Name => metadata(&["name"]),
            Variable::GenerateName => metadata(&["generateName"]),
            Variable::Label(key) => metadata(&["labels", key]),
            Variable::Annotation(key) => metadata(&["annotations", key]),
            Variable::ServiceAccountName => self.pod.at(&["spec", "serviceAccountName"]),
            Variable::ContainerName => container?.get("name"),
            Variable::ContainerImage => container?.get("image"),
        };
        node?.as_str()
    }

    /// How many bytes variables have inserted so far.
    pub fn inserted(&self) -> usize {
        self.inserted.get()
    }

    /// Resets the number of inserted bytes after a rule that was not applied.
    pub fn forget(&self, inserted: usize) {
        self.inserted.set(inserted);
    }

    /// Counts inserted bytes. Returns whether variables may insert them.
    pub(super) fn insert(&self, bytes: usize) -> bool {
        let inserted = self.inserted.get().saturating_add(bytes);
        self.inserted.set(inserted);
        inserted <= MAX_INSERTED_BYTES
    }
}
