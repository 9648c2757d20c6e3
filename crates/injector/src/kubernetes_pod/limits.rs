//! How large a pod may be.

use crate::lazy_json::Node;

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
