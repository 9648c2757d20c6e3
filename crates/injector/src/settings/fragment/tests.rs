use rstest::rstest;

use super::*;

fn found(text: &str, check: impl Fn(&Node<'_>, &mut Problems)) -> Vec<String> {
    let node = Node::parse(text).expect("valid JSON");
    let mut problems = Problems::all();
    check(&node, &mut problems);
    problems.found().iter().map(ToString::to_string).collect()
}

fn pod(text: &str) -> Vec<String> {
    found(text, |node, problems| {
        check_pod(node, UnknownFields::Refuse, &FieldPath::ROOT, problems);
    })
}

fn spec(text: &str) -> Vec<String> {
    let problems = pod(&format!(r#"{{"spec": {text}}}"#));
    let relative = problems.iter().map(|problem| {
        let problem = problem.strip_prefix("spec").unwrap_or(problem);
        problem.strip_prefix('.').unwrap_or(problem).to_owned()
    });
    relative.collect()
}

fn container(text: &str) -> Vec<String> {
    found(text, |node, problems| {
        check_patch(node, UnknownFields::Refuse, &FieldPath::ROOT, problems);
    })
}

#[rstest]
#[case::case(r#"{"spec": {"initcontainers": []}}"#, &[r#"spec.initcontainers: unknown field, did you mean "initContainers"?"#])]
#[case::nothing_near(r#"{"spec": {"sidecars": []}}"#, &["spec.sidecars: unknown field"])]
#[case::top(r#"{"sepc": {}}"#, &[r#"sepc: unknown field, did you mean "spec"?"#])]
#[case::not_settable_is_not_suggested(r#"{"spec": {"nodename": "a"}}"#, &["spec.nodename: unknown field"])]
#[case::twice(r#"{"spec": {"hostPID": true, "hostPID": false}}"#, &["spec.hostPID: the key is there twice"])]
#[case::label_twice(r#"{"metadata": {"labels": {"a": "b", "a": "c"}}}"#, &["metadata.labels['a']: the key is there twice"])]
#[case::hostile_key(r#"{"spec": {"a\nb\u001b[2J": 1}}"#, &[r"spec.a\nb\u{1b}[2J: unknown field"])]
#[case::patch_directive(r#"{"spec": {"$patch": "replace"}}"#, &["spec.$patch: unknown directive"])]
#[case::order_directive(r#"{"spec": {"$setElementOrder/containers": []}}"#, &["spec.$setElementOrder/containers: unknown directive"])]
fn fields_are_known(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(pod(text), expected);
}

#[test]
fn unknown_fields_may_be_allowed() {
    let text = r#"{"spec": {"fromTheFuture": {"a": [1, {"$patch": 3}]}, "nodeName": "n",
        "containers": [{"name": "a", "alsoNew": null}]}}"#;
    let problems = found(text, |node, problems| {
        check_pod(node, UnknownFields::Allow, &FieldPath::ROOT, problems);
    });
    assert_eq!(
        problems,
        ["spec.nodeName: a rule can't set it: it belongs to the scheduler"]
    );
}

#[rstest]
#[case::api_version(r#"{"apiVersion": "v1", "kind": "Pod"}"#, &["apiVersion: not needed here: what is injected into is a Pod", "kind: not needed here: what is injected into is a Pod"])]
#[case::status(r#"{"status": {}}"#, &["status: a rule can't set it: it belongs to the kubelet"])]
#[case::name(r#"{"metadata": {"name": "x", "ownerReferences": 1, "new": 1}}"#, &[
    "metadata.name: a rule can set only labels and annotations here",
    "metadata.ownerReferences: a rule can set only labels and annotations here",
    "metadata.new: a rule can set only labels and annotations here",
])]
#[case::removed(r#"{"metadata": {"finalizers": null}}"#, &["metadata.finalizers: a rule can set only labels and annotations here"])]
#[case::own_label(r#"{"metadata": {"labels": {"pod-injector.kubewarden.io/request": "x"}}}"#, &["metadata.labels['pod-injector.kubewarden.io/request']: a rule can't set it: keys with this prefix are the policy's own"])]
#[case::own_annotation_removed(r#"{"metadata": {"annotations": {"pod-injector.kubewarden.io/skip": null}}}"#, &["metadata.annotations['pod-injector.kubewarden.io/skip']: a rule can't set it: keys with this prefix are the policy's own"])]
#[case::mirror(r#"{"metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}}"#, &["metadata.annotations['kubernetes.io/config.mirror']: a rule can't set it: it marks a pod as the copy of a static one"])]
#[case::old_init_containers(r#"{"metadata": {"annotations": {"pod.beta.kubernetes.io/init-containers": "[]"}}}"#, &["metadata.annotations['pod.beta.kubernetes.io/init-containers']: a rule can't set it: the API server drops it"])]
#[case::priority(r#"{"spec": {"priority": 1, "preemptionPolicy": "Never"}}"#, &[
    "spec.priority: a rule can't set it: the API server takes it from the PriorityClass",
    "spec.preemptionPolicy: a rule can't set it: the API server takes it from the PriorityClass",
])]
#[case::overhead(r#"{"spec": {"overhead": {"cpu": "1"}}}"#, &["spec.overhead: a rule can't set it: the API server takes it from the RuntimeClass"])]
#[case::what_is_looked_up(r#"{"spec": {"serviceAccountName": "x", "priorityClassName": "x", "runtimeClassName": "x"}}"#, &[])]
#[case::old_service_account(r#"{"spec": {"serviceAccount": "x"}}"#, &["spec.serviceAccount: a rule can't set it: it is the old name of serviceAccountName"])]
#[case::ephemeral(r#"{"spec": {"ephemeralContainers": []}}"#, &["spec.ephemeralContainers: a rule can't set it: the API server takes it only for a pod that runs"])]
fn some_fields_are_never_set(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(pod(text), expected);
}

