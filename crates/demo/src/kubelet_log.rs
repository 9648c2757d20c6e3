//! A container's log in the kubelet's format: each line has its time and stream.
//!
//! Source: `kubernetes.io/docs/concepts/cluster-administration/logging` (the CRI logging format).

use std::fs::File;
use std::io::{self, Write};

use jiff::Timestamp;

/// Writes the output of a program to such a log. Each call writes whole lines.
pub(crate) struct KubeletLog(pub(crate) File);

impl Write for KubeletLog {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        let mut kept = Vec::with_capacity(lines.len() + 64);
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            write!(kept, "{:.9} stdout F ", Timestamp::now())?;
            kept.extend_from_slice(line);
        }
        self.0.write_all(&kept)?;
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
