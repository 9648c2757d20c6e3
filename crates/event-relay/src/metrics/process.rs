//! What the process needs, under the names that all programs use (`process_...`).

use std::fmt::Write;
use std::fs;

/// The kernel counts the time of processes in hundredths of a second.
/// Source: `proc_pid_stat(5)` (`USER_HZ`).
const TICKS: f64 = 100.0;

/// Adds the metrics to a text. Leaves out what this system does not tell.
pub(super) fn write(text: &mut String) {
    // Writing to a string never fails.
    if let Some(seconds) = cpu_seconds() {
        let _ = write!(
            text,
            "# HELP process_cpu_seconds User and system CPU time.\n\
             # TYPE process_cpu_seconds counter\n\
             process_cpu_seconds_total {seconds}\n"
        );
    }
    if let Some(bytes) = resident_bytes() {
        let _ = write!(
            text,
            "# HELP process_resident_memory_bytes Resident memory size.\n\
             # TYPE process_resident_memory_bytes gauge\n\
             process_resident_memory_bytes {bytes}\n"
        );
    }
}

fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kib.checked_mul(1024)
}
