//! One running program of the cluster.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{Error, Program, group::Group};

/// The time limit of a program to end after a signal.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// How much of a log an error shows.
const TAIL_LINES: usize = 15;

/// A program that can be started repeatedly in the same way.
#[derive(Debug)]
pub(crate) struct Process {
    program: Program,
    path: PathBuf,
    args: Vec<OsString>,
    folder: PathBuf,
    child: Mutex<Option<Child>>,
}

impl Process {
    /// A program that is not started yet. It runs in `folder` and writes its log there.
    pub(crate) fn new(
        program: Program,
        path: PathBuf,
        args: Vec<OsString>,
        folder: PathBuf,
    ) -> Self {
        Self {
            program,
            path,
            args,
            folder,
            child: Mutex::new(None),
        }
    }

    pub(crate) fn program(&self) -> Program {
        self.program
    }

    /// The file of the program's log, for all of its starts.
    pub(crate) fn log(&self) -> PathBuf {
        log(&self.folder, self.program)
    }

    pub(crate) fn spawn(&self, group: &Group) -> Result<(), Error> {
        let mut child = self.lock();
        if child
            .as_mut()
            .is_some_and(|child| matches!(child.try_wait(), Ok(None)))
        {
            return Err(self.state("runs already"));
        }
        let path = self.log();
        let log = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(Error::file(&path))?;
        let copy = log.try_clone().map_err(Error::file(&path))?;
        let mut command = Command::new(&self.path);
        command
            .args(&self.args)
            .current_dir(&self.folder)
            // The program must not read the user's own files (~/.kube, ~/.kwok).
            .env("HOME", &self.folder)
            .env_remove("KUBECONFIG")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(copy);
        group.adopt(&mut command);
        *child = Some(command.spawn().map_err(|source| self.failed(source))?);
        Ok(())
    }

    /// The id of the process, while it runs.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.lock().as_ref().map(Child::id)
    }

    /// Returns an error if the program ended unexpectedly.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.try_wait()? {
            Some(status) => Err(Error::Ended {
                program: self.program,
                status,
                log: self.tail(),
            }),
            None => Ok(()),
        }
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<(), Error> {
        match self.lock().as_ref() {
            // The process was not waited for yet, so that its id is still valid.
            Some(child) => kill_process(Pid::from_child(child), signal)
                .map_err(|source| self.failed(source.into())),
            None => Err(self.state("does not run")),
        }
    }

    /// Stops the program with this signal, or with SIGKILL if it does not end within some seconds.
    pub(crate) async fn end(&self, signal: Signal) -> Result<(), Error> {
        self.signal(signal)?;
        // A paused program would get the signal only later.
        self.signal(Signal::CONT)?;
        let asked = Instant::now();
        let mut killed = signal == Signal::KILL;
        while self.try_wait()?.is_none() {
            if !killed && asked.elapsed() > STOP_TIMEOUT {
                self.signal(Signal::KILL)?;
                killed = true;
            }
            tokio::time::sleep(POLL).await;
        }
        *self.lock() = None;
        Ok(())
    }

    /// The last lines of the log.
    pub(crate) fn tail(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }

    fn try_wait(&self) -> Result<Option<ExitStatus>, Error> {
        match self.lock().as_mut() {
            Some(child) => child.try_wait().map_err(|source| self.failed(source)),
            None => Err(self.state("does not run")),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Process {
            program: self.program.name(),
            source,
        }
    }

    fn state(&self, state: &'static str) -> Error {
        Error::State {
            program: self.program,
            state,
        }
    }
}

impl Drop for Process {
    /// Waits for the process, so that it does not stay in the process table.
    fn drop(&mut self) {
        if let Some(child) = self.lock().as_mut() {
            // No caller is left for an error, and the group's watch ends the rest.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn log(folder: &Path, program: Program) -> PathBuf {
    folder.join(program.name()).with_extension("log")
}
