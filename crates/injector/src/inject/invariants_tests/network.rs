//! DNS and host names.

use serde_json::json;

use super::pod;

#[test]
fn no_nameserver() {
    pod()
        .inject_spec(json!({"dnsPolicy": "None"}))
        .is_refused("spec.dnsConfig", "needs a nameserver with dnsPolicy None");
}

#[test]
fn nameserver() {
    pod()
        .inject_spec(json!({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.1"]}}))
        .is_applied();
}

#[test]
fn too_many_nameservers() {
    pod()
        .with_spec(json!({"dnsConfig": {"nameservers": ["10.0.0.1", "10.0.0.2"]}}))
        .inject_spec(json!({"dnsConfig": {"nameservers": ["10.0.0.3", "10.0.0.4"]}}))
        .is_refused("spec.dnsConfig.nameservers", "must have at most 3 items");
}

#[test]
fn hostname() {
    pod()
        .with_spec(json!({"hostNetwork": true}))
        .inject_spec(json!({"hostnameOverride": "x"}))
        .is_refused(
            "spec.hostnameOverride",
            "not together with setHostnameAsFQDN or hostNetwork",
        );
}
