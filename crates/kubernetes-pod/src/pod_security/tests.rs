use lazy_json::Node;
use rstest::rstest;
use serde_json::{Value, json};

use super::level::Level;
use super::pod::Pod;
use super::standard::LATEST;
use super::standard::Standard;

/// The controls that a pod violates at a level, by their names.
fn violated(level: Level, version: u32, pod: &Value) -> Vec<&'static str> {
    let text = pod.to_string();
    let node = Node::parse(&text).expect("valid JSON");
    let pod = Pod::new(&node);
    let controls = Standard { level, version }.controls();
    let violated = controls.filter(|control| control.violating_part(&pod, version).is_some());
    violated.map(|control| control.name).collect()
}

/// A pod that meets everything, with this laid over its spec and its only container.
fn pod(spec: &Value, container: &Value) -> Value {
    let mut pod = json!({"metadata": {"annotations": spec["annotations"]}, "spec": {
        "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{"name": "app", "securityContext": {
            "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}}],
    }});
    lay_over(&mut pod["spec"], spec);
    lay_over(&mut pod["spec"]["containers"][0], container);
    pod
}

fn lay_over(target: &mut Value, over: &Value) {
    match (target, over) {
        (Value::Object(target), Value::Object(over)) => {
            for (key, value) in over {
                lay_over(target.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (target, over) => *target = over.clone(),
    }
}

#[rstest]
#[case::nothing(json!({}), json!({}), &[])]
#[case::host_network(json!({"hostNetwork": true}), json!({}), &["hostNamespaces"])]
#[case::host_pid(json!({"hostPID": true}), json!({}), &["hostNamespaces"])]
#[case::no_host_ipc(json!({"hostIPC": false}), json!({}), &[])]
#[case::host_path(json!({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}), json!({}), &["hostPathVolumes"])]
#[case::host_port(json!({}), json!({"ports": [{"containerPort": 1, "hostPort": 1}]}), &["hostPorts"])]
#[case::no_host_port(json!({}), json!({"ports": [{"containerPort": 1, "hostPort": 0}]}), &[])]
#[case::host_of_a_probe(json!({}), json!({"livenessProbe": {"httpGet": {"host": "h"}}}), &["hostProbesAndHostLifecycle"])]
#[case::host_of_a_hook(json!({}), json!({"lifecycle": {"preStop": {"tcpSocket": {"host": "h"}}}}), &["hostProbesAndHostLifecycle"])]
#[case::no_host(json!({}), json!({"startupProbe": {"tcpSocket": {"host": ""}}}), &[])]
#[case::privileged(json!({}), json!({"securityContext": {"privileged": true}}), &["privileged"])]
#[case::capability(json!({}), json!({"securityContext": {"capabilities": {"add": ["CHOWN", "NET_RAW"]}}}), &["capabilities_baseline"])]
#[case::default_capability(json!({}), json!({"securityContext": {"capabilities": {"add": ["CHOWN"]}}}), &[])]
#[case::app_armor(json!({"securityContext": {"appArmorProfile": {"type": "Unconfined"}}}), json!({}), &["appArmorProfile"])]
#[case::app_armor_of_a_container(json!({}), json!({"securityContext": {"appArmorProfile": {"type": "Unconfined"}}}), &["appArmorProfile"])]
#[case::app_armor_localhost(json!({}), json!({"securityContext": {"appArmorProfile": {"type": "Localhost"}}}), &[])]
#[case::app_armor_annotation(json!({"annotations": {"container.apparmor.security.beta.kubernetes.io/app": "unconfined"}}), json!({}), &["appArmorProfile"])]
#[case::app_armor_annotation_localhost(json!({"annotations": {"container.apparmor.security.beta.kubernetes.io/app": "localhost/x"}}), json!({}), &[])]
#[case::proc_mount(json!({}), json!({"securityContext": {"procMount": "Unmasked"}}), &["procMount"])]
#[case::proc_mount_of_own_users(json!({"hostUsers": false}), json!({"securityContext": {"procMount": "Unmasked"}}), &[])]
#[case::se_linux_type(json!({"securityContext": {"seLinuxOptions": {"type": "spc_t"}}}), json!({}), &["seLinuxOptions"])]
#[case::se_linux_user(json!({}), json!({"securityContext": {"seLinuxOptions": {"user": "u"}}}), &["seLinuxOptions"])]
#[case::se_linux_level(json!({}), json!({"securityContext": {"seLinuxOptions": {"type": "container_engine_t", "level": "s0"}}}), &[])]
#[case::seccomp(json!({}), json!({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}), &["seccompProfile_baseline"])]
#[case::sysctl(json!({"securityContext": {"sysctls": [{"name": "kernel.msgmax"}]}}), json!({}), &["sysctls"])]
#[case::safe_sysctl(json!({"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_rmem"}]}}), json!({}), &[])]
#[case::host_process(json!({"securityContext": {"windowsOptions": {"hostProcess": true}}}), json!({}), &["windowsHostProcess"])]
#[case::only_restricted(json!({"securityContext": null}), json!({"securityContext": null}), &[])]
fn baseline(#[case] spec: Value, #[case] container: Value, #[case] expected: &[&str]) {
    let pod = pod(&spec, &container);
    assert_eq!(violated(Level::Baseline, LATEST, &pod), expected);
    assert_eq!(violated(Level::Privileged, LATEST, &pod), [""; 0]);
}

#[rstest]
#[case::nothing(json!({}), json!({}), &[])]
#[case::all(
    json!({"securityContext": null}), json!({"securityContext": null}),
    &["allowPrivilegeEscalation", "capabilities_restricted", "runAsNonRoot", "seccompProfile_restricted"]
)]
#[case::windows(
    json!({"os": {"name": "windows"}, "securityContext": {"seccompProfile": null}}), json!({"securityContext": null}), &[]
)]
#[case::escalation(json!({}), json!({"securityContext": {"allowPrivilegeEscalation": true}}), &["allowPrivilegeEscalation"])]
#[case::capability(json!({}), json!({"securityContext": {"capabilities": {"add": ["CHOWN"]}}}), &["capabilities_restricted"])]
#[case::net_bind(json!({}), json!({"securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]}}}), &[])]
#[case::host_path(json!({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}), json!({}), &["restrictedVolumes"])]
#[case::nfs(json!({"volumes": [{"name": "v", "nfs": {}}]}), json!({}), &["restrictedVolumes"])]
#[case::newer_volume(json!({"volumes": [{"name": "v", "newSource": {}}]}), json!({}), &["restrictedVolumes"])]
#[case::volumes(json!({"volumes": [{"name": "a"}, {"name": "b", "emptyDir": {}}, {"name": "c", "nfs": null, "csi": {}}]}), json!({}), &[])]
#[case::root_of_the_pod(json!({"securityContext": {"runAsNonRoot": false}}), json!({"securityContext": {"runAsNonRoot": true}}), &["runAsNonRoot"])]
#[case::root_of_a_container(json!({}), json!({"securityContext": {"runAsNonRoot": false}}), &["runAsNonRoot"])]
#[case::not_root_by_container(json!({"securityContext": {"runAsNonRoot": null}}), json!({"securityContext": {"runAsNonRoot": true}}), &[])]
#[case::user_zero(json!({"securityContext": {"runAsUser": 0}}), json!({}), &["runAsUser"])]
#[case::user_zero_of_a_container(json!({}), json!({"securityContext": {"runAsUser": 0}}), &["runAsUser"])]
#[case::own_users(json!({"hostUsers": false, "securityContext": {"runAsUser": 0, "runAsNonRoot": false}}), json!({}), &[])]
#[case::proc_mount_of_own_users(json!({"hostUsers": false}), json!({"securityContext": {"procMount": "Unmasked"}}), &["procMount_restricted"])]
#[case::seccomp_by_container(json!({"securityContext": {"seccompProfile": null}}), json!({"securityContext": {"seccompProfile": {"type": "Localhost"}}}), &[])]
#[case::seccomp_of_the_pod(json!({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}), json!({}), &["seccompProfile_restricted"])]
#[case::unconfined(json!({}), json!({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}), &["seccompProfile_restricted"])]
fn restricted(#[case] spec: Value, #[case] container: Value, #[case] expected: &[&str]) {
    let pod = pod(&spec, &container);
    assert_eq!(violated(Level::Restricted, LATEST, &pod), expected);
}

