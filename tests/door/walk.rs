//! Walks through a function's code, along every way that it may take. See [`walk`].
//!
//! Of all values only 32-bit constants are followed: through locals, the stack, and memory at a
//! constant address. They decide the branches that depend on them. All other branches are taken both
//! ways.

use std::collections::BTreeMap;

use wasmparser::{MemArg, Operator};

use super::function::{Function, Target, never_goes_on};
use super::module::Module;

/// A number, where it is known.
type Value = Option<i32>;

/// A point on a way.
#[derive(Clone, Default)]
pub(crate) struct Point {
    /// The place in the function.
    pub(crate) at: usize,
    stack: Vec<Value>,
    locals: BTreeMap<u32, i32>,
    /// What is in memory, by address.
    pub(crate) memory: BTreeMap<u64, i32>,
    /// The host's functions that were called on the way.
    pub(crate) called: Vec<u32>,
}

/// What a host may interrupt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A function of the module is entered.
    Call,
    /// A loop is entered or gone around.
    Loop,
    /// The code traps.
    Trap,
}

/// How a way ends.
pub(crate) enum End {
    /// The function returns.
    Returned,
    /// Something that may be interrupted.
    Stopped(Stop),
}

/// What comes after a point.
pub(crate) enum Next {
    /// The points that may follow.
    Points(Vec<Point>),
    /// Nothing.
    End(End),
}

/// The ends of all ways from a point.
pub(crate) fn walk(module: &Module<'_>, function: &Function<'_>, from: Point) -> Vec<(Point, End)> {
    let mut open = vec![from];
    let mut ends = Vec::new();
    while let Some(point) = open.pop() {
        assert!(ends.len() < 100_000, "there are too many ways");
        match point.next(module, function) {
            Next::Points(points) => open.extend(points),
            Next::End(end) => ends.push((point, end)),
        }
    }
    ends
}

impl Point {
    /// A point of which nothing is known but its place and what is in memory.
    pub(crate) fn new(function: &Function<'_>, at: usize, memory: BTreeMap<u64, i32>) -> Self {
        Self {
            at,
            stack: vec![None; function.heights[at]],
            memory,
            ..Self::default()
        }
    }

    /// Goes one step.
    pub(crate) fn next(&self, module: &Module<'_>, function: &Function<'_>) -> Next {
        let stopped = |stop| Next::End(End::Stopped(stop));
        let mut next = self.clone();
        let Some(operator) = function.operators.get(self.at) else {
            return Next::End(End::Returned);
        };
        match operator {
            Operator::Return => return Next::End(End::Returned),
            Operator::Unreachable => return stopped(Stop::Trap),
            Operator::Loop { .. } => return stopped(Stop::Loop),
            Operator::Call { function_index } if module.is_import(*function_index) => {
                next.called.push(*function_index);
            }
            Operator::Call { .. }
            | Operator::CallIndirect { .. }
            | Operator::CallRef { .. }
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. } => return stopped(Stop::Call),
            _ => {}
        }
        let targets = function.branches(self.at);
        let mut points = Vec::new();
        let condition = match operator {
            Operator::If { .. } => next.stack.pop().flatten().map(|value| value == 0),
            Operator::BrIf { .. } => next.stack.pop().flatten().map(|value| value != 0),
            _ if never_goes_on(operator) => Some(true),
            _ => Some(false),
        };
        if condition != Some(false) {
            if targets.iter().any(|target| target.is_loop) {
                return stopped(Stop::Loop);
            }
            points.extend(
                targets
                    .iter()
                    .map(|target| next.branched(function, *target)),
            );
        }
        if condition != Some(true) {
            next.compute(operator, function);
            next.at += 1;
            next.settle(function);
            points.push(next);
        }
        Next::Points(points)
    }

    fn branched(&self, function: &Function<'_>, target: Target) -> Self {
        let mut next = self.clone();
        next.at = target.at;
        // What a block leaves on the stack is not followed.
        next.stack.truncate(target.kept);
        next.settle(function);
        next
    }

    /// Makes the stack as high as it is at this place.
    fn settle(&mut self, function: &Function<'_>) {
        if let Some(height) = function.heights.get(self.at) {
            self.stack.resize(*height, None);
        }
    }

    /// What an operator does to the values that are followed.
    fn compute(&mut self, operator: &Operator<'_>, function: &Function<'_>) {
        match operator {
            Operator::I32Const { value } => self.stack.push(Some(*value)),
            Operator::LocalGet { local_index } => {
                self.stack.push(self.locals.get(local_index).copied());
            }
            Operator::LocalSet { local_index } => self.set(*local_index),
            Operator::LocalTee { local_index } => {
                self.stack.push(self.stack.last().copied().flatten());
                self.set(*local_index);
            }
            Operator::I32Load { memarg } | Operator::I32Load8U { memarg } => {
                let address = self.address(memarg);
                let value = address.and_then(|address| self.memory.get(&address).copied());
                self.stack.push(value);
            }
            Operator::I32Store { memarg } | Operator::I32Store8 { memarg } => {
                let value = self.stack.pop().flatten();
                // Other addresses come from pointers. None of them leads to a static of this module
                // that is found by its address.
                match (self.address(memarg), value) {
                    (Some(address), Some(value)) => drop(self.memory.insert(address, value)),
                    (Some(address), None) => drop(self.memory.remove(&address)),
                    (None, _) => {}
                }
            }
            Operator::I32Eqz => {
                let value = self.stack.pop().flatten();
                self.stack.push(value.map(|value| i32::from(value == 0)));
            }
            Operator::I32And => {
                let (one, other) = (self.stack.pop().flatten(), self.stack.pop().flatten());
                self.stack
                    .push(one.zip(other).map(|(one, other)| one & other));
            }
            Operator::Nop
            | Operator::Block { .. }
            | Operator::End
            | Operator::If { .. }
            | Operator::BrIf { .. } => {}
            // It leaves one value or none. Nothing is known of it.
            _ => {
                let height = function.heights.get(self.at + 1);
                self.stack
                    .truncate(height.map_or(0, |height| height.saturating_sub(1)));
            }
        }
    }

    fn set(&mut self, local: u32) {
        match self.stack.pop().flatten() {
            Some(value) => drop(self.locals.insert(local, value)),
            None => drop(self.locals.remove(&local)),
        }
    }

    fn address(&mut self, memarg: &MemArg) -> Option<u64> {
        let base = self.stack.pop().flatten()?;
        Some(u64::from(base.cast_unsigned()) + memarg.offset)
    }
}
