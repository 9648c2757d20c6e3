//! The annotations that held `AppArmor` and seccomp profiles before these became fields. They must
//! name containers of the pod, and must not contradict the fields.
//!
//! Source: `k8s.io/kubernetes/pkg/registry/core/pod/strategy.go` (`applyAppArmorVersionSkew`), then
//! `validateAppArmorAnnotationsAndFieldsMatchOnCreate` and `validateSeccompAnnotationsAndFields`.

use lazy_json::{Member, Node};

use super::detect::Change;
use super::fields::{of_metadata, of_spec};
use super::found::Found;
use crate::profile_annotations::{APP_ARMOR, LOCALHOST, SECCOMP, SECCOMP_OF_POD};
use crate::text::escaped;
use crate::validation::annotation::is_app_armor_profile;
use crate::validation::cause::Cause;

pub(super) fn check(change: &Change<'_, '_>, found: &mut Found) {
    let changed = change.metadata.is_changed(of_metadata!("annotations"))
        || change.spec.is_changed(of_spec!("os", "securityContext"))
        || change.containers_changed();
    if !changed {
        return;
    }
    let mut app_armor = Vec::new();
    let mut seccomp = false;
    for annotation in change.metadata.members_at("annotations") {
        let key = annotation.key.name();
        if let Some(container) = key.strip_prefix(APP_ARMOR) {
            app_armor.push((container.to_owned(), annotation));
        }
        seccomp |= key.starts_with(SECCOMP) || key == SECCOMP_OF_POD;
    }
    if !app_armor.is_empty() {
        names(change, &app_armor, found);
        app_armor_profiles(change, &app_armor, found);
    }
    if seccomp {
        seccomp_profiles(change, found);
    }
}

/// `ValidateAppArmorPodAnnotations`.
fn names(change: &Change<'_, '_>, annotations: &[(String, &Member<'_>)], found: &mut Found) {
    for (name, annotation) in annotations {
        let mut containers = change.containers().iter();
        if !containers.any(|container| container.name() == name) {
            let key = annotation.key.name();
            let field = format!("metadata.annotations['{}']", escaped(&key));
            found.in_pod(&field, Cause::ProfileOfNoContainer);
        }
    }
}

fn app_armor_profiles(
    change: &Change<'_, '_>,
    annotations: &[(String, &Member<'_>)],
    found: &mut Found,
) {
    const FIELD: &str = "appArmorProfile";

    if change.is_windows() {
        return;
    }
    let of_pod = change.spec.at(&["securityContext", FIELD]);
    for container in change.containers() {
        let annotation = annotations
            .iter()
            .find(|(name, _)| name == container.name())
            .and_then(|(_, annotation)| annotation.value.as_str());
        let Some(annotation) = annotation else {
            continue;
        };
        let own = container.part.at(&["securityContext", FIELD]);
        // The API server turns an annotation without a field into the field.
        let profile = match own {
            None if is_app_armor_profile(annotation) => None,
            own => own.or(of_pod),
        };
        let known = ["runtime/default"];
        if profile.is_some_and(|profile| differs(profile, annotation, &known)) {
            let field = format!("securityContext.{FIELD}");
            found.in_container(container, &field, Cause::ProfileDiffers);
        }
    }
}

fn seccomp_profiles(change: &Change<'_, '_>, found: &mut Found) {
    const FIELD: &str = "seccompProfile";

    let annotations = change.metadata.get("annotations");
    let differs_from = |context: Option<&Node<'_>>, key: &str| {
        let profile = context.and_then(|context| context.get(FIELD));
        let annotation = annotations.and_then(|annotations| annotations.str_at(key));
        profile
            .zip(annotation)
            .is_some_and(|(profile, annotation)| {
                differs(profile, annotation, &["runtime/default", "docker/default"])
            })
    };
    let field = format!("securityContext.{FIELD}");
    if differs_from(change.spec.get("securityContext"), SECCOMP_OF_POD) {
        found.in_pod(&format!("spec.{field}"), Cause::ProfileDiffers);
    }
    for container in change.containers() {
        let key = format!("{SECCOMP}{}", container.name());
        if differs_from(container.part.get("securityContext"), &key) {
            found.in_container(container, &field, Cause::ProfileDiffers);
        }
    }
}

fn differs(profile: &Node<'_>, annotation: &str, runtime_default: &[&str]) -> bool {
    match profile.str_at("type") {
        Some("Unconfined") => annotation != "unconfined",
        Some("RuntimeDefault") => !runtime_default.contains(&annotation),
        Some("Localhost") => {
            let path = profile.str_at("localhostProfile");
            path.is_none() || annotation.strip_prefix(LOCALHOST) != path
        }
        _ => false,
    }
}