#[test]
fn a_patch_has_no_name() {
    assert_eq!(
        container(r#"{"name": "app", "tty": true}"#),
        ["name: not needed here: `include` and `exclude` say which containers are patched"]
    );
}

#[rstest]
#[case::string(r#"{"hostname": 1}"#, &["hostname: expected a string, got a number"])]
#[case::surrogate(r#"{"hostname": "\ud800"}"#, &["hostname: expected a string, got a string that is not valid Unicode"])]
#[case::bool(r#"{"hostPID": "true"}"#, &["hostPID: expected true or false, got a string"])]
#[case::enumeration(r#"{"dnsPolicy": "clusterfirst"}"#, &[r#"dnsPolicy: unknown value "clusterfirst", did you mean "ClusterFirst"? (ClusterFirst, ClusterFirstWithHostNet, Default, None)"#])]
#[case::enumeration_type(r#"{"dnsPolicy": true}"#, &["dnsPolicy: expected a string, got a boolean"])]
#[case::int64(r#"{"terminationGracePeriodSeconds": "30"}"#, &["terminationGracePeriodSeconds: expected a number, got a string"])]
#[case::fraction(r#"{"terminationGracePeriodSeconds": 1.5}"#, &["terminationGracePeriodSeconds: must be a whole number of 64 bits"])]
#[case::exponent(r#"{"terminationGracePeriodSeconds": 1e3}"#, &["terminationGracePeriodSeconds: must be a whole number of 64 bits"])]
#[case::int64_range(r#"{"terminationGracePeriodSeconds": 9223372036854775808}"#, &["terminationGracePeriodSeconds: must be a whole number of 64 bits"])]
#[case::object(r#"{"affinity": []}"#, &["affinity: expected an object, got a list"])]
#[case::map(r#"{"nodeSelector": ["a"]}"#, &["nodeSelector: expected an object, got a list"])]
#[case::map_value(r#"{"nodeSelector": {"a": true}}"#, &["nodeSelector['a']: expected a string, got a boolean"])]
#[case::list(r#"{"containers": {"name": "a"}}"#, &["containers: expected a list, got an object"])]
#[case::item(r#"{"containers": ["a", null]}"#, &["containers[0]: expected an object, got a string", "containers[1]: expected an object, got null"])]
#[case::atomic_item(r#"{"containers": [{"name": "a", "args": ["x", null, 1]}]}"#, &["containers[0].args[1]: expected a string, got null", "containers[0].args[2]: expected a string, got a number"])]
#[case::null_removes(r#"{"dnsPolicy": null, "nodeSelector": {"a": null}, "containers": [{"name": "a", "env": null}], "volumes": null}"#, &[])]
fn types_are_checked(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(spec(text), expected);
}

#[rstest]
#[case::env_value(r#"{"env": [{"name": "A", "value": 1}]}"#, &["env[0].value: expected a string, got a number"])]
#[case::int32(r#"{"ports": [{"containerPort": 99999999999}]}"#, &["ports[0].containerPort: must be a whole number of 32 bits"])]
#[case::int_or_string(r#"{"livenessProbe": {"tcpSocket": {"port": true}}}"#, &["livenessProbe.tcpSocket.port: expected a number or a string, got a boolean"])]
#[case::quantity(r#"{"resources": {"limits": {"cpu": "much", "memory": "", "ephemeral-storage": []}}}"#, &[
    "resources.limits['cpu']: must be a quantity such as 500m or 1Gi",
    "resources.limits['memory']: must not be empty",
    "resources.limits['ephemeral-storage']: expected a quantity such as 500m, got a list",
])]
#[case::quantities(r#"{"resources": {"limits": {"cpu": 0.5, "memory": "1e3", "ephemeral-storage": 1e3}}}"#, &[])]
#[case::minus_zero(r#"{"ports": [{"containerPort": 80, "hostPort": -0}], "securityContext": {"runAsUser": -0}}"#, &[
    "ports[0].hostPort: must be 0: the host changes -0 to -0.0, which is not a whole number",
    "securityContext.runAsUser: must be 0: the host changes -0 to -0.0, which is not a whole number",
])]
#[case::minus_zero_as_the_host_writes_it(r#"{"securityContext": {"runAsUser": -0.0}}"#, &["securityContext.runAsUser: must be a whole number of 64 bits"])]
#[case::exponent(r#"{"securityContext": {"runAsUser": 1E2, "runAsGroup": 1.0, "capabilities": {}}}"#, &[
    "securityContext.runAsUser: must be a whole number of 64 bits",
    "securityContext.runAsGroup: must be a whole number of 64 bits",
])]
#[case::two_to_the_64(r#"{"securityContext": {"runAsUser": 18446744073709551616}}"#, &["securityContext.runAsUser: must be a whole number of 64 bits"])]
#[case::too_many_digits(r#"{"resources": {"limits": {"memory": 18446744073709551617}}}"#, &["resources.limits['memory']: must be in quotes: the host rounds a number of so many digits"])]
fn types_in_containers_are_checked(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(container(text), expected);
}

