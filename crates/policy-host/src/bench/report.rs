//! The result of a bench, as a table or as JSON.

use serde_json::{Map, Value, json};

use super::{Measured, Report, Role, Timed, stats::Summary};
use crate::show::table::columns;

const HEADER: [&str; 12] = [
    "REQUEST", "MODULE", "WHOLE", "P99", "INSTANCE", "P99", "GUEST", "P99", "REST", "÷FLOOR",
    "÷NOOP", "PATCH",
];

/// The table: one row for each request and module, times in microseconds.
pub fn text(report: &Report) -> String {
    let rounds = report.subjects.iter().map(|subject| subject.rounds).min();
    let rows = report.subjects.iter().flat_map(|subject| {
        let row = |timed| row(subject, timed);
        subject.results.iter().map(row).collect::<Vec<_>>()
    });
    let numbers: Vec<_> = (2..HEADER.len()).collect();
    let sizes = report.modules.iter();
    let sizes = sizes.map(|(role, bytes)| vec![role.name().to_owned(), format!("{bytes} bytes")]);
    format!(
        "Median and 99th percentile in µs, of {} rounds or more; ratios are those of the whole request's medians.\n\n{}\n\n{}",
        rounds.unwrap_or_default(),
        columns(&HEADER, rows.collect(), &numbers),
        columns(&[], sizes.collect(), &[1]),
    )
}

fn row(subject: &Measured, timed: &Timed) -> Vec<String> {
    let micros = |duration: std::time::Duration| format!("{:.0}", duration.as_secs_f64() * 1e6);
    let ratio = |role| {
        let other = subject.results.iter().find(|other| other.role == role);
        other.map_or_else(String::new, |other| {
            format!("{:.2}", timed.whole.ratio(other.whole))
        })
    };
    vec![
        subject.name.clone(),
        timed.role.name().to_owned(),
        micros(timed.whole.median),
        micros(timed.whole.p99),
        micros(timed.instantiate.median),
        micros(timed.instantiate.p99),
        micros(timed.guest.median),
        micros(timed.guest.p99),
        micros(timed.serialize.median + timed.answer.median),
        ratio(Role::Floor),
        ratio(Role::Noop),
        timed.patch_operations.to_string(),
    ]
}

/// The result as JSON, with times in nanoseconds.
pub fn json(report: &Report) -> Value {
    let size = |(role, bytes): &(Role, usize)| (role.name().to_owned(), json!(bytes));
    json!({
        "moduleBytes": report.modules.iter().map(size).collect::<Map<_, _>>(),
        "requests": report.subjects.iter().map(subject).collect::<Vec<_>>(),
    })
}

fn subject(subject: &Measured) -> Value {
    let result = |timed: &Timed| {
        let ratio = |other: &Timed| {
            let ratios = json!({
                "whole": timed.whole.ratio(other.whole),
                "instantiate": timed.instantiate.ratio(other.instantiate),
                "guest": timed.guest.ratio(other.guest),
            });
            (other.role.name().to_owned(), ratios)
        };
        let others = subject
            .results
            .iter()
            .filter(|other| other.role != Role::Policy);
        json!({
            "module": timed.role.name(),
            "patchOperations": timed.patch_operations,
            "logRecords": timed.log_records,
            "whole": summary(timed.whole),
            "serialize": summary(timed.serialize),
            "instantiate": summary(timed.instantiate),
            "guest": summary(timed.guest),
            "answer": summary(timed.answer),
            "ratioTo": others.map(ratio).collect::<Map<_, _>>(),
        })
    };
    json!({
        "request": subject.name,
        "objectBytes": subject.object_bytes,
        "rounds": subject.rounds,
        "results": subject.results.iter().map(result).collect::<Vec<_>>(),
    })
}

fn summary(summary: Summary) -> Value {
    let nanos =
        |duration: std::time::Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    json!({"median": nanos(summary.median), "p99": nanos(summary.p99)})
}
