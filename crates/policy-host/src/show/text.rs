//! The outcome of a request as text.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    diff::{Line, hunks},
    events,
    plain::plain,
    rules::{self, Rules},
    table::columns,
};
use crate::{LogRecord, Outcome, Request, Settings};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const TITLE: Style = Style::new().bold();
const PLACE: Style = AnsiColor::Cyan.on_default();
const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const CAUTION: Style = AnsiColor::Yellow.on_default();
const ASIDE: Style = Style::new().dimmed();

/// Why no rule was tried.
const NO_POD: &str = "this request does not create a pod (CREATE of v1 Pod, without a subresource)";

/// The maximum length of unchanged lines in characters. They only show the place of a change.
const CONTEXT_WIDTH: usize = 100;

/// Writes what a policy did with a request: the verdict, the change, warnings, Events and log
/// records.
pub(crate) fn write(
    out: &mut impl Write,
    file: &str,
    request: &Request,
    settings: &Settings,
    outcome: &Outcome,
) -> io::Result<()> {
    write_header(out, file, request)?;
    write_verdict(out, outcome)?;
    match rules::of(request, settings, outcome) {
        Rules::Unknown => {}
        Rules::NoPod => {
            title(out, "Rules", "in the order of the settings")?;
            writeln!(out, "no rule was tried: {NO_POD}")?;
        }
        Rules::Fates(fates) => {
            title(out, "Rules", "in the order of the settings")?;
            let rows = fates
                .into_iter()
                .map(|(rule, fate)| vec![plain(&rule), fate.to_owned()]);
            writeln!(out, "{}", columns(&[], rows.collect(), &[]))?;
        }
    }
    if outcome.allowed {
        let object = request.object.as_ref().unwrap_or(&Value::Null);
        if let (Some(_), Some(mutated)) = (&outcome.patch, &outcome.mutated_object) {
            write_diff(out, object, mutated)?;
        }
    }
    if !outcome.warnings.is_empty() {
        title(out, "Warnings", "kubectl shows them to the user")?;
        for warning in &outcome.warnings {
            writeln!(out, "{CAUTION}Warning:{CAUTION:#} {}", plain(warning))?;
        }
    }
    if !outcome.audit_annotations.is_empty() {
        title(
            out,
            "Audit annotations",
            "the API server's audit log keeps them",
        )?;
        let row = |(key, value): (&String, &String)| vec![plain(key), plain(value)];
        let rows = outcome.audit_annotations.iter().map(row).collect();
        writeln!(out, "{}", columns(&[], rows, &[]))?;
    }
    if outcome.events().next().is_some() {
        title(out, "Events", "event-relay writes them to the cluster")?;
        let table = events::table(outcome.events(), request, Timestamp::now());
        writeln!(out, "{table}")?;
    }
    write_logs(out, outcome)
}

fn write_header(out: &mut impl Write, file: &str, request: &Request) -> io::Result<()> {
    let namespace = request.namespace.as_deref().unwrap_or_default();
    let place = if namespace.is_empty() {
        String::new()
    } else {
        format!(" in namespace {}", plain(namespace))
    };
    let dry = if request.dry_run == Some(true) {
        ", a dry run"
    } else {
        ""
    };
    let part = request.sub_resource.as_deref().unwrap_or_default();
    let part = if part.is_empty() {
        String::new()
    } else {
        format!("/{}", plain(part))
    };
    writeln!(
        out,
        "{TITLE}{} {}{part}{place}{dry}{TITLE:#}  {ASIDE}{}{ASIDE:#}",
        plain(&request.operation),
        plain(&request.subject()),
        plain(file),
    )
}

fn write_verdict(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    if outcome.allowed {
        let change = match &outcome.patch {
            None => "unchanged".to_owned(),
            Some(patch) if patch.len() == 1 => "with 1 change".to_owned(),
            Some(patch) => format!("with {} changes", patch.len()),
        };
        return writeln!(out, "{GOOD}✓ accepted{GOOD:#}, {change}");
    }
    let code = outcome
        .code
        .map(|code| format!(" ({code})"))
        .unwrap_or_default();
    let message = outcome
        .message
        .as_deref()
        .unwrap_or("the policy gave no message");
    writeln!(out, "{BAD}✗ rejected{code}{BAD:#}: {}", plain(message))
}

fn write_diff(out: &mut impl Write, before: &Value, after: &Value) -> io::Result<()> {
    title(out, "Changes", "- before, + after")?;
    for hunk in hunks(before, after) {
        if !hunk.path.is_empty() {
            writeln!(out, "{PLACE}@@ {} @@{PLACE:#}", plain(&hunk.path))?;
        }
        for line in &hunk.lines {
            match line {
                Line::Same(text) => writeln!(out, "  {ASIDE}{}{ASIDE:#}", cut(&plain(text)))?,
                Line::Added(text) => writeln!(out, "{ADDED}+ {}{ADDED:#}", plain(text))?,
                Line::Removed(text) => writeln!(out, "{REMOVED}- {}{REMOVED:#}", plain(text))?,
            }
        }
    }
    Ok(())
}

fn write_logs(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let others = || {
        outcome
            .logs
            .iter()
            .filter(|record| record.event().is_none())
    };
    if others().next().is_some() {
        title(out, "Log", "lines of the policy in policy-server's log")?;
        let row = |record: &LogRecord| {
            let message = record.message.as_deref().unwrap_or_default();
            let data = if record.data.is_empty() {
                String::new()
            } else {
                Value::Object(record.data.clone()).to_string()
            };
            vec![record.level.name().to_owned(), plain(message), plain(&data)]
        };
        writeln!(out, "{}", columns(&[], others().map(row).collect(), &[]))?;
    }
    if !outcome.host_errors.is_empty() {
        title(out, "Host errors", "policy-server logs them and goes on")?;
        for error in &outcome.host_errors {
            writeln!(out, "{BAD}error:{BAD:#} {}", plain(error))?;
        }
    }
    Ok(())
}

fn title(out: &mut impl Write, title: &str, meaning: &str) -> io::Result<()> {
    writeln!(out, "\n{TITLE}{title}{TITLE:#} {ASIDE}({meaning}){ASIDE:#}")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(CONTEXT_WIDTH) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}
