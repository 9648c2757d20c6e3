//! The time that there is for the rules of a request.
//!
//! A host interrupts a policy that takes too long, and rejects the pod. So rules stop by themselves
//! before that.

use std::cell::Cell;

/// How many steps are made between two looks at the clock, which cost as much as a step or two.
const STEPS: usize = 16;

/// How many bytes of a rule are gone through in a step.
const STEP_BYTES: usize = 4096;

/// Says when the time is up.
pub struct Time<'t> {
    is_up: &'t dyn Fn() -> bool,
    was_up: Cell<bool>,
    steps: Cell<usize>,
}

impl<'t> Time<'t> {
    /// The time until this says that it is up.
    pub fn until(is_up: &'t dyn Fn() -> bool) -> Self {
        Self {
            is_up,
            was_up: Cell::new(false),
            steps: Cell::new(0),
        }
    }

    /// Time without an end.
    pub fn endless() -> Self {
        Self::until(&|| false)
    }

    /// Whether the time is up: once it is, it stays so.
    pub fn is_up(&self) -> bool {
        let is_up = self.was_up.get() || (self.is_up)();
        self.was_up.set(is_up);
        is_up
    }

    /// Makes a step of some work, such as going through a list of the pod once.
    ///
    /// # Errors
    /// There is no time for it.
    pub fn step(&self) -> Result<(), NoTime> {
        self.steps(1)
    }

    /// Goes through so many bytes of a rule.
    ///
    /// # Errors
    /// There is no time for it.
    pub fn read(&self, bytes: usize) -> Result<(), NoTime> {
        self.steps(1 + bytes / STEP_BYTES)
    }

    fn steps(&self, count: usize) -> Result<(), NoTime> {
        let steps = self.steps.get() + count;
        if steps < STEPS && !self.was_up.get() {
            self.steps.set(steps);
            return Ok(());
        }
        self.steps.set(0);
        if self.is_up() { Err(NoTime) } else { Ok(()) }
    }
}

impl std::fmt::Debug for Time<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Time").finish_non_exhaustive()
    }
}

/// The time is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there was no time left")]
pub struct NoTime;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_ends_soon_after_the_time_is_up() {
        let is_up = Cell::new(false);
        let is_it = || is_up.get();
        let time = Time::until(&is_it);
        assert!((0..1000).all(|_| time.step().is_ok()));
        is_up.set(true);
        assert!((0..STEPS).any(|_| time.step() == Err(NoTime)));
        assert_eq!(time.step(), Err(NoTime));

        let time = Time::until(&is_it);
        assert_eq!(time.read(100), Ok(()));
        assert_eq!(time.read(1_000_000), Err(NoTime));
    }
}
