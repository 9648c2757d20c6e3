// Written by `cargo run -p schema-gen -- --openapi FILE`. Do not edit.
// From the OpenAPI v3 document of core/v1 of Kubernetes 1.36, and from
// crates/schema-gen/by-hand.yaml.

use super::types::Absent::{self, Default, Required, Unset, Zero};
use super::types::Kind::{
    self, Any, Bool, Enum, Int32, Int64, IntOrString, List, Map, Object, Quantity, String, Time,
};
use super::types::List::{Atomic, Keyed, Set};
use super::types::{Field, Type};

/// A field.
const fn f(name: &'static str, kind: Kind, absent: Absent) -> Field {
    Field { name, kind, absent, union: false, zero_is_default: false, gate: None }
}

/// A field that is a member of its type's union.
const fn u(name: &'static str, kind: Kind, absent: Absent) -> Field {
    Field { name, kind, absent, union: true, zero_is_default: false, gate: None }
}

static AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE: Type = Type { name: "AWSElasticBlockStoreVolumeSource", fields: &[
    f("fsType", String, Zero),
    f("partition", Int32, Zero),
    f("readOnly", Bool, Zero),
    f("volumeID", String, Required),
] };

static AFFINITY: Type = Type { name: "Affinity", fields: &[
    f("nodeAffinity", Object(&NODE_AFFINITY), Unset),
    f("podAffinity", Object(&POD_AFFINITY), Unset),
    f("podAntiAffinity", Object(&POD_ANTI_AFFINITY), Unset),
] };

static APP_ARMOR_PROFILE: Type = Type { name: "AppArmorProfile", fields: &[
    u("localhostProfile", String, Unset),
    u("type", Enum(&["Unconfined", "RuntimeDefault", "Localhost"]), Required),
] };

static AZURE_DISK_VOLUME_SOURCE: Type = Type { name: "AzureDiskVolumeSource", fields: &[
    f("cachingMode", Enum(&["None", "ReadOnly", "ReadWrite"]), Default("\"ReadWrite\"")),
    f("diskName", String, Required),
    f("diskURI", String, Required),
    f("fsType", String, Default("\"ext4\"")),
    f("kind", Enum(&["Shared", "Dedicated", "Managed"]), Default("\"Shared\"")),
    f("readOnly", Bool, Default("false")),
] };

static AZURE_FILE_VOLUME_SOURCE: Type = Type { name: "AzureFileVolumeSource", fields: &[
    f("readOnly", Bool, Zero),
    f("secretName", String, Required),
    f("shareName", String, Required),
] };

static CSI_VOLUME_SOURCE: Type = Type { name: "CSIVolumeSource", fields: &[
    f("driver", String, Required),
    f("fsType", String, Unset),
    f("nodePublishSecretRef", Object(&LOCAL_OBJECT_REFERENCE), Unset),
    f("readOnly", Bool, Unset),
    f("volumeAttributes", Map(&String), Zero),
] };

static CAPABILITIES: Type = Type { name: "Capabilities", fields: &[
    f("add", List(Set, &String), Zero),
    f("drop", List(Set, &String), Zero),
] };

static CEPH_FS_VOLUME_SOURCE: Type = Type { name: "CephFSVolumeSource", fields: &[
    f("monitors", List(Atomic, &String), Required),
    f("path", String, Zero),
    f("readOnly", Bool, Zero),
    f("secretFile", String, Zero),
    f("secretRef", Object(&LOCAL_OBJECT_REFERENCE), Unset),
    f("user", String, Zero),
] };

static CINDER_VOLUME_SOURCE: Type = Type { name: "CinderVolumeSource", fields: &[
    f("fsType", String, Zero),
    f("readOnly", Bool, Zero),
    f("secretRef", Object(&LOCAL_OBJECT_REFERENCE), Unset),
    f("volumeID", String, Required),
] };

static CLUSTER_TRUST_BUNDLE_PROJECTION: Type = Type { name: "ClusterTrustBundleProjection", fields: &[
    f("labelSelector", Object(&LABEL_SELECTOR), Unset),
    u("name", String, Unset),
    f("optional", Bool, Unset),
    f("path", String, Required),
    u("signerName", String, Unset),
] };

static CONFIG_MAP_ENV_SOURCE: Type = Type { name: "ConfigMapEnvSource", fields: &[
    f("name", String, Zero),
    f("optional", Bool, Unset),
] };

static CONFIG_MAP_KEY_SELECTOR: Type = Type { name: "ConfigMapKeySelector", fields: &[
    f("key", String, Required),
    f("name", String, Zero),
    f("optional", Bool, Unset),
] };

static CONFIG_MAP_PROJECTION: Type = Type { name: "ConfigMapProjection", fields: &[
    f("items", List(Atomic, &Object(&KEY_TO_PATH)), Zero),
    f("name", String, Zero),
    f("optional", Bool, Unset),
] };

static CONFIG_MAP_VOLUME_SOURCE: Type = Type { name: "ConfigMapVolumeSource", fields: &[
    f("defaultMode", Int32, Default("420")),
    f("items", List(Atomic, &Object(&KEY_TO_PATH)), Zero),
    f("name", String, Zero),
    f("optional", Bool, Unset),
] };

