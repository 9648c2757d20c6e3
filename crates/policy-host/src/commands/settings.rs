//! `policy-host settings`.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{
    args::PolicyArgs,
    inputs::{NO_MESSAGE, load, read_settings_file},
    result::{CommandResult, Verdict},
};
use crate::{SettingsOutcome, input::read_manifest};

/// Check settings only, or rules in a `ConfigMap`, and print the problems.
#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    #[command(flatten)]
    policy: PolicyArgs,

    /// The policy's settings, in YAML or JSON.
    #[arg(long, value_name = "FILE", required_unless_present = "config_maps")]
    settings: Option<PathBuf>,

    /// The manifest of a `ConfigMap` of rules, in YAML or JSON. With `--settings`, the settings
    /// must read it, and no two rules may have the same name. May be given several times. Only
    /// pod-injector can check such rules.
    #[arg(long = "configmap", value_name = "FILE")]
    config_maps: Vec<PathBuf>,
}

/// Lets the policy check its settings and rules in `ConfigMap`s, and prints the problems, or that
/// there are none.
pub(crate) fn settings(args: &SettingsArgs, out: &mut impl Write) -> CommandResult {
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
