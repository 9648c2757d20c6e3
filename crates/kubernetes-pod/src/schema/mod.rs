//! The schema of a Pod: all fields that an author may set, how lists merge, which fields together
//! are one value, and the defaults. See [`POD`].
//!
//! The table is in [`table`]. `cargo run -p schema-gen` generates it from the API server's
//! `OpenAPI` document and from `crates/schema-gen/by-hand.yaml`, which holds what the document
//! lacks.
//!
//! For a new Kubernetes version:
//! 1. Get its document, as a kube-apiserver of that version serves it
//!    (`kubectl get --raw /openapi/v3/api/v1`) or from the source
//!    (`api/openapi-spec/v3/api__v1_openapi.json`).
//! 2. Run `cargo run -p schema-gen -- --openapi FILE` and read `git diff`. An entry of
//!    `by-hand.yaml` that contradicts the document is an error.
//! 3. For each new field, look up in the source what the document lacks: whether the field is a pointer,
//!    its default, its values, its union, how its list merges. Add these to `by-hand.yaml` and run again.
//! 4. Set `kubernetes` in `by-hand.yaml`, and the feature of k8s-openapi in `Cargo.toml`, to the
//!    version; `tests/schema.rs` compares the table with k8s-openapi's Pod.
//!
//! The table lacks defaults that depend on the rest of the pod: `imagePullPolicy` on the image's
//! tag, `requests` on the limits, a `hostPort` under `hostNetwork` on the `containerPort`, the
//! source of a volume without one, and the tolerations of every pod.

pub mod required;
#[rustfmt::skip]
mod table;
pub mod types;

pub use self::table::{CONTAINER, POD};
pub use self::types::{Absent, Field, Kind, List, Type};
