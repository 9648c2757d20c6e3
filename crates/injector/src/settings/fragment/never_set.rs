//! Fields and keys that no rule may set. See [`field`] and [`key`].

use kubernetes_pod::schema::Type;

use super::Role;

/// The prefix of the policy's own labels and annotations.
const OWN_PREFIX: &str = "pod-injector.kubewarden.io/";

const MIRROR_ANNOTATION: &str = "kubernetes.io/config.mirror";

/// Annotations that the API server drops. They once held the pod's init containers.
///
/// Source: `initContainerAnnotations` in `k8s.io/kubernetes/pkg/apis/core/v1/conversion.go`.
const INIT_CONTAINER_ANNOTATIONS: [&str; 4] = [
    "pod.alpha.kubernetes.io/init-container-statuses",
    "pod.alpha.kubernetes.io/init-containers",
    "pod.beta.kubernetes.io/init-container-statuses",
    "pod.beta.kubernetes.io/init-containers",
];

const TOLERATIONS_ANNOTATION: &str = "scheduler.alpha.kubernetes.io/tolerations";

/// Why a rule can't set a field of an object of this type. `None` if it can.
pub(super) fn field(ty: &Type, name: &str, role: Role) -> Option<&'static str> {
    match (ty.name, name) {
        ("Pod", "apiVersion" | "kind") => Some("not needed here: what is injected into is a Pod"),
        ("Pod", "status") => Some("a rule can't set it: it belongs to the kubelet"),
        ("Container", "name") if role == Role::Patch => {
            Some("not needed here: `include` and `exclude` say which containers are patched")
        }
        ("ObjectMeta", "labels" | "annotations") => None,
        ("ObjectMeta", _) => Some("a rule can set only labels and annotations here"),
        ("PodSpec", "ephemeralContainers") => {
            Some("a rule can't set it: the API server takes it only for a pod that runs")
        }
        ("PodSpec", "nodeName") => Some("a rule can't set it: it belongs to the scheduler"),
        ("PodSpec", "serviceAccount") => {
            Some("a rule can't set it: it is the old name of serviceAccountName")
        }
        ("PodSpec", "priority" | "preemptionPolicy") => {
            Some("a rule can't set it: the API server takes it from the PriorityClass")
        }
        ("PodSpec", "overhead") => {
            Some("a rule can't set it: the API server takes it from the RuntimeClass")
        }
        _ => None,
    }
}

/// Labels that controllers set on their pods and select them by.
///
/// Source: `kubernetes.io/docs/reference/labels-annotations-taints`, and `k8s.io/api/apps/v1` and
/// `batch/v1` for the old names.
const CONTROLLERS_LABELS: [&str; 5] = [
    "pod-template-hash",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "apps.kubernetes.io/pod-index",
];

/// Prefixes of such labels and annotations. The index of a Job's pod is an annotation.
const CONTROLLERS_PREFIXES: [&str; 2] = ["batch.kubernetes.io/", "statefulset.kubernetes.io/"];

/// Whether a label or an annotation belongs to controllers.
fn is_controllers(map: &str, key: &str) -> bool {
    let mut prefixes = CONTROLLERS_PREFIXES.iter();
    prefixes.any(|prefix| key.starts_with(prefix))
        || (map == "labels" && CONTROLLERS_LABELS.contains(&key))
}

/// Why a rule can't set a key in a map of an object of this type. `None` if it can. `map` is the
/// map's field.
pub(super) fn key(ty: &Type, map: &str, key: &str, role: Role) -> Option<&'static str> {
    match ty.name {
        "ObjectMeta" if role == Role::Merged && is_controllers(map, key) => Some(
            "a rule can't set it: it belongs to the pod's controller, which would disown the pod",
        ),
        "ObjectMeta" if role == Role::Merged && key.starts_with(OWN_PREFIX) => {
            Some("a rule can't set it: keys with this prefix are the policy's own")
        }
        "ObjectMeta" if role == Role::Merged && key == TOLERATIONS_ANNOTATION => {
            Some("a rule can't set it: it is the old form of spec.tolerations")
        }
        "ObjectMeta" if role == Role::Merged && INIT_CONTAINER_ANNOTATIONS.contains(&key) => {
            Some("a rule can't set it: the API server drops it")
        }
        "ObjectMeta" if role == Role::Merged && key == MIRROR_ANNOTATION => {
            Some("a rule can't set it: it marks a pod as the copy of a static one")
        }
        _ => None,
    }
}
