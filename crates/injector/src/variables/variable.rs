//! The variables and their paths. See [`Variable::parse`].

use std::fmt;

use kubernetes_pod::names::{self, NameError};
use kubernetes_pod::nearest::nearest;
use kubernetes_pod::text::{escaped, quoted};

/// A variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable<'t> {
    /// `metadata.name`
    Name,
    /// `metadata.generateName`
    GenerateName,
    /// `metadata.namespace`: the request's namespace, since the pod's may be absent.
    Namespace,
    /// `metadata.labels['KEY']`
    Label(&'t str),
    /// `metadata.annotations['KEY']`
    Annotation(&'t str),
    /// `spec.serviceAccountName`
    ServiceAccountName,
    /// `request.namespace`
    RequestNamespace,
    /// `request.uid`
    RequestUid,
    /// `request.userInfo.username`
    Username,
    /// `container.name`
    ContainerName,
    /// `container.image`
    ContainerImage,
}

/// Why a path is not one of a variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// No variable has this path.
    #[error(
        "unknown variable {}{}",
        quoted(.path),
        .nearest.as_ref().map_or_else(all_known, |nearest| format!(", did you mean {}?", quoted(nearest)))
    )]
    Unknown {
        /// The path.
        path: String,
        /// The most similar known path.
        nearest: Option<String>,
    },
    /// No variable has this path, and messages must not show it.
    #[error("unknown variable{}", all_known())]
    UnknownUnquoted,
    /// No label or annotation can have this key.
    #[error("the key of {map} {error}")]
    Key {
        /// `metadata.labels` or `metadata.annotations`.
        map: &'static str,
        /// What is wrong with the key.
        error: NameError,
    },
}

const LABELS: &str = "metadata.labels";
const ANNOTATIONS: &str = "metadata.annotations";

const PLAIN: [(&str, Variable<'static>); 9] = [
    ("metadata.name", Variable::Name),
    ("metadata.generateName", Variable::GenerateName),
    ("metadata.namespace", Variable::Namespace),
    ("spec.serviceAccountName", Variable::ServiceAccountName),
    ("request.namespace", Variable::RequestNamespace),
    ("request.uid", Variable::RequestUid),
    ("request.userInfo.username", Variable::Username),
    ("container.name", Variable::ContainerName),
    ("container.image", Variable::ContainerImage),
];

impl<'t> Variable<'t> {
    /// Parses a path.
    ///
    /// # Errors
    /// Returns `Unknown` if no variable has this path, and `Key` if no label or annotation can have
    /// its key.
    pub fn parse(path: &'t str) -> Result<Self, PathError> {
        if let Some((_, variable)) = PLAIN.iter().find(|(name, _)| *name == path) {
            return Ok(*variable);
        }
        let keyed = path
            .strip_suffix("']")
            .and_then(|path| path.split_once("['"));
        let invalid = |map| move |error| PathError::Key { map, error };
        match keyed {
            Some((LABELS, key)) => names::qualified_name(key)
                .map(|()| Self::Label(key))
                .map_err(invalid(LABELS)),
            Some((ANNOTATIONS, key)) => names::annotation_key(key)
                .map(|()| Self::Annotation(key))
                .map_err(invalid(ANNOTATIONS)),
            _ => Err(PathError::Unknown {
                path: path.to_owned(),
                nearest: nearest_path(path),
            }),
        }
    }

    /// Whether the variable is a container's. Only a container's patch has such variables.
    pub fn is_of_container(self) -> bool {
        matches!(self, Self::ContainerName | Self::ContainerImage)
    }
}

impl fmt::Display for Variable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(key) => write!(formatter, "{LABELS}['{}']", escaped(key)),
            Self::Annotation(key) => write!(formatter, "{ANNOTATIONS}['{}']", escaped(key)),
            plain => {
                let name = PLAIN.iter().find(|(_, variable)| variable == plain);
                formatter.write_str(name.map_or("", |(name, _)| name))
            }
        }
    }
}

