//! The record by which a Kubewarden policy asks for a Kubernetes Event.
//!
//! Kubewarden has no host capability that writes to the cluster. A policy says what should become
//! an Event with one `tracing/log` call, whose payload is a [`Record`]; event-relay finds it in
//! policy-server's log and writes the Event. [`line`] reads such a log.

pub mod line;

use k8s_openapi::api::core::v1::Event;
use serde::{Deserialize, Serialize};

/// The annotation of an Event that names the rule which failed.
pub const RULE_ANNOTATION: &str = "pod-injector.kubewarden.io/rule";
/// The annotation of an Event that holds the uid of the admission request.
pub const REQUEST_UID_ANNOTATION: &str = "pod-injector.kubewarden.io/request-uid";
/// The label of a pod that holds the uid of its admission request, by which its Events find it
/// once it has a name and a uid.
pub const REQUEST_LABEL: &str = "pod-injector.kubewarden.io/request";

/// The annotation of a pod that tells which rules were applied and which were not.
pub const STATUS_ANNOTATION: &str = "pod-injector.kubewarden.io/status";

/// The host capability that takes a [`Record`]: binding, namespace and operation. Every Kubewarden
/// host has it, and none asks for a permission.
pub const HOST_CALL: (&str, &str, &str) = ("kubewarden", "tracing", "log");

/// The payload of one `tracing/log` call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// How the host logs it.
    pub level: Level,
    /// What the host logs: the Event's own message.
    pub message: String,
    /// The Event.
    pub event: Event,
}

/// A level of the host's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// `info`: for Events of type `Normal`.
    Info,
    /// `warning`: for Events of type `Warning`.
    Warning,
}

impl From<Event> for Record {
    fn from(event: Event) -> Self {
        let level = match event.type_.as_deref() {
            Some("Normal") => Level::Info,
            _ => Level::Warning,
        };
        Self {
            level,
            message: event.message.clone().unwrap_or_default(),
            event,
        }
    }
}
