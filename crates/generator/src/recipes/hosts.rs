//! What a pod shares with its host.

use kubernetes_pod::validation::Cause;
use serde_json::json;

use super::recipe::{Recipe, patch_running, recipe, spec};

pub(super) fn all() -> Vec<Recipe> {
    let on_host = json!({"spec": {"hostNetwork": true, "hostUsers": null, "os": null}});
    vec![
        recipe(
            Cause::HostPortTwice,
            json!({"spec": {"hostNetwork": null}, "container": {
                "ports": [{"containerPort": 7003, "hostPort": 7003}],
            }}),
            spec(json!({"containers": [{
                "name": "same-port", "image": "shop:2.1",
                "ports": [{"containerPort": 7003, "hostPort": 7003}],
            }]})),
        ),
        recipe(
            Cause::HostPortDiffers,
            on_host.clone(),
            patch_running(json!({"ports": [{"containerPort": 7004, "hostPort": 7005}]})),
        ),
        recipe(
            Cause::SysctlOfHost,
            on_host.clone(),
            spec(json!({"securityContext": {"sysctls": [
                {"name": "net.ipv4.ip_local_port_range", "value": "1024 65535"},
            ]}})),
        ),
        recipe(
            Cause::HostUsers,
            on_host.clone(),
            spec(json!({"hostUsers": false})),
        ),
        recipe(
            Cause::HostnameOverride,
            on_host,
            spec(json!({"hostnameOverride": "web.example.com"})),
        ),
        recipe(
            Cause::HostProcessNetwork,
            json!({"spec": {
                "os": {"name": "windows"}, "hostNetwork": null, "hostUsers": null,
                "securityContext": null,
            }}),
            spec(json!({"securityContext": {"windowsOptions": {"hostProcess": true}}})),
        ),
    ]
}
