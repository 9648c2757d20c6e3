//! The words of pods and rules. Each field has few, so that pods and rules meet. See [`words`].

use kubernetes_pod::schema::{Field, Type};

pub(crate) const CONTAINERS: [&str; 6] = ["app", "web", "proxy", "agent", "setup", "migrate"];
pub(crate) const VOLUMES: [&str; 6] = ["data", "cache", "config", "certs", "scratch", "block"];
pub(crate) const CLAIMS: [&str; 2] = ["gpu", "nic"];
/// A `ServiceAccount` that exists besides `default`.
pub(crate) const SERVICE_ACCOUNT: &str = "builder";
/// The pull secret that [`SERVICE_ACCOUNT`] gives to pods without any.
pub(crate) const PULL_SECRET: &str = "builds";
/// A `RuntimeClass` that exists, with an overhead and a node selector of its own.
pub const RUNTIME_CLASS: &str = "sandboxed";
/// The `PriorityClasses` that every cluster has.
pub(crate) const SYSTEM_CLASSES: [&str; 2] = ["system-cluster-critical", "system-node-critical"];
pub(crate) const OVERHEAD: [(&str, &str); 2] = [("cpu", "250m"), ("memory", "64Mi")];
/// The node selector of [`RUNTIME_CLASS`].
pub const RUNTIME_NODES: (&str, &str) = ("runtime", "sandboxed");

pub(crate) const SECCOMP_ANNOTATION: &str = "seccomp.security.alpha.kubernetes.io/pod";
pub(crate) const APP_ARMOR_PREFIX: &str = "container.apparmor.security.beta.kubernetes.io/";

const LABEL_KEYS: &[&str] = &[
    "app",
    "team",
    "tier",
    "example.com/zone",
    "pod-template-hash",
];
const LABEL_VALUES: &[&str] = &["shop", "web", "a", "b", "", "v1.2_3"];
const TAINTS: &[&str] = &[
    "dedicated",
    "example.com/spot",
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
];
const TOPOLOGY_KEYS: &[&str] = &["kubernetes.io/hostname", "topology.kubernetes.io/zone"];
const PATHS: &[&str] = &["token", "ca.crt", "dir/file", "key.pem", "labels"];
const NAMES: &[&str] = &["main", "extra", "shared"];
const HOSTS: &[&str] = &["db", "db.example.com", "registry.internal"];

