//! The patch that the host makes of an answer. See [`check`].

use json_patch::diff;
use serde_json::Value;

use crate::broken::Broken;
use crate::request::Request;

/// Checks that the patch from the object to the mutated object changes it, and can be applied.
pub(crate) fn check(request: &Request, mutated: &Value) -> Result<(), Broken> {
    if !request.creates_pod() {
        return Err(Broken::Meddled("no new pod"));
    }
    let before = request.object().unwrap_or(&Value::Null);
    if !before.is_object() {
        return Err(Broken::Meddled("not an object"));
    }
    if !request.is_readable_pod() && before != mutated {
        return Err(Broken::Meddled("no pod that rules are for"));
    }
    let patch = diff(before, mutated);
    let mut patched = before.clone();
    json_patch::patch(&mut patched, &patch)
        .map_err(|error| Broken::Patch(format!("can't be applied: {error}")))?;
    if patched != *mutated {
        return Err(Broken::Patch("makes another pod".to_owned()));
    }
    Ok(())
}
