//! Each case: a pod's spec, what a rule injects, and what comes of it.

use lazy_json::Node;
use rstest::rstest;

use crate::cluster::lookups::{Lookups, Store};
use crate::inject::deadline::Time;
use crate::inject::evaluate;
use crate::request::Request;
use crate::settings::{self, Settings};

const APPLIED: &str = "applied";

/// What comes of a rule that replaces what is in its way.
fn outcome(pod: &str, inject: &str) -> String {
    outcomes(pod, &[inject])
}

/// The same for several rules.
fn outcomes(pod: &str, injects: &[&str]) -> String {
    let rules: Vec<String> = injects
        .iter()
        .enumerate()
        .map(|(index, inject)| {
            format!(r#"{{"name": "r{index}", "onConflict": "Replace", "inject": {inject}}}"#)
        })
        .collect();
    let text = format!(r#"{{"rules": [{}]}}"#, rules.join(","));
    let problems = settings::check(&text);
    assert!(problems.found().is_empty(), "{:#?}", problems.found());
    let node = Node::parse(&text).expect("the settings are JSON");
    let settings = Settings::read(&node).expect("the settings can be read");
    let request = format!(r#"{{"namespace": "default", "object": {pod}}}"#);
    let request = Node::parse(&request).expect("the pod is JSON");
    let request = Request::new(&request);
    let pod = request.object().expect("the pod is there");
    let store = Store::default();
    let evaluation = evaluate(
        pod,
        request,
        &settings,
        &Lookups::new(&store),
        &Time::endless(),
    );
    let failed = evaluation.failed.first();
    failed.map_or(APPLIED.to_owned(), |failure| {
        assert_eq!(failure.reason.as_str(), "InjectionInvalid");
        let message = failure.message.split_once(" was not applied: ");
        message.expect("a rule's message").1.to_owned()
    })
}

/// A pod of one container.
fn with_container(spec: &str, container: &str) -> String {
    format!(
        r#"{{"metadata": {{"name": "p"}}, "spec": {{{spec}"containers": [{{"name": "app", "image": "i"{container}}}]}}}}"#
    )
}

fn patch(text: &str) -> String {
    format!(r#"{{"containers": [{{"patch": {text}}}]}}"#)
}

fn spec(text: &str) -> String {
    format!(r#"{{"pod": {{"spec": {text}}}}}"#)
}

/// A patch of the one container.
#[rstest]
#[case::no_volume(
    "",
    "",
    r#"{"volumeMounts": [{"name": "v", "mountPath": "/v"}]}"#,
    r#"volumeMounts['/v'] of container "app" would be invalid: the pod has no volume of this name"#
)]
#[case::volume(
    r#""volumes": [{"name": "v"}],"#,
    "",
    r#"{"volumeMounts": [{"name": "v", "mountPath": "/v"}]}"#,
    APPLIED
)]
#[case::mount_without_name(
    "",
    "",
    r#"{"volumeMounts": [{"mountPath": "/v", "readOnly": true}]}"#,
    r#"volumeMounts['/v'].name of container "app" would be invalid: required"#
)]
#[case::mount_that_gains(
    r#""volumes": [{"name": "v"}],"#,
    r#", "volumeMounts": [{"name": "v", "mountPath": "/v"}]"#,
    r#"{"volumeMounts": [{"mountPath": "/v", "readOnly": true}]}"#,
    APPLIED
)]
#[case::invalid_before(
    "",
    r#", "volumeMounts": [{"name": "w", "mountPath": "/w"}]"#,
    r#"{"env": [{"name": "A", "value": "1"}]}"#,
    APPLIED
)]
#[case::invalid_before_beside(
    "",
    r#", "volumeMounts": [{"name": "w", "mountPath": "/w"}]"#,
    r#"{"volumeMounts": [{"mountPath": "/w", "readOnly": true}]}"#,
    APPLIED
)]
#[case::both_sub_paths(r#""volumes": [{"name": "v"}],"#, r#", "volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "a"}]"#, r#"{"volumeMounts": [{"mountPath": "/v", "subPathExpr": "b"}]}"#, r#"volumeMounts['/v'].subPathExpr of container "app" would be invalid: not together with subPath"#)]
#[case::recursive(r#""volumes": [{"name": "v"}],"#, r#", "volumeMounts": [{"name": "v", "mountPath": "/v"}]"#, r#"{"volumeMounts": [{"mountPath": "/v", "recursiveReadOnly": "Enabled"}]}"#, r#"volumeMounts['/v'].recursiveReadOnly of container "app" would be invalid: only with readOnly"#)]
#[case::recursive_read_only(
    r#""volumes": [{"name": "v"}],"#,
    r#", "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": true}]"#,
    r#"{"volumeMounts": [{"mountPath": "/v", "recursiveReadOnly": "Enabled"}]}"#,
    APPLIED
)]
#[case::recursive_propagation(r#""volumes": [{"name": "v"}],"#, r#", "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": true, "recursiveReadOnly": "Enabled"}]"#, r#"{"volumeMounts": [{"mountPath": "/v", "mountPropagation": "HostToContainer"}]}"#, r#"volumeMounts['/v'].recursiveReadOnly of container "app" would be invalid: only with mountPropagation None"#)]
#[case::bidirectional(r#""volumes": [{"name": "v"}],"#, "", r#"{"volumeMounts": [{"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional"}]}"#, r#"volumeMounts of container "app" would be invalid: Bidirectional only in a privileged container"#)]
#[case::privileged_false(r#""volumes": [{"name": "v"}],"#, r#", "securityContext": {"privileged": true}, "volumeMounts": [{"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional"}]"#, r#"{"securityContext": {"privileged": false}}"#, r#"volumeMounts of container "app" would be invalid: Bidirectional only in a privileged container"#)]
#[case::bidirectional_and_privileged(r#""volumes": [{"name": "v"}],"#, "", r#"{"securityContext": {"privileged": true}, "volumeMounts": [{"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional"}]}"#, APPLIED)]
#[case::device_of_empty_dir(r#""volumes": [{"name": "v", "emptyDir": {}}],"#, "", r#"{"volumeDevices": [{"name": "v", "devicePath": "/dev/v"}]}"#, r#"volumeDevices['/dev/v'] of container "app" would be invalid: a device needs a volume of a persistentVolumeClaim or ephemeral"#)]
#[case::device(
    r#""volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}],"#,
    "",
    r#"{"volumeDevices": [{"name": "v", "devicePath": "/dev/v"}]}"#,
    APPLIED
)]
#[case::device_twice(r#""volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}],"#, r#", "volumeDevices": [{"name": "v", "devicePath": "/dev/v"}]"#, r#"{"volumeDevices": [{"name": "v", "devicePath": "/dev/w"}]}"#, r#"volumeDevices['/dev/w'] of container "app" would be invalid: another device has the same volume"#)]
#[case::device_is_mounted(r#""volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}],"#, r#", "volumeMounts": [{"name": "v", "mountPath": "/v"}]"#, r#"{"volumeDevices": [{"name": "v", "devicePath": "/dev/v"}]}"#, r#"volumeDevices of container "app" would be invalid: a volume or path is in volumeMounts already"#)]
#[case::device_at_token(r#""volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}],"#, "", r#"{"volumeDevices": [{"name": "v", "devicePath": "/var/run/secrets/kubernetes.io/serviceaccount"}]}"#, r#"volumeDevices['/var/run/secrets/kubernetes.io/serviceaccount'] of container "app" would be invalid: the service account's token is mounted at this path"#)]
#[case::file_of_no_volume("", "", r#"{"env": [{"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "v", "path": "p", "key": "K"}}}]}"#, r#"env['A'] of container "app" would be invalid: the pod has no volume of this name"#)]
#[case::file_of_a_secret(r#""volumes": [{"name": "v", "secret": {"secretName": "s"}}],"#, "", r#"{"env": [{"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "v", "path": "p", "key": "K"}}}]}"#, r#"env['A'] of container "app" would be invalid: a file of variables needs a volume of emptyDir"#)]
#[case::file(r#""volumes": [{"name": "v"}],"#, "", r#"{"env": [{"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "v", "path": "p", "key": "K"}}}]}"#, APPLIED)]
#[case::port_name(
    "",
    r#", "ports": [{"containerPort": 80, "name": "http", "protocol": "TCP"}]"#,
    r#"{"ports": [{"containerPort": 81, "name": "http"}]}"#,
    r#"ports of container "app" would be invalid: two ports have the same name"#
)]
#[case::host_port("", r#", "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]"#, r#"{"ports": [{"containerPort": 81, "hostPort": 80}]}"#, r#"ports of container "app" would be invalid: a host port is used twice (with hostNetwork every port is a host port)"#)]
#[case::host_port_of_udp(
    "",
    r#", "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]"#,
    r#"{"ports": [{"containerPort": 81, "hostPort": 80, "protocol": "UDP"}]}"#,
    APPLIED
)]
#[case::host_port_of_another_address(
    "",
    r#", "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]"#,
    r#"{"ports": [{"containerPort": 81, "hostPort": 80, "hostIP": "10.0.0.1"}]}"#,
    APPLIED
)]
#[case::host_port_that_differs(r#""hostNetwork": true,"#, "", r#"{"ports": [{"containerPort": 81, "hostPort": 80}]}"#, r#"ports of container "app" would be invalid: with hostNetwork a hostPort must equal its containerPort"#)]
#[case::probe_without_handler(
    "",
    "",
    r#"{"livenessProbe": {"periodSeconds": 5}}"#,
    r#"livenessProbe of container "app" would be invalid: needs a handler"#
)]
#[case::probe_that_gains(
    "",
    r#", "livenessProbe": {"exec": {"command": ["x"]}}"#,
    r#"{"livenessProbe": {"periodSeconds": 5}}"#,
    APPLIED
)]
#[case::hook_without_handler(
    "",
    "",
    r#"{"lifecycle": {"preStop": {}}}"#,
    r#"lifecycle.preStop of container "app" would be invalid: needs a handler"#
)]
#[case::sleep("", "", r#"{"lifecycle": {"preStop": {"sleep": {"seconds": 31}}}}"#, r#"lifecycle.preStop of container "app" would be invalid: must not sleep longer than the pod's terminationGracePeriodSeconds"#)]
#[case::sleep_to_the_end(
    r#""terminationGracePeriodSeconds": 40,"#,
    "",
    r#"{"lifecycle": {"preStop": {"sleep": {"seconds": 40}}}}"#,
    APPLIED
)]
#[case::stop_signal("", "", r#"{"lifecycle": {"stopSignal": "SIGUSR1"}}"#, r#"lifecycle.stopSignal of container "app" would be invalid: a stopSignal only in a pod with os.name"#)]
#[case::stop_signal_on_windows(r#""os": {"name": "windows"},"#, "", r#"{"lifecycle": {"stopSignal": "SIGUSR1"}}"#, r#"lifecycle.stopSignal of container "app" would be invalid: a stopSignal on windows can only be SIGKILL or SIGTERM"#)]
#[case::limit_under_request("", r#", "resources": {"requests": {"cpu": "2"}}"#, r#"{"resources": {"limits": {"cpu": "1"}}}"#, r#"resources.requests of container "app" would be invalid: a request must not exceed its limit"#)]
#[case::extended_request("", "", r#"{"resources": {"requests": {"example.com/gpu": "1"}}}"#, r#"resources.requests of container "app" would be invalid: a request of huge pages or an extended resource needs a limit"#)]
#[case::extended_limit(
    "",
    r#", "resources": {"requests": {"example.com/gpu": "1"}, "limits": {"example.com/gpu": "1"}}"#,
    r#"{"resources": {"limits": {"example.com/gpu": "2"}}}"#,
    APPLIED
)]
#[case::extended_limit_that_differs("", r#", "resources": {"requests": {"example.com/gpu": "1"}, "limits": {"example.com/gpu": "1"}}"#, r#"{"resources": {"requests": {"example.com/gpu": "2"}}}"#, r#"resources.requests of container "app" would be invalid: a request of huge pages or an extended resource must equal its limit"#)]
#[case::huge_pages_alone(
    "",
    "",
    r#"{"resources": {"limits": {"hugepages-2Mi": "4Mi"}}}"#,
    r#"resources of container "app" would be invalid: huge pages need cpu or memory too"#
)]
#[case::huge_pages(
    "",
    r#", "resources": {"requests": {"memory": "1Gi"}}"#,
    r#"{"resources": {"limits": {"hugepages-2Mi": "4Mi"}}}"#,
    APPLIED
)]
#[case::no_claim("", "", r#"{"resources": {"claims": [{"name": "c"}]}}"#, r#"resources.claims of container "app" would be invalid: the pod has no resourceClaim of this name"#)]
#[case::claim_twice(
    r#""resourceClaims": [{"name": "c", "resourceClaimName": "x"}],"#,
    r#", "resources": {"claims": [{"name": "c", "request": "a"}, {"name": "c", "request": "b"}]}"#,
    r#"{"resources": {"claims": [{"name": "c", "request": "a"}]}}"#,
    r#"resources.claims of container "app" would be invalid: a resourceClaim is used twice"#
)]
#[case::escalation("", r#", "securityContext": {"privileged": true}"#, r#"{"securityContext": {"allowPrivilegeEscalation": false}}"#, r#"securityContext.allowPrivilegeEscalation of container "app" would be invalid: can't be false with privileged or the capability SYS_ADMIN"#)]
#[case::proc_mount("", "", r#"{"securityContext": {"procMount": "Unmasked"}}"#, r#"securityContext.procMount of container "app" would be invalid: Unmasked only with hostUsers false"#)]
#[case::proc_mount_of_a_user_namespace(
    r#""hostUsers": false,"#,
    "",
    r#"{"securityContext": {"procMount": "Unmasked"}}"#,
    APPLIED
)]
#[case::windows(r#""os": {"name": "windows"},"#, "", r#"{"securityContext": {"runAsUser": 1000}}"#, r#"securityContext.runAsUser of container "app" would be invalid: not in a pod with os.name windows"#)]
#[case::linux(r#""os": {"name": "linux"},"#, "", r#"{"securityContext": {"windowsOptions": {"runAsUserName": "x"}}}"#, r#"securityContext.windowsOptions of container "app" would be invalid: not in a pod with os.name linux"#)]
#[case::host_process(
    "",
    "",
    r#"{"securityContext": {"windowsOptions": {"hostProcess": true}}}"#,
    "spec.hostNetwork would be invalid: hostProcess containers need hostNetwork"
)]
#[case::host_process_differs(r#""hostNetwork": true, "securityContext": {"windowsOptions": {"hostProcess": true}},"#, "", r#"{"securityContext": {"windowsOptions": {"hostProcess": false}}}"#, r#"securityContext.windowsOptions.hostProcess of container "app" would be invalid: must equal hostProcess of the pod"#)]
#[case::resize(r#""restartPolicy": "Never","#, "", r#"{"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]}"#, r#"resizePolicy of container "app" would be invalid: must be NotRequired in a pod with restartPolicy Never"#)]
#[case::restart_rules("", "", r#"{"restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}]}"#, r#"restartPolicyRules of container "app" would be invalid: only with a restartPolicy"#)]
fn patches(
    #[case] pod: &str,
    #[case] container: &str,
    #[case] inject: &str,
    #[case] expected: &str,
) {
    assert_eq!(
        outcome(&with_container(pod, container), &patch(inject)),
        expected
    );
}