/// Values of a string field.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn words(ty: &Type, field: &Field) -> &'static [&'static str] {
    match (ty.name, field.name) {
        ("Container", "name") | ("ResourceFieldSelector", "containerName") => &CONTAINERS,
        ("Volume" | "VolumeMount" | "VolumeDevice", "name") | ("FileKeySelector", "volumeName") => {
            &VOLUMES
        }
        ("Container", "image") => &[
            "shop:2.1",
            "shop",
            "registry.example.com/agent:latest",
            "shop@sha256:4d1f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f9a0b1c2d3e4f5a6b7",
        ],
        ("Container", "args" | "command") | ("ExecAction", "command") => {
            &["/app", "--verbose", "$(POD_IP)", "sh", "-c"]
        }
        ("EnvVar", "name") => &[
            "HTTP_PROXY",
            "NO_PROXY",
            "POD_IP",
            "LOG_LEVEL",
            "dotted.name",
            "WITH SPACE",
        ],
        ("EnvVar", "value") => &["", "info", "http://proxy:3128", "$(POD_IP)", "true"],
        ("EnvFromSource", "prefix") => &["", "APP_", "x-"],
        ("ContainerPort", "name") | ("HTTPGetAction" | "TCPSocketAction", "port") => {
            &["http", "https", "metrics", "dns"]
        }
        ("ContainerPort", "hostIP") => &["", "127.0.0.1", "0.0.0.0", "::1"],
        ("VolumeMount", "mountPath") => &[
            "/data",
            "/cache",
            "/etc/config",
            "/certs",
            "/dev/xvda",
            "/var/run/secrets/kubernetes.io/serviceaccount",
        ],
        ("VolumeDevice", "devicePath") => &[
            "/dev/xvda",
            "/dev/xvdb",
            "/data",
            "/var/run/secrets/kubernetes.io/serviceaccount",
        ],
        // The last two are the claims of ephemeral volumes of a pod named web.
        ("PersistentVolumeClaimVolumeSource", "claimName") => &["disk", "web-data", "web-block"],
        ("VolumeMount", "subPath") => &["", "sub", "a/b"],
        ("VolumeMount", "subPathExpr") => &["", "$(POD_IP)", "a"],
        ("HostPathVolumeSource", "path") => &["/var/log", "/dev/xvda"],
        ("NFSVolumeSource", "path") => &["/exports"],
        (
            "ClusterTrustBundleProjection"
            | "DownwardAPIVolumeFile"
            | "FileKeySelector"
            | "KeyToPath"
            | "ServiceAccountTokenProjection",
            "path",
        )
        | (
            "PodCertificateProjection",
            "certificateChainPath" | "credentialBundlePath" | "keyPath",
        ) => PATHS,
        ("ObjectFieldSelector", "fieldPath") => &[
            "metadata.name",
            "metadata.namespace",
            "metadata.uid",
            "metadata.labels['app']",
            "metadata.annotations['note']",
            "spec.nodeName",
            "spec.serviceAccountName",
            "status.hostIP",
            "status.podIP",
            "status.podIPs",
        ],
        ("ObjectFieldSelector", "apiVersion") => &["v1"],
        ("ResourceFieldSelector", "resource") => &[
            "limits.cpu",
            "requests.memory",
            "limits.ephemeral-storage",
            "requests.hugepages-2Mi",
        ],
        ("EmptyDirVolumeSource", "medium") => &["", "Memory", "HugePages", "HugePages-2Mi"],
        ("LabelSelectorRequirement" | "NodeSelectorRequirement", "key")
        | (
            "PodAffinityTerm" | "TopologySpreadConstraint",
            "matchLabelKeys" | "mismatchLabelKeys",
        ) => LABEL_KEYS,
        ("LabelSelector", "matchLabels")
        | ("LabelSelectorRequirement" | "NodeSelectorRequirement", "values")
        | ("ObjectMeta", "labels")
        | ("PodSpec", "nodeSelector") => LABEL_VALUES,
        ("ObjectMeta", "annotations") => &["true", "one", "1", "unconfined", "a longer text"],
        ("Toleration", "key") => TAINTS,
        ("Toleration", "value") => &["", "gpu", "batch"],
        ("PodAffinityTerm" | "TopologySpreadConstraint", "topologyKey") => TOPOLOGY_KEYS,
        ("PodAffinityTerm", "namespaces") => &["default", "team-a"],
        ("PodSpec", "hostname" | "subdomain") => &["", "web-0", "shop"],
        ("PodSpec", "hostnameOverride") => &["web-0.example.com", "shop"],
        ("PodSpec", "schedulerName") => &["default-scheduler", "batch-scheduler"],
        ("PodSpec", "nodeName") => &["node-1"],
        ("PodSpec", "serviceAccountName") => &["default", SERVICE_ACCOUNT],
        ("PodSpec", "priorityClassName") => &SYSTEM_CLASSES,
        ("PodSpec", "runtimeClassName") => &[RUNTIME_CLASS],
        ("HostAlias", "ip") => &["10.0.0.1", "127.0.0.1", "fd00::1"],
        ("HostAlias", "hostnames") => HOSTS,
        ("PodDNSConfig", "nameservers") => &["10.0.0.10", "1.1.1.1", "fd00::a", "9.9.9.9"],
        ("PodDNSConfig", "searches") => {
            &["svc.cluster.local", "example.com.", "_tcp.example.com", "."]
        }
        ("PodDNSConfigOption", "name") => &["ndots", "timeout", "edns0"],
        ("PodDNSConfigOption", "value") => &["2", "5"],
        ("PodReadinessGate", "conditionType") => &["example.com/ready", "Warm"],
        ("PodSchedulingGate", "name") => &["example.com/quota", "review"],
        ("PodResourceClaim" | "ResourceClaim", "name") => &CLAIMS,
        ("ResourceClaim", "request") => &["", "one"],
        ("Sysctl", "name") => &[
            "net.core.somaxconn",
            "kernel.shm_rmid_forced",
            "net/ipv4/tcp_syncookies",
        ],
        ("Sysctl", "value") => &["0", "1", "1024"],
        ("Capabilities", "add" | "drop") => &["NET_ADMIN", "SYS_ADMIN", "CAP_SYS_ADMIN", "ALL"],
        ("AppArmorProfile" | "SeccompProfile", "localhostProfile") => &["profiles/one.json", "two"],
        ("SELinuxOptions", _) => &["", "s0:c123,c456", "system_u"],
        ("WindowsSecurityContextOptions", "runAsUserName") => &[
            "ContainerUser",
            r"NT AUTHORITY\SYSTEM",
            r"corp.example.com\svc",
        ],
        ("WindowsSecurityContextOptions", "gmsaCredentialSpec") => &["{}"],
        ("CSIVolumeSource" | "FlexVolumeSource", "driver") => {
            &["csi.example.com", "example.com/flex"]
        }
        ("CSIVolumeSource", "volumeAttributes") | ("FlexVolumeSource", "options") => &["1", ""],
        ("ISCSIVolumeSource", "initiatorName" | "iqn") => {
            &["iqn.2001-04.com.example:storage.disk1"]
        }
        ("FCVolumeSource", "wwids" | "targetWWNs") => &["50060e801049cfd1"],
        ("GCEPersistentDiskVolumeSource", "pdName") => &["disk-1"],
        ("TypedLocalObjectReference" | "TypedObjectReference", "apiGroup") => {
            &["snapshot.storage.k8s.io"]
        }
        ("TypedLocalObjectReference" | "TypedObjectReference", "kind") => &["VolumeSnapshot"],
        ("PersistentVolumeClaimSpec", "storageClassName") => &["", "fast"],
        ("PersistentVolumeClaimSpec", "volumeName") => &["", "pv-1"],
        ("ClusterTrustBundleProjection" | "PodCertificateProjection", "signerName") => {
            &["example.com/signer"]
        }
        ("HTTPGetAction", "path") => &["/", "/healthz"],
        ("HTTPGetAction" | "TCPSocketAction", "host") => &["", "127.0.0.1"],
        ("HTTPHeader", "name") => &["X-Probe", "Host"],
        ("Container", "terminationMessagePath") => &["/dev/termination-log", "/tmp/message"],
        ("Container", "workingDir") => &["", "/app"],
        (_, "key") => &["key", "ca.crt", ".hidden"],
        ("QuobyteVolumeSource", "registry") | ("ISCSIVolumeSource", "targetPortal") => {
            &["10.0.0.2:3260"]
        }
        ("OwnerReference", "apiVersion") => &["apps/v1"],
        ("OwnerReference", "kind") => &["ReplicaSet"],
        ("OwnerReference", "uid") => &["43bbb18d-d87e-4de0-b9a1-63e71e794765"],
        ("ObjectMeta", "finalizers") => &["example.com/guard"],
        _ => NAMES,
    }
}

