use kubernetes_pod::field_path::FieldPath;
use lazy_json::Node;
use rstest::rstest;

use crate::settings::UnknownFields;
use crate::settings::fragment::{check_patch, check_pod};
use crate::settings::problem::Problems;

fn spec(text: &str) -> Vec<String> {
    let node = Node::parse(text).expect("valid JSON");
    let pod = Node::object(vec![lazy_json::Member {
        key: lazy_json::Key::new("spec"),
        value: node,
    }]);
    let mut problems = Problems::all();
    check_pod(&pod, UnknownFields::Allow, &FieldPath::ROOT, &mut problems);
    texts(&problems)
}

fn container(text: &str) -> Vec<String> {
    let node = Node::parse(text).expect("valid JSON");
    let mut problems = Problems::all();
    check_patch(&node, UnknownFields::Allow, &FieldPath::ROOT, &mut problems);
    texts(&problems)
}

fn texts(problems: &Problems) -> Vec<String> {
    problems.found().iter().map(ToString::to_string).collect()
}

/// The places of problems.
fn paths(problems: &[String]) -> Vec<&str> {
    problems
        .iter()
        .map(|problem| problem.split_once(": ").map_or("", |(path, _)| path))
        .collect()
}

#[rstest]
#[case::good_ports(r#"{"ports": [{"containerPort": 1, "hostPort": 0, "name": ""}, {"containerPort": 65535, "hostPort": 65535, "name": "http-1"}]}"#, &[])]
#[case::port_zero(r#"{"ports": [{"containerPort": 0}]}"#, &["ports[0].containerPort"])]
#[case::port_too_high(r#"{"ports": [{"containerPort": 65536, "hostPort": -1}]}"#, &["ports[0].containerPort", "ports[0].hostPort"])]
#[case::port_name(r#"{"ports": [{"containerPort": 80, "name": "HTTP"}]}"#, &["ports[0].name"])]
#[case::port_name_twice(r#"{"ports": [{"containerPort": 80, "name": "a"}, {"containerPort": 81, "name": "a"}]}"#, &["ports[1].name"])]
#[case::env_name(r#"{"env": [{"name": "A=B"}, {"name": "1 x"}, {"name": ""}]}"#, &["env[0].name", "env[2].name"])]
#[case::env_prefix(r#"{"envFrom": [{"prefix": "A=", "secretRef": {"name": "s"}}, {"prefix": "", "secretRef": {"name": "s"}}]}"#, &["envFrom[0].prefix"])]
#[case::env_from_name(r#"{"envFrom": [{"secretRef": {"name": "S"}}, {"configMapRef": {"name": ""}}]}"#, &["envFrom[0].secretRef.name", "envFrom[1].configMapRef.name"])]
#[case::image(r#"{"image": " busybox"}"#, &["image"])]
#[case::image_empty(r#"{"image": ""}"#, &["image"])]
#[case::image_good(r#"{"image": "registry:5000/a/b@sha256:00"}"#, &[])]
#[case::sub_path(r#"{"volumeMounts": [{"name": "v", "mountPath": "/a", "subPath": "a/../b"}, {"name": "v", "mountPath": "/b", "subPath": "/a"}, {"name": "v", "mountPath": "/c", "subPathExpr": "$(A)/.."}, {"name": "v", "mountPath": "/d", "subPath": "..a/b.."}]}"#, &["volumeMounts[0].subPath", "volumeMounts[1].subPath", "volumeMounts[2].subPathExpr"])]
#[case::both_sub_paths(r#"{"volumeMounts": [{"name": "v", "mountPath": "/a", "subPath": "a", "subPathExpr": "b"}]}"#, &["volumeMounts[0].subPathExpr"])]
#[case::mount_name(r#"{"volumeMounts": [{"name": "V_1", "mountPath": "/a"}]}"#, &["volumeMounts[0].name"])]
#[case::recursive(r#"{"volumeMounts": [{"name": "v", "mountPath": "/a", "recursiveReadOnly": "Enabled", "readOnly": false}, {"name": "v", "mountPath": "/b", "recursiveReadOnly": "Enabled"}, {"name": "v", "mountPath": "/c", "recursiveReadOnly": "IfPossible", "readOnly": true, "mountPropagation": "HostToContainer"}]}"#, &["volumeMounts[0].recursiveReadOnly", "volumeMounts[2].recursiveReadOnly"])]
#[case::device(r#"{"volumeDevices": [{"name": "d", "devicePath": "/dev/../x"}]}"#, &["volumeDevices[0].devicePath"])]
#[case::device_is_mounted(r#"{"volumeDevices": [{"name": "v", "devicePath": "/d"}], "volumeMounts": [{"name": "v", "mountPath": "/a"}]}"#, &["volumeDevices"])]
#[case::device_path_is_mounted(r#"{"volumeDevices": [{"name": "d", "devicePath": "/a"}], "volumeMounts": [{"name": "v", "mountPath": "/a"}]}"#, &["volumeDevices"])]
#[case::success_threshold(r#"{"livenessProbe": {"successThreshold": 2}, "startupProbe": {"successThreshold": 3}, "readinessProbe": {"successThreshold": 2}}"#, &["livenessProbe", "startupProbe"])]
#[case::timings(r#"{"readinessProbe": {"initialDelaySeconds": -1, "timeoutSeconds": -1, "periodSeconds": -1, "failureThreshold": -1, "successThreshold": -1}}"#, &["readinessProbe.initialDelaySeconds", "readinessProbe.timeoutSeconds", "readinessProbe.periodSeconds", "readinessProbe.failureThreshold", "readinessProbe.successThreshold"])]
#[case::grace_period(r#"{"readinessProbe": {"terminationGracePeriodSeconds": 5}, "livenessProbe": {"terminationGracePeriodSeconds": 0}}"#, &["livenessProbe.terminationGracePeriodSeconds", "readinessProbe"])]
#[case::probe_port(r#"{"livenessProbe": {"httpGet": {"port": 0}}, "readinessProbe": {"tcpSocket": {"port": "HTTP"}}, "startupProbe": {"grpc": {"port": 70000}}}"#, &["livenessProbe.httpGet.port", "readinessProbe.tcpSocket.port", "startupProbe.grpc.port"])]
#[case::header(r#"{"livenessProbe": {"httpGet": {"port": "http", "httpHeaders": [{"name": "X-A", "value": ""}, {"name": "a b", "value": "x"}]}}}"#, &["livenessProbe.httpGet.httpHeaders[1].name"])]
#[case::escalation(r#"{"securityContext": {"allowPrivilegeEscalation": false, "privileged": true}}"#, &["securityContext.allowPrivilegeEscalation"])]
#[case::escalation_sys_admin(r#"{"securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"add": ["SYS_ADMIN"]}}}"#, &[])]
#[case::escalation_cap_sys_admin(r#"{"securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"add": ["CAP_SYS_ADMIN"]}}}"#, &["securityContext.allowPrivilegeEscalation"])]
#[case::escalation_dropped(r#"{"securityContext": {"allowPrivilegeEscalation": false, "privileged": false, "capabilities": {"drop": ["SYS_ADMIN", "ALL"]}}}"#, &[])]
#[case::ids(r#"{"securityContext": {"runAsUser": -1, "runAsGroup": 2147483648}}"#, &["securityContext.runAsUser", "securityContext.runAsGroup"])]
#[case::resources(r#"{"resources": {"requests": {"cpu": "2", "memory": "1Gi"}, "limits": {"cpu": "1999m", "memory": "1024Mi"}}}"#, &["resources.requests"])]
#[case::negative_resource(r#"{"resources": {"requests": {"cpu": "-1"}}}"#, &["resources.requests['cpu']"])]
#[case::resource_name(r#"{"resources": {"limits": {"gpu": "1", "example.com/gpu": "1", "hugepages-2Mi": "2Mi", "a b": "1"}}}"#, &["resources.limits['gpu']", "resources.limits['a b']"])]
#[case::extended(r#"{"resources": {"requests": {"example.com/gpu": "1"}, "limits": {"example.com/gpu": "2"}}}"#, &["resources.requests"])]
#[case::extended_fraction(r#"{"resources": {"limits": {"example.com/gpu": "500m"}}}"#, &["resources.limits"])]
#[case::field_path(r#"{"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels"}}}, {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}}, {"name": "C", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['a b']"}}}, {"name": "D", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName['x']"}}}]}"#, &["env[0].valueFrom.fieldRef", "env[2].valueFrom.fieldRef", "env[3].valueFrom.fieldRef"])]
#[case::field_version(r#"{"env": [{"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v2", "fieldPath": "metadata.name"}}}]}"#, &["env[0].valueFrom.fieldRef.apiVersion"])]
#[case::resource_field(r#"{"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.gpu"}}}, {"name": "B", "valueFrom": {"resourceFieldRef": {"resource": "requests.hugepages-2Mi"}}}]}"#, &["env[0].valueFrom.resourceFieldRef.resource"])]
#[case::secret_key(r#"{"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "a/b"}}}]}"#, &["env[0].valueFrom.secretKeyRef.key"])]
#[case::sleep(r#"{"lifecycle": {"preStop": {"sleep": {"seconds": -1}}}}"#, &["lifecycle.preStop.sleep.seconds"])]
#[case::divisor(r#"{"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "0.001"}}}, {"name": "B", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1m"}}}]}"#, &["env[1].valueFrom.resourceFieldRef.divisor"])]
#[case::divisor_form(r#"{"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1024"}}}, {"name": "B", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1e3"}}}, {"name": "C", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1024Ki"}}}, {"name": "D", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": 1000}}}]}"#, &["env[0].valueFrom.resourceFieldRef.divisor", "env[1].valueFrom.resourceFieldRef.divisor"])]
#[case::huge_pages(r#"{"resources": {"limits": {"hugepages-2Mi": "3Mi", "hugepages-1Gi": "2Gi", "hugepages-x": "1", "hugepages-0": "0"}}}"#, &["resources.limits", "resources.limits", "resources.limits"])]
#[case::restart_rules(r#"{"restartPolicyRules": [{"action": "Restart"}]}"#, &["restartPolicyRules[0].exitCodes"])]
#[case::empty_argument(r#"{"lifecycle": {"preStop": {"exec": {"command": ["sh", ""]}}}}"#, &[])]
fn containers(#[case] text: &str, #[case] expected: &[&str]) {
    let problems = container(text);
    assert_eq!(paths(&problems), expected, "{problems:#?}");
}

