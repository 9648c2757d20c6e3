//! event-relay makes Kubernetes Events of what Kubewarden policies report in policy-server's log.
//!
//! A report's way, and who is in charge of it:
//! 1. [`source`]: standard input, a file followed over rotation, or the logs of the policy-servers'
//!    pods. [`source::finder`] searches whole chunks for one word; only a line that has it is looked
//!    at any closer.
//! 2. `event_record::line` reads that line, in whatever format the host wrote it. [`trust`] decides
//!    whether its policy may report, and makes a [`report`] of it in which nothing can do harm.
//! 3. [`cluster::stamped`] watches the pods on which the policy has left a [`stamp`]. [`confirm`] lets
//!    records and pods meet: a pod confirms a record, and a pod without a record speaks for itself.
//! 4. [`writer`] finds out which workload the report belongs to, counts it on the workload's Event,
//!    and gives the first few pods Events of their own. One task owns all state; writes of one Event
//!    follow each other, and what comes meanwhile is counted together.
//! 5. [`ledger`] makes the counts exact. The memory of what was counted is a part of the Event, and
//!    [`event`] names an Event after what it is about: a restart, a second replica or a line that is
//!    read again finds everything as it was left. Nothing is kept on disk.
//! 6. [`cluster`] is the API server with the few verbs that are needed; [`cluster::lease`] chooses
//!    the replica that works, and keeps how far ([`progress`]) each log has been dealt with.
//! 7. [`metrics`] counts all of it. What is dropped is counted and logged.
//!
//! With `--dry-run` the same code writes to a table of its own ([`store`]), which [`dry_run`] prints.

pub mod api_error;
pub mod cli;
pub mod cluster;
pub mod confirm;
pub mod dry_run;
pub mod event;
pub mod index;
pub mod ledger;
pub mod metrics;
pub mod object;
pub mod policies;
pub mod progress;
pub mod report;
pub mod run;
mod seen;
pub mod serve;
pub mod source;
pub mod stamp;
pub mod stop;
pub mod store;
pub mod text;
pub mod trust;
pub mod writer;
