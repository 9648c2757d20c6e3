//! A real Kubernetes control plane for tests: etcd and kube-apiserver, and optionally
//! kube-controller-manager, kube-scheduler and nodes of kwok, on which pods seem to run.
//!
//! ```no_run
//! # use test_cluster::{Cluster, Shared};
//! static CLUSTER: Shared = Shared::new(Cluster::builder);
//!
//! # async fn test() -> Result<(), test_cluster::Error> {
//! let cluster = CLUSTER.get().await;
//! let namespace = cluster.namespace("my-test").await?;
//! let client = cluster.client()?;
//! # Ok(())
//! # }
//! ```
//!
//! - **One cluster for each test binary**, in a static as above, and one namespace for each test.
//! - **One client for each test**: a client belongs to the tokio runtime in which it was made, and
//!   each `#[tokio::test]` has its own runtime.
//! - **Nothing is left behind**, neither programs nor files, however the test binary ends: normally,
//!   by a panic, by Ctrl-C or by SIGKILL. See [`Cluster`].
//! - **The programs** are those in `KUBEBUILDER_ASSETS`; `make control-plane` builds the missing ones.

mod access;
mod binaries;
mod builder;
mod cluster;
mod control;
mod error;
mod group;
mod logs;
mod nodes;
mod object;
mod pki;
mod ports;
mod process;
mod programs;
mod shared;
mod trial;

pub use access::Access;
pub use builder::Builder;
pub use cluster::Cluster;
pub use error::Error;
pub use pki::ServingCertificate;
pub use programs::Program;
pub use shared::Shared;
pub use trial::{missing, trial};
