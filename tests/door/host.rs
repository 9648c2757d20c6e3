//! A waPC host whose clock the test moves, with instances that can be called many times.

use std::error::Error;
use std::fs;
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::{Value, json};
use wapc::WapcHost;
use wasmtime_provider::wasmtime::{Config, Engine};
use wasmtime_provider::{
    EpochDeadlines, ResourceLimits, WasmtimeEngineProviderBuilder, WasmtimeEngineProviderPre,
};

/// The bytes of the policy's module, as it is released.
pub(crate) static MODULE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let module = test_modules::module(test_modules::Package::PodInjector);
    fs::read(module).expect("a module that was just built can be read")
});

/// What a host says to a look-up: the object, or why there is none.
pub(crate) type Found = Result<Value, Box<dyn Error + Send + Sync>>;

/// A host that has compiled the policy.
pub(crate) struct Host {
    engine: Engine,
    policy: WasmtimeEngineProviderPre,
}

/// An instance of the policy.
pub(crate) struct Instance {
    host: WapcHost,
    records: Arc<Mutex<Vec<Value>>>,
}

impl Host {
    /// A host that gives each instance at most this many bytes of memory.
    pub(crate) fn new(memory: Option<usize>) -> Self {
        let mut config = Config::default();
        config.epoch_interruption(true);
        let engine = Engine::new(&config).expect("an engine");
        let limits = ResourceLimits {
            max_memory_size: memory,
            max_table_elements: None,
        };
        let policy = WasmtimeEngineProviderBuilder::new()
            .engine(engine.clone())
            .module_bytes(&MODULE)
            .enable_resource_limits(limits)
            .build_pre()
            .expect("the module is a policy");
        Self { engine, policy }
    }

    /// An instance of the policy, and what it gets for its look-ups.
    pub(crate) fn instance(&self, look_up: impl Fn() -> Found + Send + Sync + 'static) -> Instance {
        // The time is up with the next tick.
        let deadlines = EpochDeadlines {
            wapc_init: 1,
            wapc_func: 1,
        };
        let instance = self.policy.rehydrate(Some(deadlines)).expect("an instance");
        let records = Arc::new(Mutex::new(Vec::new()));
        let taken = records.clone();
        let answer = move |_: u64, _: &str, namespace: &str, operation: &str, payload: &[u8]| {
            if (namespace, operation) == ("kubernetes", "get_resource") {
                return look_up().map(|object| object.to_string().into_bytes());
            }
            assert_eq!((namespace, operation), ("tracing", "log"));
            let record = serde_json::from_slice(payload).expect("a record is JSON");
            taken.lock().expect("no test panics with it").push(record);
            Ok(Vec::new())
        };
        let host = WapcHost::new(Box::new(instance), Some(Box::new(answer)));
        Instance {
            host: host.expect("the policy can be initialized"),
            records,
        }
    }

    /// What lets the time of all calls that are under way be up.
    pub(crate) fn time_is_up(&self) -> impl Fn() + Send + Sync + use<> {
        let engine = self.engine.clone();
        move || engine.increment_epoch()
    }
}

impl Instance {
    /// Calls a function of the policy.
    pub(crate) fn call(&self, function: &str, payload: &Value) -> Value {
        let answer = self.host.call(function, payload.to_string().as_bytes());
        let answer = answer.unwrap_or_else(|error| panic!("{function} is answered: {error}"));
        serde_json::from_slice(&answer).expect("an answer is JSON")
    }

    /// The records that the policy has logged since they were last taken.
    pub(crate) fn take_records(&self) -> Vec<Value> {
        std::mem::take(&mut self.records.lock().expect("no test panics with it"))
    }
}

/// A request to create a pod, under these settings.
pub(crate) fn payload(settings: &Value) -> Value {
    json!({
        "settings": settings,
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "operation": "CREATE", "namespace": "team-a", "name": "web",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "userInfo": {"username": "alice"},
            "object": {
                "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
                "spec": {"containers": [{"name": "app", "image": "shop:2.1"}]},
            },
        },
    })
}
