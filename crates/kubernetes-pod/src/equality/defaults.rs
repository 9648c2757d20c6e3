//! Defaults that depend on more than the field, and that the schema table therefore does not hold.
//! See [`filled_in`].

use lazy_json::Node;

use crate::schema::{Field, Type};

/// Whether the API server would fill in this value of a field of `object`.
pub fn filled_in(ty: &Type, field: &Field, object: &Node<'_>, value: &Node<'_>) -> bool {
    let image_at = |key: &str| object.str_at(key);
    match (ty.name, field.name) {
        ("Container", "imagePullPolicy") => value.as_str() == image_at("image").map(pull_policy),
        ("ImageVolumeSource", "pullPolicy") => {
            value.as_str() == image_at("reference").map(pull_policy)
        }
        _ => false,
    }
}

/// The default pull policy of an image: `Always` for the tag `latest` and for images without tag
/// and digest, otherwise `IfNotPresent`.
///
/// Source: `kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting`.
pub fn pull_policy(image: &str) -> &'static str {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    // A colon before the last slash belongs to the registry's port.
    let tag = name
        .rsplit('/')
        .next()
        .and_then(|last| last.split_once(':'))
        .map(|(_, tag)| tag);
    match (tag, digest) {
        (Some("latest"), _) => "Always",
        (None, None) if !image.is_empty() => "Always",
        _ => "IfNotPresent",
    }
}

/// Whether the API server adds a list item to every pod: it is one of the two tolerations of the
/// `DefaultTolerationSeconds` admission plugin.
///
/// Source: `kubernetes.io/docs/reference/access-authn-authz/admission-controllers`.
pub fn added(ty: &Type, item: &Node<'_>) -> bool {
    let is = |key: &str, expected: &str| item.str_at(key) == Some(expected);
    ty.name == "Toleration"
        && (is("key", "node.kubernetes.io/not-ready")
            || is("key", "node.kubernetes.io/unreachable"))
        && is("operator", "Exists")
        && is("effect", "NoExecute")
        && item.i64_at("tolerationSeconds") == Some(300)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::no_tag("nginx", "Always")]
    #[case::latest("nginx:latest", "Always")]
    #[case::tag("nginx:1.27", "IfNotPresent")]
    #[case::registry_port("registry:5000/nginx", "Always")]
    #[case::registry_port_and_tag("registry:5000/nginx:1", "IfNotPresent")]
    #[case::nothing("", "IfNotPresent")]
    #[case::digest("nginx@sha256:0123", "IfNotPresent")]
    #[case::latest_with_digest("nginx:latest@sha256:0123", "Always")]
    fn pull_policy_by_tag(#[case] image: &str, #[case] expected: &str) {
        assert_eq!(pull_policy(image), expected);
    }
}
