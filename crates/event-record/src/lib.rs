//! The record by which a Kubewarden policy asks for a Kubernetes Event.
//!
//! Kubewarden has no host capability that writes to the cluster. A policy asks for an Event by a
//! `tracing/log` call whose payload is a [`Record`]. event-relay finds the record in
//! policy-server's log and writes the Event. [`line`] reads such a log.

pub mod line;

use k8s_openapi::api::core::v1::Event;
use serde::{Deserialize, Serialize};

/// The annotation of an Event with the name of the failed rule.
pub const RULE_ANNOTATION: &str = "pod-injector.kubewarden.io/rule";
/// The annotation of an Event with the uid of the admission request.
pub const REQUEST_UID_ANNOTATION: &str = "pod-injector.kubewarden.io/request-uid";
/// The label of a pod with the uid of its admission request. event-relay finds the pod by it once
/// the pod has a name and a uid.
pub const REQUEST_LABEL: &str = "pod-injector.kubewarden.io/request";

/// The annotation of a pod that lists the applied and the failed rules.
pub const STATUS_ANNOTATION: &str = "pod-injector.kubewarden.io/status";

/// The host capability that takes a [`Record`]: binding, namespace and operation. Every Kubewarden
/// host has it, and it needs no permission.
pub const HOST_CALL: (&str, &str, &str) = ("kubewarden", "tracing", "log");

/// The payload of a `tracing/log` call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The level in the host's log.
    pub level: Level,
    /// The message in the host's log: the Event's message.
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
