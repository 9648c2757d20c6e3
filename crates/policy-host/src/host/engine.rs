//! The WebAssembly engine, and the clock that interrupts a policy that takes too long.

use std::{sync::OnceLock, thread, time::Duration};

use wasmtime_provider::{
    EpochDeadlines,
    wasmtime::{Config, Engine},
};

/// How often the engine's epoch advances. policy-server's does once a second, so that its limit
/// of two seconds is anything between one and two; here it is two.
const TICK: Duration = Duration::from_millis(10);

/// The engine that all policies of this process share, as in policy-server.
///
/// # Panics
/// When the engine can't be built, which depends on this build and machine alone.
pub(crate) fn shared() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut config = Config::default();
        config.epoch_interruption(true);
        // Policies built by Go 1.26 and later need it.
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

/// The time that a policy may take, for its initialization and for each call, in epochs.
pub(crate) fn deadlines(time_out: Duration) -> EpochDeadlines {
    let ticks = time_out.as_millis().div_ceil(TICK.as_millis());
    // The tick under way may end at once.
    let ticks = u64::try_from(ticks).unwrap_or(u64::MAX / 2) + 1;
    EpochDeadlines {
        wapc_init: ticks,
        wapc_func: ticks,
    }
}
