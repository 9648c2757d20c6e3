//! `policy-host settings`.

use std::io::Write;

use super::{NO_MESSAGE, Outcome, Verdict, load};
use crate::{cli::SettingsArgs, input::read_settings};

/// Asks the policy what it thinks of its settings, and prints what is wrong with them.
pub(crate) fn settings(args: &SettingsArgs, out: &mut impl Write) -> Outcome {
    let settings = read_settings(&args.settings)?;
    let outcome = load(&args.policy)?.validate_settings(&settings);
    if outcome.valid {
        return Ok(Verdict::Good);
    }
    let message = outcome.message.as_deref().unwrap_or(NO_MESSAGE);
    writeln!(out, "{}", message.trim_end())?;
    Ok(Verdict::Bad)
}
