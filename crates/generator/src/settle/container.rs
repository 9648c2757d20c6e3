//! Makes the fields of a container fit together.

use std::collections::BTreeSet;

use serde_json::Value;

use super::parts::{Object, child, is_true, items, retain, text};

pub(super) fn container(container: &mut Object) {
    for probe in ["livenessProbe", "startupProbe"] {
        if let Some(probe) = child(container, probe) {
            probe.remove("successThreshold");
        }
    }
    if let Some(probe) = child(container, "readinessProbe") {
        probe.remove("terminationGracePeriodSeconds");
    }
    let mut names = BTreeSet::new();
    for port in items(container, "ports") {
        let name = text(port, "name").map(str::to_owned);
        if name.is_some_and(|name| !names.insert(name)) {
            port.remove("name");
        }
    }
    mounts_and_devices(container);
    if container.contains_key("restartPolicyRules") {
        container
            .entry("restartPolicy")
            .or_insert_with(|| "Always".into());
    }
}

/// Makes each volume and each path either a mount or a device.
fn mounts_and_devices(container: &mut Object) {
    let field_of = |list: Option<&Value>, field: &str| -> BTreeSet<String> {
        let items = list.and_then(Value::as_array).into_iter().flatten();
        let texts = items.filter_map(|item| item.get(field)?.as_str());
        texts.map(str::to_owned).collect()
    };
    let mounts = container.get("volumeMounts");
    let (names, paths) = (field_of(mounts, "name"), field_of(mounts, "mountPath"));
    let mut devices = BTreeSet::new();
    retain(container, "volumeDevices", |device| {
        let field = |field: &str| {
            device
                .get(field)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (name, path) = (field("name"), field("devicePath"));
        !names.contains(name) && !paths.contains(path) && devices.insert(name.to_owned())
    });
    let privileged =
        child(container, "securityContext").is_some_and(|context| is_true(context, "privileged"));
    for mount in items(container, "volumeMounts") {
        if !privileged && text(mount, "mountPropagation") == Some("Bidirectional") {
            mount.remove("mountPropagation");
        }
    }
}

pub(super) fn volume_mount(mount: &mut Object) {
    if text(mount, "subPath").is_some_and(|path| !path.is_empty()) {
        mount.remove("subPathExpr");
    }
    if matches!(
        text(mount, "recursiveReadOnly"),
        Some("Enabled" | "IfPossible")
    ) {
        mount.insert("readOnly".to_owned(), true.into());
        mount.remove("mountPropagation");
    }
}

pub(super) fn security_context(context: &mut Object) {
    let may_escalate = is_true(context, "privileged") || context.contains_key("capabilities");
    if may_escalate && context.get("allowPrivilegeEscalation") == Some(&Value::Bool(false)) {
        context.remove("allowPrivilegeEscalation");
    }
}
