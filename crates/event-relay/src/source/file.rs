//! A file that a policy-server outside of a cluster writes, followed over rotation as `tail -F`
//! does: renamed and made anew, or copied and cut.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use tracing::{info, warn};

use super::intake::{Intake, Reader};
use crate::report::Report;
use crate::stop::Stop;

/// Read at once, in bytes.
const CHUNK: usize = 256 << 10;
/// How often a file that has been read to its end is looked at again.
const LOOK: Duration = Duration::from_millis(250);

/// A file that is being read.
struct Open {
    file: File,
    inode: (u64, u64),
    read: u64,
}

impl Open {
    fn new(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(Self {
            inode: inode(&metadata),
            file,
            read: 0,
        })
    }
}

fn inode(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Follows a file from its beginning, on this thread, until it is told to stop.
///
/// # Errors
///
/// The file can't be read. That it is not there yet, or for a moment, is no error.
pub fn follow(intake: &Intake, path: &Path, stop: &Stop) -> io::Result<()> {
    let name = std::path::absolute(path)?;
    let mut reader = Reader::new(intake.clone(), format!("file:{}", name.display()), false);
    let mut chunk = vec![0; CHUNK];
    let mut open: Option<Open> = None;
    let mut missing = false;
    while !stop.is_stopped() {
        let Some(current) = &mut open else {
            match Open::new(path) {
                Ok(file) => {
                    info!(file = %path.display(), "reading a file");
                    missing = false;
                    open = Some(file);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    if !std::mem::replace(&mut missing, true) {
                        warn!(file = %path.display(), "there is no such file; waiting for it");
                    }
                    sleep(LOOK);
                }
                Err(error) => return Err(error),
            }
            continue;
        };
        let length = current.file.read(&mut chunk)?;
        current.read += length as u64;
        if length > 0 {
            if !send(intake, reader.read(&chunk[..length])) {
                return Ok(());
            }
            continue;
        }
        match std::fs::metadata(path) {
            Ok(now) if inode(&now) != current.inode => {
                // Its writer may have gone on for a moment after the renaming.
                sleep(LOOK);
                let mut rest = Vec::new();
                current.file.read_to_end(&mut rest)?;
                let mut reports = reader.read(&rest);
                reports.extend(reader.finish());
                reader.reset();
                info!(file = %path.display(), "the file was rotated");
                open = None;
                if !send(intake, reports) {
                    return Ok(());
                }
            }
            Ok(now) if now.len() < current.read => {
                info!(file = %path.display(), "the file was cut");
                reader.reset();
                current.file.seek(SeekFrom::Start(0))?;
                current.read = 0;
            }
            _ => sleep(LOOK),
        }
    }
    Ok(())
}

/// Whether anybody is still there to take reports. Waits while there is no room: the file does not
/// go away.
fn send(intake: &Intake, reports: Vec<Report>) -> bool {
    reports
        .into_iter()
        .all(|report| intake.reports.blocking_send(report).is_ok())
}
