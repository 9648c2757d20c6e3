//! How large a pod and its parts may be.

use lazy_json::{Member, Node};

/// The most that all annotations of an object may take, keys and values together, in bytes.
/// Source: `k8s.io/apimachinery/pkg/api/validation` (`TotalAnnotationSizeLimitB`).
pub const ANNOTATIONS_BYTES: usize = 256 * 1024;

/// The most that a pod may take where it is stored: etcd's limit for a request, less room for what
/// goes along with it and for what the API server fills in.
/// Source: `etcd.io/docs`, configuration options (`--max-request-bytes`, 1.5 MiB).
pub const STORED_BYTES: usize = 1536 * 1024 - 64 * 1024;

/// JSON that is longer can't be stored, whatever it holds: at most six bytes stand for one (`\u0001`).
pub const WRITTEN_BYTES: usize = 6 * STORED_BYTES;

/// Whether a pod can be stored, with so many more bytes.
pub fn can_be_stored(pod: &Node<'_>, more: usize) -> bool {
    pod.written_len() + more <= STORED_BYTES || stored_at_most(pod) + more <= STORED_BYTES
}

/// What a pod takes at most where it is stored, in bytes. The store's format is denser than JSON,
/// and has no escapes.
pub fn stored_at_most(pod: &Node<'_>) -> usize {
    let mut json = String::with_capacity(pod.written_len());
    pod.write(&mut json);
    let mut length = 0;
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        length += 1;
        if byte == b'\\' && bytes.next() == Some(b'u') {
            // Four digits stand for three bytes at most.
            bytes.nth(3);
            length += 2;
        }
    }
    length
}

/// What a pod's annotations take without one of them, in bytes.
pub fn annotations_size_without(pod: &Node<'_>, key: &str) -> usize {
    let annotations = pod
        .get("metadata")
        .and_then(|metadata| metadata.get("annotations"))
        .and_then(Node::members)
        .unwrap_or_default();
    let left_out = annotations.iter().position(|member| member.key.is(key));
    let left_out = left_out.map_or(&[][..], |at| &annotations[at..=at]);
    annotations_size(annotations) - annotations_size(left_out)
}

/// What annotations take, keys and values together, in bytes.
pub fn annotations_size(annotations: &[Member<'_>]) -> usize {
    annotations
        .iter()
        .map(|member| member.key.name().len() + member.value.as_str().map_or(0, str::len))
        .sum()
}