/// A fragment of the pod's spec.
#[rstest]
#[case::no_image(
    "",
    "",
    r#"{"containers": [{"name": "new"}]}"#,
    r#"image of container "new" would be invalid: required"#
)]
#[case::image_of_the_pod("", "", r#"{"containers": [{"name": "app", "tty": true}]}"#, APPLIED)]
#[case::no_containers(
    "",
    "",
    r#"{"containers": [{"name": "app", "$patch": "delete"}]}"#,
    "spec.containers would be invalid: a pod needs at least one container"
)]
#[case::name_of_another_list(
    "",
    "",
    r#"{"initContainers": [{"name": "app", "image": "i"}]}"#,
    r#"init container "app" would be invalid: another container has this name"#
)]
#[case::probe_of_init("", "", r#"{"initContainers": [{"name": "new", "image": "i", "startupProbe": {"exec": {"command": ["x"]}}}]}"#, r#"startupProbe of init container "new" would be invalid: an init container has it only with restartPolicy Always"#)]
#[case::no_longer_a_sidecar(r#""initContainers": [{"name": "s", "image": "i", "restartPolicy": "Always", "lifecycle": {"preStop": {"exec": {"command": ["x"]}}}}],"#, "", r#"{"initContainers": [{"name": "s", "restartPolicy": null}]}"#, r#"lifecycle of init container "s" would be invalid: an init container has it only with restartPolicy Always"#)]
#[case::resize_of_init("", "", r#"{"initContainers": [{"name": "new", "image": "i", "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]}]}"#, r#"resizePolicy of init container "new" would be invalid: RestartContainer only with restartPolicy Always in an init container"#)]
#[case::volume_removed(
    r#""volumes": [{"name": "v"}],"#,
    r#", "volumeMounts": [{"name": "v", "mountPath": "/v"}]"#,
    r#"{"volumes": [{"name": "v", "$patch": "delete"}]}"#,
    r#"volumeMounts['/v'] of container "app" would be invalid: the pod has no volume of this name"#
)]
#[case::unused_volume_removed(
    r#""volumes": [{"name": "v"}],"#,
    "",
    r#"{"volumes": [{"name": "v", "$patch": "delete"}]}"#,
    APPLIED
)]
#[case::volume_replaced(r#""volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}],"#, r#", "volumeDevices": [{"name": "v", "devicePath": "/v"}]"#, r#"{"volumes": [{"name": "v", "emptyDir": {}}]}"#, r#"volumeDevices['/v'] of container "app" would be invalid: a device needs a volume of a persistentVolumeClaim or ephemeral"#)]
#[case::claim_of_ephemeral("", "", r#"{"volumes": [{"name": "a", "ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}}}, {"name": "b", "persistentVolumeClaim": {"claimName": "p-a"}}]}"#, "spec.volumes['b'] would be invalid: names the claim that is made for an ephemeral volume")]
#[case::host_network("", r#", "ports": [{"containerPort": 80, "hostPort": 8080, "protocol": "TCP"}]"#, r#"{"hostNetwork": true}"#, r#"ports of container "app" would be invalid: with hostNetwork a hostPort must equal its containerPort"#)]
#[case::host_network_and_a_port_twice("", r#", "ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 80, "protocol": "TCP"}]"#, r#"{"hostNetwork": true}"#, r#"ports of container "app" would be invalid: a host port is used twice (with hostNetwork every port is a host port)"#)]
#[case::host_port_of_another_container("", r#", "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]"#, r#"{"containers": [{"name": "b", "image": "i", "ports": [{"containerPort": 81, "hostPort": 80}]}]}"#, r#"ports of container "b" would be invalid: a host port is used twice (with hostNetwork every port is a host port)"#)]
#[case::host_port_of_an_init_container("", r#", "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]"#, r#"{"initContainers": [{"name": "b", "image": "i", "ports": [{"containerPort": 81, "hostPort": 80}]}]}"#, APPLIED)]
#[case::grace_period("", r#", "lifecycle": {"preStop": {"sleep": {"seconds": 20}}}"#, r#"{"terminationGracePeriodSeconds": 10}"#, r#"lifecycle.preStop of container "app" would be invalid: must not sleep longer than the pod's terminationGracePeriodSeconds"#)]
#[case::claim_removed(r#""resourceClaims": [{"name": "c", "resourceClaimName": "x"}],"#, r#", "resources": {"claims": [{"name": "c"}]}"#, r#"{"resourceClaims": [{"name": "c", "$patch": "delete"}]}"#, r#"resources.claims of container "app" would be invalid: the pod has no resourceClaim of this name"#)]
#[case::claim_without_source(
    "",
    "",
    r#"{"resourceClaims": [{"name": "c"}]}"#,
    "spec.resourceClaims['c'] would be invalid: needs a source"
)]
#[case::pod_request_filled_in(
    r#""resources": {"limits": {"cpu": "2"}, "requests": {"cpu": "1"}},"#,
    r#", "resources": {"requests": {"cpu": "1"}}"#,
    r#"{"containers": [{"name": "b", "image": "i", "resources": {"requests": {"cpu": "1m"}}}]}"#,
    "spec.resources.requests['cpu'] would be invalid: the containers together request more than the pod as a whole"
)]
#[case::pod_request_of_a_copied_limit(
    r#""resources": {"requests": {"cpu": "1"}},"#,
    r#", "resources": {"requests": {"cpu": "1"}}"#,
    r#"{"initContainers": [{"name": "b", "image": "i", "resources": {"limits": {"cpu": "2"}}}]}"#,
    "spec.resources.requests['cpu'] would be invalid: the containers together request more than the pod as a whole"
)]
#[case::pod_request_of_init(
    r#""resources": {"requests": {"cpu": "1"}},"#,
    r#", "resources": {"requests": {"cpu": "1"}}"#,
    r#"{"initContainers": [{"name": "b", "image": "i", "resources": {"limits": {"cpu": "1"}}}]}"#,
    APPLIED
)]
#[case::pod_limit(
    "",
    r#", "resources": {"limits": {"memory": "2Gi"}, "requests": {"memory": "1Gi"}}"#,
    r#"{"resources": {"limits": {"memory": "1Gi"}}}"#,
    "spec.resources.limits['memory'] would be invalid: a container's limit exceeds the limit of the pod as a whole"
)]
#[case::pod_limit_under_requests(
    "",
    r#", "resources": {"requests": {"memory": "2Gi"}}"#,
    r#"{"resources": {"limits": {"memory": "1Gi"}}}"#,
    "spec.resources.requests['memory'] would be invalid: a request must not exceed its limit"
)]
#[case::pod_resources(r#""initContainers": [{"name": "s", "image": "i", "restartPolicy": "Always", "resources": {"requests": {"cpu": "1"}}}],"#, r#", "resources": {"requests": {"cpu": "1"}}"#, r#"{"resources": {"limits": {"cpu": "2"}}}"#, APPLIED)]
#[case::pod_huge_pages(
    "",
    "",
    r#"{"resources": {"limits": {"hugepages-2Mi": "2Mi"}}}"#,
    "spec.resources would be invalid: huge pages need cpu or memory too"
)]
#[case::pod_resources_on_windows(
    r#""os": {"name": "windows"},"#,
    "",
    r#"{"resources": {"limits": {"cpu": "2"}}}"#,
    "spec.resources would be invalid: a windows pod can't have resources as a whole"
)]
#[case::process_namespace(
    r#""hostPID": true,"#,
    "",
    r#"{"shareProcessNamespace": true}"#,
    "spec.shareProcessNamespace would be invalid: not together with hostPID"
)]
#[case::user_namespace(
    r#""hostPID": true,"#,
    "",
    r#"{"hostUsers": false}"#,
    "spec.hostPID would be invalid: not together with hostUsers false"
)]
#[case::user_namespace_removed(r#""hostUsers": false,"#, r#", "securityContext": {"procMount": "Unmasked"}"#, r#"{"hostUsers": null}"#, r#"securityContext.procMount of container "app" would be invalid: Unmasked only with hostUsers false"#)]
#[case::devices_in_a_user_namespace(
    r#""volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}],"#,
    r#", "volumeDevices": [{"name": "v", "devicePath": "/v"}]"#,
    r#"{"hostUsers": false}"#,
    r#"volumeDevices of container "app" would be invalid: not together with hostUsers false"#
)]
#[case::sysctl_of_the_network(
    r#""hostNetwork": true,"#,
    "",
    r#"{"securityContext": {"sysctls": [{"name": "net/core/somaxconn", "value": "1"}]}}"#,
    "spec.securityContext.sysctls would be invalid: a sysctl of the host's network or IPC with hostNetwork or hostIPC"
)]
#[case::sysctl_of_ipc(
    r#""securityContext": {"sysctls": [{"name": "kernel.sem", "value": "1"}]},"#,
    "",
    r#"{"hostIPC": true}"#,
    "spec.securityContext.sysctls would be invalid: a sysctl of the host's network or IPC with hostNetwork or hostIPC"
)]
#[case::sysctl(
    r#""hostIPC": true,"#,
    "",
    r#"{"securityContext": {"sysctls": [{"name": "net.core.somaxconn", "value": "1"}]}}"#,
    APPLIED
)]
#[case::becomes_windows("", r#", "securityContext": {"readOnlyRootFilesystem": true}"#, r#"{"os": {"name": "windows"}}"#, r#"securityContext.readOnlyRootFilesystem of container "app" would be invalid: not in a pod with os.name windows"#)]
#[case::windows_pod_context(
    r#""os": {"name": "windows"},"#,
    "",
    r#"{"securityContext": {"fsGroup": 1}}"#,
    "spec.securityContext.fsGroup would be invalid: not in a pod with os.name windows"
)]
#[case::windows_host_users(
    r#""os": {"name": "windows"},"#,
    "",
    r#"{"hostUsers": true}"#,
    "spec.hostUsers would be invalid: not in a pod with os.name windows"
)]
#[case::linux_pod_context(
    "",
    "",
    r#"{"os": {"name": "linux"}, "securityContext": {"windowsOptions": {"runAsUserName": "x"}}}"#,
    "spec.securityContext.windowsOptions would be invalid: not in a pod with os.name linux"
)]
#[case::stop_signal_without_os(r#""os": {"name": "linux"},"#, r#", "lifecycle": {"stopSignal": "SIGTERM"}"#, r#"{"os": null}"#, r#"lifecycle.stopSignal of container "app" would be invalid: a stopSignal only in a pod with os.name"#)]
#[case::beside_a_host_process(
    r#""hostNetwork": true,"#,
    r#", "securityContext": {"windowsOptions": {"hostProcess": true}}"#,
    r#"{"containers": [{"name": "b", "image": "i"}]}"#,
    "spec would be invalid: either all containers are hostProcess or none is"
)]
#[case::host_process_without_network(
    r#""hostNetwork": true, "securityContext": {"windowsOptions": {"hostProcess": true}},"#,
    "",
    r#"{"hostNetwork": null}"#,
    "spec.hostNetwork would be invalid: hostProcess containers need hostNetwork"
)]
#[case::beside_host_processes(
    r#""hostNetwork": true, "securityContext": {"windowsOptions": {"hostProcess": true}},"#,
    "",
    r#"{"containers": [{"name": "b", "image": "i"}]}"#,
    APPLIED
)]
#[case::no_nameserver(
    "",
    "",
    r#"{"dnsPolicy": "None"}"#,
    "spec.dnsConfig would be invalid: needs a nameserver with dnsPolicy None"
)]
#[case::nameserver(
    "",
    "",
    r#"{"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.1"]}}"#,
    APPLIED
)]
#[case::nameservers(
    r#""dnsConfig": {"nameservers": ["10.0.0.1", "10.0.0.2"]},"#,
    "",
    r#"{"dnsConfig": {"nameservers": ["10.0.0.3", "10.0.0.4"]}}"#,
    "spec.dnsConfig.nameservers would be invalid: must have at most 3 items"
)]
#[case::hostname(
    r#""hostNetwork": true,"#,
    "",
    r#"{"hostnameOverride": "x"}"#,
    "spec.hostnameOverride would be invalid: not together with setHostnameAsFQDN or hostNetwork"
)]
#[case::gates(
    r#""nodeName": "n","#,
    "",
    r#"{"schedulingGates": [{"name": "g"}]}"#,
    "spec.schedulingGates would be invalid: not together with nodeName"
)]
#[case::spread_without_skew("", "", r#"{"topologySpreadConstraints": [{"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]}"#, "spec.topologySpreadConstraints['zone'].maxSkew would be invalid: required")]
#[case::node_affinity_without_terms(
    "",
    "",
    r#"{"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {}}}}"#,
    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms would be invalid: required"
)]
#[case::runtime_class(
    r#""runtimeClassName": "k", "nodeSelector": {"a": "1"},"#,
    "",
    r#"{"nodeSelector": {"a": "2"}}"#,
    "spec.nodeSelector['a'] would be invalid: another value than a RuntimeClass may have set"
)]
#[case::runtime_class_and_another_key(
    r#""runtimeClassName": "k", "nodeSelector": {"a": "1"},"#,
    "",
    r#"{"nodeSelector": {"a": null, "b": "2"}}"#,
    APPLIED
)]
#[case::node_selector(
    r#""nodeSelector": {"a": "1"},"#,
    "",
    r#"{"nodeSelector": {"a": "2"}}"#,
    APPLIED
)]
fn specs(#[case] pod: &str, #[case] container: &str, #[case] inject: &str, #[case] expected: &str) {
    assert_eq!(
        outcome(&with_container(pod, container), &spec(inject)),
        expected
    );
}

