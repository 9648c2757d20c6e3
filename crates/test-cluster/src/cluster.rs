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

/// A running control plane. It ends, and its files are removed, when this value is dropped or the
/// process ends.
///
/// A small process beside the programs stops them when the test's process ends in any way. A panic,
/// Ctrl-C or SIGKILL leaves nothing behind, and neither does a cluster in a static, which is never
/// dropped.
#[derive(Debug)]
pub struct Cluster {
    // The fields are dropped in this order.
    pub(crate) processes: Vec<Process>,
    pub(crate) group: Group,
    pub(crate) layout: Layout,
    pub(crate) authority: Authority,
    pub(crate) admin: Access,
    pub(crate) names: AtomicUsize,
}

impl Cluster {
    /// A client with all permissions. It belongs to the tokio runtime in which it is made, so that
    /// each test makes its own.
    ///
    /// # Errors
    /// Returns an error if TLS can't be set up.
    ///
    /// # Panics
    /// Panics outside of a tokio runtime.
    pub fn client(&self) -> Result<Client, Error> {
        self.admin.client()
    }

    /// A kubectl command with all permissions.
    ///
    /// # Errors
    /// Returns an error if there is no kubectl.
    pub fn kubectl(&self) -> Result<Command, Error> {
        self.admin.kubectl()
    }

    /// A helm command with all permissions.
    ///
    /// # Errors
    /// Returns an error if there is no helm.
    pub fn helm(&self) -> Result<Command, Error> {
        self.admin.helm()
    }

    /// The kubeconfig of a user with all permissions.
    pub fn kubeconfig(&self) -> &Path {
        self.admin.kubeconfig()
    }

    /// The access of a user with all permissions.
    pub fn admin(&self) -> &Access {
        &self.admin
    }

    /// The API server's address.
    pub fn url(&self) -> String {
        self.layout.url()
    }

    /// A new namespace with a unique name, in which pods can be created immediately.
    ///
    /// # Errors
    /// Returns an error if the API server refuses it, or the controllers don't prepare it within a
    /// minute.
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

    /// Waits for a namespace's service account, without which the API server admits no pod. Creates
    /// the account if the cluster has no controllers.
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

    /// The access of a service account, with a token like that of its pods. The account is created
    /// if it is absent. Its permissions depend on the cluster's RBAC; a new account has hardly any.
    ///
    /// # Errors
    /// Returns an error if the API server refuses it.
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

    /// The access of a user with this name, in this group.
    ///
    /// # Errors
    /// Returns an error if the kubeconfig can't be written.
    pub async fn user(&self, name: &str, group: Option<&str>) -> Result<Access, Error> {
        Access::by_certificate(&self.layout, &self.authority, name, group).await
    }

    /// A certificate for a server on this machine that the API server calls, such as a webhook.
    ///
    /// # Errors
    /// Returns an error if it can't be made.
    pub fn serving_certificate(&self) -> Result<ServingCertificate, Error> {
        let pair = self.authority.server(&["127.0.0.1", "localhost"])?;
        Ok(ServingCertificate {
            certificate: pair.certificate,
            key: pair.key,
            authority: self.authority.certificate(),
        })
    }

    /// Serves the log of a pod's containers from a file, through the API server's `pods/log`. The
    /// pod may be created later, and the file may grow or be replaced at any time. Its lines have
    /// CRI's format: `2026-11-23T19:26:03.123456789Z stdout F text`.
    ///
    /// # Errors
    /// Returns an error if the cluster has no nodes, or the API server refuses.
    pub async fn serve_log(&self, namespace: &str, pod: &str, file: &Path) -> Result<(), Error> {
        self.process(Program::Kwok)?;
        logs::serve_log(self.client()?, namespace, pod, file).await
    }

    /// The file of the API server's audit log. Each line is a JSON object.
    pub fn audit_log(&self) -> PathBuf {
        self.layout.file("audit.log")
    }
}

/// Creates a service account if it is absent.
async fn create(accounts: &Api<ServiceAccount>, name: &str) -> kube::Result<()> {
    let account = object(json!({"metadata": {"name": name}}));
    match accounts.create(&PostParams::default(), &account).await {
        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
        result => result.map(drop),
    }
}
