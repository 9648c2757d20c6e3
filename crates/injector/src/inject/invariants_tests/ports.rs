//! Names of ports, and ports of the host.

use serde_json::json;

use super::pod;

#[test]
fn a_name_twice() {
    pod()
        .with_container(json!({
            "ports": [{"containerPort": 80, "name": "http", "protocol": "TCP"}],
        }))
        .patch(json!({"ports": [{"containerPort": 81, "name": "http"}]}))
        .is_refused(
            r#"ports of container "app""#,
            "two ports have the same name",
        );
}

#[test]
fn a_host_port_twice() {
    pod()
        .with_container(json!({
            "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}],
        }))
        .patch(json!({"ports": [{"containerPort": 81, "hostPort": 80}]}))
        .is_refused(
            r#"ports of container "app""#,
            "a host port is used twice (with hostNetwork every port is a host port)",
        );
}

#[test]
fn host_port_of_udp() {
    pod()
        .with_container(json!({
            "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}],
        }))
        .patch(json!({"ports": [{"containerPort": 81, "hostPort": 80, "protocol": "UDP"}]}))
        .is_applied();
}

#[test]
fn host_port_of_another_address() {
    pod()
        .with_container(json!({
            "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}],
        }))
        .patch(json!({"ports": [{"containerPort": 81, "hostPort": 80, "hostIP": "10.0.0.1"}]}))
        .is_applied();
}

#[test]
fn host_port_that_differs() {
    pod()
        .with_spec(json!({"hostNetwork": true}))
        .patch(json!({"ports": [{"containerPort": 81, "hostPort": 80}]}))
        .is_refused(
            r#"ports of container "app""#,
            "with hostNetwork a hostPort must equal its containerPort",
        );
}

#[test]
fn host_network() {
    pod()
        .with_container(json!({
            "ports": [{"containerPort": 80, "hostPort": 8080, "protocol": "TCP"}],
        }))
        .inject_spec(json!({"hostNetwork": true}))
        .is_refused(
            r#"ports of container "app""#,
            "with hostNetwork a hostPort must equal its containerPort",
        );
}

#[test]
fn host_network_and_a_port_twice() {
    pod()
        .with_container(json!({
            "ports": [
                {"containerPort": 80, "protocol": "TCP"},
                {"containerPort": 80, "protocol": "TCP"},
            ],
        }))
        .inject_spec(json!({"hostNetwork": true}))
        .is_refused(
            r#"ports of container "app""#,
            "a host port is used twice (with hostNetwork every port is a host port)",
        );
}

#[test]
fn host_port_of_another_container() {
    pod()
        .with_container(json!({
            "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}],
        }))
        .inject_spec(json!({
            "containers": [{
                "name": "b",
                "image": "i",
                "ports": [{"containerPort": 81, "hostPort": 80}],
            }],
        }))
        .is_refused(
            r#"ports of container "b""#,
            "a host port is used twice (with hostNetwork every port is a host port)",
        );
}

#[test]
fn host_port_of_an_init_container() {
    pod()
        .with_container(json!({
            "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}],
        }))
        .inject_spec(json!({
            "initContainers": [{
                "name": "b",
                "image": "i",
                "ports": [{"containerPort": 81, "hostPort": 80}],
            }],
        }))
        .is_applied();
}