/// A container, as a rule patches it.
pub static CONTAINER: Type = Type { name: "Container", fields: &[
    f("args", List(Atomic, &String), Zero),
    f("command", List(Atomic, &String), Zero),
    f("env", List(Keyed(&["name"]), &Object(&ENV_VAR)), Zero),
    f("envFrom", List(Set, &Object(&ENV_FROM_SOURCE)), Zero),
    f("image", String, Zero),
    f("imagePullPolicy", Enum(&["Always", "IfNotPresent", "Never"]), Zero),
    f("lifecycle", Object(&LIFECYCLE), Unset),
    f("livenessProbe", Object(&PROBE), Unset),
    f("name", String, Required),
    f("ports", List(Keyed(&["containerPort", "protocol"]), &Object(&CONTAINER_PORT)), Zero),
    f("readinessProbe", Object(&PROBE), Unset),
    f("resizePolicy", List(Keyed(&["resourceName"]), &Object(&CONTAINER_RESIZE_POLICY)), Zero),
    f("resources", Object(&RESOURCE_REQUIREMENTS), Default("{}")),
    f("restartPolicy", Enum(&["Always"]), Unset),
    f("restartPolicyRules", List(Atomic, &Object(&CONTAINER_RESTART_RULE)), Zero),
    f("securityContext", Object(&SECURITY_CONTEXT), Unset),
    f("startupProbe", Object(&PROBE), Unset),
    f("stdin", Bool, Zero),
    f("stdinOnce", Bool, Zero),
    f("terminationMessagePath", String, Default("\"/dev/termination-log\"")).zero_is_default(),
    f("terminationMessagePolicy", Enum(&["File", "FallbackToLogsOnError"]), Default("\"File\"")).zero_is_default(),
    f("tty", Bool, Zero),
    f("volumeDevices", List(Keyed(&["devicePath"]), &Object(&VOLUME_DEVICE)), Zero),
    f("volumeMounts", List(Keyed(&["mountPath"]), &Object(&VOLUME_MOUNT)), Zero),
    f("workingDir", String, Zero),
] };

static CONTAINER_PORT: Type = Type { name: "ContainerPort", fields: &[
    f("containerPort", Int32, Required),
    f("hostIP", String, Zero),
    f("hostPort", Int32, Zero),
    f("name", String, Zero),
    f("protocol", Enum(&["TCP", "UDP", "SCTP"]), Default("\"TCP\"")).zero_is_default(),
] };

static CONTAINER_RESIZE_POLICY: Type = Type { name: "ContainerResizePolicy", fields: &[
    f("resourceName", Enum(&["cpu", "memory"]), Required),
    f("restartPolicy", Enum(&["NotRequired", "RestartContainer"]), Required),
] };

static CONTAINER_RESTART_RULE: Type = Type { name: "ContainerRestartRule", fields: &[
    f("action", Enum(&["Restart"]), Required),
    f("exitCodes", Object(&CONTAINER_RESTART_RULE_ON_EXIT_CODES), Unset),
] };

static CONTAINER_RESTART_RULE_ON_EXIT_CODES: Type = Type { name: "ContainerRestartRuleOnExitCodes", fields: &[
    f("operator", Enum(&["In", "NotIn"]), Required),
    f("values", List(Set, &Int32), Zero),
] };

static DOWNWARD_API_PROJECTION: Type = Type { name: "DownwardAPIProjection", fields: &[
    f("items", List(Atomic, &Object(&DOWNWARD_API_VOLUME_FILE)), Zero),
] };

static DOWNWARD_API_VOLUME_FILE: Type = Type { name: "DownwardAPIVolumeFile", fields: &[
    u("fieldRef", Object(&OBJECT_FIELD_SELECTOR), Unset),
    f("mode", Int32, Unset),
    f("path", String, Required),
    u("resourceFieldRef", Object(&RESOURCE_FIELD_SELECTOR), Unset),
] };

static DOWNWARD_API_VOLUME_SOURCE: Type = Type { name: "DownwardAPIVolumeSource", fields: &[
    f("defaultMode", Int32, Default("420")),
    f("items", List(Atomic, &Object(&DOWNWARD_API_VOLUME_FILE)), Zero),
] };

static EMPTY_DIR_VOLUME_SOURCE: Type = Type { name: "EmptyDirVolumeSource", fields: &[
    f("medium", String, Zero),
    f("sizeLimit", Quantity, Unset),
] };

static ENV_FROM_SOURCE: Type = Type { name: "EnvFromSource", fields: &[
    u("configMapRef", Object(&CONFIG_MAP_ENV_SOURCE), Unset),
    f("prefix", String, Zero),
    u("secretRef", Object(&SECRET_ENV_SOURCE), Unset),
] };

static ENV_VAR: Type = Type { name: "EnvVar", fields: &[
    f("name", String, Required),
    u("value", String, Zero),
    u("valueFrom", Object(&ENV_VAR_SOURCE), Unset),
] };

static ENV_VAR_SOURCE: Type = Type { name: "EnvVarSource", fields: &[
    u("configMapKeyRef", Object(&CONFIG_MAP_KEY_SELECTOR), Unset),
    u("fieldRef", Object(&OBJECT_FIELD_SELECTOR), Unset),
    u("fileKeyRef", Object(&FILE_KEY_SELECTOR), Unset),
    u("resourceFieldRef", Object(&RESOURCE_FIELD_SELECTOR), Unset),
    u("secretKeyRef", Object(&SECRET_KEY_SELECTOR), Unset),
] };