#[test]
fn a_runtime_class_is_asked_of_the_pod_as_it_came() {
    let pod = with_container(
        r#""runtimeClassName": "k", "nodeSelector": {"a": "1"},"#,
        "",
    );
    let rules = [
        r#"{"nodeSelector": {"a": null}}"#,
        r#"{"nodeSelector": {"a": "2"}}"#,
    ]
    .map(spec);
    assert_eq!(
        outcomes(&pod, &[&rules[0], &rules[1]]),
        "spec.nodeSelector['a'] would be invalid: another value than a RuntimeClass may have set"
    );
}

const MATCH_LABEL_KEYS: &str = r#""topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "matchLabelKeys": ["a"], "labelSelector": {"matchLabels": {"a": "1"}}}],"#;

#[rstest]
#[case::label_of_a_constraint(
    MATCH_LABEL_KEYS,
    r#"{"labels": {"a": "1"}}"#,
    "spec.topologySpreadConstraints would be invalid: a key of matchLabelKeys is in the labelSelector too"
)]
#[case::another_label(MATCH_LABEL_KEYS, r#"{"labels": {"b": "1"}}"#, APPLIED)]
#[case::profile_of_no_container(
    "",
    r#"{"annotations": {"container.apparmor.security.beta.kubernetes.io/b": "unconfined"}}"#,
    "metadata.annotations['container.apparmor.security.beta.kubernetes.io/b'] would be invalid: names a container that the pod does not have"
)]
#[case::profile(
    "",
    r#"{"annotations": {"container.apparmor.security.beta.kubernetes.io/app": "unconfined"}}"#,
    APPLIED
)]
#[case::profile_beside_the_pods(
    r#""securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}},"#,
    r#"{"annotations": {"container.apparmor.security.beta.kubernetes.io/app": "unconfined"}}"#,
    APPLIED
)]
#[case::seccomp_profile(
    r#""securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},"#,
    r#"{"annotations": {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"}}"#,
    "spec.securityContext.seccompProfile would be invalid: the annotation of this container's or pod's profile says another one"
)]
#[case::same_seccomp_profile(
    r#""securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "a/b"}},"#,
    r#"{"annotations": {"seccomp.security.alpha.kubernetes.io/pod": "localhost/a/b"}}"#,
    APPLIED
)]
fn metadata(#[case] pod: &str, #[case] inject: &str, #[case] expected: &str) {
    let inject = format!(r#"{{"pod": {{"metadata": {inject}}}}}"#);
    assert_eq!(outcome(&with_container(pod, ""), &inject), expected);
}

const ANNOTATED: &str = r#"{"metadata": {"annotations": {"container.apparmor.security.beta.kubernetes.io/b": "localhost/x", "container.seccomp.security.alpha.kubernetes.io/b": "localhost/x"}}, "spec": {"containers": [{"name": "a", "image": "i"}, {"name": "b", "image": "i"}]}}"#;

#[rstest]
#[case::container_removed(
    r#"{"containers": [{"name": "b", "$patch": "delete"}]}"#,
    "metadata.annotations['container.apparmor.security.beta.kubernetes.io/b'] would be invalid: names a container that the pod does not have"
)]
#[case::app_armor(r#"{"containers": [{"name": "b", "securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}}}]}"#, r#"securityContext.appArmorProfile of container "b" would be invalid: the annotation of this container's or pod's profile says another one"#)]
#[case::app_armor_of_the_pod(
    r#"{"securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}}}"#,
    APPLIED
)]
#[case::same_app_armor(r#"{"containers": [{"name": "b", "securityContext": {"appArmorProfile": {"type": "Localhost", "localhostProfile": "x"}}}]}"#, APPLIED)]
#[case::seccomp(r#"{"containers": [{"name": "b", "securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "y"}}}]}"#, r#"securityContext.seccompProfile of container "b" would be invalid: the annotation of this container's or pod's profile says another one"#)]
fn profiles(#[case] inject: &str, #[case] expected: &str) {
    assert_eq!(outcome(ANNOTATED, &spec(inject)), expected);
}

