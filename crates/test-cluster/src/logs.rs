//! Logs of pods that do not really run: kwok serves them from files.
//!
//! <https://kwok.sigs.k8s.io/docs/user/configuration/>

use std::path::Path;

use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, Patch, PatchParams},
    core::GroupVersionKind,
};
use serde_json::{Value, json};

use crate::Error;

const MANAGER: &str = "test-cluster";

/// Makes kwok serve the logs of all containers of a pod from a file.
pub(crate) async fn serve_log(
    client: Client,
    namespace: &str,
    pod: &str,
    file: &Path,
) -> Result<(), Error> {
    let kind = ApiResource::from_gvk_with_plural(
        &GroupVersionKind::gvk("kwok.x-k8s.io", "v1alpha1", "Logs"),
        "logs",
    );
    let logs: Api<DynamicObject> = Api::namespaced_with(client, namespace, &kind);
    let object = json!({
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Logs",
        "metadata": {"name": pod},
        "spec": {"logs": [{"logsFile": file, "follow": true}]},
    });
    apply(&logs, pod, &object).await
}

/// Creates or changes an object.
pub(crate) async fn apply<K>(api: &Api<K>, name: &str, object: &Value) -> Result<(), Error>
where
    K: Clone + std::fmt::Debug + serde::de::DeserializeOwned,
{
    let params = PatchParams::apply(MANAGER).force();
    api.patch(name, &params, &Patch::Apply(object))
        .await
        .map(drop)
        .map_err(Error::api(format!("apply {name}")))
}