#[rstest]
#[case::no_name(r#"{"env": [{"value": "x"}]}"#, &["env[0].name: required"])]
#[case::null_name(r#"{"env": [{"name": null}]}"#, &["env[0].name: can't be removed: no pod is valid without it"])]
#[case::null_name_of_a_mount(r#"{"volumeMounts": [{"mountPath": "/x", "name": null}]}"#, &["volumeMounts[0].name: can't be removed: no pod is valid without it"])]
#[case::null_image(r#"{"image": null}"#, &["image: can't be removed: no pod is valid without it"])]
#[case::null_env(r#"{"env": null}"#, &[])]
#[case::twice(r#"{"env": [{"name": "A"}, {"name": "B"}, {"name": "A", "value": "x"}]}"#, &[r#"env[2].name: "A" is taken by env[0]"#])]
#[case::port_default(r#"{"ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP"}, {"containerPort": 80, "protocol": "UDP"}]}"#, &["ports[1]: has the same containerPort and protocol as ports[0]"])]
#[case::port_without_key(r#"{"ports": [{"name": "http"}]}"#, &["ports[0].containerPort: required"])]
#[case::mount_path(r#"{"volumeMounts": [{"name": "v"}, {"name": "v", "mountPath": ""}]}"#, &["volumeMounts[0].mountPath: required", "volumeMounts[1].mountPath: must not be empty"])]
#[case::one_volume_twice(r#"{"volumeMounts": [{"name": "v", "mountPath": "/a"}, {"name": "v", "mountPath": "/b"}]}"#, &[])]
#[case::deletion(r#"{"env": [{"name": "A", "$patch": "delete"}]}"#, &[])]
#[case::deletion_of_a_port(r#"{"ports": [{"containerPort": 80, "$patch": "delete"}]}"#, &[])]
#[case::deletion_and_item(r#"{"env": [{"name": "A", "$patch": "delete"}, {"name": "A"}]}"#, &[r#"env[1].name: "A" is taken by env[0]"#])]
#[case::deletion_without_key(r#"{"env": [{"$patch": "delete"}]}"#, &["env[0].name: required"])]
#[case::deletion_with_more(r#"{"env": [{"name": "A", "value": "x", "other": 1, "$patch": "delete"}]}"#, &["env[0].value: not together with $patch: delete, which needs only name", "env[0].other: not together with $patch: delete, which needs only name"])]
#[case::other_directive(r#"{"env": [{"name": "A", "$patch": "replace"}]}"#, &[r#"env[0].$patch: unknown value "replace" (delete)"#])]
#[case::directive_type(r#"{"env": [{"name": "A", "$patch": true}]}"#, &["env[0].$patch: expected a string, got a boolean"])]
#[case::directive_in_a_set(r#"{"envFrom": [{"$patch": "delete", "secretRef": {"name": "s"}}]}"#, &["envFrom[0].$patch: unknown directive"])]
fn keyed_lists_are_checked(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(container(text), expected);
}

