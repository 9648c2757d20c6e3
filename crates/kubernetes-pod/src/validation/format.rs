//! Texts with a form of their own, other than names.

use super::invalid::Invalid;
use super::invalid::ensure;
use crate::names;

const ISCSI: Invalid =
    Invalid::Rule("must be iqn.YYYY-MM.DOMAIN:NAME, eui. and 16, or naa. and 32 letters or digits");
const SIGNER: Invalid = Invalid::Rule("must be DOMAIN/NAME, such as example.com/signer");
const WINDOWS_USER: Invalid = Invalid::Rule("must be USER or DOMAIN\\USER of Windows");
const CREDENTIAL_SPEC: Invalid = Invalid::Rule("must have from 1 byte to 64 KiB");
const BUNDLE: Invalid = Invalid::Rule("must be a DNS subdomain, or SIGNER:NAME");

/// Checks the name of an iSCSI initiator or target (`validateISCSIVolumeSource`).
pub(super) fn iscsi(name: &str) -> Result<(), Invalid> {
    let letters = |rest: &str, count| {
        // The dot of the API server's pattern stands for any character.
        let mut rest = rest.chars();
        rest.next().is_some()
            && rest.as_str().len() == count
            && rest
                .as_str()
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric())
    };
    let holds = match name.get(..3) {
        Some("iqn") => is_iqn(name),
        Some("eui") => letters(&name[3..], 16),
        Some("naa") => letters(&name[3..], 32),
        _ => false,
    };
    ensure(holds, ISCSI)
}

/// `iqn\.\d{4}-\d{2}\.([[:alnum:]-.]+)(:[^,;*&$|\s]+)$`.
fn is_iqn(name: &str) -> bool {
    let Some((date, rest)) = name
        .strip_prefix("iqn.")
        .and_then(|name| name.split_at_checked(8))
    else {
        return false;
    };
    let digit = |at: usize| date.as_bytes()[at].is_ascii_digit();
    let dated =
        [0, 1, 2, 3, 5, 6].into_iter().all(digit) && &date[4..5] == "-" && &date[7..] == ".";
    let Some((domain, suffix)) = rest.split_once(':') else {
        return false;
    };
    let in_domain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let forbidden = |letter: char| letter.is_ascii_whitespace() || ",;*&$|".contains(letter);
    dated
        && !domain.is_empty()
        && domain.bytes().all(in_domain)
        && !suffix.is_empty()
        && !suffix.contains(forbidden)
}

/// `ValidateSignerName`.
pub(super) fn signer(name: &str) -> Result<(), Invalid> {
    const PATH_CHARS: usize = 253 + 63 + 1;

    let Some((domain, path)) = name.split_once('/') else {
        return Err(SIGNER);
    };
    ensure(
        domain.contains('.')
            && domain.len() <= 253
            && domain
                .split('.')
                .all(|label| names::dns_label(label).is_ok())
            && path.len() <= PATH_CHARS
            && path
                .split('.')
                .all(|label| names::dns_subdomain(label).is_ok()),
        SIGNER,
    )
}

/// `ValidateClusterTrustBundleName`.
pub(super) fn trust_bundle(name: &str) -> Result<(), Invalid> {
    let name = name.rsplit_once(':').map_or(name, |(_, name)| name);
    ensure(names::dns_subdomain(name).is_ok(), BUNDLE)
}

/// `ValidateUserAnnotations`.
pub(super) fn domain_prefixed_key(key: &str) -> Result<(), Invalid> {
    names::annotation_key(key)?;
    ensure(
        key.contains('/'),
        Invalid::Rule("must have a domain and `/` before it"),
    )
}

/// `validateFlexVolumeSource`.
pub(super) fn flex_option(key: &str) -> Result<(), Invalid> {
    let domain = key.split('/').next().unwrap_or("").to_ascii_lowercase();
    let reserved = ["kubernetes.io", "k8s.io"].iter().any(|reserved| {
        domain
            .strip_suffix(reserved)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    ensure(!reserved, Invalid::Rule("is in a domain of Kubernetes"))
}

/// `validateWindowsSecurityContextOptions`.
pub(super) fn credential_spec(text: &str) -> Result<(), Invalid> {
    ensure((1..=64 * 1024).contains(&text.len()), CREDENTIAL_SPEC)
}

/// `validateWindowsSecurityContextOptions`.
pub(super) fn windows_user(name: &str) -> Result<(), Invalid> {
    const DOMAIN_BYTES: usize = 255;
    const USER_BYTES: usize = 104;

    let (domain, user) = match name.split_once('\\') {
        Some((domain, user)) => (Some(domain), user),
        None => (None, name),
    };
    let in_domain = |domain: &str| {
        domain.len() <= DOMAIN_BYTES && (is_net_bios(domain) || is_windows_domain(domain))
    };
    let forbidden = |letter: char| "\"/\\:;|=,+*?<>@[]".contains(letter);
    ensure(
        !name.contains(|letter: char| letter.is_ascii_control())
            && domain.is_none_or(in_domain)
            && (1..=USER_BYTES).contains(&user.len())
            && !user.chars().all(|letter| matches!(letter, '.' | ' '))
            && !user.contains(forbidden),
        WINDOWS_USER,
    )
}

fn is_net_bios(domain: &str) -> bool {
    let forbidden = |letter: char| "\\/:*?\"<>|".contains(letter);
    (1..=15).contains(&domain.chars().count())
        && !domain.starts_with('.')
        && !domain.contains(forbidden)
}

fn is_windows_domain(domain: &str) -> bool {
    let label = |label: &str| names::dns_label(&label.to_ascii_lowercase()).is_ok();
    domain.split('.').all(label)
}