fn all_known() -> String {
    let plain: Vec<&str> = PLAIN.iter().map(|(name, _)| *name).collect();
    format!(
        " ({LABELS}['KEY'], {ANNOTATIONS}['KEY'], {})",
        plain.join(", ")
    )
}

/// The known path that is most similar: `metadata.labels['app']` for `metadata.labels.app`.
fn nearest_path(path: &str) -> Option<String> {
    let (base, key) = split(path);
    let plain = PLAIN.iter().map(|(name, _)| *name);
    let found = nearest(base, plain.chain([LABELS, ANNOTATIONS]))?;
    if found != LABELS && found != ANNOTATIONS {
        return Some(found.to_owned());
    }
    let key = key.trim_matches(['[', ']', '\'', '"', ' ']);
    let key = if names::annotation_key(key).is_ok() {
        key
    } else {
        "KEY"
    };
    Some(format!("{found}['{key}']"))
}

/// Splits a path into its base and a key.
fn split(path: &str) -> (&str, &str) {
    let after = |map: &'static str| {
        let rest = path.strip_prefix(map)?;
        rest.starts_with('.').then(|| (map, &rest[1..]))
    };
    after(LABELS)
        .or_else(|| after(ANNOTATIONS))
        .unwrap_or_else(|| path.split_at(path.find('[').unwrap_or(path.len())))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_known_path_is_read_and_written_as_it_is() {
        let keyed = [
            "metadata.labels['app']",
            "metadata.labels['app.kubernetes.io/name']",
            "metadata.annotations['Example.com/a']",
        ];
        for path in PLAIN.iter().map(|(path, _)| *path).chain(keyed) {
            let variable = Variable::parse(path).map(|variable| variable.to_string());
            assert_eq!(variable, Ok(path.to_owned()));
        }
    }

    #[rstest]
    #[case::misspelt("metadata.nam", r#", did you mean "metadata.name"?"#)]
    #[case::case(
        "request.userinfo.username",
        r#", did you mean "request.userInfo.username"?"#
    )]
    #[case::space(" metadata.name ", r#", did you mean "metadata.name"?"#)]
    #[case::dotted("metadata.labels.app", r#", did you mean "metadata.labels['app']"?"#)]
    #[case::dotted_domain(
        "metadata.annotations.example.com/a",
        r#", did you mean "metadata.annotations['example.com/a']"?"#
    )]
    #[case::double_quotes(
        r#"metadata.labels["app"]"#,
        r#", did you mean "metadata.labels['app']"?"#
    )]
    #[case::no_quotes("metadata.labels[app]", r#", did you mean "metadata.labels['app']"?"#)]
    #[case::singular("metadata.label['app']", r#", did you mean "metadata.labels['app']"?"#)]
    #[case::no_key("metadata.labels", r#", did you mean "metadata.labels['KEY']"?"#)]
    #[case::key_of_a_name("metadata.name['a']", r#", did you mean "metadata.name"?"#)]
    #[case::nothing_near(
        "HOSTNAME",
        " (metadata.labels['KEY'], metadata.annotations['KEY'], metadata.name, \
         metadata.generateName, metadata.namespace, spec.serviceAccountName, request.namespace, \
         request.uid, request.userInfo.username, container.name, container.image)"
    )]
    fn an_unknown_path_is_told_the_nearest_one(#[case] path: &str, #[case] rest: &str) {
        let error = Variable::parse(path).map_err(|error| error.to_string());
        assert_eq!(error, Err(format!("unknown variable {path:?}{rest}")));
    }

    #[rstest]
    #[case::label("metadata.labels['a b']", "metadata.labels must be a name")]
    #[case::empty("metadata.labels['']", "metadata.labels must be a name")]
    #[case::two_keys(
        "metadata.annotations['a']['b']",
        "metadata.annotations must be a name"
    )]
    fn a_key_that_nothing_can_have(#[case] path: &str, #[case] expected: &str) {
        let error = Variable::parse(path).map_err(|error| error.to_string());
        let error = error.expect_err("no such key");
        assert!(
            error.starts_with(&format!("the key of {expected}")),
            "{error}"
        );
    }
}
