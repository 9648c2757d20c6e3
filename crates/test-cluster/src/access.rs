//! Access to the cluster for one user or service account.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use k8s_openapi::ByteString;
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::{Value, json};

use crate::{Error, binaries, pki::Authority, programs::Layout};

/// A client and a kubeconfig of one user or service account.
#[derive(Clone, Debug)]
pub struct Access {
    kubeconfig: PathBuf,
    config: Config,
}

impl Access {
    /// A user with a client certificate.
    pub(crate) async fn by_certificate(
        layout: &Layout,
        authority: &Authority,
        user: &str,
        group: Option<&str>,
    ) -> Result<Self, Error> {
        let pair = authority.client(user, group)?;
        let credentials = json!({
            "client-certificate-data": base64(&pair.certificate),
            "client-key-data": base64(&pair.key),
        });
        Self::new(layout, &authority.certificate(), user, &credentials).await
    }

    /// The user or service account of a token.
    pub(crate) async fn by_token(
        layout: &Layout,
        authority: &Authority,
        name: &str,
        token: &str,
    ) -> Result<Self, Error> {
        let credentials = json!({"token": token});
        Self::new(layout, &authority.certificate(), name, &credentials).await
    }

    async fn new(
        layout: &Layout,
        authority: &str,
        name: &str,
        credentials: &Value,
    ) -> Result<Self, Error> {
        let kubeconfig = layout.kubeconfig(name);
        let text = text(layout, authority, credentials);
        fs::write(&kubeconfig, &text).map_err(Error::file(&kubeconfig))?;
        let config = config(&text)
            .await
            .map_err(|source| Error::Kubeconfig(Box::new(source)))?;
        Ok(Self { kubeconfig, config })
    }

    /// The kubeconfig file. It needs no other files.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The configuration of a client.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// A client. It belongs to the tokio runtime in which it is made, so that each test makes its
    /// own.
    ///
    /// # Errors
    /// Returns an error if TLS can't be set up.
    ///
    /// # Panics
    /// Panics outside of a tokio runtime.
    pub fn client(&self) -> Result<Client, Error> {
        Client::try_from(self.config.clone()).map_err(Error::api("make a client"))
    }

    /// A kubectl command with this access. It does not read the user's own files, and has no input
    /// by default.
    ///
    /// # Errors
    /// Returns an error if there is no kubectl.
    pub fn kubectl(&self) -> Result<Command, Error> {
        let mut command = self.command("kubectl")?;
        command
            .env("KUBECACHEDIR", self.beside("kubectl-cache"))
            .env("KUBERC", "off");
        Ok(command)
    }

    /// A helm command with this access.
    ///
    /// # Errors
    /// Returns an error if there is no helm.
    pub fn helm(&self) -> Result<Command, Error> {
        let mut command = self.command("helm")?;
        for home in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
            command.env(home, self.beside("helm"));
        }
        Ok(command)
    }

    fn command(&self, program: &'static str) -> Result<Command, Error> {
        let mut command = Command::new(binaries::find(program)?);
        command
            .env("KUBECONFIG", &self.kubeconfig)
            .stdin(Stdio::null());
        Ok(command)
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.kubeconfig.with_file_name(name)
    }
}

/// A kubeconfig in JSON, which is YAML too.
fn text(layout: &Layout, authority: &str, user: &Value) -> String {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": {
            "server": layout.url(),
            "certificate-authority-data": base64(authority),
        }}],
        "users": [{"name": "test", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "current-context": "test",
    })
    .to_string()
}

fn base64(text: &str) -> Value {
    json!(ByteString(text.into()))
}

async fn config(text: &str) -> Result<Config, kube::config::KubeconfigError> {
    let kubeconfig = Kubeconfig::from_yaml(text)?;
    Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await
}