#[rstest]
#[case::toleration_defaults(r#"{"tolerations": [{"key": "a", "value": "b"}, {"key": "a", "operator": "Equal", "value": "b"}]}"#, &["tolerations[1]: has the same key and operator and value and effect as tolerations[0]"])]
#[case::spread(r#"{"topologySpreadConstraints": [{"topologyKey": "zone", "maxSkew": 1}]}"#, &["topologySpreadConstraints[0].whenUnsatisfiable: required"])]
#[case::host_alias(r#"{"hostAliases": [{"hostnames": ["a"]}]}"#, &["hostAliases[0].ip: required"])]
#[case::pull_secret(r#"{"imagePullSecrets": [{}]}"#, &[])]
#[case::dns_option(r#"{"dnsConfig": {"options": [{"value": "5"}]}}"#, &["dnsConfig.options[0].name: required"])]
#[case::empty_lists(r#"{"containers": [], "volumes": [], "tolerations": []}"#, &[])]
fn keyed_lists_of_a_pod_are_checked(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(spec(text), expected);
}

#[rstest]
#[case::sources(r#"{"volumes": [{"name": "v", "emptyDir": {}, "configMap": {"name": "c"}}]}"#, &["volumes[0].emptyDir: not together with configMap"])]
#[case::no_source(r#"{"volumes": [{"name": "v"}]}"#, &[])]
#[case::null_source(r#"{"volumes": [{"name": "v", "emptyDir": null, "configMap": {"name": "c"}}]}"#, &[])]
#[case::source_is_whole(r#"{"volumes": [{"name": "v", "configMap": {"optional": true}}]}"#, &["volumes[0].configMap.name: required"])]
#[case::source_items_are_whole(r#"{"volumes": [{"name": "v", "secret": {"secretName": "s", "items": [{"key": "k"}]}}]}"#, &["volumes[0].secret.items[0].path: required"])]
#[case::no_claim(r#"{"volumes": [{"name": "v", "persistentVolumeClaim": {}}]}"#, &["volumes[0].persistentVolumeClaim.claimName: required"])]
#[case::claim_template(r#"{"volumes": [{"name": "v", "ephemeral": {}}]}"#, &["volumes[0].ephemeral.volumeClaimTemplate: required"])]
#[case::claim_metadata(r#"{"volumes": [{"name": "v", "ephemeral": {"volumeClaimTemplate": {"metadata": {"name": "x"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}}}]}"#, &["volumes[0].ephemeral.volumeClaimTemplate.metadata.name: a rule can set only labels and annotations here"])]
#[case::pair(r#"{"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "p.json"}}}"#, &[])]
#[case::pair_without_type(r#"{"securityContext": {"seccompProfile": {"localhostProfile": "p.json"}}}"#, &["securityContext.seccompProfile.type: required"])]
#[case::pair_that_disagrees(r#"{"securityContext": {"seccompProfile": {"type": "RuntimeDefault", "localhostProfile": "p.json"}}}"#, &["securityContext.seccompProfile.localhostProfile: only with Localhost"])]
#[case::pair_incomplete(r#"{"securityContext": {"appArmorProfile": {"type": "Localhost"}}}"#, &["securityContext.appArmorProfile.localhostProfile: required with Localhost"])]
#[case::projected(r#"{"volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "s"}, "configMap": {"name": "c"}}]}}]}"#, &["volumes[0].projected.sources[0].secret: not together with configMap"])]
#[case::claims(r#"{"resourceClaims": [{"name": "c", "resourceClaimName": "a", "resourceClaimTemplateName": "b"}]}"#, &["resourceClaims[0].resourceClaimTemplateName: not together with resourceClaimName"])]
fn unions_are_one_value(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(spec(text), expected);
}

