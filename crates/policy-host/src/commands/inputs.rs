//! The policy and the settings that a command is given.

use std::path::Path;

use super::{args::PolicyArgs, result::CommandError};
use crate::{
    Policy, PolicyError, Settings,
    input::{self, InputError},
    show::plain::plain,
};

/// Stands for the message of a policy that gives none.
pub(super) const NO_MESSAGE: &str = "the policy gave no message";

/// Compiles the policy of the command line.
pub(super) fn load(args: &PolicyArgs) -> Result<Policy, PolicyError> {
    Ok(Policy::load(&args.path)?.with_time_out(args.time_out()))
}

/// Reads settings; without a file they are empty.
pub(super) fn read_settings(path: Option<&Path>) -> Result<Settings, InputError> {
    path.map_or_else(|| Ok(Settings::default()), read_settings_file)
}

/// Reads settings, and warns if kwctl would read the same file in another way.
pub(super) fn read_settings_file(path: &Path) -> Result<Settings, InputError> {
    let settings = input::read_settings(path)?;
    for difference in input::readings(path)? {
        let file = plain(&path.display().to_string());
        anstream::eprintln!("policy-host: warning: {file}: {}", plain(&difference));
    }
    Ok(settings)
}

/// Checks settings before the first request, as kwctl and policy-server do.
///
/// # Errors
/// Returns `Settings` if the policy refuses them.
pub(super) fn check_settings(
    policy: &Policy,
    settings: &Settings,
    path: Option<&Path>,
) -> Result<(), CommandError> {
    let outcome = policy.validate_settings(settings);
    if outcome.valid {
        return Ok(());
    }
    Err(CommandError::Settings {
        file: path.map_or_else(
            || "no --settings".to_owned(),
            |path| path.display().to_string(),
        ),
        message: outcome.message.unwrap_or_else(|| NO_MESSAGE.to_owned()),
    })
}
