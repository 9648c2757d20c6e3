//! A cluster whose objects are the manifests in a folder.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use thiserror::Error;

use super::{objects::Objects, question::Question};
use crate::input::{self, InputError};

/// Kinds without namespaces.
const CLUSTER_WIDE: [&str; 6] = [
    "ClusterRole",
    "ClusterRoleBinding",
    "Namespace",
    "Node",
    "PriorityClass",
    "RuntimeClass",
];

/// The objects of a folder's manifests.
#[derive(Debug, Default)]
pub struct Folder(BTreeMap<Key, Value>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    api_version: String,
    kind: String,
    namespace: Option<String>,
    name: String,
}

/// Why a folder can't be used.
#[derive(Debug, Error)]
pub enum FolderError {
    /// The folder can't be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file can't be read.
    #[error(transparent)]
    File(#[from] InputError),
    /// A file holds something else than manifests.
    #[error("{}: not a manifest: no {what}", path.display())]
    NoManifest {
        /// The file.
        path: PathBuf,
        /// The missing part.
        what: &'static str,
    },
}

impl Folder {
    /// Reads the manifests in a folder, in YAML or JSON. A YAML file may hold several. Subfolders
    /// are not read.
    ///
    /// # Errors
    /// Returns an error if the folder or one of its files can't be read, or a file is not a
    /// manifest.
    pub fn read(path: &Path) -> Result<Self, FolderError> {
        let entries = fs::read_dir(path).and_then(|entries| {
            let paths = entries.map(|entry| entry.map(|entry| entry.path()));
            paths.collect::<Result<Vec<_>, _>>()
        });
        let mut files = entries.map_err(|source| FolderError::Read {
            path: path.to_owned(),
            source,
        })?;
        files.retain(|file| {
            let extension = file.extension().and_then(|extension| extension.to_str());
            matches!(extension, Some("yaml" | "yml" | "json"))
        });
        files.sort();
        let mut folder = Self::default();
        for file in files {
            for manifest in input::read_manifests(&file)? {
                folder
                    .add(manifest)
                    .map_err(|what| FolderError::NoManifest {
                        path: file.clone(),
                        what,
                    })?;
            }
        }
        Ok(folder)
    }

    /// Adds an object. It replaces one of the same kind and name.
    ///
    /// # Errors
    /// Returns the missing part if the manifest is not complete.
    pub fn add(&mut self, mut object: Value) -> Result<(), &'static str> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let kind = text("/kind").ok_or("kind")?.to_owned();
        let name = text("/metadata/name").ok_or("metadata.name")?.to_owned();
        let api_version = text("/apiVersion").ok_or("apiVersion")?.to_owned();
        let namespaced = !CLUSTER_WIDE.contains(&kind.as_str());
        let namespace = text("/metadata/namespace").unwrap_or("default").to_owned();
        if namespaced {
            object["metadata"]["namespace"] = json!(namespace);
        }
        let key = Key {
            api_version,
            kind,
            namespace: namespaced.then_some(namespace),
            name,
        };
        self.0.insert(key, object);
        Ok(())
    }
}

impl Objects for Folder {
    fn get(&self, question: &Question) -> Result<Value, String> {
        let namespaced = !CLUSTER_WIDE.contains(&question.kind.as_str());
        if namespaced && question.namespace.is_none() {
            return Err(question.no_namespace());
        }
        let key = Key {
            api_version: question.api_version.clone(),
            kind: question.kind.clone(),
            namespace: question.namespace.clone().filter(|_| namespaced),
            name: question.name.clone(),
        };
        self.0.get(&key).cloned().ok_or_else(|| question.absent())
    }
}