#[rstest]
#[case::value_and_source(r#"{"env": [{"name": "A", "value": "x", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}"#, &["env[0].valueFrom: not together with value"])]
#[case::empty_value_and_source(r#"{"env": [{"name": "A", "value": "", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}"#, &[])]
#[case::two_sources(r#"{"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}, "configMapKeyRef": {"name": "c", "key": "k"}}}]}"#, &["env[0].valueFrom.secretKeyRef: not together with configMapKeyRef"])]
#[case::no_source(r#"{"env": [{"name": "A", "valueFrom": {}}]}"#, &["env[0].valueFrom: needs a source"])]
#[case::source_incomplete(r#"{"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s"}}}]}"#, &["env[0].valueFrom.secretKeyRef.key: required"])]
#[case::env_from(r#"{"envFrom": [{"prefix": "A_"}, {"configMapRef": {}}]}"#, &["envFrom[0]: needs a source", "envFrom[1].configMapRef.name: required"])]
#[case::two_env_from(r#"{"envFrom": [{"configMapRef": {"name": "c"}, "secretRef": {"name": "s"}}]}"#, &["envFrom[0].secretRef: not together with configMapRef"])]
#[case::handlers(r#"{"livenessProbe": {"exec": {"command": ["true"]}, "httpGet": {"port": 80}}}"#, &["livenessProbe.httpGet: not together with exec"])]
#[case::handler_incomplete(r#"{"livenessProbe": {"httpGet": {"path": "/"}}}"#, &["livenessProbe.httpGet.port: required"])]
#[case::no_handler(r#"{"livenessProbe": {"periodSeconds": 5}}"#, &[])]
#[case::no_command(r#"{"lifecycle": {"preStop": {"exec": {}}}}"#, &["lifecycle.preStop.exec.command: required"])]
#[case::empty_command(r#"{"lifecycle": {"preStop": {"exec": {"command": []}}}}"#, &["lifecycle.preStop.exec.command: must not be empty"])]
fn unions_in_containers_are_one_value(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(container(text), expected);
}

#[test]
fn no_value_of_an_author_is_in_a_message() {
    let secret = "s3cr3t!=\u{7f} value/..";
    let text = format!(
        r#"{{"metadata": {{"labels": {{"a": "{secret}"}}, "annotations": {{"b": ["{secret}"]}}}},
        "spec": {{"hostname": "{secret}", "nodeSelector": {{"a": "{secret}"}},
            "hostAliases": [{{"ip": "{secret}", "hostnames": ["{secret}"]}}],
            "dnsConfig": {{"nameservers": ["{secret}"], "searches": ["{secret}"]}},
            "tolerations": [{{"key": "{secret}", "value": "{secret}"}}],
            "volumes": [{{"name": "{secret}", "hostPath": {{"path": "{secret}"}}}}],
            "containers": [{{"name": "{secret}", "image": " {secret}",
                "env": [{{"name": "{secret}", "value": ["{secret}"]}},
                    {{"name": "A", "valueFrom": {{"fieldRef": {{"fieldPath": "{secret}"}}}}}}],
                "resources": {{"limits": {{"cpu": "{secret}"}}}},
                "volumeMounts": [{{"name": "{secret}", "mountPath": "/{secret}", "subPath": "{secret}"}}]}}]}}}}"#
    );
    let problems = pod(&text);
    assert!(problems.len() > 15, "{problems:#?}");
    assert!(
        problems.iter().all(|problem| !problem.contains("s3cr3t")),
        "{problems:#?}"
    );
}

