//! The deadline of a request's rules.
//!
//! A host interrupts a policy that takes too long, and rejects the pod. Rules therefore end by
//! themselves before that: each piece of work is counted in steps, see [`Deadline::step`].

use std::cell::Cell;

/// How many steps are made between two reads of the clock. Reading it costs as much as one or two
/// steps.
const STEPS: usize = 16;

/// How many bytes of a rule count as one step.
const STEP_BYTES: usize = 4096;

/// The time by which the rules have to be done.
pub struct Deadline<'t> {
    has_passed: &'t dyn Fn() -> bool,
    had_passed: Cell<bool>,
    steps: Cell<usize>,
}

impl<'t> Deadline<'t> {
    /// A deadline that has passed once the function returns true.
    pub fn when(has_passed: &'t dyn Fn() -> bool) -> Self {
        Self {
            has_passed,
            had_passed: Cell::new(false),
            steps: Cell::new(0),
        }
    }

    /// A deadline that never passes.
    pub fn never() -> Self {
        Self::when(&|| false)
    }

    /// Whether the deadline has passed. Once it has, this stays true.
    pub fn has_passed(&self) -> bool {
        let has_passed = self.had_passed.get() || (self.has_passed)();
        self.had_passed.set(has_passed);
        has_passed
    }

    /// Counts one step of work, such as one pass over a list of the pod.
    ///
    /// # Errors
    /// Returns `DeadlineExceeded` once the deadline has passed. The clock is read every 16 steps.
    pub fn step(&self) -> Result<(), DeadlineExceeded> {
        self.steps(1)
    }

    /// Counts the work of reading this many bytes of a rule.
    ///
    /// # Errors
    /// Returns `DeadlineExceeded` once the deadline has passed.
    pub fn read(&self, bytes: usize) -> Result<(), DeadlineExceeded> {
        self.steps(1 + bytes / STEP_BYTES)
    }

    fn steps(&self, count: usize) -> Result<(), DeadlineExceeded> {
        let steps = self.steps.get() + count;
        if steps < STEPS && !self.had_passed.get() {
            self.steps.set(steps);
            return Ok(());
        }
        self.steps.set(0);
        if self.has_passed() {
            Err(DeadlineExceeded)
        } else {
            Ok(())
        }
    }
}

impl std::fmt::Debug for Deadline<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Deadline").finish_non_exhaustive()
    }
}

/// The deadline has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there was no time left")]
pub struct DeadlineExceeded;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_ends_soon_after_the_deadline() {
        let has_passed = Cell::new(false);
        let clock = || has_passed.get();
        let deadline = Deadline::when(&clock);
        assert!((0..1000).all(|_| deadline.step().is_ok()));
        has_passed.set(true);
        assert!((0..STEPS).any(|_| deadline.step() == Err(DeadlineExceeded)));
        assert_eq!(deadline.step(), Err(DeadlineExceeded));

        let deadline = Deadline::when(&clock);
        assert_eq!(deadline.read(100), Ok(()));
        assert_eq!(deadline.read(1_000_000), Err(DeadlineExceeded));
    }
}
