//! The server itself.

use std::{
    fmt,
    future::{Future, pending},
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
    thread,
    time::Duration,
};

use axum::Router;
use axum_server::Handle;
use thiserror::Error;
use tokio::{runtime, sync::oneshot};
use tracing::{Dispatch, dispatcher, info};

use super::{
    handler::{self, Served},
    log::Log,
    tls::Tls,
};
use crate::{Policy, Settings};

/// How long requests under way may take once the server is told to stop. A policy's own time
/// limit ends before.
const GRACE: Duration = Duration::from_secs(10);

/// What to serve, and where.
pub struct Options {
    /// The policy's name, in the path and in the log. Under Kubewarden's controller it is
    /// `clusterwide-NAME` or `namespaced-NAMESPACE-NAME`.
    pub name: String,
    /// The policy.
    pub policy: Arc<Policy>,
    /// The policy's settings.
    pub settings: Settings,
    /// Where to listen; port 0 is a free one.
    pub addr: SocketAddr,
    /// The certificate. None: plain HTTP, which the API server does not call.
    pub tls: Option<Tls>,
    /// Where to answer `GET /readiness`, by plain HTTP. None: nowhere.
    pub readiness: Option<SocketAddr>,
    /// Where the log goes.
    pub log: Log,
}

impl Options {
    /// A server on a free loopback port, by plain HTTP and without a readiness probe.
    pub fn new(name: impl Into<String>, policy: Arc<Policy>, settings: Settings, log: Log) -> Self {
        Self {
            name: name.into(),
            policy,
            settings,
            addr: (Ipv4Addr::LOCALHOST, 0).into(),
            tls: None,
            readiness: None,
            log,
        }
    }

    /// The same with TLS.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }
}

/// Why a policy can't be served.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The name can't stand in the path.
    #[error("a policy's name is not empty and has no `/`, this is {0:?}")]
    Name(String),

    /// The policy refuses its settings. policy-server does not start then.
    #[error("the policy refuses its settings: {0}")]
    Settings(String),

    /// The address can't be listened on.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        source: io::Error,
    },

    /// The server could not be started, or broke down.
    #[error("cannot serve: {0}")]
    Run(#[from] io::Error),
}

/// A policy that is ready to be served: its ports are open.
pub(crate) struct Bound {
    served: Served,
    listener: TcpListener,
    addr: SocketAddr,
    tls: Option<Tls>,
    readiness: Option<(TcpListener, SocketAddr)>,
    log: Dispatch,
    time_out: Duration,
    url: String,
}

impl Bound {
    pub(crate) fn new(options: Options) -> Result<Self, ServeError> {
        let Options {
            name,
            policy,
            settings,
            addr,
            tls,
            readiness,
            log,
        } = options;
        if name.is_empty() || name.contains('/') {
            return Err(ServeError::Name(name));
        }
        let (listener, addr) = listen(addr)?;
        let readiness = readiness.map(listen).transpose()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        Ok(Self {
            url: format!("{scheme}://{addr}/validate/{name}"),
            time_out: policy.time_out(),
            served: Served::new(name, policy, settings),
            listener,
            addr,
            tls,
            readiness,
            log: log.dispatch(),
        })
    }

    /// Where the API server would call.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where the readiness probe is.
    pub(crate) fn readiness_addr(&self) -> Option<SocketAddr> {
        self.readiness.as_ref().map(|(_, addr)| *addr)
    }

    /// Serves until `until` has come, and then lets the requests under way finish.
    pub(crate) async fn run(self, until: impl Future<Output = ()>) -> io::Result<()> {
        dispatcher::with_default(&self.log, || {
            info!(
                target: "policy_server",
                execution_limit_seconds = self.time_out.as_secs(),
                "policy timeout protection is enabled"
            );
        });
        let handle = Handle::new();
        let webhook = serve(
            self.listener,
            self.tls,
            handler::webhook(self.served, self.log),
            handle.clone(),
        );
        let readiness = async {
            match self.readiness {
                Some((listener, _)) => {
                    serve(listener, None, handler::readiness(), handle.clone()).await
                }
                None => Ok(()),
            }
        };
        let stop = async {
            until.await;
            handle.graceful_shutdown(Some(GRACE));
            // The servers come to their end, and so does this.
            pending().await
        };
        tokio::select! {
            done = async { tokio::try_join!(webhook, readiness) } => done.map(|_| ()),
            () = stop => Ok(()),
        }
    }
}

async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    app: Router,
    handle: Handle<SocketAddr>,
) -> io::Result<()> {
    let app = app.into_make_service();
    match tls {
        Some(tls) => {
            axum_server::from_tcp_rustls(listener, tls.config())?
                .handle(handle)
                .serve(app)
                .await
        }
        None => {
            axum_server::from_tcp(listener)?
                .handle(handle)
                .serve(app)
                .await
        }
    }
}

fn listen(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let bound = TcpListener::bind(addr).and_then(|listener| {
        // tokio wants it so.
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        Ok((listener, addr))
    });
    bound.map_err(|source| ServeError::Listen { addr, source })
}

/// A server that runs on threads of its own. It stops when it is dropped.
pub struct Server {
    addr: SocketAddr,
    url: String,
    readiness: Option<SocketAddr>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<io::Result<()>>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Starts a server. Its port is open when this returns.
    ///
    /// # Errors
    /// When the policy refuses its settings, or an address can't be listened on.
    pub fn start(options: Options) -> Result<Self, ServeError> {
        let verdict = options.policy.validate_settings(&options.settings);
        if !verdict.valid {
            let message = verdict.message.unwrap_or_else(|| "no message".to_owned());
            return Err(ServeError::Settings(message));
        }
        let bound = Bound::new(options)?;
        let (addr, url, readiness) = (bound.addr, bound.url.clone(), bound.readiness_addr());
        let (stop, stopped) = oneshot::channel();
        let runtime = runtime()?;
        let thread = thread::Builder::new()
            .name("policy-host".to_owned())
            .spawn(move || {
                let until = async {
                    // It is dropped, or told to stop: both are the end.
                    let _ = stopped.await;
                };
                runtime.block_on(bound.run(until))
            })?;
        Ok(Self {
            addr,
            url,
            readiness,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What a webhook configuration's `clientConfig.url` should be.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the readiness probe is, if there is one.
    pub fn readiness_addr(&self) -> Option<SocketAddr> {
        self.readiness
    }

    /// Lets the requests under way finish, and stops.
    ///
    /// # Errors
    /// When the server had broken down before.
    pub fn stop(mut self) -> Result<(), ServeError> {
        Ok(self.end()?)
    }

    fn end(&mut self) -> io::Result<()> {
        drop(self.stop.take());
        match self.thread.take().map(thread::JoinHandle::join) {
            Some(Ok(done)) => done,
            Some(Err(_)) => Err(io::Error::other("the server's thread panicked")),
            None => Ok(()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = self.end();
    }
}

/// A runtime for a server.
pub(crate) fn runtime() -> io::Result<runtime::Runtime> {
    runtime::Builder::new_multi_thread().enable_all().build()
}
