//! DNS and host names.

use lazy_json::Node;

use super::detect::Change;
use super::fields::of_spec;
use super::found::Found;
use crate::validation::cause::Cause;

pub(super) fn check(change: &Change<'_, '_>, found: &mut Found) {
    let spec = &change.spec;
    if spec.is_changed(of_spec!("dnsConfig", "dnsPolicy"))
        && spec.str_at("dnsPolicy") == Some("None")
    {
        let nameservers = spec.at(&["dnsConfig", "nameservers"]);
        if nameservers
            .and_then(Node::items)
            .unwrap_or_default()
            .is_empty()
        {
            found.in_pod("spec.dnsConfig", Cause::NoNameserver);
        }
    }
    if spec.is_changed(of_spec!(
        "hostNetwork",
        "hostnameOverride",
        "setHostnameAsFQDN"
    )) && spec.str_at("hostnameOverride").is_some()
        && (spec.is_true("setHostnameAsFQDN") || spec.is_true("hostNetwork"))
    {
        found.in_pod("spec.hostnameOverride", Cause::HostnameOverride);
    }
}