#[rstest]
#[case::names(r#"{"containers": [{"name": "A"}], "initContainers": [{"name": "a.b"}], "volumes": [{"name": "v_1"}]}"#, &["spec.containers[0].name", "spec.initContainers[0].name", "spec.volumes[0].name"])]
#[case::name_in_both_lists(r#"{"containers": [{"name": "a"}], "initContainers": [{"name": "a"}]}"#, &["spec.initContainers[0].name"])]
#[case::name_moves(r#"{"containers": [{"name": "a", "$patch": "delete"}], "initContainers": [{"name": "a"}]}"#, &[])]
#[case::tolerations(r#"{"tolerations": [{"operator": "Exists"}, {"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": -5}, {"key": "a", "value": "b", "effect": ""}]}"#, &[])]
#[case::toleration_without_key(r#"{"tolerations": [{"operator": "Equal", "value": "x"}, {"effect": "NoSchedule"}]}"#, &["spec.tolerations[0].operator", "spec.tolerations[1].operator"])]
#[case::toleration_value(r#"{"tolerations": [{"key": "a", "operator": "Exists", "value": "b"}, {"key": "b", "value": "a b"}]}"#, &["spec.tolerations[0].value", "spec.tolerations[1].value"])]
#[case::toleration_seconds(r#"{"tolerations": [{"key": "a", "effect": "NoSchedule", "tolerationSeconds": 5}, {"key": "b", "tolerationSeconds": 5}]}"#, &["spec.tolerations[0].tolerationSeconds", "spec.tolerations[1].tolerationSeconds"])]
#[case::toleration_key(r#"{"tolerations": [{"key": "a b", "operator": "Exists"}]}"#, &["spec.tolerations[0].key"])]
#[case::spread(r#"{"topologySpreadConstraints": [{"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "maxSkew": 0, "minDomains": 1}]}"#, &["spec.topologySpreadConstraints[0].maxSkew", "spec.topologySpreadConstraints[0].minDomains"])]
#[case::host_alias(r#"{"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a.b", "A"]}, {"ip": "::1"}, {"ip": "10.0.0.256"}, {"ip": "010.0.0.1"}]}"#, &["spec.hostAliases[0].hostnames[1]", "spec.hostAliases[2].ip", "spec.hostAliases[3].ip"])]
#[case::dns(r#"{"dnsConfig": {"nameservers": ["1.1.1.1", "8.8.8.8", "9.9.9.9", "x"], "searches": [".", "a_b.c.", "a b"], "options": [{"name": "ndots", "value": "2"}]}}"#, &["spec.dnsConfig.nameservers[3]", "spec.dnsConfig.searches[2]", "spec.dnsConfig.nameservers"])]
#[case::hostname(r#"{"hostname": "a.b", "subdomain": ""}"#, &["spec.hostname"])]
#[case::deadline(r#"{"activeDeadlineSeconds": 0}"#, &["spec.activeDeadlineSeconds"])]
#[case::node_selector(r#"{"nodeSelector": {"a b": "x", "c": "y z"}}"#, &["spec.nodeSelector['a b']", "spec.nodeSelector['c']"])]
#[case::gates(r#"{"readinessGates": [{"conditionType": "a b"}], "schedulingGates": [{"name": "a/b/c"}]}"#, &["spec.readinessGates[0].conditionType", "spec.schedulingGates[0].name"])]
#[case::sysctl(r#"{"securityContext": {"sysctls": [{"name": "net.core/x_y-z", "value": ""}, {"name": "a..b", "value": "1"}]}}"#, &["spec.securityContext.sysctls[1].name"])]
#[case::groups(r#"{"securityContext": {"supplementalGroups": [1, -1], "fsGroup": 4294967296}}"#, &["spec.securityContext.supplementalGroups[1]", "spec.securityContext.fsGroup"])]
#[case::host_pid(r#"{"hostPID": true, "shareProcessNamespace": true}"#, &["spec.shareProcessNamespace"])]
#[case::host_path(r#"{"volumes": [{"name": "a", "hostPath": {"path": "/a/../b"}}, {"name": "b", "hostPath": {"path": ""}}]}"#, &["spec.volumes[0].hostPath.path", "spec.volumes[1].hostPath.path"])]
#[case::modes(r#"{"volumes": [{"name": "a", "configMap": {"name": "c", "defaultMode": 512, "items": [{"key": "k", "path": "../x", "mode": -1}]}}]}"#, &["spec.volumes[0].configMap.defaultMode", "spec.volumes[0].configMap.items[0].path", "spec.volumes[0].configMap.items[0].mode"])]
#[case::downward(r#"{"volumes": [{"name": "a", "downwardAPI": {"items": [{"path": "p", "fieldRef": {"fieldPath": "metadata.labels"}}, {"path": "q", "fieldRef": {"fieldPath": "status.podIP"}}, {"path": "r"}, {"path": "s", "resourceFieldRef": {"resource": "limits.cpu"}}]}}]}"#, &["spec.volumes[0].downwardAPI.items[1].fieldRef", "spec.volumes[0].downwardAPI.items[2]", "spec.volumes[0].downwardAPI.items[3].resourceFieldRef"])]
#[case::token(r#"{"volumes": [{"name": "a", "projected": {"sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 60}}]}}]}"#, &["spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds"])]
#[case::size_limit(r#"{"volumes": [{"name": "a", "emptyDir": {"sizeLimit": "-1Gi"}}]}"#, &["spec.volumes[0].emptyDir.sizeLimit"])]
#[case::csi(r#"{"volumes": [{"name": "a", "csi": {"driver": "Secrets-Store.csi.k8s.io"}}, {"name": "b", "csi": {"driver": "a_b"}}]}"#, &["spec.volumes[1].csi.driver"])]
#[case::weights(r#"{"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 0, "preference": {}}]}}}"#, &["spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight"])]
#[case::node_terms(r#"{"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1", "2"]}, {"key": "b", "operator": "In"}, {"key": "c", "operator": "Exists", "values": ["x"]}]}]}}}}"#, &[
    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values",
    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[1].values",
    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[2].values",
])]
#[case::no_node_terms(r#"{"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}}}"#, &["spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"])]
#[case::affinity_term(r#"{"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"matchLabelKeys": ["a"]}, {"topologyKey": "zone", "labelSelector": {}, "matchLabelKeys": ["a"], "mismatchLabelKeys": ["a"]}]}}}"#, &[
    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey",
    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].matchLabelKeys",
    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[1].matchLabelKeys",
])]
#[case::node_values(r#"{"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "In", "values": ["a b"]}]}]}, "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["a b"]}]}}]}}}"#, &["spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"])]
#[case::node_fields(r#"{"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]}, {"matchFields": [{"key": "spec.x", "operator": "In", "values": ["n"]}]}]}}}}"#, &["spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"])]
#[case::csi_secret(r#"{"volumes": [{"name": "a", "csi": {"driver": "a", "nodePublishSecretRef": {}}}, {"name": "b", "csi": {"driver": "a", "nodePublishSecretRef": {"name": "s"}}}]}"#, &["spec.volumes[0].csi.nodePublishSecretRef"])]
#[case::looked_up(r#"{"runtimeClassName": "", "serviceAccountName": "A", "priorityClassName": ""}"#, &["spec.runtimeClassName", "spec.serviceAccountName"])]
#[case::empty_mode(r#"{"volumes": [{"name": "a", "ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": [""], "resources": {"requests": {"storage": "1Gi"}}}}}}]}"#, &["spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes[0]"])]
#[case::claim(r#"{"volumes": [{"name": "a", "ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": [], "storageClassName": "", "resources": {"requests": {"storage": 0}}}}}}]}"#, &["spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes", "spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources"])]
#[case::sources(r#"{"volumes": [{"name": "a", "nfs": {"server": "s", "path": "p"}}, {"name": "b", "image": {}}, {"name": "c", "iscsi": {"targetPortal": "p", "iqn": "x"}}]}"#, &["spec.volumes[0].nfs.path", "spec.volumes[1].image.reference", "spec.volumes[2].iscsi.iqn"])]
#[case::iscsi(r#"{"volumes": [{"name": "a", "iscsi": {"targetPortal": "p:1", "iqn": "iqn.2001-04.com.example:storage", "lun": 0}}, {"name": "b", "iscsi": {"targetPortal": "p", "iqn": "iqn.2001.com", "initiatorName": "naa.1", "chapAuthSession": true}}, {"name": "c", "iscsi": {"targetPortal": "0123456789012345678901234567890123456789012345678901234567890123", "iqn": "eui.0123456789abcdef", "initiatorName": "eui.0123456789abcdef"}}]}"#, &["spec.volumes[1].iscsi.iqn", "spec.volumes[1].iscsi.initiatorName", "spec.volumes[1].iscsi.secretRef", "spec.volumes[2].iscsi"])]
#[case::fc(r#"{"volumes": [{"name": "a", "fc": {"targetWWNs": ["a"], "lun": 1}}, {"name": "b", "fc": {"targetWWNs": ["a"]}}, {"name": "c", "fc": {"wwids": ["a"], "targetWWNs": ["b"], "lun": 1}}, {"name": "d", "fc": {"lun": 300}}]}"#, &["spec.volumes[1].fc.lun", "spec.volumes[2].fc", "spec.volumes[3].fc"])]
#[case::quobyte(r#"{"volumes": [{"name": "a", "quobyte": {"registry": "a:1,[::1]:2", "volume": "v"}}, {"name": "b", "quobyte": {"registry": "a:1,b", "volume": "v"}}]}"#, &["spec.volumes[1].quobyte.registry"])]
#[case::flocker(r#"{"volumes": [{"name": "a", "flocker": {}}, {"name": "b", "flocker": {"datasetName": "a/b"}}]}"#, &["spec.volumes[0].flocker", "spec.volumes[1].flocker.datasetName"])]
#[case::azure_disk(r#"{"volumes": [{"name": "a", "azureDisk": {"diskName": "d", "diskURI": "/subscriptions/x"}}, {"name": "b", "azureDisk": {"diskName": "d", "diskURI": "/subscriptions/x", "kind": "Managed"}}]}"#, &["spec.volumes[0].azureDisk.diskURI"])]
#[case::storage_os(r#"{"volumes": [{"name": "a", "storageos": {"volumeNamespace": "A", "secretRef": {}}}]}"#, &["spec.volumes[0].storageos.volumeNamespace", "spec.volumes[0].storageos.volumeName", "spec.volumes[0].storageos.secretRef"])]
#[case::flex(r#"{"volumes": [{"name": "a", "flexVolume": {"driver": "d", "options": {"a.K8s.io/b": "c", "xk8s.io/b": "c"}}}]}"#, &["spec.volumes[0].flexVolume.options['a.K8s.io/b']"])]
#[case::git(r#"{"volumes": [{"name": "a", "gitRepo": {"repository": "r", "directory": "../x"}}]}"#, &["spec.volumes[0].gitRepo.directory"])]
#[case::claim_modes(r#"{"volumes": [{"name": "a", "ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOncePod", "ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "volumeAttributesClassName": "A", "dataSource": {"kind": "VolumeSnapshot", "name": "s"}, "dataSourceRef": {"apiGroup": "A", "kind": "VolumeSnapshot", "name": "s"}}}}}]}"#, &["spec.volumes[0].ephemeral.volumeClaimTemplate.spec.volumeAttributesClassName", "spec.volumes[0].ephemeral.volumeClaimTemplate.spec.dataSourceRef.apiGroup", "spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes", "spec.volumes[0].ephemeral.volumeClaimTemplate.spec.dataSource", "spec.volumes[0].ephemeral.volumeClaimTemplate.spec.dataSource"])]
#[case::projected(r#"{"volumes": [{"name": "a", "projected": {"sources": [{"secret": {"name": "s", "items": [{"key": "k", "path": "p"}]}}, {"configMap": {"name": "s", "items": [{"key": "k", "path": "p"}]}}]}}, {"name": "b", "projected": {"sources": [{"serviceAccountToken": {"path": "p"}}, {"configMap": {"name": "s", "items": [{"key": "k", "path": "p"}]}}]}}]}"#, &["spec.volumes[0].projected.sources"])]
#[case::certificate(r#"{"volumes": [{"name": "a", "projected": {"sources": [{"podCertificate": {"keyType": "ED25519", "signerName": "x", "maxExpirationSeconds": 90000, "userAnnotations": {"a": "b"}}}, {"podCertificate": {"keyType": "ED25519", "signerName": "a.kubernetes.io/b", "maxExpirationSeconds": 90000, "keyPath": "k"}}, {"clusterTrustBundle": {"name": "a:b:C", "path": "p", "labelSelector": {}}}]}}]}"#, &["spec.volumes[0].projected.sources[0].podCertificate.signerName", "spec.volumes[0].projected.sources[0].podCertificate.userAnnotations['a']", "spec.volumes[0].projected.sources[0].podCertificate", "spec.volumes[0].projected.sources[1].podCertificate.maxExpirationSeconds", "spec.volumes[0].projected.sources[2].clusterTrustBundle.name", "spec.volumes[0].projected.sources[2].clusterTrustBundle.labelSelector"])]
#[case::windows_user(r#"{"securityContext": {"windowsOptions": {"runAsUserName": "NT AUTHORITY\\Local Service", "gmsaCredentialSpec": ""}}, "containers": [{"name": "a", "securityContext": {"windowsOptions": {"runAsUserName": "a\\b\\c"}}}, {"name": "b", "securityContext": {"windowsOptions": {"runAsUserName": " . "}}}, {"name": "c", "securityContext": {"windowsOptions": {"runAsUserName": "-x\\a@b"}}}]}"#, &["spec.securityContext.windowsOptions.gmsaCredentialSpec", "spec.containers[0].securityContext.windowsOptions.runAsUserName", "spec.containers[1].securityContext.windowsOptions.runAsUserName", "spec.containers[2].securityContext.windowsOptions.runAsUserName"])]
#[case::se_linux(r#"{"securityContext": {"seLinuxChangePolicy": "MountOption"}}"#, &["spec.securityContext.seLinuxChangePolicy"])]
#[case::mapped_ip(r#"{"hostAliases": [{"ip": "::ffff:10.0.0.1"}, {"ip": "::1"}]}"#, &["spec.hostAliases[0].ip"])]
#[case::preferred_fields(r#"{"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a", "b"]}]}}]}}}"#, &["spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference"])]
#[case::pod_resources(r#"{"resources": {"limits": {"ephemeral-storage": "1Gi"}, "claims": [{"name": "c"}]}}"#, &["spec.resources", "spec.resources"])]
#[case::overhead(r#"{"overhead": {"cpu": "1"}}"#, &["spec.overhead"])]
#[case::scheduling_group(r#"{"schedulingGroup": {"podGroupName": "A"}}"#, &["spec.schedulingGroup.podGroupName"])]
#[case::app_armor(r#"{"securityContext": {"appArmorProfile": {"type": "Localhost", "localhostProfile": " p"}}}"#, &["spec.securityContext.appArmorProfile.localhostProfile"])]
fn pods(#[case] text: &str, #[case] expected: &[&str]) {
    let problems = spec(text);
    assert_eq!(paths(&problems), expected, "{problems:#?}");
}

