//! The time that there is for the rules of a request.
//!
//! A host interrupts a policy that takes too long, and rejects the pod. So rules stop by themselves
//! before that.

use std::cell::Cell;

/// How many steps are made between two looks at the clock, which cost as much as a step or two.
const STEPS: u32 = 16;

/// Says when the time is up.
pub struct Time<'t> {
    is_up: &'t dyn Fn() -> bool,
    steps: Cell<u32>,
}

impl<'t> Time<'t> {
    /// The time until this says that it is up.
    pub fn until(is_up: &'t dyn Fn() -> bool) -> Self {
        Self {
            is_up,
            steps: Cell::new(0),
        }
    }

    /// Time without an end.
    pub fn endless() -> Self {
        Self::until(&|| false)
    }

    /// Whether the time is up.
    pub fn is_up(&self) -> bool {
        (self.is_up)()
    }

    /// Makes a step of some work, which goes through a list of the pod once at most.
    ///
    /// # Errors
    /// There is no time for it.
    pub fn step(&self) -> Result<(), NoTime> {
        let steps = self.steps.get().wrapping_add(1);
        self.steps.set(steps);
        if steps.is_multiple_of(STEPS) && self.is_up() {
            return Err(NoTime);
        }
        Ok(())
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
    }
}
