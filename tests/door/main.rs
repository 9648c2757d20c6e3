//! The policy's door to its host, tried on the built module: a look-up that comes back late is
//! answered all the same, an instance can be used again, and every build makes the same module.

mod function;
mod host;
mod interrupts;
mod late;
mod module;
mod reuse;
mod same;
mod walk;
