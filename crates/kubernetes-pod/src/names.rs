//! The syntax of names in the Kubernetes API. See [`dns_label`].
//!
//! Source: the functions of the given names in `k8s.io/apimachinery/pkg/util/validation` and
//! `pkg/api/validate/content`.

/// Why a name does not have its syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum NameError {
    /// The name is empty.
    #[error("must not be empty")]
    Empty,
    /// The name is too long.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// The name is not a DNS label.
    #[error(
        "must be a DNS label: lower-case letters, digits and `-`, with a letter or digit at both ends"
    )]
    DnsLabel,
    /// The name is not a DNS subdomain.
    #[error("must be DNS labels (lower-case letters, digits, `-`) with `.` between them")]
    DnsSubdomain,
    /// The name is not a DNS search domain.
    #[error(
        "must be labels of lower-case letters, digits, `-` and `_` with `.` between them; a label \
         begins with a letter or digit, perhaps after one `_`, and ends with one"
    )]
    SearchDomain,
    /// The name is not a key of a label or annotation.
    #[error(
        "must be a name of letters, digits, `-`, `_` and `.`, with a letter or digit at both ends and \
         perhaps a DNS subdomain and `/` before it"
    )]
    QualifiedName,
    /// The text is not a value of a label.
    #[error(
        "must be letters, digits, `-`, `_` and `.`, with a letter or digit at both ends, or empty"
    )]
    LabelValue,
    /// The name is not one of an env var.
    #[error("must be printable ASCII without `=`")]
    EnvName,
    /// The name is not one of a port.
    #[error(
        "must be lower-case letters, digits and single `-` between them, with at least one letter"
    )]
    PortName,
    /// The name is not a key of a `ConfigMap` or `Secret`.
    #[error("must be letters, digits, `-`, `_` and `.`, and neither `.` nor begin with `..`")]
    ConfigKey,
}

/// The longest DNS label, name part of a label's key, and value of a label.
pub const LABEL_CHARS: usize = 63;
const SUBDOMAIN_CHARS: usize = 253;
const PORT_NAME_CHARS: usize = 15;

/// Checks a DNS label: a container's, volume's or rule's name (`IsDNS1123Label`).
///
/// # Errors
/// The name does not have this syntax.
pub fn dns_label(name: &str) -> Result<(), NameError> {
    sized(name, LABEL_CHARS)?;
    ensure(is_dns_label(name), NameError::DnsLabel)
}

/// Checks a DNS subdomain: most objects' names (`IsDNS1123Subdomain`).
///
/// # Errors
/// The name does not have this syntax.
pub fn dns_subdomain(name: &str) -> Result<(), NameError> {
    sized(name, SUBDOMAIN_CHARS)?;
    ensure(name.split('.').all(is_dns_label), NameError::DnsSubdomain)
}

/// Checks a search domain of a resolver: a DNS subdomain whose labels may hold underscores
/// (`IsDNS1123SubdomainWithUnderscore`).
///
/// # Errors
/// The name does not have this syntax.
pub fn dns_subdomain_with_underscores(name: &str) -> Result<(), NameError> {
    sized(name, SUBDOMAIN_CHARS)?;
    // `_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?`
    let is_label = |label: &str| {
        let label = label.strip_prefix('_').unwrap_or(label);
        let is_end = |byte: &u8| is_dns_byte(*byte) && *byte != b'-';
        let bytes = label.as_bytes();
        bytes.first().is_some_and(is_end)
            && bytes.last().is_some_and(is_end)
            && bytes.iter().all(|byte| is_dns_byte(*byte) || *byte == b'_')
    };
    ensure(name.split('.').all(is_label), NameError::SearchDomain)
}

/// Checks a label's key (`IsQualifiedName`).
///
/// # Errors
/// The name does not have this syntax.
pub fn qualified_name(key: &str) -> Result<(), NameError> {
    let name = match key.split_once('/') {
        Some((prefix, name)) => {
            dns_subdomain(prefix).map_err(|_| NameError::QualifiedName)?;
            name
        }
        None => key,
    };
    if name.len() > LABEL_CHARS {
        return Err(NameError::TooLong(LABEL_CHARS));
    }
    ensure(is_label_text(name), NameError::QualifiedName)
}

