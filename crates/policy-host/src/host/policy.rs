//! A policy: a module that is compiled once and instantiated for each call.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use thiserror::Error;
use wapc::WapcHost;
use wasmtime_provider::{
    EpochDeadlines, WasmtimeEngineProviderBuilder, WasmtimeEngineProviderPre,
    wasmtime::{Error as WasmError, Module},
};

use super::{
    calls::{Collector, Listener, Traces},
    engine,
    failure::Failure,
    guest_call::Call,
    outcome::{Outcome, SettingsOutcome, Timings},
    request::Request,
    settings::Settings,
};
use crate::cluster::Cluster;

/// Why a module can't be used.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// The file can't be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The module's file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },

    /// The file is not a WebAssembly module.
    #[error("{name}: not a WebAssembly module: {source:#}")]
    Compile {
        /// The module's file or name.
        name: String,
        /// The compiler's error.
        source: WasmError,
    },

    /// A waPC host can't call the module.
    #[error("{name}: not a waPC policy: it does not export `__guest_call`")]
    NotWapc {
        /// The module's file or name.
        name: String,
    },

    /// The module imports functions that a waPC host does not have.
    #[error("{name}: not a waPC policy: {source}")]
    Link {
        /// The module's file or name.
        name: String,
        /// The runtime's error.
        source: wasmtime_provider::errors::Error,
    },
}

/// A compiled policy.
#[derive(Clone)]
pub struct Policy {
    pre: WasmtimeEngineProviderPre,
    size: usize,
    time_out: Duration,
    cluster: Option<Arc<Cluster>>,
}

impl Policy {
    /// The default time limit, which is policy-server's.
    pub const TIME_OUT: Duration = Duration::from_secs(2);

    /// Reads and compiles a module.
    ///
    /// # Errors
    /// Returns an error if the file can't be read, or is not a waPC module.
    pub fn load(path: &Path) -> Result<Self, PolicyError> {
        let bytes = fs::read(path).map_err(|source| PolicyError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::from_bytes(&path.display().to_string(), &bytes)
    }

    /// Compiles a module, given as WebAssembly or in its text format. Errors call it `name`.
    ///
    /// # Errors
    /// Returns an error if it is not a waPC module.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, PolicyError> {
        let name = || name.to_owned();
        let engine = engine::shared();
        let module = Module::new(engine, bytes).map_err(|source| PolicyError::Compile {
            name: name(),
            source,
        })?;
        if module.get_export("__guest_call").is_none() {
            return Err(PolicyError::NotWapc { name: name() });
        }
        let pre = WasmtimeEngineProviderBuilder::new()
            .engine(engine.clone())
            .module(module)
            .build_pre()
            .map_err(|source| PolicyError::Link {
                name: name(),
                source,
            })?;
        Ok(Self {
            pre,
            size: bytes.len(),
            time_out: Self::TIME_OUT,
            cluster: None,
        })
    }

    /// The same policy with another time limit.
    #[must_use]
    pub fn with_time_out(mut self, time_out: Duration) -> Self {
        self.time_out = time_out;
        self
    }

    /// The same policy with a cluster for look-ups.
    #[must_use]
    pub fn with_cluster(mut self, cluster: Cluster) -> Self {
        self.cluster = Some(Arc::new(cluster));
        self
    }

    /// The module's size in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Evaluates a request.
    pub fn evaluate(&self, request: &Request, settings: &Settings) -> Outcome {
        self.evaluate_with(request, settings, &Collector::default())
    }

    /// Evaluates a request, and notifies `listener` of each host call when it is made.
    pub(crate) fn evaluate_heard(
        &self,
        request: &Request,
        settings: &Settings,
        listener: Arc<dyn Listener>,
    ) -> Outcome {
        self.evaluate_with(request, settings, &Collector::with_listener(listener))
    }

    fn evaluate_with(
        &self,
        request: &Request,
        settings: &Settings,
        collector: &Collector,
    ) -> Outcome {
        let start = Instant::now();
        // The same steps as in policy-server, so that they take the same time.
        let request_json = json!(request);
        let payload = json!({"request": request, "settings": settings}).to_string();
        let serialize = start.elapsed();
        let call = self.call_with("validate", payload.as_bytes(), collector);
        let (instantiate, guest) = (call.instantiate, call.guest);
        let answering = Instant::now();
        let mut outcome = Outcome::of(&request.uid, request_json.get("object"), call);
        outcome.timings = Timings {
            serialize,
            instantiate,
            guest,
            answer: answering.elapsed(),
            whole: start.elapsed(),
        };
        outcome
    }

    /// The time limit.
    pub fn time_out(&self) -> Duration {
        self.time_out
    }

    /// Lets the policy check settings, without a time limit: policy-server starts its clock only after
    /// it has checked the settings of all policies.
    pub fn validate_settings(&self, settings: &Settings) -> SettingsOutcome {
        let payload = json!(settings).to_string();
        SettingsOutcome::of(self.check("validate_settings", &payload))
    }

    /// Lets the policy check the rules in a `ConfigMap`, with these settings if they are known. Like a
    /// check of settings, it has no time limit.
    /// This is not a part of Kubewarden's protocol: only pod-injector can do it.
    pub fn validate_rules(
        &self,
        config_map: &Value,
        settings: Option<&Settings>,
    ) -> SettingsOutcome {
        let payload = json!({"configMap": config_map, "settings": settings}).to_string();
        SettingsOutcome::of(self.check("validate_rules", &payload))
    }

    /// Calls a function of a new instance, such as `validate`, with any payload.
    pub fn call(&self, function: &str, payload: &[u8]) -> Call {
        self.call_with(function, payload, &Collector::default())
    }

    fn call_with(&self, function: &str, payload: &[u8], collector: &Collector) -> Call {
        let deadlines = engine::deadlines(self.time_out);
        self.call_within(deadlines, function, payload, collector)
    }

    fn check(&self, function: &str, payload: &str) -> Call {
        let collector = Collector::default();
        self.call_within(engine::UNLIMITED, function, payload.as_bytes(), &collector)
    }

    fn call_within(
        &self,
        deadlines: EpochDeadlines,
        function: &str,
        payload: &[u8],
        collector: &Collector,
    ) -> Call {
        let start = Instant::now();
        let instance = self.instantiate(deadlines, collector.clone());
        let instantiate = start.elapsed();
        let calling = Instant::now();
        let answer = instance.and_then(|instance| {
            instance
                .call(function, payload)
                .map_err(|error| Failure::guest(&error))
        });
        let guest = calling.elapsed();
        let Traces {
            logs,
            host_errors,
            lookups,
        } = collector.take();
        Call {
            answer,
            logs,
            host_errors,
            lookups,
            instantiate,
            guest,
        }
    }

    fn instantiate(
        &self,
        deadlines: EpochDeadlines,
        collector: Collector,
    ) -> Result<WapcHost, Failure> {
        let collector = collector.with_cluster(self.cluster.clone());
        let provider = self
            .pre
            .rehydrate(Some(deadlines))
            .map_err(|error| Failure::instantiation(&error))?;
        let callback = Box::new(
            move |_: u64, binding: &str, namespace: &str, operation: &str, payload: &[u8]| {
                collector.answer(binding, namespace, operation, payload)
            },
        );
        WapcHost::new(Box::new(provider), Some(callback))
            .map_err(|error| Failure::instantiation(&error))
    }
}
