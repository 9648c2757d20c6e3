//! A pair that broke a promise, as an end-to-end case. See [`write`].

use std::{
    fs,
    path::{Path, PathBuf},
};

use generator::Pair;
use policy_host::Request;
use serde_json::{Map, Value, json};

use crate::{Error, Given, judgement::Breach};

/// Writes the settings and the request as a case's folder, and gives back the folder.
pub(crate) fn write(
    folder: &Path,
    pair: &Pair,
    breach: &Breach,
    request: Option<&Request>,
) -> Result<PathBuf, Error> {
    let folder = folder.join(format!("oracle-{}-{}", pair.seed, pair.number));
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let about = format!("Seed {}, pair {}. {breach}", pair.seed, pair.number);
    let comment = format!("# {}\n", about.replace('\n', "\n# "));
    let given = Given::of(pair);
    let settings = yaml_serde::to_string(&given.settings.clone().into_value()).unwrap_or_default();
    let path = folder.join("settings.yaml");
    fs::write(&path, comment + &settings).map_err(at(&path))?;
    let cluster = folder.join("cluster");
    fs::create_dir_all(&cluster).map_err(at(&cluster))?;
    let objects = given.objects("team-a");
    let objects = objects
        .iter()
        .map(|object| yaml_serde::to_string(object).unwrap_or_default());
    let path = cluster.join("objects.yaml");
    fs::write(&path, objects.collect::<Vec<_>>().join("---\n")).map_err(at(&path))?;
    let path = folder.join("request.json");
    let request = serde_json::to_string_pretty(&self::request(pair, request)).unwrap_or_default();
    fs::write(&path, request + "\n").map_err(at(&path))?;
    Ok(folder)
}

/// The request as the API server sent it, without the fields that a case does not need. Where the
/// API server sent none, it is made of the pod.
fn request(pair: &Pair, seen: Option<&Request>) -> Value {
    let mut object = seen
        .and_then(|request| request.object.clone())
        .unwrap_or_else(|| pair.pod.clone());
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        metadata.insert("namespace".to_owned(), json!("team-a"));
    }
    let request = json!({
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "namespace": "team-a",
        "operation": "CREATE",
        "userInfo": {"username": "alice"},
        "object": object,
    });
    let name = seen.and_then(|request| request.name.clone());
    let name = name.map(|name| ("name".to_owned(), name.into()));
    let members = request.as_object().cloned().unwrap_or_default();
    members
        .into_iter()
        .chain(name)
        .collect::<Map<_, _>>()
        .into()
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    |source| Error::Case { path, source }
}