#[test]
fn annotations_have_a_size_together() {
    let pod = |bytes: usize| {
        let text = "x".repeat(bytes);
        format!(
            r#"{{"metadata": {{"annotations": {{"a": "{text}"}}}}, "spec": {{"containers": [{{"name": "app", "image": "i"}}]}}}}"#
        )
    };
    let inject = r#"{"pod": {"metadata": {"annotations": {"b": "12345"}}}}"#;
    assert_eq!(outcome(&pod(256 * 1024 - 7), inject), APPLIED);
    assert_eq!(
        outcome(&pod(256 * 1024 - 6), inject),
        "metadata.annotations would be invalid: more than 262144 bytes together"
    );
}

#[test]
fn a_stamp_that_came_with_the_pod_takes_no_room() {
    let pod = format!(
        r#"{{"metadata": {{"name": "p", "annotations": {{"pod-injector.kubewarden.io/status": "{}"}}}},
            "spec": {{"containers": [{{"name": "app", "image": "i"}}]}}}}"#,
        "s".repeat(200_000)
    );
    let text = "x".repeat(100_000);
    let inject = format!(r#"{{"pod": {{"metadata": {{"annotations": {{"a": "{text}"}}}}}}}}"#);
    assert_eq!(outcome(&pod, &inject), APPLIED);
}

#[test]
fn a_pod_has_a_size() {
    let value = "x".repeat(1024 * 1024);
    let pod = with_container("", &format!(r#", "args": ["{value}"]"#));
    let inject = |kib: usize| patch(&format!(r#"{{"command": ["{}"]}}"#, "y".repeat(kib * 1024)));
    assert_eq!(outcome(&pod, &inject(400)), APPLIED);
    assert_eq!(
        outcome(&pod, &inject(500)),
        "spec would be invalid: the pod would be too large to be stored"
    );
}

#[test]
fn a_claim_for_the_pod_has_a_name() {
    let pod = |name: &str| {
        with_container("", "").replace(r#""name": "p""#, &format!(r#""name": "{name}""#))
    };
    let inject = spec(
        r#"{"volumes": [{"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}}}]}"#,
    );
    assert_eq!(outcome(&pod(&"p".repeat(251)), &inject), APPLIED);
    assert_eq!(
        outcome(&pod(&"p".repeat(252)), &inject),
        "spec.volumes['v'] would be invalid: the pod's name and the volume's are too long together for a claim's name"
    );
}
