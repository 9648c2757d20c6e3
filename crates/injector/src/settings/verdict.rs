//! The answer of a check: whether the checked text is valid, and its problems. See
//! [`verdict`].

use std::fmt::Write as _;

use kubewarden_policy_sdk::settings::SettingsValidationResponse;

use crate::settings::problem::Problems;

/// The answer of a check: invalid with a message, or valid without one.
pub(crate) fn verdict(message: Option<String>) -> Vec<u8> {
    let verdict = SettingsValidationResponse {
        valid: message.is_none(),
        message,
    };
    serde_json::to_vec(&verdict).unwrap_or_default()
}

/// The message of a check: a line that counts the problems, then a line for each of them. `whole`
/// names what was checked.
pub(crate) fn message(problems: &Problems, whole: &str) -> Option<String> {
    let found = problems.found();
    let count = found.len() + problems.left_out();
    let mut message = match count {
        0 => return None,
        1 => format!("1 problem in {whole}:"),
        _ => format!("{count} problems in {whole}:"),
    };
    for problem in found {
        // Writing to a string can't fail.
        let _ = write!(message, "\n{problem}");
    }
    if problems.left_out() > 0 {
        let _ = write!(message, "\nand {} more", problems.left_out());
    }
    Some(message)
}
