//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Parser, ValueEnum};
use event_record::line::Formats;

use crate::dry_run::Output;
use crate::policies::Policy;

const EXAMPLES: &str = "\
Examples:
  # In a cluster: follow the policy-servers and write Events.
  event-relay --policy clusterwide-pod-injector --log-format json

  # What would be written for the log of a policy-server? No cluster is needed.
  kubectl logs -n kubewarden deployment/policy-server-default | event-relay --stdin --dry-run

  # A policy-server outside of the cluster.
  event-relay --file /var/log/policy-server.log --kubeconfig ~/.kube/config

Exit codes:
  0  the input has ended and every Event was written, or the relay was told to stop
  1  it can't go on: no cluster, an input that can't be read, an address that is in use
  2  wrong usage
  3  the input has ended, and some records have no Event

/metrics counts what was read, refused, written and dropped.";

/// Makes Kubernetes Events of what Kubewarden policies report in policy-server's log.
///
/// A Kubewarden policy can't write to the cluster. What it has to say to operators it logs, as a
/// record that holds an Event; event-relay finds it there and writes the Event to the pod and its
/// workload, each once: `kubectl describe` shows it. It keeps nothing on disk, and may run in
/// several replicas, of which one works.
///
/// Without --stdin or --file it follows the logs of the policy-servers' pods.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, max_term_width = 100)]
#[command(group = ArgGroup::new("input").args(["stdin", "file"]))]
pub struct Cli {
    /// Read standard input to its end.
    #[arg(long, help_heading = "Input")]
    pub stdin: bool,

    /// Follow a file over rotation, from its beginning, as `tail -F` does.
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub file: Option<PathBuf>,

    /// The policy-servers' namespace.
    #[arg(
        long,
        short,
        value_name = "NAMESPACE",
        default_value = "kubewarden",
        conflicts_with = "input",
        help_heading = "Input"
    )]
    pub namespace: String,

    /// Read no logs: report what stamped pods tell. No permission to read logs is needed.
    #[arg(long, conflicts_with = "input", help_heading = "Input")]
    pub no_logs: bool,

    /// Watch pods in these namespaces only [default: in all].
    #[arg(
        long,
        value_name = "NAMESPACES",
        value_delimiter = ',',
        help_heading = "Cluster"
    )]
    pub watch_namespaces: Vec<String>,

    /// The label that the policy-servers' pods carry.
    #[arg(
        long,
        value_name = "SELECTOR",
        default_value = "kubewarden/policy-server",
        conflicts_with = "input",
        help_heading = "Input"
    )]
    pub selector: String,

    /// Let this policy report, by the name that policy-server gives it, such as
    /// clusterwide-pod-injector, or * for every policy. May be given several times. A record needs a
    /// pod that the API server has let in with the policy's stamp; with NAME=believed the record alone
    /// is enough, and whoever can write into the log can forge it [default: *, or *=believed where no
    /// cluster is asked].
    #[arg(long = "policy", value_name = "NAME", help_heading = "Trust")]
    pub policies: Vec<Policy>,

    /// Read only lines of this format. In text, coloured or not, a policy that logs user input can
    /// be made to write another policy's record. In JSON it takes a policy that prints whole lines by
    /// itself.
    #[arg(long, value_enum, default_value_t, help_heading = "Trust")]
    pub log_format: LogFormat,

    /// Refuse records that are older, in seconds or as 50m. Keep it below the time that the API
    /// server keeps Events (--event-ttl, one hour by default): an older record's Event may have
    /// expired, and would be written again [default: 50m; with --dry-run none].
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Trust")]
    pub max_age: Option<Duration>,

    /// Print the Events instead of writing them. With --stdin or --file no cluster is needed; with
    /// --kubeconfig too, pods and workloads are looked up there.
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,

    /// How --dry-run prints: as `kubectl get events --watch`, or one Event a line in JSON.
    #[arg(
        long,
        short,
        value_enum,
        default_value_t,
        requires = "dry_run",
        help_heading = "Output"
    )]
    pub output: Output,

    /// Wait so long for a pod to appear, in seconds or as 10s.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = "Output")]
    pub wait_for_pod: Duration,

    /// The kubeconfig of the cluster [default: that of KUBECONFIG, ~/.kube/config, or the pod's
    /// service account].
    #[arg(long, value_name = "FILE", help_heading = "Cluster")]
    pub kubeconfig: Option<PathBuf>,

    /// The context of the kubeconfig.
    #[arg(long, value_name = "NAME", help_heading = "Cluster")]
    pub context: Option<String>,

    /// The Lease that replicas share.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "event-relay",
        conflicts_with = "input",
        help_heading = "Cluster"
    )]
    pub lease: String,

    /// The Lease's namespace [default: that of the pod, or of the policy-servers].
    #[arg(
        long,
        value_name = "NAMESPACE",
        env = "POD_NAMESPACE",
        help_heading = "Cluster"
    )]
    pub lease_namespace: Option<String>,

    /// What this replica is called: in the Lease, and in Events as reportingInstance [default: the
    /// pod's name, or the host's].
    #[arg(long, value_name = "NAME", env = "POD_NAME", help_heading = "Cluster")]
    pub identity: Option<String>,

    /// Serve /metrics, /healthz and /readyz there, for example on 0.0.0.0:8080 [default: nowhere].
    #[arg(long, value_name = "ADDRESS", help_heading = "Operation")]
    pub listen: Option<SocketAddr>,

    /// The relay's own log, on standard error.
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        help_heading = "Operation"
    )]
    pub log: OwnLog,

    /// How much of it.
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "LEVEL",
        help_heading = "Operation"
    )]
    pub log_level: Level,
}

/// Which formats of policy-server's log are believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Each line as it looks.
    #[default]
    Auto,
    /// JSON only.
    Json,
    /// Text only, coloured or not.
    Text,
}

impl From<LogFormat> for Formats {
    fn from(format: LogFormat) -> Self {
        match format {
            LogFormat::Auto => Self::Any,
            LogFormat::Json => Self::Json,
            LogFormat::Text => Self::Text,
        }
    }
}

/// The form of the relay's own log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum OwnLog {
    #[default]
    Text,
    Json,
}

/// The level of the relay's own log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Level {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
}

impl From<Level> for tracing::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::ERROR,
            Level::Warn => Self::WARN,
            Level::Info => Self::INFO,
            Level::Debug => Self::DEBUG,
        }
    }
}

/// The most that a time may be: sources are remembered for no longer.
const LONGEST: Duration = Duration::from_hours(24);

fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    );
    let seconds = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err("not a time; write for example 30s, 50m or 1h".to_owned()),
    };
    let number: u64 = number
        .parse()
        .map_err(|_| "not a time; write for example 50m".to_owned())?;
    let duration = Duration::from_secs(number.saturating_mul(seconds));
    if duration > LONGEST {
        return Err("at most 24h".to_owned());
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use rstest::rstest;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[rstest]
    #[case::seconds("90", Some(90))]
    #[case::unit("90s", Some(90))]
    #[case::minutes("50m", Some(3000))]
    #[case::hours("1h", Some(3600))]
    #[case::nothing("", None)]
    #[case::fraction("1.5h", None)]
    #[case::negative("-1s", None)]
    #[case::too_long("25h", None)]
    fn a_time_is_read(#[case] text: &str, #[case] seconds: Option<u64>) {
        assert_eq!(duration(text).ok(), seconds.map(Duration::from_secs));
    }
}
