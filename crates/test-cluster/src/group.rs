//! A group of processes that does not outlive this one.

use std::{
    io,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

/// Waits until the pipe from its parent closes, which the system does however the parent ends.
/// Then nothing of the group is left, paused programs included, nor of the cluster's folder.
const WATCH: &str = r#"
    read -r _
    kill -s KILL -- "-$1" 2>/dev/null
    rm -rf -- "$2" || { sleep 1; rm -rf -- "$2"; }
"#;

/// Two small processes make the group: the anchor gives it its number, and the watch ends it. The
/// watch is in a group of its own, so that neither Ctrl-C nor the end that it brings reaches it.
///
/// A program is in the group from before its first instruction, so none can slip away, and in
/// no terminal's foreground, so that Ctrl-C ends the test and the test's end ends the programs.
#[derive(Debug)]
pub(crate) struct Group {
    anchor: Child,
    watch: Child,
}

impl Group {
    /// A group without programs; its end removes `folder` and all that is in it.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let anchor = background("cat").spawn()?;
        let watch = background("sh")
            .args(["-c", WATCH, "sh"])
            .arg(anchor.id().to_string())
            .arg(folder)
            .spawn()?;
        Ok(Self { anchor, watch })
    }

    /// Lets a command start its process in this group.
    pub(crate) fn adopt(&self, command: &mut Command) {
        // Process ids fit: the system's largest is 2^22.
        let number = i32::try_from(self.anchor.id()).unwrap_or_default();
        command.process_group(number);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        // Nobody could be told of an error here, and the watch needs nobody.
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