static EPHEMERAL_CONTAINER: Type = Type { name: "EphemeralContainer", fields: &[
    f("args", List(Atomic, &String), Zero),
    f("command", List(Atomic, &String), Zero),
    f("env", List(Keyed(&["name"]), &Object(&ENV_VAR)), Zero),
    f("envFrom", List(Set, &Object(&ENV_FROM_SOURCE)), Zero),
    f("image", String, Zero),
    f("imagePullPolicy", Enum(&["Always", "IfNotPresent", "Never"]), Zero),
    f("lifecycle", Object(&LIFECYCLE), Unset),
    f("livenessProbe", Object(&PROBE), Unset),
    f("name", String, Required),
    f("ports", List(Keyed(&["containerPort", "protocol"]), &Object(&CONTAINER_PORT)), Zero),
    f("readinessProbe", Object(&PROBE), Unset),
    f("resizePolicy", List(Keyed(&["resourceName"]), &Object(&CONTAINER_RESIZE_POLICY)), Zero),
    f("resources", Object(&RESOURCE_REQUIREMENTS), Default("{}")),
    f("restartPolicy", String, Unset),
    f("restartPolicyRules", List(Atomic, &Object(&CONTAINER_RESTART_RULE)), Zero),
    f("securityContext", Object(&SECURITY_CONTEXT), Unset),
    f("startupProbe", Object(&PROBE), Unset),
    f("stdin", Bool, Zero),
    f("stdinOnce", Bool, Zero),
    f("targetContainerName", String, Zero),
    f("terminationMessagePath", String, Default("\"/dev/termination-log\"")).zero_is_default(),
    f("terminationMessagePolicy", Enum(&["File", "FallbackToLogsOnError"]), Default("\"File\"")).zero_is_default(),
    f("tty", Bool, Zero),
    f("volumeDevices", List(Keyed(&["devicePath"]), &Object(&VOLUME_DEVICE)), Zero),
    f("volumeMounts", List(Keyed(&["mountPath"]), &Object(&VOLUME_MOUNT)), Zero),
    f("workingDir", String, Zero),
] };

static EPHEMERAL_VOLUME_SOURCE: Type = Type { name: "EphemeralVolumeSource", fields: &[
    f("volumeClaimTemplate", Object(&PERSISTENT_VOLUME_CLAIM_TEMPLATE), Unset),
] };

static EXEC_ACTION: Type = Type { name: "ExecAction", fields: &[
    f("command", List(Atomic, &String), Zero),
] };

static FC_VOLUME_SOURCE: Type = Type { name: "FCVolumeSource", fields: &[
    f("fsType", String, Zero),
    f("lun", Int32, Unset),
    f("readOnly", Bool, Zero),
    f("targetWWNs", List(Atomic, &String), Zero),
    f("wwids", List(Atomic, &String), Zero),
] };

static FILE_KEY_SELECTOR: Type = Type { name: "FileKeySelector", fields: &[
    f("key", String, Required),
    f("optional", Bool, Default("false")),
    f("path", String, Required),
    f("volumeName", String, Required),
] };

static FLEX_VOLUME_SOURCE: Type = Type { name: "FlexVolumeSource", fields: &[
    f("driver", String, Required),
    f("fsType", String, Zero),
    f("options", Map(&String), Zero),
    f("readOnly", Bool, Zero),
    f("secretRef", Object(&LOCAL_OBJECT_REFERENCE), Unset),
] };

static FLOCKER_VOLUME_SOURCE: Type = Type { name: "FlockerVolumeSource", fields: &[
    f("datasetName", String, Zero),
    f("datasetUUID", String, Zero),
] };

static GCE_PERSISTENT_DISK_VOLUME_SOURCE: Type = Type { name: "GCEPersistentDiskVolumeSource", fields: &[
    f("fsType", String, Zero),
    f("partition", Int32, Zero),
    f("pdName", String, Required),
    f("readOnly", Bool, Zero),
] };

static GRPC_ACTION: Type = Type { name: "GRPCAction", fields: &[
    f("port", Int32, Required),
    f("service", String, Default("\"\"")),
] };

static GIT_REPO_VOLUME_SOURCE: Type = Type { name: "GitRepoVolumeSource", fields: &[
    f("directory", String, Zero),
    f("repository", String, Required),
    f("revision", String, Zero),
] };

static GLUSTERFS_VOLUME_SOURCE: Type = Type { name: "GlusterfsVolumeSource", fields: &[
    f("endpoints", String, Required),
    f("path", String, Required),
    f("readOnly", Bool, Zero),
] };

static HTTP_GET_ACTION: Type = Type { name: "HTTPGetAction", fields: &[
    f("host", String, Zero),
    f("httpHeaders", List(Atomic, &Object(&HTTP_HEADER)), Zero),
    f("path", String, Default("\"/\"")).zero_is_default(),
    f("port", IntOrString, Required),
    f("scheme", Enum(&["HTTP", "HTTPS"]), Default("\"HTTP\"")).zero_is_default(),
] };

static HTTP_HEADER: Type = Type { name: "HTTPHeader", fields: &[
    f("name", String, Required),
    f("value", String, Required),
] };

static HOST_ALIAS: Type = Type { name: "HostAlias", fields: &[
    f("hostnames", List(Set, &String), Zero),
    f("ip", String, Required),
] };

