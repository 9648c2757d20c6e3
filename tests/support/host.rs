//! What serves the policy.

use std::{
    any::Any,
    path::Path,
    sync::{Arc, LazyLock},
    time::Duration,
};

use policy_host::{
    Policy, Settings,
    cluster::{Cluster, Live},
    serve::{Log, LogBuffer, LogFormat, Options, Server, Tls},
};
use serde_json::Value;
use test_cluster::ServingCertificate;

/// The policy's name in its host.
pub(crate) const NAME: &str = "clusterwide-pod-injector";

/// Read and compiled once.
static POLICY: LazyLock<Arc<Policy>> = LazyLock::new(|| {
    let module = test_modules::module(test_modules::Package::PodInjector);
    let policy = Policy::load(&module).expect("the policy's module is a policy");
    // Less than the webhook's own, and long: the machine may be busy with other tests.
    Arc::new(policy.with_time_out(Duration::from_secs(20)))
});

/// A running host, which ends with its test.
pub(crate) struct Host {
    url: String,
    log: LogBuffer,
    // Ends when it is dropped.
    _server: Box<dyn Any>,
}

impl Host {
    /// A host that serves the policy at a URL, and logs in JSON. It ends when `server` is dropped.
    pub(crate) fn new(url: String, log: LogBuffer, server: impl Any) -> Self {
        Self {
            url,
            log,
            _server: Box::new(server),
        }
    }

    /// This project's.
    pub(crate) fn policy_host(certificate: &ServingCertificate, settings: &Value) -> Self {
        Self::serve(POLICY.clone(), certificate, settings)
    }

    /// The same, with a cluster that the policy may ask for objects.
    pub(crate) fn policy_host_with_cluster(
        certificate: &ServingCertificate,
        settings: &Value,
        kubeconfig: &Path,
    ) -> Self {
        let live = Live::of_kubeconfig(kubeconfig).expect("the kubeconfig can be used");
        let policy = Policy::clone(&POLICY).with_cluster(Cluster::new(live));
        Self::serve(Arc::new(policy), certificate, settings)
    }

    fn serve(policy: Arc<Policy>, certificate: &ServingCertificate, settings: &Value) -> Self {
        let log = LogBuffer::default();
        let settings = Settings::from_value(settings.clone()).expect("settings are an object");
        let tls = Tls::from_pem(&certificate.certificate, &certificate.key);
        let options = Options::new(
            NAME,
            policy,
            settings,
            Log::new(LogFormat::Json, log.clone()),
        )
        .with_tls(tls.expect("the certificate is good"));
        let server = Server::start(options).expect("the policy is served");
        Self::new(server.url().to_owned(), log, server)
    }

    /// Where the API server is to call it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Its log, in JSON.
    pub(crate) fn log(&self) -> &LogBuffer {
        &self.log
    }
}
