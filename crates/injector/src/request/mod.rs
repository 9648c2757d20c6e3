//! The admission request, as far as the policy reads it.
//!
//! Source: `kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers`.

pub mod partial;

use lazy_json::{Node, NotJson, Shape};

/// The parts of a payload that nearly every request makes the policy read.
const PAYLOAD: Shape = Shape::Keys(&[
    ("request", Shape::Keys(&[("object", POD), ("kind", LEVEL)])),
    ("settings", SETTINGS),
]);

const POD: Shape = Shape::Keys(&[
    (
        "metadata",
        Shape::Keys(&[("labels", LEVEL), ("annotations", LEVEL)]),
    ),
    ("spec", Shape::Unread),
]);

const SETTINGS: Shape = Shape::Keys(&[("rules", Shape::All(&LEVEL))]);

const LEVEL: Shape = Shape::All(&Shape::Unread);

/// What the host hands to `validate`.
#[derive(Debug)]
pub struct Payload<'a> {
    root: Node<'a>,
}

/// An admission request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'n, 'a> {
    node: &'n Node<'a>,
}

impl<'a> Payload<'a> {
    /// Reads a payload.
    ///
    /// # Errors
    /// It is not JSON.
    pub fn parse(text: &'a str) -> Result<Self, NotJson> {
        Node::parse_shaped(text, &PAYLOAD).map(|root| Self { root })
    }

    /// The request, if there is one.
    pub fn request(&self) -> Option<Request<'_, 'a>> {
        self.root.get("request").map(|node| Request { node })
    }

    /// The policy's settings, if there are any.
    pub fn settings(&self) -> Option<&Node<'a>> {
        self.root.get("settings")
    }
}

impl<'n, 'a> Request<'n, 'a> {
    /// A request that stands alone.
    pub fn new(node: &'n Node<'a>) -> Self {
        Self { node }
    }

    /// Its own uid; not the pod's, which has none yet.
    pub fn uid(self) -> &'n str {
        self.text("uid")
    }

    /// The namespace that the object is created in. The object's own may be empty.
    pub fn namespace(self) -> &'n str {
        self.text("namespace")
    }

    /// The object's name; empty where the API server is still to make it from `generateName`.
    pub fn name(self) -> &'n str {
        let object_name = self
            .object()
            .and_then(|object| object.get("metadata")?.get("name")?.as_str());
        object_name.unwrap_or_else(|| self.text("name"))
    }

    /// Whether nothing is going to be stored.
    pub fn dry_run(self) -> bool {
        self.node.get("dryRun").and_then(Node::as_bool) == Some(true)
    }

    /// The object that is to be created.
    pub fn object(self) -> Option<&'n Node<'a>> {
        self.node.get("object")
    }

    /// Whether a request that is not whole may be one that creates a pod, in a namespace that it
    /// names.
    pub fn may_create_pod(self) -> bool {
        let kind = self.node.get("kind").and_then(|kind| kind.get("kind"));
        kind.and_then(Node::as_str) == Some("Pod")
            && matches!(self.text("operation"), "CREATE" | "")
            && self.text("subResource").is_empty()
            && !self.namespace().is_empty()
    }

    /// Whether the request creates a pod: its operation is `CREATE`, its kind is `Pod` of `v1`, and it
    /// has no subresource. An update can't change most of a pod's spec. The name of the resource does
    /// not count: `kwctl scaffold admission-request` writes a placeholder where it knows no cluster.
    pub fn creates_pod(self) -> bool {
        let kind = |key: &str| {
            let kind = self.node.get("kind")?;
            Some(kind.get(key).and_then(Node::as_str).unwrap_or(""))
        };
        self.text("operation") == "CREATE"
            && self.text("subResource").is_empty()
            && kind("group") == Some("")
            && kind("version") == Some("v1")
            && kind("kind") == Some("Pod")
    }

    /// A field of this name, if it is a string.
    pub fn string(self, key: &str) -> Option<&'n str> {
        self.node.get(key)?.as_str()
    }

    /// Who asks for it.
    pub fn username(self) -> Option<&'n str> {
        self.node.get("userInfo")?.get("username")?.as_str()
    }

    fn text(self, key: &str) -> &'n str {
        self.string(key).unwrap_or("")
    }
}