#[rstest]
#[case::port(r#"{"ports": [{"containerPort": 80}, {"containerPort": 81, "name": "x"}, {"containerPort": 82, "name": "x"}]}"#, &[r#"ports[2].name: "x" is taken by ports[1]"#])]
#[case::ports_without_names(r#"{"ports": [{"containerPort": 80}, {"containerPort": 81, "name": ""}, {"containerPort": 82, "name": ""}]}"#, &[])]
#[case::ports_of_variables(r#"{"ports": [{"containerPort": 80, "name": "${metadata.name}"}, {"containerPort": 81, "name": "${metadata.name}"}]}"#, &[])]
#[case::mounts(r#"{"volumeMounts": [{"name": "v", "mountPath": "/v"}, {"name": "w", "mountPath": "/v"}]}"#, &[r#"volumeMounts[1].mountPath: "/v" is taken by volumeMounts[0]"#])]
fn names_in_a_container_stand_once(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(container(text), expected);
}

#[rstest]
#[case::containers(r#"{"containers": [{"name": "x", "image": "i"}, {"name": "y", "image": "i"}, {"name": "x", "image": "i"}]}"#, &[r#"containers[2].name: "x" is taken by containers[0]"#])]
#[case::volumes(r#"{"volumes": [{"name": "x"}, {"name": "x", "emptyDir": {}}]}"#, &[r#"volumes[1].name: "x" is taken by volumes[0]"#])]
#[case::init_container(r#"{"containers": [{"name": "y"}, {"name": "x"}], "initContainers": [{"name": "x"}]}"#, &[r#"initContainers[0].name: "x" is taken by containers[1]"#])]
#[case::init_container_made_anew(r#"{"containers": [{"name": "x", "$patch": "delete"}], "initContainers": [{"name": "x"}]}"#, &[])]
#[case::port_of_a_container(r#"{"containers": [{"name": "y"}, {"name": "z", "ports": [{"containerPort": 1, "name": "x"}, {"containerPort": 2, "name": "x"}]}]}"#, &[r#"containers[1].ports[1].name: "x" is taken by ports[0]"#])]
fn names_in_a_pod_stand_once(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(spec(text), expected);
}

#[rstest]
#[case::probe(r#"{"livenessProbe": {"periodSeconds": 0, "timeoutSeconds": 0, "successThreshold": 0, "failureThreshold": 0, "initialDelaySeconds": 0}}"#, &[
    "livenessProbe.periodSeconds: must not be 0: the API server makes 10 of it",
    "livenessProbe.timeoutSeconds: must not be 0: the API server makes 1 of it",
    "livenessProbe.successThreshold: must not be 0: the API server makes 1 of it",
    "livenessProbe.failureThreshold: must not be 0: the API server makes 3 of it",
])]
#[case::message_path(r#"{"terminationMessagePath": "", "terminationMessagePolicy": ""}"#, &[
    "terminationMessagePath: must not be empty: the API server makes /dev/termination-log of it",
    "terminationMessagePolicy: must not be empty: the API server makes File of it",
])]
#[case::http(r#"{"readinessProbe": {"httpGet": {"port": 80, "path": "", "scheme": ""}}}"#, &[
    "readinessProbe.httpGet.path: must not be empty: the API server makes / of it",
    "readinessProbe.httpGet.scheme: must not be empty: the API server makes HTTP of it",
])]
#[case::field_ref(r#"{"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name", "apiVersion": ""}}}]}"#, &["env[0].valueFrom.fieldRef.apiVersion: must not be empty: the API server makes v1 of it"])]
#[case::protocol(r#"{"ports": [{"containerPort": 80, "protocol": ""}]}"#, &["ports[0].protocol: must not be empty: the API server makes TCP of it"])]
#[case::pull_policy(r#"{"imagePullPolicy": ""}"#, &["imagePullPolicy: must not be empty: the API server makes Always or IfNotPresent of it, by the image's tag"])]
#[case::kept_zeros(r#"{"workingDir": "", "tty": false, "env": [{"name": "A", "value": ""}], "ports": [{"containerPort": 80, "hostPort": 0, "hostIP": ""}]}"#, &[])]
#[case::micros(r#"{"resources": {"limits": {"cpu": "100u"}, "requests": {"cpu": "1n"}}}"#, &[
    "resources.limits['cpu']: the API server rounds it up to a whole number of thousandths (1m)",
    "resources.requests['cpu']: the API server rounds it up to a whole number of thousandths (1m)",
])]
#[case::micros_in_a_number(r#"{"resources": {"limits": {"cpu": 0.0001}}}"#, &["resources.limits['cpu']: the API server rounds it up to a whole number of thousandths (1m)"])]
#[case::exa(r#"{"resources": {"limits": {"memory": "10Ei"}}}"#, &["resources.limits['memory']: the API server makes 9223372036854775807 of it, the most that it takes with such a suffix"])]
#[case::written_out(r#"{"resources": {"limits": {"memory": "100000000000000000000000"}}}"#, &["resources.limits['memory']: the API server stores it without the zeros at its end: write them as an exponent, such as 1e21"])]
#[case::written_out_in_a_number(r#"{"resources": {"limits": {"memory": 100000000000000000000000}}}"#, &[])]
#[case::extended(r#"{"resources": {"limits": {"example.com/x": "1Ei", "example.com/y": "9223372036854776", "example.com/z": "9223372036854775"}}}"#, &[
    "resources.limits: example.com/x must be a whole number below 9223372036854776",
    "resources.limits: example.com/y must be a whole number below 9223372036854776",
])]
#[case::request_over_limit(r#"{"resources": {"limits": {"memory": "1Gi"}, "requests": {"memory": "2Gi", "cpu": "1"}}}"#, &["resources.requests: requests of memory must not exceed limits"])]
#[case::extended_request(r#"{"resources": {"limits": {"example.com/x": "1"}, "requests": {"example.com/x": "2"}}}"#, &["resources.requests: requests of example.com/x must equal limits"])]
fn what_the_api_server_does_not_keep_of_a_container_is_refused(
    #[case] text: &str,
    #[case] expected: &[&str],
) {
    assert_eq!(container(text), expected);
}

