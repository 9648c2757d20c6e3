//! `--dry-run`: the Events that would be written, as `kubectl get events --watch` lists them, or
//! as JSON, one a line.

use std::io::{self, Write};
use std::time::Duration;

use k8s_openapi::api::core::v1::Event;
use k8s_openapi::jiff::Timestamp;
use tokio::time::sleep;

use crate::stop::Stop;
use crate::store::Table;
use crate::text::clamped;

/// How often changed Events are printed: one that counts is not printed for each failure.
const EVERY: Duration = Duration::from_secs(1);
/// Between two columns, as `kubectl` has them.
const GAP: usize = 3;
const HEADER: [&str; 5] = ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"];

/// How Events are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// A table.
    #[default]
    Table,
    /// Whole Events, one a line.
    Json,
}

/// Prints Events.
pub struct Printer<W> {
    table: Table,
    output: Output,
    out: W,
    /// The columns' widths; 0 before the header was printed.
    widths: [usize; HEADER.len()],
}

impl<W: Write> Printer<W> {
    /// A printer of the Events that are kept in a table.
    pub fn new(table: Table, output: Output, out: W) -> Self {
        Self {
            table,
            output,
            out,
            widths: [0; HEADER.len()],
        }
    }

    /// Prints again and again, until it is told to stop and once more then.
    ///
    /// # Errors
    ///
    /// The output can't be written.
    pub async fn run(mut self, stop: Stop) -> io::Result<()> {
        loop {
            tokio::select! {
                () = sleep(EVERY) => self.print()?,
                () = stop.stopped() => return self.print(),
            }
        }
    }

    /// Prints what has changed.
    fn print(&mut self) -> io::Result<()> {
        let events = self.table.take_changed();
        match self.output {
            Output::Json => {
                for event in &events {
                    writeln!(self.out, "{}", serde_json::to_string(event)?)?;
                }
            }
            Output::Table => self.rows(&events, Timestamp::now())?,
        }
        self.out.flush()
    }

    fn rows(&mut self, events: &[Event], now: Timestamp) -> io::Result<()> {
        let mut rows: Vec<_> = events.iter().map(|event| row(event, now)).collect();
        if self.widths[0] == 0 && !rows.is_empty() {
            rows.insert(0, HEADER.map(str::to_owned));
        }
        for row in &rows {
            for (width, cell) in self.widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        for row in &rows {
            let (last, cells) = row.split_last().unwrap_or((&row[0], &[]));
            for (cell, width) in cells.iter().zip(self.widths) {
                write!(self.out, "{cell:width$}{:GAP$}", "")?;
            }
            writeln!(self.out, "{last}")?;
        }
        Ok(())
    }
}

fn row(event: &Event, now: Timestamp) -> [String; HEADER.len()] {
    let text = |field: &Option<String>| {
        let field = field.as_deref().unwrap_or("<unset>");
        clamped(field, usize::MAX)
    };
    let object = &event.involved_object;
    let last = event.last_timestamp.as_ref();
    [
        last.map_or("<unknown>".to_owned(), |last| {
            age(now.as_second() - last.0.as_second())
        }),
        text(&event.type_),
        text(&event.reason),
        format!(
            "{}/{}",
            text(&object.kind).to_lowercase(),
            text(&object.name)
        ),
        text(&event.message),
    ]
}

/// How long ago something was, as `kubectl` writes it: `0s`, `2m5s`, `12m`, `3h10m`, `9d`.
/// Source: `k8s.io/apimachinery/pkg/util/duration` (`HumanDuration`).
fn age(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large, unit, small, small_unit| match small {
        0 => format!("{large}{unit}"),
        _ => format!("{large}{unit}{small}{small_unit}"),
    };
    match seconds {
        i64::MIN..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, 'd', hours % 24, 'h'),
        _ => format!("{days}d"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::a_moment_ahead(-1, "0s")]
    #[case::ahead(-5, "<invalid>")]
    #[case::seconds(119, "119s")]
    #[case::minutes(125, "2m5s")]
    #[case::many_minutes(660, "11m")]
    #[case::hours(11_400, "3h10m")]
    #[case::days(262_800, "3d1h")]
    #[case::many_days(1_000_000, "11d")]
    fn an_age_is_written_as_kubectl_does(#[case] seconds: i64, #[case] expected: &str) {
        assert_eq!(age(seconds), expected);
    }

    #[test]
    fn later_rows_stand_under_the_header() {
        let event = |reason: &str, name: &str| {
            let event = json!({
                "metadata": {}, "type": "Warning", "reason": reason, "message": "a\nb",
                "involvedObject": {"kind": "Pod", "name": name},
                "lastTimestamp": "2026-11-23T11:59:58Z",
            });
            serde_json::from_value::<Event>(event).expect("it is an Event")
        };
        let now = "2026-11-23T12:00:00Z".parse().expect("a time");
        let mut out = Vec::new();
        let mut printer = Printer::new(Table::default(), Output::Table, &mut out);
        for events in [
            &[event("InjectionConflict", "web-1")][..],
            &[],
            &[event("R", "w")],
        ] {
            printer.rows(events, now).expect("it is written");
        }
        let expected = "\
LAST SEEN   TYPE      REASON              OBJECT      MESSAGE
2s          Warning   InjectionConflict   pod/web-1   a\\nb
2s          Warning   R                   pod/w       a\\nb
";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
