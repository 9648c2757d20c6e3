//! Makes the fields of a volume's source fit together.

use kubernetes_pod::schema::Type;
use serde_json::{Value, json};

use super::parts::{Object, child, text};
use crate::draw::Draw;

pub(super) fn object(ty: &Type, object: &mut Object, draw: &mut Draw) {
    match ty.name {
        "AzureDiskVolumeSource" => {
            if text(object, "kind") == Some("Managed") {
                object.insert("kind".to_owned(), "Dedicated".into());
            }
            object.insert("diskURI".to_owned(), json!("https://disks.example.com/one"));
        }
        "ClusterTrustBundleProjection" if object.contains_key("name") => {
            object.remove("labelSelector");
        }
        "CSIVolumeSource" => _ = object.insert("driver".to_owned(), json!("csi.example.com")),
        "FCVolumeSource" => fibre_channel(object, draw),
        "FlockerVolumeSource" => flocker(object, draw),
        "PersistentVolumeClaimSpec" => claim(object),
        "PodCertificateProjection" => certificate(object),
        "VolumeResourceRequirements" => {
            object.insert("requests".to_owned(), json!({"storage": "1Gi"}));
        }
        _ => {}
    }
}

/// Fibre channel names its disk by world wide identifiers, or by target and unit.
fn fibre_channel(volume: &mut Object, draw: &mut Draw) {
    if draw.bool() {
        volume.insert("wwids".to_owned(), json!(["50060e801049cfd1"]));
        volume.remove("targetWWNs");
        volume.remove("lun");
    } else {
        volume.insert("targetWWNs".to_owned(), json!(["50060e801049cfd1"]));
        volume.insert("lun".to_owned(), json!(0));
        volume.remove("wwids");
    }
}

fn flocker(volume: &mut Object, draw: &mut Draw) {
    let (kept, removed) = if draw.bool() {
        ("datasetName", "datasetUUID")
    } else {
        ("datasetUUID", "datasetName")
    };
    volume.remove(removed);
    volume.entry(kept).or_insert_with(|| json!("main"));
}

/// Gives a certificate a path, and each of its parts a path of its own.
fn certificate(certificate: &mut Object) {
    let paths = ["credentialBundlePath", "keyPath", "certificateChainPath"];
    if !paths.iter().any(|path| certificate.contains_key(*path)) {
        certificate.insert(paths[0].to_owned(), json!("bundle.pem"));
    }
    for path in paths {
        if let Some(place) = certificate.get_mut(path) {
            *place = format!("{path}.pem").into();
        }
    }
    if let Some(annotations) = certificate.get_mut("userAnnotations") {
        *annotations = json!({"example.com/use": "web"});
    }
}

fn claim(claim: &mut Object) {
    // `dataSource` is the older form of `dataSourceRef`.
    if claim.contains_key("dataSourceRef") {
        claim.remove("dataSource");
    }
    let modes = claim.get("accessModes").and_then(Value::as_array);
    let alone = modes.is_some_and(|modes| modes.contains(&json!("ReadWriteOncePod")));
    if alone {
        claim.insert("accessModes".to_owned(), json!(["ReadWriteOncePod"]));
    }
    for source in ["dataSource", "dataSourceRef"] {
        if let Some(source) = child(claim, source) {
            source.insert("apiGroup".to_owned(), json!("snapshot.storage.k8s.io"));
        }
    }
    claim
        .entry("resources")
        .or_insert_with(|| json!({"requests": {"storage": "1Gi"}}));
}
