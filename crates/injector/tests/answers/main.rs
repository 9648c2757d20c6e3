//! Answers of the policy and its records: settings and a pod in; warnings, audit annotations, the
//! stamp and Events out.

mod ask;
mod config_maps;
mod controllers;
mod failures;
mod requests;
mod rules;
mod skip;
