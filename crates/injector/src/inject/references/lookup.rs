//! Looking up the objects that a pod refers to.

use std::rc::Rc;

use kubernetes_pod::names;
use lazy_json::Node;

use super::error::ReferenceError;
use crate::cluster::lookups::Lookups;
use crate::cluster::object::Object;
use crate::cluster::unavailable::Unavailable;

/// Looks up an object.
///
/// # Errors
/// Returns `Unavailable` if the object does not exist, can't be read or is not known yet.
pub(super) fn look_up<'a>(
    object: &Object,
    lookups: &Lookups<'a>,
) -> Result<Rc<Node<'a>>, ReferenceError> {
    // The host makes a URL path of the name, so that an invalid name is not looked up.
    let found = match names::dns_subdomain(&object.name) {
        Ok(()) => lookups.object(object),
        Err(_) => Err(Unavailable::Absent),
    };
    found.map_err(|why| ReferenceError::Unavailable {
        object: object.clone(),
        why,
    })
}

/// A string of a pod's spec. Empty if it is absent.
pub(super) fn spec_text<'n>(pod: &'n Node<'_>, field: &str) -> &'n str {
    let spec = pod.get("spec");
    spec.and_then(|spec| spec.str_at(field)).unwrap_or("")
}
