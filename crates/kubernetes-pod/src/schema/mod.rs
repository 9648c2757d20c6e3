//! What the API server knows of a Pod: every field that an author may set, how its lists merge,
//! which fields are one value together, and what it fills in where a field is absent.
//!
//! The table itself is in [`table`], written by `cargo run -p schema-gen` from the API server's
//! `OpenAPI` document and from `crates/schema-gen/by-hand.yaml`, which holds what that document
//! lacks.
//!
//! For a new Kubernetes version:
//! 1. Get its document, as a kube-apiserver of that version serves it
//!    (`kubectl get --raw /openapi/v3/api/v1`) or from the source
//!    (`api/openapi-spec/v3/api__v1_openapi.json`).
//! 2. Run `cargo run -p schema-gen -- --openapi FILE` and read `git diff`. An entry of
//!    `by-hand.yaml` that the document has overtaken is an error.
//! 3. For each new field, look up in the source what the document lacks: whether it is a pointer,
//!    its default, its values, its union, how its list merges. Add it to `by-hand.yaml`, run again.
//! 4. Set `kubernetes` in `by-hand.yaml`, and the feature of k8s-openapi in `Cargo.toml`, to the
//!    version; `tests/schema.rs` compares the table with k8s-openapi's Pod.
//!
//! Not in the table are the defaults that depend on the rest of the pod: `imagePullPolicy` on the
//! image's tag, `requests` on the limits, a `hostPort` under `hostNetwork` on the `containerPort`,
//! a volume without a source, the tolerations that every pod gets.

pub mod required;
#[rustfmt::skip]
mod table;
pub mod types;

pub use self::table::{CONTAINER, POD};
pub use self::types::{Absent, Field, Kind, List, Type};