/// Checks an annotation's key. The domain may have capital letters (`ValidateAnnotations`).
///
/// # Errors
/// The name does not have this syntax.
pub fn annotation_key(key: &str) -> Result<(), NameError> {
    qualified_name(&key.to_ascii_lowercase())
}

/// Checks a label's value (`IsValidLabelValue`).
///
/// # Errors
/// The name does not have this syntax.
pub fn label_value(value: &str) -> Result<(), NameError> {
    if value.len() > LABEL_CHARS {
        return Err(NameError::TooLong(LABEL_CHARS));
    }
    ensure(
        value.is_empty() || is_label_text(value),
        NameError::LabelValue,
    )
}

/// Checks an env var's name (`IsRelaxedEnvVarName`).
///
/// # Errors
/// The name does not have this syntax.
pub fn env_name(name: &str) -> Result<(), NameError> {
    ensure(!name.is_empty(), NameError::Empty)?;
    ensure(
        name.bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && byte != b'='),
        NameError::EnvName,
    )
}

/// Checks a port's name (`IsValidPortName`).
///
/// # Errors
/// The name does not have this syntax.
pub fn port_name(name: &str) -> Result<(), NameError> {
    sized(name, PORT_NAME_CHARS)?;
    let dashes = !name.starts_with('-') && !name.ends_with('-') && !name.contains("--");
    let letter = name.bytes().any(|byte| byte.is_ascii_lowercase());
    ensure(
        dashes && letter && name.bytes().all(is_dns_byte),
        NameError::PortName,
    )
}

/// Checks a key of a `ConfigMap` or `Secret` (`IsConfigMapKey`).
///
/// # Errors
/// The name does not have this syntax.
pub fn config_key(key: &str) -> Result<(), NameError> {
    sized(key, SUBDOMAIN_CHARS)?;
    ensure(
        key != "." && !key.starts_with("..") && key.bytes().all(is_label_byte),
        NameError::ConfigKey,
    )
}

fn sized(name: &str, longest: usize) -> Result<(), NameError> {
    ensure(!name.is_empty(), NameError::Empty)?;
    ensure(name.len() <= longest, NameError::TooLong(longest))
}

fn ensure(holds: bool, error: NameError) -> Result<(), NameError> {
    if holds { Ok(()) } else { Err(error) }
}

fn is_dns_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')
}

fn is_dns_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(is_dns_byte)
}

fn is_label_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