/// Values that are invalid for nearly every field.
pub(crate) const ODD_WORDS: [&str; 9] = [
    "",
    "UPPER",
    "two words",
    "-dash",
    "../up",
    "a=b",
    "ümlaut",
    " padded ",
    "more-than-sixty-three-characters-that-no-label-of-any-kind-can-hold",
];

/// Keys of a map.
pub(crate) fn keys(ty: &Type, field: &Field) -> &'static [&'static str] {
    match (ty.name, field.name) {
        ("ObjectMeta", "annotations") => &[
            "note",
            "example.com/owner",
            "prometheus.io/scrape",
            "controller.kubernetes.io/pod-deletion-cost",
            SECCOMP_ANNOTATION,
            "container.seccomp.security.alpha.kubernetes.io/app",
            "container.apparmor.security.beta.kubernetes.io/app",
            "container.apparmor.security.beta.kubernetes.io/proxy",
            "scheduler.alpha.kubernetes.io/tolerations",
            "pod-injector.kubewarden.io/skip",
            "pod-injector.kubewarden.io/status",
        ],
        ("ObjectMeta", "labels") | ("LabelSelector", "matchLabels") => LABEL_KEYS,
        ("PodSpec", "nodeSelector") => &["kubernetes.io/os", "disk", RUNTIME_NODES.0],
        ("PodSpec", "overhead") => &["cpu", "memory"],
        ("VolumeResourceRequirements", _) => &["storage"],
        (_, "limits" | "requests") => &[
            "cpu",
            "cpu",
            "memory",
            "memory",
            "ephemeral-storage",
            "hugepages-2Mi",
            "example.com/gpu",
        ],
        _ => &["one", "two"],
    }
}

/// Values of a whole-number field.
pub(crate) fn numbers(ty: &Type, field: &Field) -> &'static [i64] {
    match (ty.name, field.name) {
        ("ContainerPort", "containerPort") | (_, "port") => &[53, 80, 8080, 8443, 9090],
        ("ContainerPort", "hostPort") => &[0, 80, 8080, 9090],
        (_, "defaultMode" | "mode") => &[0o400, 0o644, 0],
        ("Probe", "successThreshold") => &[0, 1, 1, 1, 3],
        ("Probe", "terminationGracePeriodSeconds") => &[1, 10],
        ("Probe", _) => &[0, 1, 5, 30],
        ("SleepAction", "seconds") => &[0, 5, 30, 60],
        ("PodSpec", "terminationGracePeriodSeconds") => &[0, 10, 30, 60],
        ("PodSpec", "activeDeadlineSeconds") => &[60, 3600],
        ("PodSpec", "priority") => &[0, 2_000_000_000],
        (_, "weight") => &[1, 50, 100],
        ("ServiceAccountTokenProjection", "expirationSeconds") => &[600, 3600],
        ("PodCertificateProjection", "maxExpirationSeconds") => &[3600, 86_400],
        ("Toleration", "tolerationSeconds") => &[0, 60, 300],
        ("TopologySpreadConstraint", _) => &[1, 2],
        (_, "lun" | "partition") => &[0, 1],
        _ => &[0, 1, 1000],
    }
}

/// Values of a quantity, by field and by key of the map.
pub(crate) fn quantities(ty: &Type, field: &Field, key: &str) -> &'static [&'static str] {
    match (ty.name, field.name, key) {
        ("PodSpec", "overhead", "cpu") => &[OVERHEAD[0].1, "100m"],
        ("PodSpec", "overhead", "memory") => &[OVERHEAD[1].1, "0.0625Gi"],
        ("ResourceFieldSelector", ..) => &["0", "1", "1Mi", "1m"],
        (_, _, "cpu") => &["100m", "0.5", "500m", "1", "2"],
        (_, _, "hugepages-2Mi") => &["2Mi", "4Mi", "0"],
        (_, _, "example.com/gpu") => &["1", "2"],
        _ => &["64Mi", "1Gi", "1024Mi", "1e9", "128974848"],
    }
}
