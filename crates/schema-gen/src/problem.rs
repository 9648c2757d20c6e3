//! Problems of the document and of `by-hand.yaml`.

/// A problem of the document or of `by-hand.yaml`.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum Problem {
    #[error("the document is of version {document}, by-hand.yaml of Kubernetes {by_hand}")]
    Version { document: String, by_hand: String },
    #[error("the document has no type {0}, or several")]
    NoType(String),
    #[error("{0}: the document's type can't be read: {1}")]
    Unreadable(String, String),
    #[error("{0}: the document's kind of field is not known here: {1}")]
    UnknownKind(String, String),
    #[error("{0}: by-hand.yaml names a field that the document doesn't have")]
    NoField(String),
    #[error("{0}: by-hand.yaml says in `{1}` what is known already")]
    Redundant(String, &'static str),
    #[error("{0}: `{1}` in by-hand.yaml does not fit a field of this kind")]
    WrongKind(String, &'static str),
    #[error("{0}: an entry in `{1}` of by-hand.yaml has no source")]
    NoSource(String, &'static str),
    #[error("{0}: a union needs either `fields` or `except`, and at least two members")]
    NoUnion(String),
}
