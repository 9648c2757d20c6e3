//! Makes host ports and host namespaces of a pod fit together.

use std::collections::BTreeSet;

use serde_json::Value;

use super::parts::{Object, child, each_container, in_host_network, is_true, items, retain, text};

/// Removes duplicate host ports. On the host's network every port is a host port.
pub(super) fn ports(spec: &mut Object) {
    let host_network = in_host_network(spec);
    let mut taken = BTreeSet::new();
    for container in items(spec, "initContainers") {
        for port in items(container, "ports") {
            port.remove("hostPort");
        }
    }
    for container in items(spec, "containers") {
        retain(container, "ports", |port| {
            let field = |field: &str| port.get(field).cloned().unwrap_or_default();
            let number = if host_network {
                field("containerPort")
            } else {
                field("hostPort")
            };
            let none = matches!(number.as_i64(), None | Some(0));
            let protocol = match field("protocol") {
                Value::Null => "TCP".into(),
                protocol => protocol,
            };
            let address = match field("hostIP") {
                Value::Null => "".into(),
                address => address,
            };
            none || taken.insert(format!("{protocol} {address} {number}"))
        });
        for port in items(container, "ports") {
            if host_network {
                port.remove("hostPort");
            }
        }
    }
}

/// Removes fields that the API server refuses beside the host's namespaces.
pub(super) fn namespaces(spec: &mut Object) {
    if is_true(spec, "hostPID") {
        spec.remove("shareProcessNamespace");
    }
    if is_true(spec, "hostNetwork") || is_true(spec, "setHostnameAsFQDN") {
        spec.remove("hostnameOverride");
    }
    let (network, ipc) = (is_true(spec, "hostNetwork"), is_true(spec, "hostIPC"));
    if let Some(context) = child(spec, "securityContext") {
        retain(context, "sysctls", |sysctl| {
            let name = sysctl
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            !(network && name.starts_with("net") || ipc && name.starts_with("kernel"))
        });
    }
    let own_users = spec.get("hostUsers") == Some(&Value::Bool(false));
    if own_users {
        for field in ["hostNetwork", "hostPID", "hostIPC"] {
            spec.remove(field);
        }
    }
    each_container(spec, |container| {
        if own_users {
            container.remove("volumeDevices");
        }
        if let Some(context) = child(container, "securityContext")
            && !own_users
            && text(context, "procMount") == Some("Unmasked")
        {
            context.remove("procMount");
        }
    });
}
