//! Containers, their hooks and their environment.

use kubernetes_pod::validation::Cause;
use serde_json::{Value, json};

use super::recipe::{Recipe, patch, patch_init, patch_running, recipe, spec};
use crate::vocabulary::CONTAINERS;

#[expect(clippy::too_many_lines, reason = "it is a table")]
pub(super) fn all() -> Vec<Recipe> {
    let all_removed = CONTAINERS.map(|name| json!({"name": name, "$patch": "delete"}));
    let sleep = json!({"preStop": {"sleep": {"seconds": 50}}});
    let host_process = |host_process: bool| json!({"securityContext": {"windowsOptions": {"hostProcess": host_process}}});
    let windows = |context: Value| {
        let mut spec = json!({"os": {"name": "windows"}, "hostNetwork": true, "hostUsers": null});
        if let (Some(spec), Some(context)) = (spec.as_object_mut(), context.as_object()) {
            spec.extend(context.clone());
        }
        json!({"spec": spec})
    };
    vec![
        recipe(
            Cause::SleepTooLong,
            json!({"spec": {"terminationGracePeriodSeconds": 5}}),
            patch_running(json!({"lifecycle": sleep})),
        ),
        recipe(
            Cause::StopSignalOfWindows,
            json!({"spec": {"os": {"name": "windows"}}}),
            patch_running(json!({"lifecycle": {"stopSignal": "SIGHUP"}})),
        ),
        recipe(
            Cause::HostProcessDiffers,
            windows(host_process(true)),
            patch(host_process(false)),
        ),
        recipe(
            Cause::HostProcessSome,
            windows(json!({})),
            spec(json!({"containers": [{
                "name": "on-host", "image": "host:1",
                "securityContext": {"windowsOptions": {"hostProcess": true}},
            }]})),
        ),
        recipe(
            Cause::NoContainers,
            json!({}),
            spec(json!({"containers": all_removed})),
        ),
        recipe(
            Cause::NoSource,
            json!({}),
            patch(json!({"env": [{"name": "EMPTY", "valueFrom": {}}]})),
        ),
        recipe(
            Cause::Required,
            json!({}),
            spec(json!({"containers": [{"name": "no-image"}]})),
        ),
        recipe(
            Cause::ContainerNameTwice,
            json!({"spec": {"initContainers": [{"name": "twin", "image": "twin:1"}]}}),
            spec(json!({"containers": [{"name": "twin", "image": "twin:1"}]})),
        ),
        recipe(
            Cause::OnlyOfSidecars,
            json!({"spec": {"initContainers": [{"name": "once", "image": "once:1"}]}}),
            patch_init(json!({"livenessProbe": {"exec": {"command": ["true"]}}})),
        ),
        recipe(
            Cause::RestartContainerOfInit,
            json!({"spec": {"initContainers": [{"name": "once", "image": "once:1"}]}}),
            patch_init(json!({"resizePolicy": [
                {"resourceName": "cpu", "restartPolicy": "RestartContainer"},
            ]})),
        ),
        recipe(
            Cause::RulesWithoutRestartPolicy,
            json!({"container": {"restartPolicy": null}}),
            patch_running(json!({"restartPolicyRules": [
                {"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}},
            ]})),
        ),
        recipe(
            Cause::ResizeRestarts,
            json!({"spec": {"restartPolicy": "Never"}, "container": {"resizePolicy": null}}),
            patch_running(json!({"resizePolicy": [
                {"resourceName": "cpu", "restartPolicy": "RestartContainer"},
            ]})),
        ),
        recipe(
            Cause::PortNameTwice,
            json!({"container": {"ports": [{"name": "one-name", "containerPort": 7001}]}}),
            patch(json!({"ports": [{"name": "one-name", "containerPort": 7002}]})),
        ),
        recipe(
            Cause::StopSignalNeedsOs,
            json!({"spec": {"os": null}}),
            patch_running(json!({"lifecycle": {"stopSignal": "SIGTERM"}})),
        ),
        recipe(
            Cause::Escalation,
            json!({"spec": {"os": null}, "container": {"securityContext": {
                "allowPrivilegeEscalation": false, "capabilities": null, "privileged": null,
            }}}),
            patch(json!({"securityContext": {"privileged": true}})),
        ),
        recipe(
            Cause::ProcMountNeedsUserNamespace,
            json!({"spec": {"os": null, "hostUsers": null}}),
            patch(json!({"securityContext": {"procMount": "Unmasked"}})),
        ),
        recipe(
            Cause::WindowsOptionsOnLinux,
            json!({"spec": {"os": {"name": "linux"}}}),
            patch(json!({"securityContext": {"windowsOptions": {"runAsUserName": "svc"}}})),
        ),
        recipe(
            Cause::NotOnWindows,
            json!({"spec": {"os": {"name": "windows"}}}),
            patch(json!({"securityContext": {"runAsUser": 1000}})),
        ),
    ]
}
