//! Requests, limits and claims.

use kubernetes_pod::validation::Cause;
use serde_json::json;

use super::recipe::{Recipe, patch, recipe, spec};

pub(super) fn all() -> Vec<Recipe> {
    let gpu = json!({"limits": {"example.com/gpu": "1"}, "requests": {"example.com/gpu": "1"}});
    vec![
        recipe(
            Cause::RequestNotLimit,
            json!({"container": {"resources": gpu}}),
            patch(json!({"resources": {"requests": {"example.com/gpu": "2"}}})),
        ),
        recipe(
            Cause::HugePagesAlone,
            json!({"container": {"resources": null}}),
            patch(json!({"resources": {"limits": {"hugepages-2Mi": "2Mi"}}})),
        ),
        recipe(
            Cause::HugePagesDivide,
            json!({}),
            patch(json!({"resources": {"limits": {"hugepages-2Mi": "3Mi", "memory": "1Gi"}}})),
        ),
        recipe(
            Cause::ExtendedFraction,
            json!({}),
            patch(json!({"resources": {"limits": {"example.com/gpu": "500m"}}})),
        ),
        recipe(
            Cause::ResourceClaimTwice,
            json!({
                "spec": {"resourceClaims": [{"name": "dev", "resourceClaimName": "main"}]},
                "container": {"resources": {"claims": [
                    {"name": "dev", "request": "one"}, {"name": "dev", "request": "two"},
                ]}},
            }),
            patch(json!({"resources": {"claims": [{"name": "dev", "request": "one"}]}})),
        ),
        recipe(
            Cause::PodResourceName,
            json!({}),
            spec(json!({"resources": {"limits": {"example.com/gpu": "1"}}})),
        ),
        recipe(
            Cause::PodResourceClaims,
            json!({}),
            spec(json!({"resources": {"claims": [{"name": "dev"}]}})),
        ),
        recipe(
            Cause::PodRequestTooSmall,
            json!({"spec": {"os": null, "resources": {"requests": {"cpu": "20", "memory": "40Gi"}}}}),
            spec(json!({"containers": [
                {"name": "hungry", "image": "shop:2.1", "resources": {"requests": {"cpu": "30"}}},
            ]})),
        ),
        recipe(
            Cause::PodLimitTooSmall,
            json!({"spec": {"os": null, "resources": {"limits": {"cpu": "32"}}}}),
            spec(json!({"containers": [{
                "name": "hungry", "image": "shop:2.1",
                "resources": {"limits": {"cpu": "40"}, "requests": {"cpu": "1"}},
            }]})),
        ),
        recipe(
            Cause::RequestOverLimit,
            json!({"container": {"resources": {"limits": {"cpu": "1"}}}}),
            patch(json!({"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}})),
        ),
        recipe(
            Cause::RequestNeedsLimit,
            json!({"container": {"resources": null}}),
            patch(json!({"resources": {"requests": {"example.com/gpu": "1"}}})),
        ),
        recipe(
            Cause::NoResourceClaim,
            json!({}),
            patch(json!({"resources": {"claims": [{"name": "nowhere"}]}})),
        ),
        recipe(
            Cause::PodResourcesOnWindows,
            json!({"spec": {"os": {"name": "windows"}}}),
            spec(json!({"resources": {"requests": {"cpu": "20"}}})),
        ),
    ]
}
