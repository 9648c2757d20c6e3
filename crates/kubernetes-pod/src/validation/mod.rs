//! What the API server demands of a value, whatever the rest of the pod is.
//!
//! Source of all checks: `k8s.io/kubernetes/pkg/apis/core/validation`.

mod annotation;
mod cause;
mod change;
mod container;
mod field_ref;
mod format;
mod key;
mod number;
mod relation;
mod resources;
mod scheduling;
mod source;
mod text;

use lazy_json::{Node, Value};

pub use self::cause::Cause;
pub use self::change::{Pods, Violation, violation};
use crate::names::NameError;
use crate::quantity;
use crate::schema::{Absent, Field, Kind, Type};

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Invalid {
    /// It is not the name that it has to be.
    #[error(transparent)]
    Name(#[from] NameError),
    /// It is out of range.
    #[error("must be a number from {0} to {1}")]
    Range(i64, i64),
    /// It is too low.
    #[error("must be at least {0}")]
    AtLeast(i64),
    /// It breaks another rule, in every pod.
    #[error("{0}")]
    Rule(&'static str),
    /// It does not go with other parts of the pod.
    #[error(transparent)]
    Relation(#[from] Cause),
}

/// Where problems of an object go: the field, or an empty name for the whole object, and what is
/// wrong there.
pub type Report<'r> = dyn FnMut(&'static str, Invalid) + 'r;

/// Checks a value of a field, an item of its list or a value of its map, alone.
///
/// # Errors
/// No pod may have this value.
pub fn value(ty: &Type, field: &Field, node: &Node<'_>) -> Result<(), Invalid> {
    match node.value() {
        Value::String(word) if holds_quantities(&field.kind) => {
            resources::quantity(ty, field, word)
        }
        Value::String(word) => {
            let is_item = matches!(field.kind, Kind::List(..));
            if word.is_empty() && !is_item && must_hold_something(ty, field) {
                return Err(Invalid::Name(NameError::Empty));
            }
            text::check(ty.name, field.name, word)
        }
        Value::Number(digits) if holds_quantities(&field.kind) => {
            resources::quantity(ty, field, digits)
        }
        Value::Number(digits) => digits
            .parse()
            .map_or(Ok(()), |number| number::check(ty.name, field.name, number)),
        Value::Array(items) if items.is_empty() && must_hold_something(ty, field) => {
            Err(Invalid::Name(NameError::Empty))
        }
        _ => Ok(()),
    }
}

/// Checks a key of a field that is a map.
///
/// # Errors
/// No pod may have this key.
pub fn key(ty: &Type, field: &Field, key: &str) -> Result<(), Invalid> {
    key::check(ty.name, field.name, key)
}

/// Checks a value of a field that is a map, by its key.
///
/// # Errors
/// No pod may have this value.
pub fn map_value(ty: &Type, field: &Field, key: &str, value: &str) -> Result<(), Invalid> {
    match (ty.name, field.name) {
        ("ObjectMeta", "annotations") => annotation::value(key, value),
        _ => Ok(()),
    }
}

/// Checks what an object's fields demand of each other. In an object that is `whole` a field that
/// is not there is not set; in a fragment the pod may have it.
pub fn object(ty: &Type, node: &Node<'_>, whole: bool, report: &mut Report<'_>) {
    match ty.name {
        "AppArmorProfile" | "SeccompProfile" => container::profile(node, report),
        "Container" => container::container(node, report),
        "SecurityContext" => container::security_context(node, report),
        "VolumeMount" => container::volume_mount(node, whole, report),
        "ClusterTrustBundleProjection" => {
            relation::needs_source(ty, node, whole, report);
            source::trust_bundle(node, report);
        }
        "EnvFromSource" | "PodResourceClaim" => {
            relation::needs_source(ty, node, whole, report);
        }
        "LifecycleHandler" | "Probe" => relation::needs_handler(ty, node, whole, report),
        "AzureDiskVolumeSource" => source::azure_disk(node, report),
        "CSIVolumeSource" => source::csi(node, report),
        "CinderVolumeSource" | "StorageOSVolumeSource" => source::named_secret(node, report),
        "DownwardAPIVolumeFile" => {
            relation::needs_source(ty, node, whole, report);
            field_ref::volume_file(node, report);
        }
        "EnvVarSource" => {
            relation::needs_source(ty, node, whole, report);
            field_ref::env_source(node, report);
        }
        "FCVolumeSource" => source::fibre_channel(node, report),
        "FlockerVolumeSource" => source::flocker(node, report),
        "ISCSIVolumeSource" => source::iscsi(node, report),
        "LabelSelectorRequirement" | "NodeSelectorRequirement" => {
            scheduling::requirement(node, report);
        }
        "NodeSelector" => scheduling::node_selector(node, report),
        "PersistentVolumeClaimSpec" => source::claim(node, whole, report),
        "PodAffinityTerm" => scheduling::affinity_term(node, whole, report),
        "PodCertificateProjection" => source::certificate(node, report),
        "PodDNSConfig" => relation::dns_config(node, report),
        "PodSpec" => relation::pod_spec(node, report),
        "PreferredSchedulingTerm" => scheduling::preferred_term(node, report),
        "ProjectedVolumeSource" => source::projected(node, report),
        "QuobyteVolumeSource" => source::quobyte(node, report),
        "ResourceFieldSelector" => field_ref::divisor(node, report),
        "ResourceRequirements" => resources::requirements(node, whole, report),
        "Toleration" => scheduling::toleration(node, report),
        "TopologySpreadConstraint" => scheduling::spread_constraint(node, whole, report),
        "Volume" => source::volume(node, report),
        _ => {}
    }
}

/// Fields that an object needs though its type does not demand them.
const NEEDED: [(&str, &str); 17] = [
    ("ConfigMapEnvSource", "name"),
    ("ConfigMapKeySelector", "name"),
    ("ConfigMapProjection", "name"),
    ("ConfigMapVolumeSource", "name"),
    ("ContainerRestartRule", "exitCodes"),
    ("EphemeralVolumeSource", "volumeClaimTemplate"),
    ("ExecAction", "command"),
    ("ImageVolumeSource", "reference"),
    ("PersistentVolumeClaimSpec", "accessModes"),
    ("PodDNSConfigOption", "name"),
    ("PodSchedulingGroup", "podGroupName"),
    ("ScaleIOVolumeSource", "volumeName"),
    ("SecretEnvSource", "name"),
    ("SecretKeySelector", "name"),
    ("SecretProjection", "name"),
    ("SecretVolumeSource", "secretName"),
    ("StorageOSVolumeSource", "volumeName"),
];

/// Fields that a type demands, where the API server takes a zero for one that is not there.
const NOT_NEEDED: [(&str, &str); 5] = [
    ("HTTPHeader", "value"),
    ("ISCSIVolumeSource", "lun"),
    ("PreferredSchedulingTerm", "preference"),
    ("SleepAction", "seconds"),
    ("Sysctl", "value"),
];

/// Whether an object needs this field: more than its type demands in places, and less where the
/// API server takes a zero for a field that is not there.
pub fn is_required(ty: &Type, field: &Field) -> bool {
    let place = (ty.name, field.name);
    match field.absent {
        Absent::Required => !NOT_NEEDED.contains(&place),
        Absent::Default(_) => false,
        Absent::Unset | Absent::Zero => NEEDED.contains(&place),
    }
}

/// The fields that an object needs.
pub fn required_fields(ty: &'static Type) -> impl Iterator<Item = &'static Field> {
    // Most types need no more than they demand.
    let needs_more = NEEDED.iter().any(|(name, _)| *name == ty.name);
    ty.fields.iter().filter(move |field| {
        (needs_more || field.absent == Absent::Required) && is_required(ty, field)
    })
}

/// Whether a field must not be empty where it is given.
fn must_hold_something(ty: &Type, field: &Field) -> bool {
    let merges = (ty.name, field.name) == ("PodSpec", "containers");
    is_required(ty, field) && !merges
}

fn holds_quantities(kind: &Kind) -> bool {
    match kind {
        Kind::Quantity => true,
        Kind::Map(kind) => holds_quantities(kind),
        _ => false,
    }
}

/// A string that is there and not empty.
fn set_text<'n>(node: &'n Node<'_>, field: &str) -> Option<&'n str> {
    node.get(field)
        .and_then(Node::as_str)
        .filter(|text| !text.is_empty())
}

fn is_true(node: &Node<'_>, field: &str) -> bool {
    node.get(field).and_then(Node::as_bool) == Some(true)
}

fn list<'n, 'a>(node: &'n Node<'a>, field: &str) -> &'n [Node<'a>] {
    node.get(field).and_then(Node::items).unwrap_or_default()
}

/// The value of a resource.
fn resource_amount(node: &Node<'_>) -> Option<resources::Amount> {
    parsed_quantity(node).as_ref().map(resources::Amount::of)
}

fn parsed_quantity(node: &Node<'_>) -> Option<quantity::Quantity> {
    match node.value() {
        Value::String(text) => quantity::parse(text),
        Value::Number(digits) => quantity::parse(digits),
        _ => None,
    }
}
