//! The maximum sizes of a pod and its annotations. See [`can_be_stored`].

use lazy_json::{Member, Node};

/// The maximum size of all annotations of an object in bytes, keys and values together.
///
/// Source: `k8s.io/apimachinery/pkg/api/validation` (`TotalAnnotationSizeLimitB`).
pub const ANNOTATIONS_BYTES: usize = 256 * 1024;

/// The maximum size of a stored pod in bytes: etcd's limit of a request, minus 64 KiB for the rest
/// of the request and for fields that the API server fills in.
///
/// Source: `etcd.io/docs`, configuration options (`--max-request-bytes`, 1.5 MiB).
pub const STORED_BYTES: usize = 1536 * 1024 - 64 * 1024;

/// The maximum size of a pod's JSON in bytes. Longer JSON can't be stored, since at most six bytes
/// of JSON stand for one stored byte (`\u0001`).
pub const WRITTEN_BYTES: usize = 6 * STORED_BYTES;

/// Whether a pod with this many more bytes can be stored.
pub fn can_be_stored(pod: &Node<'_>, more: usize) -> bool {
    pod.written_len() + more <= STORED_BYTES || stored_at_most(pod) + more <= STORED_BYTES
}

/// An upper bound of a pod's stored size in bytes. The stored form is denser than JSON and has no
/// escapes.
pub fn stored_at_most(pod: &Node<'_>) -> usize {
    let mut json = String::with_capacity(pod.written_len());
    pod.write(&mut json);
    let mut length = 0;
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        length += 1;
        if byte == b'\\' && bytes.next() == Some(b'u') {
            // Four digits stand for at most three bytes.
            bytes.nth(3);
            length += 2;
        }
    }
    length
}

/// The size of a pod's annotations without one of them, in bytes.
pub fn annotations_size_without(pod: &Node<'_>, key: &str) -> usize {
    let metadata = pod.get("metadata");
    let annotations = metadata.map_or(&[][..], |metadata| metadata.members_at("annotations"));
    let left_out = annotations.iter().position(|member| member.key.is(key));
    let left_out = left_out.map_or(&[][..], |at| &annotations[at..=at]);
    annotations_size(annotations) - annotations_size(left_out)
}

/// The size of annotations in bytes, keys and values together.
pub fn annotations_size(annotations: &[Member<'_>]) -> usize {
    annotations
        .iter()
        .map(|member| member.key.name().len() + member.value.as_str().map_or(0, str::len))
        .sum()
}
