//! The programs of a control plane and their arguments.

use std::{ffi::OsString, fmt, path::PathBuf};

/// A program of the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// The store behind the API server.
    Etcd,
    /// kube-apiserver.
    ApiServer,
    /// kube-controller-manager: it creates a Deployment's pods, for example.
    ControllerManager,
    /// kube-scheduler: it assigns pods to nodes.
    Scheduler,
    /// kwok: it reports pods as running.
    Kwok,
}

impl Program {
    /// The program's file name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Kwok => "kwok",
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The addresses of Services, and the first of them, which is the API server's.
const SERVICES: &str = "10.0.0.0/24";
pub(crate) const SERVICE_ADDRESS: &str = "10.0.0.1";

/// The users of the programs. The first two have default permissions in the API server.
/// <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#core-component-roles>
pub(crate) const CONTROLLER_MANAGER: &str = "system:kube-controller-manager";
pub(crate) const SCHEDULER: &str = "system:kube-scheduler";
pub(crate) const KWOK: &str = "kwok";

/// The issuer and the audience of service accounts' tokens.
const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// The folder and the ports of a cluster.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The folder of all files.
    pub(crate) folder: PathBuf,
    pub(crate) etcd_port: u16,
    pub(crate) api_server_port: u16,
    pub(crate) kubelet_port: u16,
}

impl Layout {
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The API server's URL.
    pub(crate) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.api_server_port)
    }

    /// The kubeconfig file of a user. The name may hold any characters.
    pub(crate) fn kubeconfig(&self, user: &str) -> PathBuf {
        let name = user.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        self.file(&format!("{name}.kubeconfig"))
    }

    /// The arguments of a program, without those that a test adds.
    pub(crate) fn args(&self, program: Program) -> Vec<OsString> {
        match program {
            Program::Etcd => self.etcd(),
            Program::ApiServer => self.api_server(),
            Program::ControllerManager => self.controller_manager(),
            Program::Scheduler => self.scheduler(),
            Program::Kwok => self.kwok(),
        }
    }

    fn etcd(&self) -> Vec<OsString> {
        let url = format!("http://127.0.0.1:{}", self.etcd_port);
        Flags::default()
            .file("data-dir", self.file("etcd"))
            .text("listen-client-urls", &url)
            .text("advertise-client-urls", &url)
            // etcd needs this port although it has no peers.
            .text("listen-peer-urls", "http://127.0.0.1:0")
            // The data need not survive a crash of the machine.
            .text("unsafe-no-fsync", "true")
            .done()
    }

    fn api_server(&self) -> Vec<OsString> {
        Flags::default()
            .text(
                "etcd-servers",
                &format!("http://127.0.0.1:{}", self.etcd_port),
            )
            .text("bind-address", "127.0.0.1")
            .text("secure-port", &self.api_server_port.to_string())
            // A loopback address is not allowed here. The address is not used.
            .text("advertise-address", "192.0.2.1")
            .text("endpoint-reconciler-type", "none")
            .file("tls-cert-file", self.file("api-server.pem"))
            .file("tls-private-key-file", self.file("api-server.key"))
            .file("client-ca-file", self.file("ca.pem"))
            .text("authorization-mode", "Node,RBAC")
            .file("service-account-key-file", self.file("tokens.pub"))
            .file("service-account-signing-key-file", self.file("tokens.key"))
            .text("service-account-issuer", ISSUER)
            .text("service-cluster-ip-range", SERVICES)
            .text("allow-privileged", "true")
            .file("kubelet-certificate-authority", self.file("ca.pem"))
            .file("kubelet-client-certificate", self.file("to-kubelet.pem"))
            .file("kubelet-client-key", self.file("to-kubelet.key"))
            .text("kubelet-preferred-address-types", "InternalIP")
            .done()
    }

    /// The arguments for the audit log.
    pub(crate) fn audit_args(&self) -> Vec<OsString> {
        Flags::default()
            .file("audit-log-path", self.file("audit.log"))
            .file("audit-policy-file", self.file("audit-policy.yaml"))
            .done()
    }

    fn controller_manager(&self) -> Vec<OsString> {
        let kubeconfig = self.kubeconfig(CONTROLLER_MANAGER);
        Flags::default()
            .file("kubeconfig", kubeconfig)
            .file("root-ca-file", self.file("ca.pem"))
            .file("service-account-private-key-file", self.file("tokens.key"))
            .text("use-service-account-credentials", "true")
            .text("leader-elect", "false")
            .text("secure-port", "0")
            // Without the limits that protect a real API server, tests are faster.
            .text("kube-api-qps", "500")
            .text("kube-api-burst", "1000")
            .done()
    }

    fn scheduler(&self) -> Vec<OsString> {
        Flags::default()
            .file("kubeconfig", self.kubeconfig(SCHEDULER))
            .text("leader-elect", "false")
            .text("secure-port", "0")
            .done()
    }

    fn kwok(&self) -> Vec<OsString> {
        let port = self.kubelet_port;
        Flags::default()
            .file("kubeconfig", self.kubeconfig(KWOK))
            .file("config", self.file("kwok.yaml"))
            .text("enable-crds", "Logs")
            .text(
                "manage-nodes-with-annotation-selector",
                "kwok.x-k8s.io/node=fake",
            )
            .text("manage-all-nodes", "false")
            .text("node-ip", "127.0.0.1")
            .text("node-port", &port.to_string())
            .text("node-lease-duration-seconds", "40")
            .text("server-address", &format!("127.0.0.1:{port}"))
            .file("tls-cert-file", self.file("kubelet.pem"))
            .file("tls-private-key-file", self.file("kubelet.key"))
            .text("cidr", "10.1.0.0/16")
            .done()
    }
}

/// A command line.
#[derive(Default)]
struct Flags(Vec<OsString>);

impl Flags {
    fn text(self, name: &str, value: &str) -> Self {
        self.file(name, value)
    }

    fn file(mut self, name: &str, value: impl Into<OsString>) -> Self {
        let mut flag = OsString::from(format!("--{name}="));
        flag.push(value.into());
        self.0.push(flag);
        self
    }

    fn done(self) -> Vec<OsString> {
        self.0
    }
}