#[rstest]
#[case::grace_period(r#"{"terminationGracePeriodSeconds": -1}"#, &["terminationGracePeriodSeconds: must be at least 0: the API server makes 1 of it"])]
#[case::no_grace(r#"{"terminationGracePeriodSeconds": 0}"#, &[])]
#[case::scheduler(r#"{"schedulerName": "", "serviceAccountName": "", "dnsPolicy": ""}"#, &[
    "schedulerName: must not be empty: the API server makes default-scheduler of it",
    "serviceAccountName: must not be empty: the API server makes default of it",
    "dnsPolicy: must not be empty: the API server makes ClusterFirst of it",
])]
#[case::rbd(r#"{"volumes": [{"name": "v", "rbd": {"monitors": ["m"], "image": "i", "pool": "", "user": "", "keyring": ""}}]}"#, &[
    "volumes[0].rbd.pool: must not be empty: the API server makes rbd of it",
    "volumes[0].rbd.user: must not be empty: the API server makes admin of it",
    "volumes[0].rbd.keyring: must not be empty: the API server makes /etc/ceph/keyring of it",
])]
#[case::scale_io(r#"{"volumes": [{"name": "v", "scaleIO": {"gateway": "g", "system": "s", "secretRef": {"name": "s"}, "volumeName": "v", "fsType": "", "storageMode": ""}}]}"#, &[
    "volumes[0].scaleIO.fsType: must not be empty: the API server makes xfs of it",
    "volumes[0].scaleIO.storageMode: must not be empty: the API server makes ThinProvisioned of it",
])]
#[case::iscsi(r#"{"volumes": [{"name": "v", "iscsi": {"targetPortal": "p", "iqn": "iqn.2001-04.com.example:x", "lun": 0, "iscsiInterface": ""}}]}"#, &["volumes[0].iscsi.iscsiInterface: must not be empty: the API server makes default of it"])]
#[case::azure_disk_is_a_pointer(r#"{"volumes": [{"name": "v", "azureDisk": {"diskName": "d", "diskURI": "https://x", "fsType": ""}}]}"#, &[])]
#[case::host_path_is_a_pointer(r#"{"volumes": [{"name": "v", "hostPath": {"path": "/x", "type": ""}}]}"#, &[])]
#[case::image_volume(r#"{"volumes": [{"name": "v", "image": {"reference": "i", "pullPolicy": ""}}]}"#, &["volumes[0].image.pullPolicy: must not be empty: the API server makes Always or IfNotPresent of it, by the image's tag"])]
#[case::size_in_micros(r#"{"volumes": [{"name": "v", "emptyDir": {"sizeLimit": "100u"}}]}"#, &[])]
#[case::size(r#"{"volumes": [{"name": "v", "emptyDir": {"sizeLimit": "10Ei"}}]}"#, &["volumes[0].emptyDir.sizeLimit: the API server makes 9223372036854775807 of it, the most that it takes with such a suffix"])]
#[case::claim(r#"{"volumes": [{"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1.0001"}}}}}}]}"#, &["volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests['storage']: the API server rounds it up to a whole number of thousandths (1m)"])]
#[case::search(r#"{"dnsConfig": {"searches": ["a_", "_", "__a", "a_.b", "_a.b", "a_b"]}}"#, &[
    "dnsConfig.searches[0]: must be labels of lower-case letters, digits, `-` and `_` with `.` between them; a label begins with a letter or digit, perhaps after one `_`, and ends with one",
    "dnsConfig.searches[1]: must be labels of lower-case letters, digits, `-` and `_` with `.` between them; a label begins with a letter or digit, perhaps after one `_`, and ends with one",
    "dnsConfig.searches[2]: must be labels of lower-case letters, digits, `-` and `_` with `.` between them; a label begins with a letter or digit, perhaps after one `_`, and ends with one",
    "dnsConfig.searches[3]: must be labels of lower-case letters, digits, `-` and `_` with `.` between them; a label begins with a letter or digit, perhaps after one `_`, and ends with one",
])]
fn what_the_api_server_does_not_keep_of_a_pod_is_refused(
    #[case] text: &str,
    #[case] expected: &[&str],
) {
    assert_eq!(spec(text), expected);
}

