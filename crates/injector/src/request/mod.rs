//! The fields of an admission request that the policy reads. See [`Payload::parse`].
//!
//! Source: `kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers`.

pub mod partial;

use lazy_json::{Node, NotJson, Shape};

/// The parts of a payload that nearly every request needs.
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

/// The payload of `validate`: a request and the settings.
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
    /// Parses a payload. Parts that no rule needs are skipped and not checked.
    ///
    /// # Errors
    /// Returns `NotJson` if the parsed parts are not JSON.
    pub fn parse(text: &'a str) -> Result<Self, NotJson> {
        Node::parse_shaped(text, &PAYLOAD).map(|root| Self { root })
    }

    /// The request. `None` if it is absent.
    pub fn request(&self) -> Option<Request<'_, 'a>> {
        self.root.get("request").map(|node| Request { node })
    }

    /// The policy's settings. `None` if they are absent.
    pub fn settings(&self) -> Option<&Node<'a>> {
        self.root.get("settings")
    }
}

impl<'n, 'a> Request<'n, 'a> {
    /// A request without its payload.
    pub fn new(node: &'n Node<'a>) -> Self {
        Self { node }
    }

    /// The request's uid. The pod has no uid yet.
    pub fn uid(self) -> &'n str {
        self.text("uid")
    }

    /// The namespace in which the object is created. The object's own namespace may be empty.
    pub fn namespace(self) -> &'n str {
        self.text("namespace")
    }

    /// The object's name. Empty if the API server makes it from `generateName` later.
    pub fn name(self) -> &'n str {
        let name = self.node.at(&["object", "metadata", "name"]);
        let name = name.and_then(Node::as_str);
        name.unwrap_or_else(|| self.text("name"))
    }

    /// Whether the request is a dry run: nothing will be stored.
    pub fn dry_run(self) -> bool {
        self.node.is_true("dryRun")
    }

    /// The object to be created.
    pub fn object(self) -> Option<&'n Node<'a>> {
        self.node.get("object")
    }

    /// Whether a partial request may create a pod. It must name the namespace.
    pub fn may_create_pod(self) -> bool {
        let kind = self.node.at(&["kind", "kind"]);
        kind.and_then(Node::as_str) == Some("Pod")
            && matches!(self.text("operation"), "CREATE" | "")
            && self.text("subResource").is_empty()
            && !self.namespace().is_empty()
    }

    /// Whether the request creates a pod: its operation is `CREATE`, its kind is `Pod` of `v1`, and
    /// it has no subresource. An update can't change most of a pod's spec. The name of the resource
    /// is ignored, since `kwctl scaffold admission-request` writes a placeholder if it knows no
    /// cluster.
    pub fn creates_pod(self) -> bool {
        let kind = |key: &str| {
            let kind = self.node.get("kind")?;
            Some(kind.str_at(key).unwrap_or(""))
        };
        self.text("operation") == "CREATE"
            && self.text("subResource").is_empty()
            && kind("group") == Some("")
            && kind("version") == Some("v1")
            && kind("kind") == Some("Pod")
    }

    /// The string under a key.
    pub fn string(self, key: &str) -> Option<&'n str> {
        self.node.str_at(key)
    }

    /// The name of the user who sent the request.
    pub fn username(self) -> Option<&'n str> {
        self.node.at(&["userInfo", "username"])?.as_str()
    }

    fn text(self, key: &str) -> &'n str {
        self.string(key).unwrap_or("")
    }
}
