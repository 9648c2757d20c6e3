//! The WebAssembly engine, and the clock that interrupts policies at their time limit.

use std::{sync::OnceLock, thread, time::Duration};

use wasmtime_provider::{
    EpochDeadlines,
    wasmtime::{Config, Engine},
};

/// How often the engine's epoch advances. In policy-server it advances once a second, so that a
/// limit of two seconds means one to two seconds; here it means two.
const TICK: Duration = Duration::from_millis(10);

/// The engine that all policies of this process share, as in policy-server.
///
/// # Panics
/// Panics if the engine can't be built. That depends only on this build and on the machine.
pub(crate) fn shared() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut config = Config::default();
        config.epoch_interruption(true);
        // Needed by policies that Go 1.26 or later built.
        config.wasm_function_references(true);
        let engine = Engine::new(&config).expect("the engine's configuration suits this machine");
        let ticking = engine.clone();
        thread::spawn(move || {
            loop {
                thread::sleep(TICK);
                ticking.increment_epoch();
            }
        });
        engine
    })
}

/// No time limit. Half of the largest number leaves room for the current epoch, which is added to it.
pub(crate) const UNLIMITED: EpochDeadlines = EpochDeadlines {
    wapc_init: u64::MAX / 2,
    wapc_func: u64::MAX / 2,
};

/// The time limits of a policy in epochs, for its initialization and for each call.
pub(crate) fn deadlines(time_out: Duration) -> EpochDeadlines {
    let ticks = time_out.as_millis().div_ceil(TICK.as_millis());
    // The current epoch may end immediately.
    let ticks = u64::try_from(ticks).unwrap_or(u64::MAX / 2) + 1;
    EpochDeadlines {
        wapc_init: ticks,
        wapc_func: ticks,
    }
}