fn is_label_text(text: &str) -> bool {
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    ends(bytes.first()) && ends(bytes.last()) && text.bytes().all(is_label_byte)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("a-1", Ok(()))]
    #[case::digit_first("1a", Ok(()))]
    #[case::empty("", Err(NameError::Empty))]
    #[case::capital("A", Err(NameError::DnsLabel))]
    #[case::dot("a.b", Err(NameError::DnsLabel))]
    #[case::dash_first("-a", Err(NameError::DnsLabel))]
    #[case::dash_last("a-", Err(NameError::DnsLabel))]
    #[case::newline("a\n", Err(NameError::DnsLabel))]
    #[case::not_ascii("ä", Err(NameError::DnsLabel))]
    #[case::longest(&"a".repeat(63), Ok(()))]
    #[case::too_long(&"a".repeat(64), Err(NameError::TooLong(63)))]
    fn dns_labels(#[case] name: &str, #[case] expected: Result<(), NameError>) {
        assert_eq!(dns_label(name), expected);
    }

    #[rstest]
    #[case::labels("a.b-c.1", Ok(()))]
    #[case::empty_label("a..b", Err(NameError::DnsSubdomain))]
    #[case::dot_last("a.", Err(NameError::DnsSubdomain))]
    #[case::underscore("a_b", Err(NameError::DnsSubdomain))]
    #[case::long_label(&"a".repeat(64), Ok(()))]
    #[case::too_long(&"a".repeat(254), Err(NameError::TooLong(253)))]
    fn dns_subdomains(#[case] name: &str, #[case] expected: Result<(), NameError>) {
        assert_eq!(dns_subdomain(name), expected);
    }

    #[rstest]
    #[case::plain("app", Ok(()))]
    #[case::prefixed("example.com/App_1.x", Ok(()))]
    #[case::empty("", Err(NameError::QualifiedName))]
    #[case::empty_prefix("/app", Err(NameError::QualifiedName))]
    #[case::empty_name("example.com/", Err(NameError::QualifiedName))]
    #[case::two_slashes("a/b/c", Err(NameError::QualifiedName))]
    #[case::capital_prefix("Example.com/app", Err(NameError::QualifiedName))]
    #[case::dot_first(".app", Err(NameError::QualifiedName))]
    #[case::space("a b", Err(NameError::QualifiedName))]
    #[case::too_long(&format!("a/{}", "b".repeat(64)), Err(NameError::TooLong(63)))]
    fn qualified_names(#[case] key: &str, #[case] expected: Result<(), NameError>) {
        assert_eq!(qualified_name(key), expected);
    }

    #[test]
    fn the_domain_of_an_annotation_may_be_in_capitals() {
        assert_eq!(annotation_key("Example.com/app"), Ok(()));
    }

    #[rstest]
    #[case::empty("", Ok(()))]
    #[case::mixed("v1.2_rc-3", Ok(()))]
    #[case::space("a b", Err(NameError::LabelValue))]
    #[case::slash("a/b", Err(NameError::LabelValue))]
    #[case::dash_last("a-", Err(NameError::LabelValue))]
    #[case::too_long(&"a".repeat(64), Err(NameError::TooLong(63)))]
    fn label_values(#[case] value: &str, #[case] expected: Result<(), NameError>) {
        assert_eq!(label_value(value), expected);
    }

    #[rstest]
    #[case::plain("HTTP_PROXY", Ok(()))]
    #[case::digit_first("1A", Ok(()))]
    #[case::printable("a b!~", Ok(()))]
    #[case::empty("", Err(NameError::Empty))]
    #[case::equals_sign("A=B", Err(NameError::EnvName))]
    #[case::tab("A\tB", Err(NameError::EnvName))]
    #[case::not_ascii("GRÖSSE", Err(NameError::EnvName))]
    fn env_names(#[case] name: &str, #[case] expected: Result<(), NameError>) {
        assert_eq!(env_name(name), expected);
    }

    #[rstest]
    #[case::plain("http-1", Ok(()))]
    #[case::no_letter("8080", Err(NameError::PortName))]
    #[case::two_dashes("a--b", Err(NameError::PortName))]
    #[case::dash_first("-a", Err(NameError::PortName))]
    #[case::capital("HTTP", Err(NameError::PortName))]
    #[case::too_long("abcdefghijklmnop", Err(NameError::TooLong(15)))]
    fn port_names(#[case] name: &str, #[case] expected: Result<(), NameError>) {
        assert_eq!(port_name(name), expected);
    }

    #[rstest]
    #[case::file("app.conf", Ok(()))]
    #[case::dot(".", Err(NameError::ConfigKey))]
    #[case::dots_first("..a", Err(NameError::ConfigKey))]
    #[case::slash("a/b", Err(NameError::ConfigKey))]
    fn config_keys(#[case] key: &str, #[case] expected: Result<(), NameError>) {
        assert_eq!(config_key(key), expected);
    }

    #[rstest]
    #[case::plain("svc.cluster.local", true)]
    #[case::underscore_first("_tcp.example.com", true)]
    #[case::underscore_inside("a_b.c__d", true)]
    #[case::one_letter("_a", true)]
    #[case::underscore_last("a_", false)]
    #[case::underscore_alone("_", false)]
    #[case::two_underscores_first("__a", false)]
    #[case::underscore_before_a_dot("a_.b", false)]
    #[case::dash_after_the_underscore("_-a", false)]
    #[case::dash_last("a-", false)]
    #[case::capitals("A", false)]
    #[case::empty_label("a..b", false)]
    fn search_domains(#[case] name: &str, #[case] expected: bool) {
        assert_eq!(dns_subdomain_with_underscores(name).is_ok(), expected);
    }
}
