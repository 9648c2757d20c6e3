//! A group of processes that does not outlive this one.

use std::{
    io,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

/// Waits until the pipe from its parent closes, which happens however the parent ends. Then it
/// kills the whole group, also paused programs, and removes the cluster's folder.
const WATCH: &str = r#"
    read -r _
    kill -s KILL -- "-$1" 2>/dev/null
    rm -rf -- "$2" || { sleep 1; rm -rf -- "$2"; }
"#;

/// Two small processes belong to the group: the anchor gives it its number, and the watch ends it.
/// The watch has its own process group, so that neither Ctrl-C nor its own signal reaches it.
///
/// A program is in the group before its first instruction, so that none escapes. The group is not
/// in a terminal's foreground: Ctrl-C ends the test, and the end of the test ends the programs.
#[derive(Debug)]
pub(crate) struct Group {
    anchor: Child,
    watch: Child,
}

impl Group {
    /// A group without programs. When it ends, `folder` is removed.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let anchor = background("cat").spawn()?;
        let watch = background("sh")
            .args(["-c", WATCH, "sh"])
            .arg(anchor.id().to_string())
            .arg(folder)
            .spawn()?;
        Ok(Self { anchor, watch })
    }

    /// Makes a command start its process in this group.
    pub(crate) fn adopt(&self, command: &mut Command) {
        // Process ids fit: the largest is 2^22.
        let number = i32::try_from(self.anchor.id()).unwrap_or_default();
        command.process_group(number);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        // The watch works without this process, and no caller is left for an error.
        let _ = self.watch.wait();
        let _ = self.anchor.wait();
    }
}

fn background(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    command
}
