//! The server and its options.

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

/// How long the server waits for open requests when it stops. A policy's time limit ends earlier.
const GRACE: Duration = Duration::from_secs(10);

/// The options of a server.
pub struct Options {
    /// The policy's name, in the path and in the log. Under Kubewarden's controller it is
    /// `clusterwide-NAME` or `namespaced-NAMESPACE-NAME`.
    pub name: String,
    /// The policy.
    pub policy: Arc<Policy>,
    /// The policy's settings.
    pub settings: Settings,
    /// The address to listen on. Port 0 stands for a free port.
    pub addr: SocketAddr,
    /// The certificate. `None` serves plain HTTP, which the API server does not call.
    pub tls: Option<Tls>,
    /// The address of `GET /readiness`, over plain HTTP. `None` for no readiness probe.
    pub readiness: Option<SocketAddr>,
    /// The log.
    pub log: Log,
}

impl Options {
    /// The options of a server on a free loopback port, over plain HTTP and without a readiness
    /// probe.
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

    /// The same options with TLS.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }
}

/// Why a policy can't be served.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The name can't be a part of the path.
    #[error("a policy's name is not empty and has no `/`, this is {0:?}")]
    Name(String),

    /// The policy refuses its settings. policy-server does not start with them either.
    #[error("the policy refuses its settings: {0}")]
    Settings(String),

    /// The server can't listen on the address.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// The system's error.
        source: io::Error,
    },

    /// The server can't be started, or failed later.
    #[error("cannot serve: {0}")]
    Run(#[from] io::Error),
}

/// A server whose ports are open and that does not answer yet.
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

    /// The URL of the webhook.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The address of the readiness probe.
    pub(crate) fn readiness_addr(&self) -> Option<SocketAddr> {
        self.readiness.as_ref().map(|(_, addr)| *addr)
    }

    /// Serves until `until` is ready, and then waits for open requests.
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
            // The servers end, and then this future.
            pending::<()>().await;
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
        // Required by tokio.
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        Ok((listener, addr))
    });
    bound.map_err(|source| ServeError::Listen { addr, source })
}

/// A server on its own threads. It stops when it is dropped.
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
    /// Returns an error if the policy refuses its settings, or the server can't listen on an
    /// address.
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
                    // The server was dropped or stopped.
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

    /// The address on which the server listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL for a webhook configuration's `clientConfig.url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address of the readiness probe.
    pub fn readiness_addr(&self) -> Option<SocketAddr> {
        self.readiness
    }

    /// Waits for open requests, and stops.
    ///
    /// # Errors
    /// Returns an error if the server failed before.
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
        // No caller is left for the error.
        let _ = self.end();
    }
}

/// A runtime for a server.
pub(crate) fn runtime() -> io::Result<runtime::Runtime> {
    runtime::Builder::new_multi_thread().enable_all().build()
}