#[rstest]
#[case::handlers(33, json!({}), json!({"livenessProbe": {"httpGet": {"host": "h"}}}), &[])]
#[case::proc_mount(34, json!({"hostUsers": false}), json!({"securityContext": {"procMount": "Unmasked"}}), &["procMount"])]
#[case::own_users(34, json!({"hostUsers": false, "securityContext": {"runAsUser": 0}}), json!({}), &["runAsUser"])]
#[case::windows(24, json!({"os": {"name": "windows"}}), json!({"securityContext": {"allowPrivilegeEscalation": null}}), &["allowPrivilegeEscalation"])]
#[case::user(22, json!({"securityContext": {"runAsUser": 0}}), json!({}), &[])]
#[case::capabilities(21, json!({}), json!({"securityContext": {"capabilities": {"drop": null, "add": ["NET_RAW"]}}}), &["capabilities_baseline"])]
#[case::sysctl(28, json!({"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_fin_timeout"}]}}), json!({}), &["sysctls"])]
#[case::engine(30, json!({"securityContext": {"seLinuxOptions": {"type": "container_engine_t"}}}), json!({}), &["seLinuxOptions"])]
#[case::seccomp(18, json!({"securityContext": {"seccompProfile": null}, "annotations": {"container.seccomp.security.alpha.kubernetes.io/app": "unconfined"}}), json!({}), &["seccompProfile_baseline"])]
#[case::seccomp_of_another(18, json!({"annotations": {"container.seccomp.security.alpha.kubernetes.io/x": "unconfined"}}), json!({}), &[])]
fn of_a_version(
    #[case] version: u32,
    #[case] spec: Value,
    #[case] container: Value,
    #[case] expected: &[&str],
) {
    let pod = pod(&spec, &container);
    assert_eq!(violated(Level::Restricted, version, &pod), expected);
}

#[rstest]
#[case::none(json!({}), "privileged")]
#[case::privileged(json!({"enforce": "privileged"}), "privileged")]
#[case::baseline(json!({"enforce": "baseline", "enforce-version": "latest"}), "baseline")]
#[case::version(json!({"enforce": "restricted", "enforce-version": "v1.30"}), "restricted:v1.30")]
#[case::future(json!({"enforce": "restricted", "enforce-version": "v1.99"}), "restricted")]
#[case::enormous(json!({"enforce": "restricted", "enforce-version": "v1.99999999999999"}), "restricted")]
#[case::unknown(json!({"enforce": "strict", "enforce-version": "v1.030"}), "restricted")]
#[case::only_warned_of(json!({"warn": "restricted"}), "privileged")]
fn labels_are_read(#[case] labels: Value, #[case] expected: &str) {
    let labels = labels.as_object().expect("an object").iter();
    let labels = labels.map(|(key, value)| (format!("pod-security.kubernetes.io/{key}"), value));
    let namespace =
        json!({"metadata": {"labels": labels.collect::<std::collections::BTreeMap<_, _>>()}});
    let text = namespace.to_string();
    let node = Node::parse(&text).expect("valid JSON");
    assert_eq!(Standard::of(&node).to_string(), expected);
}
