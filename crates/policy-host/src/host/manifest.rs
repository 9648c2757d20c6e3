//! A request that creates a Pod, made from the Pod's manifest.

use serde_json::Value;

use super::request::{Kind, Request, RequestError, Resource, UserInfo};

impl Request {
    /// The request that creates a Pod. The namespace is `namespace`, or the manifest's, or
    /// `default`. A pod without a service account gets `default`, as in the API server; no other
    /// default is filled in. The uid depends only on the manifest and the namespace.
    ///
    /// # Errors
    /// Returns an error if the manifest is not a Pod, or its namespace differs from `namespace`.
    pub fn from_pod(mut pod: Value, namespace: Option<&str>) -> Result<Self, RequestError> {
        let text = |pointer| pod.pointer(pointer).and_then(Value::as_str);
        let (version, kind) = (text("/apiVersion"), text("/kind"));
        if (version, kind) != (Some("v1"), Some("Pod")) {
            let words: Vec<_> = version.into_iter().chain(kind).collect();
            let what = if words.is_empty() {
                "neither"
            } else {
                &words.join(" ")
            };
            return Err(RequestError::OtherKind(what.to_owned()));
        }
        let own = text("/metadata/namespace").filter(|own| !own.is_empty());
        if let (Some(pod), Some(given)) = (own, namespace)
            && pod != given
        {
            return Err(RequestError::OtherNamespace {
                pod: pod.to_owned(),
                given: given.to_owned(),
            });
        }
        let namespace = namespace.or(own).unwrap_or("default").to_owned();
        let name = text("/metadata/name").map(str::to_owned);
        let uid = uid(format!("{namespace}/{pod}").as_bytes());
        name_account(&mut pod);
        let kind = Kind {
            group: String::new(),
            version: "v1".to_owned(),
            kind: "Pod".to_owned(),
        };
        let resource = Resource {
            group: String::new(),
            version: "v1".to_owned(),
            resource: "pods".to_owned(),
        };
        Ok(Self {
            uid,
            kind: kind.clone(),
            resource: resource.clone(),
            sub_resource: None,
            request_kind: Some(kind),
            request_resource: Some(resource),
            request_sub_resource: None,
            name,
            namespace: Some(namespace),
            operation: "CREATE".to_owned(),
            user_info: UserInfo {
                username: Some("kubernetes-admin".to_owned()),
                groups: Some(vec![
                    "system:masters".to_owned(),
                    "system:authenticated".to_owned(),
                ]),
                ..UserInfo::default()
            },
            object: Some(pod),
            old_object: None,
            dry_run: Some(false),
            options: None,
        })
    }
}

/// Sets the default service account of a pod without one, in the field and in its old alias.
///
/// Source: `k8s.io/kubernetes/plugin/pkg/admission/serviceaccount`.
fn name_account(pod: &mut Value) {
    const FIELDS: [&str; 2] = ["serviceAccountName", "serviceAccount"];

    let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    let named = |field: &&str| {
        let name = spec.get(*field).and_then(Value::as_str);
        name.filter(|name| !name.is_empty()).map(str::to_owned)
    };
    let name = FIELDS.iter().find_map(named);
    let name = name.unwrap_or_else(|| "default".to_owned());
    for field in FIELDS {
        spec.insert(field.to_owned(), name.clone().into());
    }
}

/// A UUID of version 8 (for custom uses), made of a hash (FNV-1a) of the bytes.
fn uid(bytes: &[u8]) -> String {
    let hash = |seed: u64| {
        bytes.iter().fold(seed, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let (high, low) = (hash(0xcbf2_9ce4_8422_2325), hash(0x8422_2325_cbf2_9ce4));
    format!(
        "{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn pod(metadata: &Value) -> Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "unknown": 1})
    }

    #[rstest]
    #[case::given(json!({}), Some("team-a"), "team-a")]
    #[case::own(json!({"namespace": "team-b"}), None, "team-b")]
    #[case::both(json!({"namespace": "team-b"}), Some("team-b"), "team-b")]
    #[case::neither(json!({}), None, "default")]
    fn chooses_the_namespace(
        #[case] metadata: Value,
        #[case] given: Option<&str>,
        #[case] expected: &str,
    ) {
        let request = Request::from_pod(pod(&metadata), given).expect("it is a pod");
        assert_eq!(request.namespace.as_deref(), Some(expected));
        assert_eq!(
            request.object,
            Some(pod(&metadata)),
            "the manifest stays as it is"
        );
    }

    #[rstest]
    #[case::none(json!({}), "default")]
    #[case::empty(json!({"serviceAccountName": ""}), "default")]
    #[case::named(json!({"serviceAccountName": "robot"}), "robot")]
    #[case::old_name(json!({"serviceAccount": "robot"}), "robot")]
    fn names_the_service_account(#[case] spec: Value, #[case] expected: &str) {
        let mut pod = pod(&json!({}));
        pod["spec"] = spec;
        let request = Request::from_pod(pod, None).expect("it is a pod");
        let spec = &request.object.expect("an object")["spec"];
        for field in ["serviceAccountName", "serviceAccount"] {
            assert_eq!(spec[field], expected, "{field}");
        }
    }

    #[test]
    fn refuses_two_namespaces() {
        let error = Request::from_pod(pod(&json!({"namespace": "a"})), Some("b"));
        assert!(matches!(error, Err(RequestError::OtherNamespace { .. })));
    }

    #[rstest]
    #[case::version(json!({"apiVersion": "v2", "kind": "Pod"}), "v2 Pod")]
    #[case::kind(json!({"apiVersion": "v1", "kind": "List"}), "v1 List")]
    #[case::no_version(json!({"kind": "Pod"}), "Pod")]
    #[case::neither(json!({}), "neither")]
    fn refuses_other_objects(#[case] object: Value, #[case] expected: &str) {
        match Request::from_pod(object, None) {
            Err(RequestError::OtherKind(kind)) => assert_eq!(kind, expected),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_uid_depends_on_the_pod_and_its_namespace() {
        let uid = |name, namespace| {
            let request = Request::from_pod(pod(&json!({"name": name})), Some(namespace));
            request.expect("it is a pod").uid
        };
        assert_eq!(uid("a", "x"), uid("a", "x"));
        assert_ne!(uid("a", "x"), uid("b", "x"));
        assert_ne!(uid("a", "x"), uid("a", "y"));
        assert_eq!(uid("a", "x").len(), 36);
    }
}
