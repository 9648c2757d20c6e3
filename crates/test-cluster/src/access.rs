//! One identity's way into the cluster.

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
    /// A user whom the API server knows by a certificate.
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

    /// Whoever the API server takes the bearer of a token for.
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

    /// The file, for programs that are given one. Everything that it needs is inside.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// What a client is made from, for a test that makes its own.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// A client. It belongs to the tokio runtime that it is made in: each test makes its own.
    ///
    /// # Errors
    /// When TLS can't be set up.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn client(&self) -> Result<Client, Error> {
        Client::try_from(self.config.clone()).map_err(Error::api("make a client"))
    }

    /// kubectl as this identity, to be given its arguments. It reads nothing of the user's own,
    /// and no input unless it is given one.
    ///
    /// # Errors
    /// When there is no kubectl.
    pub fn kubectl(&self) -> Result<Command, Error> {
        let mut command = Command::new(binaries::find("kubectl")?);
        command
            .env("KUBECONFIG", &self.kubeconfig)
            .env(
                "KUBECACHEDIR",
                self.kubeconfig.with_file_name("kubectl-cache"),
            )
            .env("KUBERC", "off")
            .stdin(Stdio::null());
        Ok(command)
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
