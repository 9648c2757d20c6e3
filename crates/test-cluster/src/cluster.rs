//! A running cluster.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::{Namespace, ServiceAccount},
};
use kube::{Api, Client, api::PostParams};
use serde_json::json;

use crate::{
    Access, Error, Program, ServingCertificate, group::Group, logs, object::object, pki::Authority,
    process::Process, programs::Layout,
};

/// A running control plane. Its end comes with that of this value or of the process that made it,
/// whichever is first, and takes the programs and their files with it.
///
/// What ends the programs is a small process beside them, which sees the test's process end in
/// whatever way. So a panic, Ctrl-C or SIGKILL leaves nothing behind, and neither does a cluster
/// in a static, which is never dropped.
#[derive(Debug)]
pub struct Cluster {
    // Dropped in this order.
    pub(crate) processes: Vec<Process>,
    pub(crate) group: Group,
    pub(crate) layout: Layout,
    pub(crate) authority: Authority,
    pub(crate) admin: Access,
    pub(crate) names: AtomicUsize,
}

impl Cluster {
    /// A client that may do everything. It belongs to the tokio runtime that it is made in: each
    /// test makes its own.
    ///
    /// # Errors
    /// When TLS can't be set up.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn client(&self) -> Result<Client, Error> {
        self.admin.client()
    }

    /// kubectl, which may do everything, to be given its arguments.
    ///
    /// # Errors
    /// When there is no kubectl.
    pub fn kubectl(&self) -> Result<Command, Error> {
        self.admin.kubectl()
    }

    /// helm, which may do everything, to be given its arguments.
    ///
    /// # Errors
    /// When there is no helm.
    pub fn helm(&self) -> Result<Command, Error> {
        self.admin.helm()
    }

    /// The kubeconfig of a user who may do everything.
    pub fn kubeconfig(&self) -> &Path {
        self.admin.kubeconfig()
    }

    /// The way in of a user who may do everything.
    pub fn admin(&self) -> &Access {
        &self.admin
    }

    /// The API server's address.
    pub fn url(&self) -> String {
        self.layout.url()
    }

    /// A new namespace with a name of its own, in which pods can be created at once.
    ///
    /// # Errors
    /// When the API server refuses it, or the controllers don't prepare it within a minute.
    pub async fn namespace(&self, prefix: &str) -> Result<String, Error> {
        let number = self.names.fetch_add(1, Ordering::Relaxed);
        let name = format!("{prefix}-{number}");
        let namespace: Namespace = object(json!({"metadata": {"name": name}}));
        Api::all(self.client()?)
            .create(&PostParams::default(), &namespace)
            .await
            .map_err(Error::api(format!("create the namespace {name}")))?;
        self.prepare(&name).await?;
        Ok(name)
    }

    /// Waits until a namespace has its service account, without which the API server admits no
    /// pod. Where nobody else creates it, this does.
    pub(crate) async fn prepare(&self, namespace: &str) -> Result<(), Error> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client()?, namespace);
        let program = Program::ControllerManager;
        if self.process(program).is_ok() {
            let exists = async || matches!(accounts.get_opt("default").await, Ok(Some(_)));
            return self.wait(program, "create a service account", exists).await;
        }
        let exists = async || create(&accounts, "default").await.is_ok();
        let what = "take a service account";
        self.wait(Program::ApiServer, what, exists).await
    }

    /// The way in of a service account, which is created if need be, with a token as its pods
    /// would get it. What it may do is up to the cluster's RBAC: at first next to nothing.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn service_account(&self, namespace: &str, name: &str) -> Result<Access, Error> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client()?, namespace);
        let what = format!("create the service account {namespace}/{name}");
        create(&accounts, name).await.map_err(Error::api(what))?;
        let what = format!("get a token for the service account {namespace}/{name}");
        let request = TokenRequest {
            spec: Some(TokenRequestSpec::default()),
            ..TokenRequest::default()
        };
        let token = accounts
            .create_token_request(name, &PostParams::default(), &request)
            .await
            .map_err(Error::api(what))?
            .status
            .and_then(|status| status.token)
            .unwrap_or_default();
        let file = format!("service-account-{namespace}-{name}");
        Access::by_token(&self.layout, &self.authority, &file, &token).await
    }

    /// The way in of a user with this name, in this group.
    ///
    /// # Errors
    /// When the kubeconfig can't be written.
    pub async fn user(&self, name: &str, group: Option<&str>) -> Result<Access, Error> {
        Access::by_certificate(&self.layout, &self.authority, name, group).await
    }

    /// A certificate for a server on this machine that the API server is to call: a webhook.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn serving_certificate(&self) -> Result<ServingCertificate, Error> {
        let pair = self.authority.server(&["127.0.0.1", "localhost"])?;
        Ok(ServingCertificate {
            certificate: pair.certificate,
            key: pair.key,
            authority: self.authority.certificate(),
        })
    }

    /// Serves the log of a pod's containers from a file, through the API server's own `pods/log`.
    /// The pod may come later, and the file may grow or be replaced by another one at any time. Its
    /// lines have CRI's format: `2026-11-23T19:26:03.123456789Z stdout F what was written`.
    ///
    /// # Errors
    /// When the cluster has no nodes, or the API server refuses.
    pub async fn serve_log(&self, namespace: &str, pod: &str, file: &Path) -> Result<(), Error> {
        self.process(Program::Kwok)?;
        logs::serve_log(self.client()?, namespace, pod, file).await
    }

    /// The file of the API server's audit log, one JSON object a line.
    pub fn audit_log(&self) -> PathBuf {
        self.layout.file("audit.log")
    }
}

/// Creates a service account, unless there is one.
async fn create(accounts: &Api<ServiceAccount>, name: &str) -> kube::Result<()> {
    let account = object(json!({"metadata": {"name": name}}));
    match accounts.create(&PostParams::default(), &account).await {
        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
        result => result.map(drop),
    }
}
