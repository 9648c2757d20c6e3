//! Nothing that a host may interrupt comes between the return of a late look-up and the end of the
//! call. A host built on wasmtime looks at its clock where a function of the module is entered, and
//! at the head of each loop.
//!
//! Source: `docs.wasmtime.dev`, `Config::epoch_interruption`.

use std::collections::BTreeMap;

use wasmparser::Operator;

use super::function::Function;
use super::host::MODULE;
use super::module::Module;
use super::walk::{End, Next, Point, Stop, walk};

/// A way that the code may take after a look-up was late: what was stored at constant addresses, or
/// what may be interrupted.
type Way = Result<BTreeMap<u64, i32>, Stop>;

/// The places after each look-up: where the host was called, and then the clock was read.
fn look_ups(module: &Module<'_>, function: &Function<'_>) -> Vec<usize> {
    let host_call = module.import("wapc", "__host_call");
    let clock = module.import("wasi_snapshot_preview1", "clock_time_get");
    let reads_clock = |from: &usize| {
        let calls = function.operators[*from..].iter();
        let mut calls = calls.filter_map(|operator| match operator {
            Operator::Call { function_index } => Some(*function_index),
            _ => None,
        });
        calls.next() == Some(clock)
    };
    let after = function.calls(host_call).map(|at| at + 1);
    after.filter(reads_clock).collect()
}

/// The two ways that a look-up may go on: late or in time.
fn ways(module: &Module<'_>, function: &Function<'_>, look_up: usize) -> Vec<Vec<Way>> {
    let mut point = Point::new(function, look_up, BTreeMap::new());
    let branches = loop {
        match point.next(module, function) {
            Next::End(_) => panic!("the clock is compared before anything else is done"),
            Next::Points(mut points) if points.len() == 1 => point = points.remove(0),
            Next::Points(points) => break points,
        }
    };
    let branches = branches.into_iter();
    branches
        .map(|point| {
            let ends = walk(module, function, point).into_iter();
            ends.map(|(point, end)| match end {
                End::Returned => Ok(point.memory),
                End::Stopped(stop) => Err(stop),
            })
            .collect()
        })
        .collect()
}

/// What is known of memory at the end of each way.
fn common(ways: &[Way]) -> Result<BTreeMap<u64, i32>, Stop> {
    let memories: Vec<_> = ways.iter().cloned().collect::<Result<_, _>>()?;
    let (first, others) = memories.split_first().expect("a way");
    let mut common = first.clone();
    common.retain(|address, value| others.iter().all(|other| other.get(address) == Some(value)));
    Ok(common)
}

/// What the handler leaves in memory after a late look-up. The handler is the function that looks up.
fn after_late_look_up(module: &Module<'_>) -> BTreeMap<u64, i32> {
    let mut found = Vec::new();
    for (number, function) in module.numbered() {
        for look_up in look_ups(module, function) {
            assert!(
                module.addressed.contains(&number),
                "the handler itself looks up"
            );
            let ways = ways(module, function, look_up);
            let ways: Vec<_> = ways.iter().map(|ways| common(ways)).collect();
            let late: Vec<_> = ways.iter().flatten().collect();
            assert_eq!(late.len(), 1, "one way cannot be interrupted: {ways:?}");
            found.push(late[0].clone());
        }
    }
    assert_eq!(found.len(), 1, "the module looks up in one place");
    found.remove(0)
}

#[test]
fn nothing_is_entered_after_a_late_look_up() {
    let module = Module::read(&MODULE);
    let memory = after_late_look_up(&module);
    assert!(!memory.is_empty(), "the allocator is told");

    // Where `__guest_call` goes on after it called a handler.
    let function = module.function(module.exports["__guest_call"]);
    let response = module.import("wapc", "__guest_response");
    let operators = function.operators.iter().enumerate();
    let handlers =
        operators.filter(|(_, operator)| matches!(operator, Operator::CallIndirect { .. }));
    let mut answers = 0;
    for (at, _) in handlers {
        let from = Point::new(function, at + 1, memory.clone());
        for (point, end) in walk(&module, function, from) {
            let answered = point.called.contains(&response);
            match end {
                End::Returned => answers += usize::from(answered),
                // Others are the ways of an error, which no late look-up is.
                End::Stopped(stop) => assert!(
                    !answered && !function.reaches(point.at, response),
                    "a late answer meets a {stop:?} at operator {}",
                    point.at
                ),
            }
        }
    }
    assert!(answers > 0, "an answer is handed over");
}

/// The linker may put functions around the exports, which run the constructors before each call and
/// the destructors after it.
#[test]
fn no_export_is_wrapped() {
    let module = Module::read(&MODULE);
    let request = module.import("wapc", "__guest_request");
    let function = module.function(module.exports["__guest_call"]);
    assert_eq!(function.calls(request).count(), 1);
}
