//! Values that are wrong in any pod: the policy's check of its settings refuses them.

use kubernetes_pod::validation::Cause;
use serde_json::{Value, json};

use super::recipe::{Recipe, patch, patch_running, recipe, spec};
use crate::disturb::UNKNOWN_FIELD;

pub(super) fn all() -> Vec<Recipe> {
    let affinity = |term: Value| {
        let terms = json!({"requiredDuringSchedulingIgnoredDuringExecution": [term]});
        spec(json!({"affinity": {"podAffinity": terms}}))
    };
    let toleration = |toleration: Value| spec(json!({"tolerations": [toleration]}));
    let probe = |kind: &str, field: &str| {
        patch_running(json!({kind: {field: 3, "exec": {"command": ["true"]}}}))
    };
    let profile = |profile: Value| patch(json!({"securityContext": {"seccompProfile": profile}}));
    let refused = |cause, inject| recipe(cause, json!({}), inject);
    vec![
        refused(
            Cause::TolerationOfEverything,
            toleration(json!({"operator": "Equal", "value": "a"})),
        ),
        refused(
            Cause::TolerationValue,
            toleration(json!({"key": "a", "operator": "Exists", "value": "a"})),
        ),
        refused(
            Cause::TolerationSeconds,
            toleration(json!({"key": "a", "effect": "NoSchedule", "tolerationSeconds": 1})),
        ),
        refused(
            Cause::LabelKeysNeedSelector,
            affinity(json!({"topologyKey": "zone", "matchLabelKeys": ["app"]})),
        ),
        refused(
            Cause::LabelKeyMismatch,
            affinity(json!({
                "topologyKey": "zone", "labelSelector": {},
                "matchLabelKeys": ["app"], "mismatchLabelKeys": ["app"],
            })),
        ),
        recipe(
            Cause::ProfileDiffers,
            json!({"metadata": {"annotations": {
                "seccomp.security.alpha.kubernetes.io/pod": "runtime/default",
            }}}),
            spec(json!({"securityContext": {"seccompProfile": {"type": "Unconfined"}}})),
        ),
        refused(
            Cause::NoHandler,
            patch_running(json!({"livenessProbe": {UNKNOWN_FIELD: {"port": 80}}})),
        ),
        refused(
            Cause::NoSource,
            spec(json!({"resourceClaims": [{"name": "claim", UNKNOWN_FIELD: "template"}]})),
        ),
        refused(
            Cause::SuccessThreshold,
            probe("livenessProbe", "successThreshold"),
        ),
        refused(
            Cause::ReadinessGracePeriod,
            probe("readinessProbe", "terminationGracePeriodSeconds"),
        ),
        refused(
            Cause::ProfileNeedsPath,
            profile(json!({"type": "Localhost"})),
        ),
        refused(
            Cause::ProfileWithPath,
            profile(json!({"type": "RuntimeDefault", "localhostProfile": "a.json"})),
        ),
    ]
}