#[test]
fn a_search_list_has_a_length() {
    let searches = |count: usize, length: usize| {
        let search = format!("\"{}\"", "a".repeat(length));
        spec(&format!(
            r#"{{"dnsConfig": {{"searches": [{}]}}}}"#,
            vec![search; count].join(",")
        ))
    };
    assert_eq!(searches(32, 63), Vec::<String>::new());
    assert_eq!(paths(&searches(33, 5)), ["spec.dnsConfig.searches"]);
    assert_eq!(paths(&searches(32, 64)), ["spec.dnsConfig.searches"]);
}

#[rstest]
#[case::range(
    r#"{"ports": [{"containerPort": 0}]}"#,
    "ports[0].containerPort: must be a number from 1 to 65535"
)]
#[case::least(
    r#"{"lifecycle": {"preStop": {"sleep": {"seconds": -1}}}}"#,
    "lifecycle.preStop.sleep.seconds: must be at least 0"
)]
#[case::name(
    r#"{"env": [{"name": "A=B"}]}"#,
    "env[0].name: must be printable ASCII without `=`"
)]
#[case::relation(
    r#"{"resources": {"requests": {"cpu": 2}, "limits": {"cpu": 1}}}"#,
    "resources.requests: requests of cpu must not exceed limits"
)]
fn messages(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(container(text), [expected]);
}

#[rstest]
#[case::app_armor("container.apparmor.security.beta.kubernetes.io/app", "none")]
#[case::seccomp("container.seccomp.security.alpha.kubernetes.io/app", "localhost/../a")]
#[case::deletion_cost("controller.kubernetes.io/pod-deletion-cost", "+1")]
#[case::tolerations("scheduler.alpha.kubernetes.io/tolerations", "[]")]
fn annotations_that_the_api_server_reads(#[case] key: &str, #[case] value: &str) {
    let text = format!(r#"{{"metadata": {{"annotations": {{"{key}": "{value}"}}}}}}"#);
    let node = Node::parse(&text).expect("valid JSON");
    let mut problems = Problems::all();
    check_pod(&node, UnknownFields::Allow, &FieldPath::ROOT, &mut problems);
    assert_eq!(
        paths(&texts(&problems)),
        [format!("metadata.annotations['{key}']")]
    );
}