#[test]
fn fields_behind_a_feature_gate_are_for_clusters_that_have_it() {
    let text = r#"{"spec": {"schedulingGroup": {"podGroupName": "g"},
        "containers": [{"name": "a", "lifecycle": {"stopSignal": "SIGTERM"}}],
        "volumes": [{"name": "v", "projected": {"sources": [
            {"clusterTrustBundle": {"name": "b", "path": "p"}},
            {"podCertificate": {"signerName": "example.com/s", "keyType": "ED25519", "keyPath": "k"}}]}}]}}"#;
    let refused = |place: &str, gate: &str| {
        format!(
            "spec.{place}: the API server drops it unless its feature gate {gate} is on, which is off \
             by default: if it is on, set `unknownFields: Allow`"
        )
    };
    assert_eq!(
        pod(text),
        [
            refused("schedulingGroup", "GenericWorkload"),
            refused("containers[0].lifecycle.stopSignal", "ContainerStopSignals"),
            refused(
                "volumes[0].projected.sources[0].clusterTrustBundle",
                "ClusterTrustBundleProjection"
            ),
            refused(
                "volumes[0].projected.sources[1].podCertificate",
                "PodCertificateRequest"
            ),
        ]
    );
    let allowed = found(text, |node, problems| {
        check_pod(node, UnknownFields::Allow, &FieldPath::ROOT, problems);
    });
    assert_eq!(allowed, Vec::<String>::new());
    assert_eq!(
        pod(r#"{"spec": {"schedulingGroup": null}}"#),
        Vec::<String>::new()
    );
}

#[rstest]
#[case::whole("100", true)]
#[case::fraction("1.5", true)]
#[case::minus_zero("-0", false)]
#[case::exponent("1E2", false)]
fn numbers_in_unknown_fields_reach_the_api_server_as_they_are(
    #[case] digits: &str,
    #[case] kept: bool,
) {
    let text = format!(r#"{{"spec": {{"fromTheFuture": {{"a": [{{"b": {digits}}}]}}}}}}"#);
    let problems = found(&text, |node, problems| {
        check_pod(node, UnknownFields::Allow, &FieldPath::ROOT, problems);
    });
    assert_eq!(problems.is_empty(), kept, "{problems:?}");
}

#[test]
fn a_name_that_variables_made_is_in_no_message() {
    let text = r#"{"ports": [{"containerPort": 1, "name": "s3cr3t"}, {"containerPort": 2, "name": "s3cr3t"}]}"#;
    let node = Node::parse(text).expect("valid JSON");
    let problem = check_expanded(&schema::CONTAINER, &node).expect_err("a name stands twice");
    assert_eq!(
        problem.to_string(),
        "ports[1].name: taken by another of the rule's ports"
    );
}