static HOST_PATH_VOLUME_SOURCE: Type = Type { name: "HostPathVolumeSource", fields: &[
    f("path", String, Required),
    f("type", Enum(&["", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"]), Default("\"\"")),
] };

static ISCSI_VOLUME_SOURCE: Type = Type { name: "ISCSIVolumeSource", fields: &[
    f("chapAuthDiscovery", Bool, Zero),
    f("chapAuthSession", Bool, Zero),
    f("fsType", String, Zero),
    f("initiatorName", String, Unset),
    f("iqn", String, Required),
    f("iscsiInterface", String, Default("\"default\"")).zero_is_default(),
    f("lun", Int32, Required),
    f("portals", List(Atomic, &String), Zero),
    f("readOnly", Bool, Zero),
    f("secretRef", Object(&LOCAL_OBJECT_REFERENCE), Unset),
    f("targetPortal", String, Required),
] };

static IMAGE_VOLUME_SOURCE: Type = Type { name: "ImageVolumeSource", fields: &[
    f("pullPolicy", Enum(&["Always", "IfNotPresent", "Never"]), Zero),
    f("reference", String, Zero),
] };

static KEY_TO_PATH: Type = Type { name: "KeyToPath", fields: &[
    f("key", String, Required),
    f("mode", Int32, Unset),
    f("path", String, Required),
] };

static LABEL_SELECTOR: Type = Type { name: "LabelSelector", fields: &[
    f("matchExpressions", List(Atomic, &Object(&LABEL_SELECTOR_REQUIREMENT)), Zero),
    f("matchLabels", Map(&String), Zero),
] };

static LABEL_SELECTOR_REQUIREMENT: Type = Type { name: "LabelSelectorRequirement", fields: &[
    f("key", String, Required),
    f("operator", Enum(&["In", "NotIn", "Exists", "DoesNotExist"]), Required),
    f("values", List(Atomic, &String), Zero),
] };

static LIFECYCLE: Type = Type { name: "Lifecycle", fields: &[
    f("postStart", Object(&LIFECYCLE_HANDLER), Unset),
    f("preStop", Object(&LIFECYCLE_HANDLER), Unset),
    f("stopSignal", Enum(&["SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", "SIGINT", "SIGIO", "SIGIOT", "SIGKILL", "SIGPIPE", "SIGPOLL", "SIGPROF", "SIGPWR", "SIGQUIT", "SIGSEGV", "SIGSTKFLT", "SIGSTOP", "SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGWINCH", "SIGXCPU", "SIGXFSZ", "SIGRTMIN", "SIGRTMIN+1", "SIGRTMIN+2", "SIGRTMIN+3", "SIGRTMIN+4", "SIGRTMIN+5", "SIGRTMIN+6", "SIGRTMIN+7", "SIGRTMIN+8", "SIGRTMIN+9", "SIGRTMIN+10", "SIGRTMIN+11", "SIGRTMIN+12", "SIGRTMIN+13", "SIGRTMIN+14", "SIGRTMIN+15", "SIGRTMAX-14", "SIGRTMAX-13", "SIGRTMAX-12", "SIGRTMAX-11", "SIGRTMAX-10", "SIGRTMAX-9", "SIGRTMAX-8", "SIGRTMAX-7", "SIGRTMAX-6", "SIGRTMAX-5", "SIGRTMAX-4", "SIGRTMAX-3", "SIGRTMAX-2", "SIGRTMAX-1", "SIGRTMAX"]), Unset).gated("ContainerStopSignals"),
] };

static LIFECYCLE_HANDLER: Type = Type { name: "LifecycleHandler", fields: &[
    u("exec", Object(&EXEC_ACTION), Unset),
    u("httpGet", Object(&HTTP_GET_ACTION), Unset),
    u("sleep", Object(&SLEEP_ACTION), Unset),
    u("tcpSocket", Object(&TCP_SOCKET_ACTION), Unset),
] };

static LOCAL_OBJECT_REFERENCE: Type = Type { name: "LocalObjectReference", fields: &[
    f("name", String, Zero),
] };

static MANAGED_FIELDS_ENTRY: Type = Type { name: "ManagedFieldsEntry", fields: &[
    f("apiVersion", String, Zero),
    f("fieldsType", String, Zero),
    f("fieldsV1", Any, Unset),
    f("manager", String, Zero),
    f("operation", String, Zero),
    f("subresource", String, Zero),
    f("time", Time, Unset),
] };

static NFS_VOLUME_SOURCE: Type = Type { name: "NFSVolumeSource", fields: &[
    f("path", String, Required),
    f("readOnly", Bool, Zero),
    f("server", String, Required),
] };

static NODE_AFFINITY: Type = Type { name: "NodeAffinity", fields: &[
    f("preferredDuringSchedulingIgnoredDuringExecution", List(Atomic, &Object(&PREFERRED_SCHEDULING_TERM)), Zero),
    f("requiredDuringSchedulingIgnoredDuringExecution", Object(&NODE_SELECTOR), Unset),
] };

static NODE_SELECTOR: Type = Type { name: "NodeSelector", fields: &[
    f("nodeSelectorTerms", List(Atomic, &Object(&NODE_SELECTOR_TERM)), Required),
] };

static NODE_SELECTOR_REQUIREMENT: Type = Type { name: "NodeSelectorRequirement", fields: &[
    f("key", String, Required),
    f("operator", Enum(&["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]), Required),
    f("values", List(Atomic, &String), Zero),
] };

static NODE_SELECTOR_TERM: Type = Type { name: "NodeSelectorTerm", fields: &[
    f("matchExpressions", List(Atomic, &Object(&NODE_SELECTOR_REQUIREMENT)), Zero),
    f("matchFields", List(Atomic, &Object(&NODE_SELECTOR_REQUIREMENT)), Zero),
] };

static OBJECT_FIELD_SELECTOR: Type = Type { name: "ObjectFieldSelector", fields: &[
    f("apiVersion", String, Default("\"v1\"")).zero_is_default(),
    f("fieldPath", String, Required),
] };

static OBJECT_META: Type = Type { name: "ObjectMeta", fields: &[
    f("annotations", Map(&String), Zero),
    f("creationTimestamp", Time, Unset),
    f("deletionGracePeriodSeconds", Int64, Unset),
    f("deletionTimestamp", Time, Unset),
    f("finalizers", List(Set, &String), Zero),
    f("generateName", String, Zero),
    f("generation", Int64, Zero),
    f("labels", Map(&String), Zero),
    f("managedFields", List(Atomic, &Object(&MANAGED_FIELDS_ENTRY)), Zero),
    f("name", String, Zero),
    f("namespace", String, Zero),
    f("ownerReferences", List(Keyed(&["uid"]), &Object(&OWNER_REFERENCE)), Zero),
    f("resourceVersion", String, Zero),
    f("selfLink", String, Zero),
    f("uid", String, Zero),
] };

static OWNER_REFERENCE: Type = Type { name: "OwnerReference", fields: &[
    f("apiVersion", String, Required),
    f("blockOwnerDeletion", Bool, Unset),
    f("controller", Bool, Unset),
    f("kind", String, Required),
    f("name", String, Required),
    f("uid", String, Required),
] };

static PERSISTENT_VOLUME_CLAIM_SPEC: Type = Type { name: "PersistentVolumeClaimSpec", fields: &[
    f("accessModes", List(Atomic, &Enum(&["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"])), Zero),
    f("dataSource", Object(&TYPED_LOCAL_OBJECT_REFERENCE), Unset),
    f("dataSourceRef", Object(&TYPED_OBJECT_REFERENCE), Unset),
    f("resources", Object(&VOLUME_RESOURCE_REQUIREMENTS), Default("{}")),
    f("selector", Object(&LABEL_SELECTOR), Unset),
    f("storageClassName", String, Unset),
    f("volumeAttributesClassName", String, Unset),
    f("volumeMode", Enum(&["Block", "Filesystem"]), Default("\"Filesystem\"")),
    f("volumeName", String, Zero),
] };

static PERSISTENT_VOLUME_CLAIM_TEMPLATE: Type = Type { name: "PersistentVolumeClaimTemplate", fields: &[
    f("metadata", Object(&OBJECT_META), Default("{}")),
    f("spec", Object(&PERSISTENT_VOLUME_CLAIM_SPEC), Required),
] };

static PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE: Type = Type { name: "PersistentVolumeClaimVolumeSource", fields: &[
    f("claimName", String, Required),
    f("readOnly", Bool, Zero),
] };

static PHOTON_PERSISTENT_DISK_VOLUME_SOURCE: Type = Type { name: "PhotonPersistentDiskVolumeSource", fields: &[
    f("fsType", String, Zero),
    f("pdID", String, Required),
] };

/// A Pod, as its author writes it.
pub static POD: Type = Type { name: "Pod", fields: &[
    f("metadata", Object(&OBJECT_META), Default("{}")),
    f("spec", Object(&POD_SPEC), Default("{}")),
] };

static POD_AFFINITY: Type = Type { name: "PodAffinity", fields: &[
    f("preferredDuringSchedulingIgnoredDuringExecution", List(Atomic, &Object(&WEIGHTED_POD_AFFINITY_TERM)), Zero),
    f("requiredDuringSchedulingIgnoredDuringExecution", List(Atomic, &Object(&POD_AFFINITY_TERM)), Zero),
] };

static POD_AFFINITY_TERM: Type = Type { name: "PodAffinityTerm", fields: &[
    f("labelSelector", Object(&LABEL_SELECTOR), Unset),
    f("matchLabelKeys", List(Atomic, &String), Zero),
    f("mismatchLabelKeys", List(Atomic, &String), Zero),
    f("namespaceSelector", Object(&LABEL_SELECTOR), Unset),
    f("namespaces", List(Atomic, &String), Zero),
    f("topologyKey", String, Required),
] };

static POD_ANTI_AFFINITY: Type = Type { name: "PodAntiAffinity", fields: &[
    f("preferredDuringSchedulingIgnoredDuringExecution", List(Atomic, &Object(&WEIGHTED_POD_AFFINITY_TERM)), Zero),
    f("requiredDuringSchedulingIgnoredDuringExecution", List(Atomic, &Object(&POD_AFFINITY_TERM)), Zero),
] };

static POD_CERTIFICATE_PROJECTION: Type = Type { name: "PodCertificateProjection", fields: &[
    f("certificateChainPath", String, Zero),
    f("credentialBundlePath", String, Zero),
    f("keyPath", String, Zero),
    f("keyType", Enum(&["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"]), Required),
    f("maxExpirationSeconds", Int32, Unset),
    f("signerName", String, Required),
    f("userAnnotations", Map(&String), Zero),
] };

static POD_DNS_CONFIG: Type = Type { name: "PodDNSConfig", fields: &[
    f("nameservers", List(Set, &String), Zero),
    f("options", List(Keyed(&["name"]), &Object(&POD_DNS_CONFIG_OPTION)), Zero),
    f("searches", List(Set, &String), Zero),
] };

static POD_DNS_CONFIG_OPTION: Type = Type { name: "PodDNSConfigOption", fields: &[
    f("name", String, Zero),
    f("value", String, Unset),
] };

static POD_OS: Type = Type { name: "PodOS", fields: &[
    f("name", Enum(&["linux", "windows"]), Required),
] };

static POD_READINESS_GATE: Type = Type { name: "PodReadinessGate", fields: &[
    f("conditionType", String, Required),
] };

static POD_RESOURCE_CLAIM: Type = Type { name: "PodResourceClaim", fields: &[
    f("name", String, Required),
    u("resourceClaimName", String, Unset),
    u("resourceClaimTemplateName", String, Unset),
] };

static POD_SCHEDULING_GATE: Type = Type { name: "PodSchedulingGate", fields: &[
    f("name", String, Required),
] };

static POD_SCHEDULING_GROUP: Type = Type { name: "PodSchedulingGroup", fields: &[
    f("podGroupName", String, Unset),
] };

static POD_SECURITY_CONTEXT: Type = Type { name: "PodSecurityContext", fields: &[
    f("appArmorProfile", Object(&APP_ARMOR_PROFILE), Unset),
    f("fsGroup", Int64, Unset),
    f("fsGroupChangePolicy", Enum(&["OnRootMismatch", "Always"]), Unset),
    f("runAsGroup", Int64, Unset),
    f("runAsNonRoot", Bool, Unset),
    f("runAsUser", Int64, Unset),
    f("seLinuxChangePolicy", Enum(&["Recursive", "MountOption"]), Unset),
    f("seLinuxOptions", Object(&SE_LINUX_OPTIONS), Unset),
    f("seccompProfile", Object(&SECCOMP_PROFILE), Unset),
    f("supplementalGroups", List(Set, &Int64), Zero),
    f("supplementalGroupsPolicy", Enum(&["Merge", "Strict"]), Unset),
    f("sysctls", List(Keyed(&["name"]), &Object(&SYSCTL)), Zero),
    f("windowsOptions", Object(&WINDOWS_SECURITY_CONTEXT_OPTIONS), Unset),
] };

static POD_SPEC: Type = Type { name: "PodSpec", fields: &[
    f("activeDeadlineSeconds", Int64, Unset),
    f("affinity", Object(&AFFINITY), Unset),
    f("automountServiceAccountToken", Bool, Unset),
    f("containers", List(Keyed(&["name"]), &Object(&CONTAINER)), Required),
    f("dnsConfig", Object(&POD_DNS_CONFIG), Unset),
    f("dnsPolicy", Enum(&["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]), Default("\"ClusterFirst\"")).zero_is_default(),
    f("enableServiceLinks", Bool, Default("true")),
    f("ephemeralContainers", List(Keyed(&["name"]), &Object(&EPHEMERAL_CONTAINER)), Zero),
    f("hostAliases", List(Keyed(&["ip"]), &Object(&HOST_ALIAS)), Zero),
    f("hostIPC", Bool, Zero),
    f("hostNetwork", Bool, Zero),
    f("hostPID", Bool, Zero),
    f("hostUsers", Bool, Unset),
    f("hostname", String, Zero),
    f("hostnameOverride", String, Unset),
    f("imagePullSecrets", List(Keyed(&["name"]), &Object(&LOCAL_OBJECT_REFERENCE)), Zero),
    f("initContainers", List(Keyed(&["name"]), &Object(&CONTAINER)), Zero),
    f("nodeName", String, Zero),
    f("nodeSelector", Map(&String), Zero),
    f("os", Object(&POD_OS), Unset),
    f("overhead", Map(&Quantity), Zero),
    f("preemptionPolicy", Enum(&["PreemptLowerPriority", "Never"]), Default("\"PreemptLowerPriority\"")),
    f("priority", Int32, Default("0")),
    f("priorityClassName", String, Zero),
    f("readinessGates", List(Keyed(&["conditionType"]), &Object(&POD_READINESS_GATE)), Zero),
    f("resourceClaims", List(Keyed(&["name"]), &Object(&POD_RESOURCE_CLAIM)), Zero),
    f("resources", Object(&RESOURCE_REQUIREMENTS), Unset),
    f("restartPolicy", Enum(&["Always", "OnFailure", "Never"]), Default("\"Always\"")).zero_is_default(),
    f("runtimeClassName", String, Unset),
    f("schedulerName", String, Default("\"default-scheduler\"")).zero_is_default(),
    f("schedulingGates", List(Keyed(&["name"]), &Object(&POD_SCHEDULING_GATE)), Zero),
    f("schedulingGroup", Object(&POD_SCHEDULING_GROUP), Unset).gated("GenericWorkload"),
    f("securityContext", Object(&POD_SECURITY_CONTEXT), Default("{}")),
    f("serviceAccount", String, Default("\"default\"")).zero_is_default(),
    f("serviceAccountName", String, Default("\"default\"")).zero_is_default(),
    f("setHostnameAsFQDN", Bool, Unset),
    f("shareProcessNamespace", Bool, Unset),
    f("subdomain", String, Zero),
    f("terminationGracePeriodSeconds", Int64, Default("30")),
    f("tolerations", List(Keyed(&["key", "operator", "value", "effect"]), &Object(&TOLERATION)), Zero),
    f("topologySpreadConstraints", List(Keyed(&["topologyKey", "whenUnsatisfiable"]), &Object(&TOPOLOGY_SPREAD_CONSTRAINT)), Zero),
    f("volumes", List(Keyed(&["name"]), &Object(&VOLUME)), Zero),
] };

static PORTWORX_VOLUME_SOURCE: Type = Type { name: "PortworxVolumeSource", fields: &[
    f("fsType", String, Zero),
    f("readOnly", Bool, Zero),
    f("volumeID", String, Required),
] };

static PREFERRED_SCHEDULING_TERM: Type = Type { name: "PreferredSchedulingTerm", fields: &[
    f("preference", Object(&NODE_SELECTOR_TERM), Required),
    f("weight", Int32, Required),
] };

static PROBE: Type = Type { name: "Probe", fields: &[
    u("exec", Object(&EXEC_ACTION), Unset),
    f("failureThreshold", Int32, Default("3")).zero_is_default(),
    u("grpc", Object(&GRPC_ACTION), Unset),
    u("httpGet", Object(&HTTP_GET_ACTION), Unset),
    f("initialDelaySeconds", Int32, Zero),
    f("periodSeconds", Int32, Default("10")).zero_is_default(),
    f("successThreshold", Int32, Default("1")).zero_is_default(),
    u("tcpSocket", Object(&TCP_SOCKET_ACTION), Unset),
    f("terminationGracePeriodSeconds", Int64, Unset),
    f("timeoutSeconds", Int32, Default("1")).zero_is_default(),
] };

static PROJECTED_VOLUME_SOURCE: Type = Type { name: "ProjectedVolumeSource", fields: &[
    f("defaultMode", Int32, Default("420")),
    f("sources", List(Atomic, &Object(&VOLUME_PROJECTION)), Zero),
] };

static QUOBYTE_VOLUME_SOURCE: Type = Type { name: "QuobyteVolumeSource", fields: &[
    f("group", String, Zero),
    f("readOnly", Bool, Zero),
    f("registry", String, Required),
    f("tenant", String, Zero),
    f("user", String, Zero),
    f("volume", String, Required),
] };

static RBD_VOLUME_SOURCE: Type = Type { name: "RBDVolumeSource", fields: &[
    f("fsType", String, Zero),
    f("image", String, Required),
    f("keyring", String, Default("\"/etc/ceph/keyring\"")).zero_is_default(),
    f("monitors", List(Atomic, &String), Required),
    f("pool", String, Default("\"rbd\"")).zero_is_default(),
    f("readOnly", Bool, Zero),
    f("secretRef", Object(&LOCAL_OBJECT_REFERENCE), Unset),
    f("user", String, Default("\"admin\"")).zero_is_default(),
] };

static RESOURCE_CLAIM: Type = Type { name: "ResourceClaim", fields: &[
    f("name", String, Required),
    f("request", String, Zero),
] };

static RESOURCE_FIELD_SELECTOR: Type = Type { name: "ResourceFieldSelector", fields: &[
    f("containerName", String, Zero),
    f("divisor", Quantity, Default("\"0\"")),
    f("resource", String, Required),
] };

static RESOURCE_REQUIREMENTS: Type = Type { name: "ResourceRequirements", fields: &[
    f("claims", List(Keyed(&["name"]), &Object(&RESOURCE_CLAIM)), Zero),
    f("limits", Map(&Quantity), Zero),
    f("requests", Map(&Quantity), Zero),
] };

static SE_LINUX_OPTIONS: Type = Type { name: "SELinuxOptions", fields: &[
    f("level", String, Zero),
    f("role", String, Zero),
    f("type", String, Zero),
    f("user", String, Zero),
] };

static SCALE_IO_VOLUME_SOURCE: Type = Type { name: "ScaleIOVolumeSource", fields: &[
    f("fsType", String, Default("\"xfs\"")).zero_is_default(),
    f("gateway", String, Required),
    f("protectionDomain", String, Zero),
    f("readOnly", Bool, Zero),
    f("secretRef", Object(&LOCAL_OBJECT_REFERENCE), Required),
    f("sslEnabled", Bool, Zero),
    f("storageMode", String, Default("\"ThinProvisioned\"")).zero_is_default(),
    f("storagePool", String, Zero),
    f("system", String, Required),
    f("volumeName", String, Zero),
] };

static SECCOMP_PROFILE: Type = Type { name: "SeccompProfile", fields: &[
    u("localhostProfile", String, Unset),
    u("type", Enum(&["Unconfined", "RuntimeDefault", "Localhost"]), Required),
] };

static SECRET_ENV_SOURCE: Type = Type { name: "SecretEnvSource", fields: &[
    f("name", String, Zero),
    f("optional", Bool, Unset),
] };

static SECRET_KEY_SELECTOR: Type = Type { name: "SecretKeySelector", fields: &[
    f("key", String, Required),
    f("name", String, Zero),
    f("optional", Bool, Unset),
] };

static SECRET_PROJECTION: Type = Type { name: "SecretProjection", fields: &[
    f("items", List(Atomic, &Object(&KEY_TO_PATH)), Zero),
    f("name", String, Zero),
    f("optional", Bool, Unset),
] };

static SECRET_VOLUME_SOURCE: Type = Type { name: "SecretVolumeSource", fields: &[
    f("defaultMode", Int32, Default("420")),
    f("items", List(Atomic, &Object(&KEY_TO_PATH)), Zero),
    f("optional", Bool, Unset),
    f("secretName", String, Zero),
] };

static SECURITY_CONTEXT: Type = Type { name: "SecurityContext", fields: &[
    f("allowPrivilegeEscalation", Bool, Unset),
    f("appArmorProfile", Object(&APP_ARMOR_PROFILE), Unset),
    f("capabilities", Object(&CAPABILITIES), Unset),
    f("privileged", Bool, Unset),
    f("procMount", Enum(&["Default", "Unmasked"]), Unset),
    f("readOnlyRootFilesystem", Bool, Unset),
    f("runAsGroup", Int64, Unset),
    f("runAsNonRoot", Bool, Unset),
    f("runAsUser", Int64, Unset),
    f("seLinuxOptions", Object(&SE_LINUX_OPTIONS), Unset),
    f("seccompProfile", Object(&SECCOMP_PROFILE), Unset),
    f("windowsOptions", Object(&WINDOWS_SECURITY_CONTEXT_OPTIONS), Unset),
] };

static SERVICE_ACCOUNT_TOKEN_PROJECTION: Type = Type { name: "ServiceAccountTokenProjection", fields: &[
    f("audience", String, Zero),
    f("expirationSeconds", Int64, Default("3600")),
    f("path", String, Required),
] };

static SLEEP_ACTION: Type = Type { name: "SleepAction", fields: &[
    f("seconds", Int64, Required),
] };

static STORAGE_OS_VOLUME_SOURCE: Type = Type { name: "StorageOSVolumeSource", fields: &[
    f("fsType", String, Zero),
    f("readOnly", Bool, Zero),
    f("secretRef", Object(&LOCAL_OBJECT_REFERENCE), Unset),
    f("volumeName", String, Zero),
    f("volumeNamespace", String, Zero),
] };

static SYSCTL: Type = Type { name: "Sysctl", fields: &[
    f("name", String, Required),
    f("value", String, Required),
] };

static TCP_SOCKET_ACTION: Type = Type { name: "TCPSocketAction", fields: &[
    f("host", String, Zero),
    f("port", IntOrString, Required),
] };

static TOLERATION: Type = Type { name: "Toleration", fields: &[
    f("effect", Enum(&["NoSchedule", "PreferNoSchedule", "NoExecute"]), Zero),
    f("key", String, Zero),
    f("operator", Enum(&["Exists", "Equal"]), Default("\"Equal\"")).zero_is_default(),
    f("tolerationSeconds", Int64, Unset),
    f("value", String, Zero),
] };

static TOPOLOGY_SPREAD_CONSTRAINT: Type = Type { name: "TopologySpreadConstraint", fields: &[
    f("labelSelector", Object(&LABEL_SELECTOR), Unset),
    f("matchLabelKeys", List(Atomic, &String), Zero),
    f("maxSkew", Int32, Required),
    f("minDomains", Int32, Unset),
    f("nodeAffinityPolicy", Enum(&["Honor", "Ignore"]), Unset),
    f("nodeTaintsPolicy", Enum(&["Honor", "Ignore"]), Unset),
    f("topologyKey", String, Required),
    f("whenUnsatisfiable", Enum(&["DoNotSchedule", "ScheduleAnyway"]), Required),
] };

static TYPED_LOCAL_OBJECT_REFERENCE: Type = Type { name: "TypedLocalObjectReference", fields: &[
    f("apiGroup", String, Unset),
    f("kind", String, Required),
    f("name", String, Required),
] };

static TYPED_OBJECT_REFERENCE: Type = Type { name: "TypedObjectReference", fields: &[
    f("apiGroup", String, Unset),
    f("kind", String, Required),
    f("name", String, Required),
    f("namespace", String, Unset),
] };

static VOLUME: Type = Type { name: "Volume", fields: &[
    u("awsElasticBlockStore", Object(&AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE), Unset),
    u("azureDisk", Object(&AZURE_DISK_VOLUME_SOURCE), Unset),
    u("azureFile", Object(&AZURE_FILE_VOLUME_SOURCE), Unset),
    u("cephfs", Object(&CEPH_FS_VOLUME_SOURCE), Unset),
    u("cinder", Object(&CINDER_VOLUME_SOURCE), Unset),
    u("configMap", Object(&CONFIG_MAP_VOLUME_SOURCE), Unset),
    u("csi", Object(&CSI_VOLUME_SOURCE), Unset),
    u("downwardAPI", Object(&DOWNWARD_API_VOLUME_SOURCE), Unset),
    u("emptyDir", Object(&EMPTY_DIR_VOLUME_SOURCE), Unset),
    u("ephemeral", Object(&EPHEMERAL_VOLUME_SOURCE), Unset),
    u("fc", Object(&FC_VOLUME_SOURCE), Unset),
    u("flexVolume", Object(&FLEX_VOLUME_SOURCE), Unset),
    u("flocker", Object(&FLOCKER_VOLUME_SOURCE), Unset),
    u("gcePersistentDisk", Object(&GCE_PERSISTENT_DISK_VOLUME_SOURCE), Unset),
    u("gitRepo", Object(&GIT_REPO_VOLUME_SOURCE), Unset),
    u("glusterfs", Object(&GLUSTERFS_VOLUME_SOURCE), Unset),
    u("hostPath", Object(&HOST_PATH_VOLUME_SOURCE), Unset),
    u("image", Object(&IMAGE_VOLUME_SOURCE), Unset),
    u("iscsi", Object(&ISCSI_VOLUME_SOURCE), Unset),
    f("name", String, Required),
    u("nfs", Object(&NFS_VOLUME_SOURCE), Unset),
    u("persistentVolumeClaim", Object(&PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE), Unset),
    u("photonPersistentDisk", Object(&PHOTON_PERSISTENT_DISK_VOLUME_SOURCE), Unset),
    u("portworxVolume", Object(&PORTWORX_VOLUME_SOURCE), Unset),
    u("projected", Object(&PROJECTED_VOLUME_SOURCE), Unset),
    u("quobyte", Object(&QUOBYTE_VOLUME_SOURCE), Unset),
    u("rbd", Object(&RBD_VOLUME_SOURCE), Unset),
    u("scaleIO", Object(&SCALE_IO_VOLUME_SOURCE), Unset),
    u("secret", Object(&SECRET_VOLUME_SOURCE), Unset),
    u("storageos", Object(&STORAGE_OS_VOLUME_SOURCE), Unset),
    u("vsphereVolume", Object(&VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE), Unset),
] };

static VOLUME_DEVICE: Type = Type { name: "VolumeDevice", fields: &[
    f("devicePath", String, Required),
    f("name", String, Required),
] };

static VOLUME_MOUNT: Type = Type { name: "VolumeMount", fields: &[
    f("mountPath", String, Required),
    f("mountPropagation", Enum(&["None", "HostToContainer", "Bidirectional"]), Unset),
    f("name", String, Required),
    f("readOnly", Bool, Zero),
    f("recursiveReadOnly", Enum(&["Disabled", "IfPossible", "Enabled"]), Unset),
    f("subPath", String, Zero),
    f("subPathExpr", String, Zero),
] };

static VOLUME_PROJECTION: Type = Type { name: "VolumeProjection", fields: &[
    u("clusterTrustBundle", Object(&CLUSTER_TRUST_BUNDLE_PROJECTION), Unset).gated("ClusterTrustBundleProjection"),
    u("configMap", Object(&CONFIG_MAP_PROJECTION), Unset),
    u("downwardAPI", Object(&DOWNWARD_API_PROJECTION), Unset),
    u("podCertificate", Object(&POD_CERTIFICATE_PROJECTION), Unset).gated("PodCertificateRequest"),
    u("secret", Object(&SECRET_PROJECTION), Unset),
    u("serviceAccountToken", Object(&SERVICE_ACCOUNT_TOKEN_PROJECTION), Unset),
] };

static VOLUME_RESOURCE_REQUIREMENTS: Type = Type { name: "VolumeResourceRequirements", fields: &[
    f("limits", Map(&Quantity), Zero),
    f("requests", Map(&Quantity), Zero),
] };

static VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE: Type = Type { name: "VsphereVirtualDiskVolumeSource", fields: &[
    f("fsType", String, Zero),
    f("storagePolicyID", String, Zero),
    f("storagePolicyName", String, Zero),
    f("volumePath", String, Required),
] };

static WEIGHTED_POD_AFFINITY_TERM: Type = Type { name: "WeightedPodAffinityTerm", fields: &[
    f("podAffinityTerm", Object(&POD_AFFINITY_TERM), Required),
    f("weight", Int32, Required),
] };

static WINDOWS_SECURITY_CONTEXT_OPTIONS: Type = Type { name: "WindowsSecurityContextOptions", fields: &[
    f("gmsaCredentialSpec", String, Unset),
    f("gmsaCredentialSpecName", String, Unset),
    f("hostProcess", Bool, Unset),
    f("runAsUserName", String, Unset),
] };
