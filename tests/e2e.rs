//! The end-to-end cases of `e2e-tests/cases`, in policy-host with the real module. Each case folder
//! is a test, named `TOPIC/NAME` after the folder. `UPDATE_EXPECTED=1` writes what the policy does
//! as what is expected of it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use policy_host::cluster::{Cluster, Folder, Grant, session};
use policy_host::{Level, LogRecord, Outcome, Policy, Settings, SettingsOutcome, input};
use serde_json::{Map, Value, json};
use similar::TextDiff;

/// Read and compiled when the first case wants it. No look-up is too slow for it, and its host
/// waits for long, so that a busy machine changes no case's result.
static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let module = test_modules::module_with_paused_clock(test_modules::Package::PodInjector);
    let policy = Policy::load(&module).expect("the policy's module is a policy");
    policy.with_time_out(Duration::from_secs(20))
});

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    libtest_mimic::run(&arguments, trials()).exit_code()
}

/// One test for each case, in the order of their names.
fn trials() -> Vec<Trial> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e-tests/cases");
    let folders = entries(&cases)
        .into_iter()
        .flat_map(|topic| entries(&topic));
    let trial = |folder: PathBuf| {
        let name = folder.strip_prefix(&cases).unwrap_or(&folder);
        let name = name.to_string_lossy().into_owned();
        Trial::test(name, move || run(&folder))
    };
    folders.map(trial).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| {
        panic!("{}: {error}", folder.display());
    });
    let mut entries: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a case's folder can be read").path())
        .collect();
    entries.sort();
    entries
}

fn run(folder: &Path) -> Result<(), Failed> {
    let observed = observed(folder)?;
    let path = folder.join("expected.json");
    if is_update() {
        fs::write(path, laid_out(&observed, 0) + "\n")?;
        return Ok(());
    }
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let expected: Value = serde_json::from_str(&text)?;
    if observed == expected {
        return Ok(());
    }
    let [expected, observed] = [expected, observed].map(|value| laid_out(&value, 0) + "\n");
    let diff = TextDiff::from_lines(&expected, &observed);
    let diff = diff
        .unified_diff()
        .header("expected", "observed")
        .to_string();
    Err(diff.into())
}

/// What an observer sees of a case.
fn observed(folder: &Path) -> Result<Value, Failed> {
    let settings = folder.join("settings.yaml");
    if !fs::read_to_string(&settings)?.starts_with("# ") {
        return Err("settings.yaml does not begin with a comment on what the case shows".into());
    }
    let settings = input::read_settings(&settings)?;
    let verdict = POLICY.validate_settings(&settings);
    let request = folder.join("request.json");
    if !request.exists() {
        return refused(&verdict);
    }
    if let Some(message) = verdict.message {
        return Err(message.into());
    }
    answered(folder, &request, &settings)
}

fn refused(verdict: &SettingsOutcome) -> Result<Value, Failed> {
    let message = verdict.message.as_deref();
    let message = message.ok_or("there is no request, and the settings are fine")?;
    let (head, problems) = message.split_once('\n').ok_or(message)?;
    let problems: Vec<&str> = problems.lines().collect();
    let plural = if problems.len() == 1 { "" } else { "s" };
    if head != format!("{} problem{plural} in the settings:", problems.len()) {
        return Err(message.into());
    }
    Ok(json!({ "settingsErrors": problems }))
}

fn answered(folder: &Path, request: &Path, settings: &Settings) -> Result<Value, Failed> {
    let request = input::read_request(request, None)?;
    let cluster = cluster(folder)?;
    let has_cluster = cluster.is_some();
    let policy = match cluster {
        Some(cluster) => POLICY.clone().with_cluster(cluster),
        None => POLICY.clone(),
    };
    let outcome = policy.evaluate(&request, settings);
    check_session(folder, &outcome)?;
    // The host complains of every object that is not there.
    if (!outcome.host_errors.is_empty() && !has_cluster) || outcome.failure.is_some() {
        return Err(format!("{:?} {:?}", outcome.failure, outcome.host_errors).into());
    }
    if outcome.mutated_object.is_some() && outcome.patch.is_none() {
        return Err("the answer has an object that is not changed".into());
    }
    let events = outcome.logs.iter().map(event);
    let events = events.collect::<Result<Vec<Value>, Failed>>()?;
    Ok(told(&outcome, events))
}

