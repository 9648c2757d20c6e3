//! The relay as a program.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A relay that runs; killed when it goes out of scope.
pub(crate) struct Relay {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
}

/// The program, with these arguments.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_event-relay"));
    command.args(arguments);
    // What the machine that runs the tests has set is none of the tests' business.
    for name in ["KUBECONFIG", "POD_NAME", "POD_NAMESPACE"] {
        command.env_remove(name);
    }
    command
}

impl Relay {
    /// Starts one against the cluster of a kubeconfig.
    pub(crate) fn start(kubeconfig: &Path, arguments: &[&str]) -> Self {
        let mut command = command(arguments);
        command.args(["--listen", "127.0.0.1:0"]);
        // Most tests make records of pods that never are.
        if !arguments.contains(&"--policy") {
            command.args(["--policy", "*=believed"]);
        }
        command.arg("--kubeconfig").arg(kubeconfig);
        Self::run(command)
    }

    /// Starts one that is told all that it needs.
    pub(crate) fn run(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the relay starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                eprintln!("event-relay: {line}");
                kept.lock().expect("no panic").push(line);
            }
        });
        Self { child, log }
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("no panic").join("\n")
    }

    /// Waits until it has logged something.
    pub(crate) fn wait_for_log(&self, text: &str) {
        super::wait(text, || self.log().contains(text).then_some(()));
    }

    /// Writes to its standard input.
    pub(crate) fn write(&mut self, text: &str) {
        let input = self.child.stdin.as_mut().expect("it is open");
        input.write_all(text.as_bytes()).expect("the relay reads");
    }

    /// Ends its standard input and waits for its end.
    pub(crate) fn finish(mut self) -> ExitStatus {
        drop(self.child.stdin.take());
        super::end(&mut self.child)
    }

    /// Kills it, without a word.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        super::end(&mut self.child);
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Stops it in its tracks, or lets it go on.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(status.expect("kill starts").success());
    }

    /// Sends SIGTERM, and tells how it ended and how long that took.
    pub(crate) fn terminate(mut self) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        let id = self.child.id().to_string();
        let status = Command::new("kill").arg(id).status();
        assert!(status.expect("kill starts").success());
        let status = super::end(&mut self.child);
        (status, begun.elapsed())
    }

    /// The answer to a GET of one of its addresses.
    pub(crate) fn get(&self, path: &str) -> String {
        let address = super::wait("the relay's address", || {
            let log = self.log();
            let at = log.split_once("address=")?.1;
            Some(at.split_whitespace().next()?.to_owned())
        });
        get(&address, path)
    }

    /// A metric's value; all of its series together. The name may have labels.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics");
        let lines = text.lines().filter(|line| line.starts_with(name));
        let values = lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok());
        values.sum()
    }
}

/// The answer to a GET.
pub(crate) fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n"
    )
    .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
