//! Whatever becomes of the process that started a cluster, nothing is left of the cluster.
#![cfg(target_os = "linux")]

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::process::ExitStatusExt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rstest::rstest;
use rustix::process::{Pid, Signal, kill_process};
use test_cluster::{Cluster, Program};

/// The processes of the cluster in this folder: its programs, and those that watch over them.
fn processes(folder: &Path) -> Vec<String> {
    let folder = folder.to_string_lossy();
    let all = fs::read_dir("/proc").expect("there is /proc");
    let process = all.filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok());
    process
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(&*folder))
        .collect()
}

/// Waits until this is so, at most so long.
fn wait(longest: Duration, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + longest;
    while !is_so() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
    }
}

#[track_caller]
fn assert_nothing_is_left(folder: &Path) {
    wait(Duration::from_secs(10), || {
        !folder.exists() && processes(folder).is_empty()
    });
    assert_eq!(processes(folder), Vec::<String>::new());
    assert!(!folder.exists(), "{} is still there", folder.display());
}

/// The program of this crate, with a whole cluster. Not left behind by a test that fails.
struct Started {
    program: Child,
    folder: PathBuf,
}

impl Started {
    fn new() -> Self {
        // The shell of a job in the background has its processes ignore SIGINT, and theirs too.
        let mut program = Command::new("env")
            .arg("--default-signal=INT")
            .arg(env!("CARGO_BIN_EXE_test-cluster"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let said = program.stdout.as_mut().expect("it is piped");
        let kubeconfig = BufReader::new(said)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("KUBECONFIG=")?.1.to_owned()))
            .expect("it says where its kubeconfig is");
        let folder = folder(Path::new(&kubeconfig));
        Self { program, folder }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended, as it should.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn folder(kubeconfig: &Path) -> PathBuf {
    kubeconfig.parent().expect("it is in a folder").into()
}

#[rstest]
#[case::interrupted(Signal::INT)]
#[case::terminated(Signal::TERM)]
#[case::killed(Signal::KILL)]
fn ends_with_the_process(#[case] signal: Signal) {
    let mut started = Started::new();
    let running = processes(&started.folder);
    // Five programs and the watch.
    assert_eq!(running.len(), 6, "{running:#?}");
    kill_process(Pid::from_child(&started.program), signal).expect("it runs");
    let mut ended = None;
    wait(Duration::from_mins(1), || {
        ended = started.program.try_wait().expect("it is a child");
        ended.is_some()
    });
    let ended = ended.expect("the program ends");
    assert_eq!(ended.signal(), Some(signal.as_raw()));
    assert_nothing_is_left(&started.folder);
}

#[test]
fn ends_with_a_panic_and_while_a_program_hangs() {
    let (sender, receiver) = mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            let cluster = Cluster::builder().start().await.expect("a cluster");
            cluster.pause(Program::Etcd).expect("it runs");
            sender
                .send(folder(cluster.kubeconfig()))
                .expect("it is received");
            panic!("a test failed");
        })
    }));
    assert!(panicked.is_err());
    let folder = receiver.recv().expect("it was sent");
    // By now, without any waiting.
    assert_eq!(processes(&folder), Vec::<String>::new());
    assert!(!folder.exists(), "{} is still there", folder.display());
}

#[test]
fn says_what_to_do_without_the_programs() {
    let output = Command::new(env!("CARGO_BIN_EXE_test-cluster"))
        .env_remove("KUBEBUILDER_ASSETS")
        .env("CARGO_TARGET_DIR", "/nowhere")
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("run `make control-plane`"), "{said}");
}
