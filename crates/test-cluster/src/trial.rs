//! Tests that need a program which the machine may lack. See [`trial`].
//!
//! Rust's test harness can't skip a test at run time: the test would count as `ok` without an
//! assertion. A test binary without that harness (`harness = false`) makes a [`trial`] of each test
//! and passes them to `libtest_mimic::run`.

use std::{
    env,
    path::{Path, PathBuf},
};

use libtest_mimic::Trial;

/// A test, run in a tokio runtime of its own. Where something is `missing` that it needs, the test
/// is ignored: the runner counts it as such and names what is missing. `--include-ignored` runs it
/// all the same.
pub fn trial<T: Future<Output = ()>>(
    name: impl Into<String>,
    missing: &[&str],
    test: impl FnOnce() -> T + Send + 'static,
) -> Trial {
    let run = move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build()?.block_on(test());
        Ok(())
    };
    let trial = Trial::test(name, run).with_ignored_flag(!missing.is_empty());
    if missing.is_empty() {
        return trial;
    }
    trial.with_kind(format!("needs {}", missing.join(", ")))
}

/// The programs that are not on the path.
pub fn missing<'p>(programs: &[&'p str]) -> Vec<&'p str> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&folders).collect();
    let is_missing = |program: &Path| !folders.iter().any(|folder| folder.join(program).is_file());
    let programs = programs.iter().copied();
    programs
        .filter(|program| is_missing(Path::new(program)))
        .collect()
}

#[cfg(test)]
mod tests {
    use libtest_mimic::{Arguments, run};

    use super::*;

    fn conclude(missing: &[&str], include_ignored: bool) -> [u64; 3] {
        let fails = trial("fails", missing, async || panic!("it was run"));
        let passes = trial("passes", &[], async || ());
        let arguments = Arguments {
            include_ignored,
            // Failures of these tests are no failures of the runner that people read.
            logfile: Some("/dev/null".to_owned()),
            ..Arguments::default()
        };
        let conclusion = run(&arguments, vec![fails, passes]);
        [
            conclusion.num_passed,
            conclusion.num_failed,
            conclusion.num_ignored,
        ]
    }

    #[test]
    fn a_test_is_ignored_where_something_is_missing() {
        assert_eq!(conclude(&["promtool"], false), [1, 0, 1]);
        assert_eq!(conclude(&["promtool"], true), [1, 1, 0]);
        assert_eq!(conclude(&[], false), [1, 1, 0]);
    }

    #[test]
    fn a_program_is_looked_for_on_the_path() {
        assert_eq!(missing(&["sh", "no-such-program"]), ["no-such-program"]);
    }
}
