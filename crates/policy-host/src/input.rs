//! Reads requests and settings from files, in YAML or JSON. YAML is read as kubectl reads it. See
//! [`read_request`].

mod distinct;
mod documents;
mod readings;

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use injector::settings::yaml::NotYaml;
use serde_json::Value;
use thiserror::Error;

use self::{distinct::Repeated, documents::documents};
use crate::{Request, RequestError, Settings, SettingsError};

/// The maximum size of a file. The API server accepts requests of at most 3 MiB.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Why a file can't be used.
#[derive(Debug, Error)]
#[error("{}: {problem}", path.display())]
pub struct InputError {
    /// The file.
    pub path: PathBuf,
    /// The problem.
    pub problem: Problem,
}

/// The problem of a file.
#[derive(Debug, Error)]
pub enum Problem {
    /// The file can't be read.
    #[error("{0}")]
    Io(#[from] io::Error),

    /// The file is larger than [`MAX_BYTES`].
    #[error("more than {} MiB", MAX_BYTES / 1024 / 1024)]
    TooLarge,

    /// The file is not text.
    #[error("not UTF-8 from byte {0} on")]
    NotUtf8(usize),

    /// The file is empty.
    #[error("the file is empty")]
    Empty,

    /// Not JSON.
    #[error("not JSON: {0}")]
    Json(serde_json::Error),

    /// Not YAML.
    #[error("not YAML: {0}")]
    Yaml(#[from] NotYaml),

    /// The YAML holds a number that JSON can't hold.
    #[error("not JSON after it is read as YAML: {0}")]
    NoJson(serde_json::Error),

    /// An object has a duplicate key.
    #[error("the key {0:?} is there twice")]
    Repeated(String),

    /// Several YAML documents.
    #[error("several YAML documents, give one per file")]
    SeveralDocuments,

    /// Not a request.
    #[error("{0}")]
    Request(#[from] RequestError),

    /// Not settings.
    #[error("{0}")]
    Settings(#[from] SettingsError),
}

/// Reads a request: an `AdmissionReview`, an `AdmissionRequest`, or a Pod's manifest to be
/// created in `namespace`.
///
/// # Errors
/// Returns an error if the file can't be read or holds something else.
pub fn read_request(path: &Path, namespace: Option<&str>) -> Result<Request, InputError> {
    let request = read(path).and_then(|value| Ok(Request::from_value(value, namespace)?));
    request.map_err(|problem| at(path, problem))
}

/// Reads a policy's settings, from a file of their own or from the manifest of a
/// `ClusterAdmissionPolicy` or `AdmissionPolicy`.
///
/// # Errors
/// Returns an error if the file can't be read or holds something else, or if an object has a
/// duplicate key.
pub fn read_settings(path: &Path) -> Result<Settings, InputError> {
    let settings = read_text(path).and_then(|text| settings(&text, is_json(path)));
    settings.map_err(|problem| at(path, problem))
}

/// The differences between kubectl's reading of a settings file and kwctl's, one line each. Empty
/// for most files, and for JSON. [`read_settings`] reads the file as kubectl does.
///
/// # Errors
/// Returns an error if the file can't be read.
pub fn readings(path: &Path) -> Result<Vec<String>, InputError> {
    let text = read_text(path).map_err(|problem| at(path, problem))?;
    if is_json(path) {
        return Ok(Vec::new());
    }
    let kubectl = parse(&text, false).map_err(|problem| at(path, problem))?;
    // With the crate that kwctl uses.
    Ok(match yaml_serde::from_str(&text) {
        Ok(kwctl) => readings::differences(&kubectl, &kwctl),
        Err(error) => vec![format!("kwctl can't read it: {error}")],
    })
}

fn settings(text: &str, is_json: bool) -> Result<Settings, Problem> {
    let json = if is_json {
        text.to_owned()
    } else {
        one(documents(text)?)?
    };
    let mut value = from_json(&json, is_json)?;
    if let Ok(Repeated(Some(key))) = serde_json::from_str(&json) {
        return Err(Problem::Repeated(key));
    }
    let group = value["apiVersion"].as_str().unwrap_or_default();
    let value = if group.starts_with("policies.kubewarden.io/") {
        value["spec"]["settings"].take()
    } else {
        value
    };
    Ok(Settings::from_value(value)?)
}

/// Reads manifests: one from JSON, one or more from YAML.
///
/// # Errors
/// Returns an error if the file can't be read or holds something else.
pub fn read_manifests(path: &Path) -> Result<Vec<Value>, InputError> {
    let manifests = read_text(path).and_then(|text| {
        if is_json(path) {
            from_json(&text, true).map(|manifest| vec![manifest])
        } else {
            let documents = documents(&text)?;
            let manifests = documents.iter().map(|json| from_json(json, false));
            manifests.collect()
        }
    });
    manifests.map_err(|problem| at(path, problem))
}

/// Reads one manifest.
///
/// # Errors
/// Returns an error if the file can't be read or holds something else.
pub fn read_manifest(path: &Path) -> Result<Value, InputError> {
    read(path).map_err(|problem| at(path, problem))
}

fn at(path: &Path, problem: Problem) -> InputError {
    InputError {
        path: path.to_owned(),
        problem,
    }
}

fn read(path: &Path) -> Result<Value, Problem> {
    parse(&read_text(path)?, is_json(path))
}

fn is_json(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "json")
}

fn read_text(path: &Path) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    text(bytes)
}

fn text(bytes: Vec<u8>) -> Result<String, Problem> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Problem::TooLarge);
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| Problem::NotUtf8(error.utf8_error().valid_up_to()))?;
    if text.trim().is_empty() {
        return Err(Problem::Empty);
    }
    Ok(text)
}

