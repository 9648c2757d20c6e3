//! Stops, pauses and starts the programs of a running cluster, for tests of failures.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::PathBuf,
    time::{Duration, Instant},
};

use kube::Client;
use rustix::process::Signal;

use crate::{Cluster, Error, Program, nodes, process::Process};

/// The time limit until a program is ready. On an idle machine it takes seconds.
const DEADLINE: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(50);

impl Cluster {
    /// The file of a program's log.
    ///
    /// # Errors
    /// Returns an error if the cluster has no such program.
    pub fn log(&self, program: Program) -> Result<PathBuf, Error> {
        self.process(program).map(Process::log)
    }

    /// The id of a program's process; `None` while it is stopped.
    ///
    /// # Errors
    /// Returns an error if the cluster has no such program.
    pub fn pid(&self, program: Program) -> Result<Option<u32>, Error> {
        self.process(program).map(Process::pid)
    }

    /// Stops a program with SIGTERM. [`Cluster::start`] starts it again.
    ///
    /// # Errors
    /// Returns an error if it does not run.
    pub async fn stop(&self, program: Program) -> Result<(), Error> {
        self.process(program)?.end(Signal::TERM).await
    }

    /// Kills a program, like a crash.
    ///
    /// # Errors
    /// Returns an error if it does not run.
    pub async fn kill(&self, program: Program) -> Result<(), Error> {
        self.process(program)?.end(Signal::KILL).await
    }

    /// Pauses a program: its connections stay open without answers.
    ///
    /// # Errors
    /// Returns an error if it does not run.
    pub fn pause(&self, program: Program) -> Result<(), Error> {
        self.process(program)?.signal(Signal::STOP)
    }

    /// Resumes a paused program.
    ///
    /// # Errors
    /// Returns an error if it does not run.
    pub fn resume(&self, program: Program) -> Result<(), Error> {
        self.process(program)?.signal(Signal::CONT)
    }

    /// Starts a stopped program with the same ports, data and flags, and waits until it is ready.
    ///
    /// # Errors
    /// Returns an error if it runs already, ends, or is not ready within a minute.
    pub async fn start(&self, program: Program) -> Result<(), Error> {
        let process = self.process(program)?;
        if program == Program::Kwok {
            nodes::define_logs(self).await?;
        }
        process.spawn(&self.group)?;
        let layout = &self.layout;
        match program {
            Program::Etcd => self.wait_for_port(program, layout.etcd_port).await,
            Program::ApiServer => {
                let client = self.client()?;
                let ready = async || is_ready(&client).await;
                self.wait(program, "answer /readyz", ready).await
            }
            // The controllers' first work is the only sign that they run.
            Program::ControllerManager => self.prepare("default").await,
            // There is no sign before a pod is scheduled.
            Program::Scheduler => Ok(()),
            Program::Kwok => self.wait_for_port(program, layout.kubelet_port).await,
        }
    }

    async fn wait_for_port(&self, program: Program, port: u16) -> Result<(), Error> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let open = async || TcpStream::connect(address).is_ok();
        self.wait(program, "open its port", open).await
    }

    /// Waits for a program to do something. Fails if one of the programs ends.
    pub(crate) async fn wait(
        &self,
        program: Program,
        what: &str,
        done: impl AsyncFn() -> bool,
    ) -> Result<(), Error> {
        let started = Instant::now();
        loop {
            // A hanging server must not block this.
            let done = tokio::time::timeout(Duration::from_secs(5), done()).await;
            // Checked also after success: if a program's port was taken, another program answered.
            for process in self.processes.iter().filter(|p| p.pid().is_some()) {
                process.check()?;
            }
            if done == Ok(true) {
                return Ok(());
            }
            if started.elapsed() > DEADLINE {
                return Err(Error::NotReady {
                    program,
                    after: started.elapsed(),
                    reason: format!("it did not {what}"),
                    log: self.process(program)?.tail(),
                });
            }
            tokio::time::sleep(POLL).await;
        }
    }

    pub(crate) fn process(&self, program: Program) -> Result<&Process, Error> {
        self.processes
            .iter()
            .find(|process| process.program() == program)
            .ok_or(Error::NotPart(program))
    }
}

async fn is_ready(client: &Client) -> bool {
    let request = http::Request::get("/readyz").body(Vec::new());
    match request {
        Ok(request) => client.request_text(request).await.is_ok(),
        Err(_) => false,
    }
}