/// The cluster of a case: the manifests in `cluster`, without what `denied` and `forbidden` name,
/// one in a line.
fn cluster(folder: &Path) -> Result<Option<Cluster>, Failed> {
    let manifests = folder.join("cluster");
    if !manifests.exists() {
        return Ok(None);
    }
    let grants = |file: &str| -> Result<Vec<Grant>, Failed> {
        let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
        Ok(text.lines().map(str::parse).collect::<Result<_, _>>()?)
    };
    let cluster = Cluster::new(Folder::read(&manifests)?);
    let cluster = grants("denied")?
        .into_iter()
        .fold(cluster, Cluster::denying);
    let forbidden = grants("forbidden")?.into_iter();
    Ok(Some(forbidden.fold(cluster, Cluster::forbidding)))
}

/// Compares the case's `session.yaml`, from which kwctl answers the look-ups, with what was looked
/// up. Where there could have been some, kwctl needs it all the same: it would ask a real cluster.
fn check_session(folder: &Path, outcome: &Outcome) -> Result<(), Failed> {
    let path = folder.join("session.yaml");
    let observed = match outcome.lookups.as_slice() {
        [] if !folder.join("cluster").exists() => String::new(),
        lookups => session(lookups),
    };
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if observed == expected {
        return Ok(());
    }
    if !is_update() {
        return Err("session.yaml does not hold what was looked up".into());
    }
    match observed.as_str() {
        "" => fs::remove_file(path)?,
        observed => fs::write(path, observed)?,
    }
    Ok(())
}

fn is_update() -> bool {
    env::var_os("UPDATE_EXPECTED").is_some_and(|value| value == "1")
}

/// The outcome, without what is not there.
fn told(outcome: &Outcome, events: Vec<Value>) -> Value {
    let mut told = Map::new();
    told.insert("allowed".to_owned(), outcome.allowed.into());
    let parts = [
        ("code", json!(outcome.code)),
        ("message", json!(outcome.message)),
        ("patch", outcome.patch_json()),
        ("warnings", json!(outcome.warnings)),
        ("auditAnnotations", json!(outcome.audit_annotations)),
        ("events", events.into()),
    ];
    for (key, value) in parts {
        if !is_empty(&value) {
            told.insert(key.to_owned(), value);
        }
    }
    told.into()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// The Event of a log record, without its times.
fn event(record: &LogRecord) -> Result<Value, Failed> {
    let mut event = record
        .event()
        .ok_or("a log record without an Event")?
        .clone();
    let times = ["firstTimestamp", "lastTimestamp"].map(|key| {
        let members = event.as_object_mut();
        members.and_then(|members| members.remove(key))
    });
    let [Some(Value::String(first)), Some(Value::String(last))] = times else {
        return Err("an Event without its times".into());
    };
    if first != last || !first.ends_with('Z') {
        return Err(format!("an Event from {first} to {last}").into());
    }
    let message = event.get("message").and_then(Value::as_str);
    if record.level != Level::Warning
        || record.data.len() != 1
        || record.message.as_deref() != message
    {
        return Err(format!("an unusual record: {record:?}").into());
    }
    Ok(event)
}

/// JSON with what fits on a line in one line.
fn laid_out(value: &Value, indent: usize) -> String {
    const COLUMNS: usize = 100;
    let flat = flat(value);
    if indent + flat.len() <= COLUMNS {
        return flat;
    }
    let parts: Vec<String> = match value {
        Value::Array(items) => items
            .iter()
            .map(|item| laid_out(item, indent + 2))
            .collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| format!("{}: {}", json!(key), laid_out(value, indent + 2)))
            .collect(),
        _ => return flat,
    };
    let (open, close) = if value.is_array() {
        ('[', ']')
    } else {
        ('{', '}')
    };
    let lines = parts.join(&format!(",\n{:indent$}  ", ""));
    format!("{open}\n{:indent$}  {lines}\n{:indent$}{close}", "", "")
}

fn flat(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flat).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let member =
                |(key, value): (&String, &Value)| format!("{}: {}", json!(key), flat(value));
            let members: Vec<String> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(", "))
        }
        scalar => scalar.to_string(),
    }
}
