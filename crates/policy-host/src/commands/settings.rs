//! `policy-host settings`.

use std::{io::Write, path::Path};

use super::{NO_MESSAGE, Outcome, Verdict, load, read_settings_file};
use crate::{SettingsOutcome, cli::SettingsArgs, input::read_manifest};

/// Asks the policy what it thinks of its settings and of rules in `ConfigMap`s, and prints what is
/// wrong with them, or that nothing is.
pub(crate) fn settings(args: &SettingsArgs, out: &mut impl Write) -> Outcome {
    let settings = args
        .settings
        .as_deref()
        .map(read_settings_file)
        .transpose()?;
    let config_maps = args.config_maps.iter().map(|path| read_manifest(path));
    let config_maps = config_maps.collect::<Result<Vec<_>, _>>()?;
    let policy = load(&args.policy)?;
    let mut verdict = Verdict::Good;
    let mut tell = |path: &Path, outcome: &SettingsOutcome| {
        if outcome.valid {
            return writeln!(out, "no problems in {}", path.display());
        }
        verdict = Verdict::Bad;
        let message = outcome.message.as_deref().unwrap_or(NO_MESSAGE);
        writeln!(out, "{}", message.trim_end())
    };
    if let (Some(path), Some(settings)) = (&args.settings, &settings) {
        tell(path, &policy.validate_settings(settings))?;
    }
    for (path, config_map) in args.config_maps.iter().zip(&config_maps) {
        tell(path, &policy.validate_rules(config_map, settings.as_ref()))?;
    }
    Ok(verdict)
}
