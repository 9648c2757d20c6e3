//! The parts of a cluster, and its start.

use std::{ffi::OsString, fs, path::Path, sync::atomic::AtomicUsize};

use crate::{
    Access, Cluster, Error, Program, binaries,
    group::Group,
    nodes,
    pki::{Authority, Pair},
    ports,
    process::Process,
    programs::{CONTROLLER_MANAGER, KWOK, Layout, SCHEDULER, SERVICE_ADDRESS},
};

/// How often the start is retried if another program took a port.
const TRIES: usize = 5;

/// The group whose members may do anything.
const ADMINS: &str = "system:masters";

/// The audit policy: the metadata of every answered request.
const AUDIT_POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
";

/// The parts of a cluster besides etcd and kube-apiserver.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    controllers: bool,
    scheduler: bool,
    nodes: usize,
    audit: bool,
    api_server: Vec<OsString>,
}

impl Cluster {
    /// A cluster of etcd and kube-apiserver.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// Adds kube-controller-manager.
    #[must_use]
    pub fn controllers(mut self) -> Self {
        self.controllers = true;
        self
    }

    /// Adds kube-scheduler.
    #[must_use]
    pub fn scheduler(mut self) -> Self {
        self.scheduler = true;
        self
    }

    /// Adds this many nodes (`node-0` and so on), and kwok, which reports their pods as running.
    #[must_use]
    pub fn nodes(mut self, nodes: usize) -> Self {
        self.nodes = nodes;
        self
    }

    /// Adds everything that turns a Deployment into running pods.
    #[must_use]
    pub fn workloads(self) -> Self {
        self.controllers().scheduler().nodes(1)
    }

    /// Adds the API server's audit log, with the metadata of every request. See
    /// [`Cluster::audit_log`].
    #[must_use]
    pub fn audit_log(mut self) -> Self {
        self.audit = true;
        self
    }

    /// Adds a flag of kube-apiserver, such as `--event-ttl=5s`. It overrides an earlier flag of the
    /// same name.
    #[must_use]
    pub fn api_server_flag(mut self, flag: impl Into<OsString>) -> Self {
        self.api_server.push(flag.into());
        self
    }

    /// Starts the cluster and waits until it is ready.
    ///
    /// # Errors
    /// Returns an error if a program is missing, ends, or is not ready within a minute.
    pub async fn start(self) -> Result<Cluster, Error> {
        let mut tries = 1;
        loop {
            match self.try_start().await {
                Err(error) if error.is_port_taken() && tries < TRIES => tries += 1,
                result => return result,
            }
        }
    }

    async fn try_start(&self) -> Result<Cluster, Error> {
        let folder = tempfile::Builder::new()
            .prefix("test-cluster-")
            .tempdir()
            .map_err(Error::file(std::env::temp_dir()))?;
        let group = Group::new(folder.path()).map_err(|source| Error::Process {
            program: "sh",
            source,
        })?;
        let layout = Layout {
            // From here on, the group owns the folder.
            folder: folder.keep(),
            etcd_port: ports::free()?,
            api_server_port: ports::free()?,
            kubelet_port: ports::free()?,
        };
        let authority = Authority::new()?;
        let admin = self.write_files(&layout, &authority).await?;
        let processes = self
            .programs()
            .map(|program| self.process(&layout, program))
            .collect::<Result<_, _>>()?;
        let cluster = Cluster {
            processes,
            group,
            layout,
            authority,
            admin,
            names: AtomicUsize::new(0),
        };
        for program in self.programs() {
            cluster.start(program).await?;
        }
        cluster.prepare("default").await?;
        nodes::create(&cluster, self.nodes).await?;
        Ok(cluster)
    }

    /// The programs, in the order in which they are started.
    fn programs(&self) -> impl Iterator<Item = Program> {
        [
            (true, Program::Etcd),
            (true, Program::ApiServer),
            (self.controllers, Program::ControllerManager),
            (self.scheduler, Program::Scheduler),
            (self.nodes > 0, Program::Kwok),
        ]
        .into_iter()
        .filter_map(|(wanted, program)| wanted.then_some(program))
    }

    fn process(&self, layout: &Layout, program: Program) -> Result<Process, Error> {
        let path = binaries::find(program.name())?;
        let mut args = layout.args(program);
        if program == Program::ApiServer {
            if self.audit {
                args.extend(layout.audit_args());
            }
            args.extend(self.api_server.iter().cloned());
        }
        Ok(Process::new(program, path, args, layout.folder.clone()))
    }

    async fn write_files(&self, layout: &Layout, authority: &Authority) -> Result<Access, Error> {
        write(&layout.file("ca.pem"), &authority.certificate())?;
        let names = [
            "127.0.0.1",
            "localhost",
            "kubernetes.default.svc",
            SERVICE_ADDRESS,
        ];
        write_pair(layout, "api-server", &authority.server(&names)?)?;
        let to_kubelet = authority.client("kube-apiserver-kubelet-client", Some(ADMINS))?;
        write_pair(layout, "to-kubelet", &to_kubelet)?;
        let tokens = rcgen::KeyPair::generate()?;
        write(&layout.file("tokens.key"), &tokens.serialize_pem())?;
        write(&layout.file("tokens.pub"), &tokens.public_key_pem())?;
        write(&layout.file("audit-policy.yaml"), AUDIT_POLICY)?;
        if self.nodes > 0 {
            write_pair(layout, "kubelet", &authority.server(&["127.0.0.1"])?)?;
            write(&layout.file("kwok.yaml"), nodes::CONFIGURATION)?;
        }
        let user = |user, group| Access::by_certificate(layout, authority, user, group);
        user(CONTROLLER_MANAGER, None).await?;
        user(SCHEDULER, None).await?;
        user(KWOK, Some(ADMINS)).await?;
        user("admin", Some(ADMINS)).await
    }
}

fn write_pair(layout: &Layout, name: &str, pair: &Pair) -> Result<(), Error> {
    write(&layout.file(&format!("{name}.pem")), &pair.certificate)?;
    write(&layout.file(&format!("{name}.key")), &pair.key)
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(Error::file(path))
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, time::Duration};

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::etcd(Program::Etcd)]
    #[case::api_server(Program::ApiServer)]
    #[tokio::test]
    async fn notices_that_a_port_was_taken(#[case] program: Program) {
        let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = taken.local_addr().expect("it is bound").port();
        let folder = tempfile::tempdir().expect("a folder");
        let layout = Layout {
            folder: folder.path().into(),
            etcd_port: port,
            api_server_port: port,
            kubelet_port: port,
        };
        let builder = Builder::default();
        let authority = Authority::new().expect("an authority");
        builder
            .write_files(&layout, &authority)
            .await
            .expect("files");
        let group = Group::new(folder.path()).expect("a group");
        let process = builder.process(&layout, program).expect("it is built");
        process.spawn(&group).expect("it starts");
        for _ in 0..1000 {
            if let Err(error) = process.check() {
                assert!(error.is_port_taken(), "{error}");
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{program} runs on a port that another program has");
    }
}
