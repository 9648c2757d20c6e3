//! The annotations that held `AppArmor` and seccomp profiles before these became fields.
//!
//! Source: `k8s.io/api/core/v1/annotation_key_constants.go`.

/// The prefix of the annotation of a container's `AppArmor` profile. The container's name follows.
pub(crate) const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// The prefix of the annotation of a container's seccomp profile. The container's name follows.
pub(crate) const SECCOMP: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// The annotation of the pod's seccomp profile.
pub(crate) const SECCOMP_OF_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";

/// The prefix of the value of a profile that is a file on the node.
pub(crate) const LOCALHOST: &str = "localhost/";