fn parse(text: &str, is_json: bool) -> Result<Value, Problem> {
    if is_json {
        return from_json(text, true);
    }
    from_json(&one(documents(text)?)?, false)
}

fn from_json(json: &str, is_json: bool) -> Result<Value, Problem> {
    let problem = if is_json {
        Problem::Json
    } else {
        Problem::NoJson
    };
    serde_json::from_str(json).map_err(problem)
}

fn one(mut documents: Vec<String>) -> Result<String, Problem> {
    if documents.len() > 1 {
        return Err(Problem::SeveralDocuments);
    }
    documents.pop().ok_or(Problem::Empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::yaml("a: 1\n", false)]
    #[case::flow("{\"a\": 1}", false)]
    #[case::marked("---\na: 1\n---\n", false)]
    #[case::octal("a: 01\n", false)]
    #[case::json("{\"a\": 1}", true)]
    fn reads(#[case] text: &str, #[case] is_json: bool) {
        let value = parse(text, is_json).expect("it is readable");
        assert_eq!(value, json!({"a": 1}));
    }

    #[test]
    fn reads_words_and_numbers_as_kubectl_does() {
        let text = "a: yes\nb: off\nc: 0644\nd: 1_000\ne: 'yes'\non: x\n";
        let value = parse(text, false).expect("it is readable");
        let expected = json!({"a": true, "b": false, "c": 420, "d": 1000, "e": "yes", "true": "x"});
        assert_eq!(value, expected);
    }

    #[test]
    fn finds_the_settings_of_a_policy() {
        let manifest = "apiVersion: policies.kubewarden.io/v1\nspec: {settings: {a: 1}}\n";
        let settings = settings(manifest, false).expect("they are readable");
        assert_eq!(
            settings,
            Settings::from_value(json!({"a": 1})).expect("an object")
        );
    }

    #[rstest]
    #[case::yaml("a: [1, null, 0.5, true, x, {b: 1, b: 2}]", false)]
    #[case::json(r#"{"a": {"b": -1, "c": 1e3, "b": 2}}"#, true)]
    fn no_key_of_settings_is_there_twice(#[case] text: &str, #[case] is_json: bool) {
        let problem = settings(text, is_json).expect_err("a key is there twice");
        assert!(
            problem
                .to_string()
                .contains(r#"the key "b" is there twice"#),
            "{problem}"
        );
    }

    #[rstest]
    #[case::empty("".into(), false, "empty")]
    #[case::blank(" \n".into(), true, "empty")]
    #[case::comment("# nothing\n".into(), false, "empty")]
    #[case::binary(vec![b'a', 0xff], false, "byte 1")]
    #[case::cut_json("{\"a\": ".into(), true, "not JSON: EOF")]
    #[case::cut_yaml("a: [".into(), false, "not YAML")]
    #[case::deep_json("[".repeat(10_000).into(), true, "recursion limit")]
    #[case::deep_yaml("[".repeat(10_000).into(), false, "not YAML")]
    #[case::two_documents("a: 1\n---\nb: 2\n".into(), false, "several")]
    #[case::huge(vec![b' '; 16 * 1024 * 1024 + 1], true, "more than 16 MiB")]
    fn says_what_is_wrong(#[case] bytes: Vec<u8>, #[case] is_json: bool, #[case] expected: &str) {
        let problem = text(bytes)
            .and_then(|text| parse(&text, is_json))
            .expect_err("it is unreadable")
            .to_string();
        assert!(problem.contains(expected), "{problem}");
    }
}
