//! Checks of numbers.

use super::invalid::Invalid;

/// The largest id of a user or a group.
const LAST_ID: i64 = i32::MAX as i64;
const LAST_PORT: i64 = 65_535;
const LAST_MODE: i64 = 0o777;

/// Checks a number.
pub(super) fn check(ty: &str, field: &str, number: i64) -> Result<(), Invalid> {
    match (ty, field) {
        ("ContainerPort", "containerPort")
        | ("GRPCAction" | "HTTPGetAction" | "TCPSocketAction", "port") => {
            range(number, 1, LAST_PORT)
        }
        ("ContainerPort", "hostPort") => range(number, 0, LAST_PORT),
        (_, "defaultMode" | "mode") => range(number, 0, LAST_MODE),
        ("Probe", "terminationGracePeriodSeconds")
        | ("TopologySpreadConstraint", "maxSkew" | "minDomains") => at_least(number, 1),
        ("Probe" | "SleepAction", _) => at_least(number, 0),
        ("PodSecurityContext", "fsGroup" | "supplementalGroups")
        | ("PodSecurityContext" | "SecurityContext", "runAsGroup" | "runAsUser") => {
            range(number, 0, LAST_ID)
        }
        ("PodSpec", "activeDeadlineSeconds") => range(number, 1, i32::MAX.into()),
        ("PreferredSchedulingTerm" | "WeightedPodAffinityTerm", "weight") => range(number, 1, 100),
        ("ServiceAccountTokenProjection", "expirationSeconds") => range(number, 600, 1 << 32),
        ("PodCertificateProjection", "maxExpirationSeconds") => at_least(number, 3600),
        ("ISCSIVolumeSource", "lun")
        | ("AWSElasticBlockStoreVolumeSource" | "GCEPersistentDiskVolumeSource", "partition") => {
            range(number, 0, 255)
        }
        _ => Ok(()),
    }
}

fn range(number: i64, first: i64, last: i64) -> Result<(), Invalid> {
    if (first..=last).contains(&number) {
        Ok(())
    } else {
        Err(Invalid::Range(first, last))
    }
}

fn at_least(number: i64, least: i64) -> Result<(), Invalid> {
    if number >= least {
        Ok(())
    } else {
        Err(Invalid::AtLeast(least))
    }
}
