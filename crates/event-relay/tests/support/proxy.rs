//! Stands between the relay and the real API server, and lets go wrong what a test wants to.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt, stream};
use http::{Method, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kube::Client;
use serde_json::{Value, json};
use test_cluster::Access;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What the relay asks the API server for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    GetLease,
    WriteLease,
    ListServers,
    WatchServers,
    Log,
    FindOwner,
    ReadEvent,
    FirstEvent,
    CountEvent,
    FindPod,
    PodEvent,
    Stamps,
}

/// A request on its way.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) step: Step,
    /// With its query.
    pub(crate) path: String,
    pub(crate) body: String,
    /// When it came.
    pub(crate) at: Instant,
    /// What became of it is not as the API server would have it.
    pub(crate) faulty: bool,
}

/// What becomes of a request.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    None,
    /// It does not reach the API server, which seems to have answered this.
    Answer {
        code: u16,
        retry_after: Option<u64>,
        body: String,
    },
    /// The API server carries it out, and seems to have answered this.
    AnswerInstead {
        code: u16,
        retry_after: Option<u64>,
        body: String,
    },
    /// It reaches the API server only after so long.
    Delay(Duration),
    /// The connection breaks before it reaches the API server.
    LoseRequest,
    /// The connection breaks after the API server has carried it out.
    LoseAnswer,
    /// The connection breaks after so many bytes of the answer.
    Cut(usize),
    /// It stays here, until the relay is dead.
    HoldRequest,
    /// Its answer does.
    HoldAnswer,
}

/// Decides what becomes of a request.
type Rule = Box<dyn FnMut(&Seen) -> Fault + Send>;
type Body = UnsyncBoxBody<Bytes, io::Error>;

pub(crate) struct Proxy {
    kubeconfig: tempfile::NamedTempFile,
    shared: Arc<Shared>,
    held: mpsc::Receiver<Step>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

struct Shared {
    rule: Mutex<Rule>,
    /// Counts how often the streams of logs were ended.
    logs: watch::Sender<u32>,
    seen: Mutex<Vec<Seen>>,
    held: Mutex<mpsc::Sender<Step>>,
}

impl Proxy {
    /// One that does nothing yet but pass on requests, as the one that this access is of.
    pub(crate) fn start(access: &Access) -> Self {
        let (sender, held) = mpsc::channel();
        let shared = Arc::new(Shared {
            rule: Mutex::new(Box::new(|_| Fault::None)),
            logs: watch::Sender::new(0),
            seen: Mutex::default(),
            held: Mutex::new(sender),
        });
        let (stopper, stopped) = tokio::sync::oneshot::channel();
        let (config, serving) = (access.config().clone(), Arc::clone(&shared));
        let (address, started) = mpsc::channel();
        // Of its own: tests wait without leaving their thread to others.
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                let local = listener.local_addr().expect("an address");
                let client = Client::try_from(config).expect("a client");
                address.send(local).expect("the test waits");
                tokio::select! {
                    () = serve(listener, client, serving) => {}
                    _ = stopped => {}
                }
            });
        });
        let address = started.recv().expect("the proxy starts");
        let kubeconfig = tempfile::NamedTempFile::new().expect("a file");
        let text = json!({
            "apiVersion": "v1", "kind": "Config",
            "clusters": [{"name": "proxy", "cluster": {"server": format!("http://{address}")}}],
            "users": [{"name": "proxy", "user": {}}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "proxy"}}],
            "current-context": "proxy",
        });
        std::fs::write(kubeconfig.path(), text.to_string()).expect("it is written");
        Self {
            kubeconfig,
            shared,
            held,
            _stop: stopper,
        }
    }

    /// For the relay.
    pub(crate) fn kubeconfig(&self) -> &Path {
        self.kubeconfig.path()
    }

    /// From now on, this decides.
    pub(crate) fn rule(&self, rule: impl FnMut(&Seen) -> Fault + Send + 'static) {
        *lock(&self.shared.rule) = Box::new(rule);
    }

    /// Passes on everything.
    pub(crate) fn pass(&self) {
        self.rule(|_| Fault::None);
    }

    /// Ends all streams of logs, as those do whose container has ended.
    pub(crate) fn end_logs(&self) {
        self.shared.logs.send_modify(|times| *times += 1);
    }

    /// The next request of a kind, with this word in it, stays on its way there or back.
    pub(crate) fn hold(&self, step: Step, answered: bool, word: &str) {
        let (word, mut done) = (word.to_owned(), false);
        self.rule(move |seen| {
            let text = seen.path.contains(&word) || seen.body.contains(&word);
            if done || seen.step != step || !text {
                return Fault::None;
            }
            done = true;
            if answered {
                Fault::HoldAnswer
            } else {
                Fault::HoldRequest
            }
        });
    }

    /// Waits until a request stays on its way.
    pub(crate) fn wait_held(&self) -> Step {
        let held = self.held.recv_timeout(Duration::from_mins(1));
        held.expect("the relay gets to that step")
    }

    /// All requests until now.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        lock(&self.shared.seen).clone()
    }

    /// How many of them something went wrong with.
    pub(crate) fn faults(&self) -> usize {
        self.seen().iter().filter(|seen| seen.faulty).count()
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, client: Client, shared: Arc<Shared>) {
    loop {
        let Ok((connection, _)) = listener.accept().await else {
            return;
        };
        let (client, shared) = (client.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            let service =
                service_fn(move |request| handle(request, client.clone(), Arc::clone(&shared)));
            // A broken connection is what is wanted here.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(connection), service)
                .await;
        });
    }
}

async fn handle(
    request: Request<Incoming>,
    client: Client,
    shared: Arc<Shared>,
) -> io::Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let path = parts.uri.to_string();
    let mut seen = Seen {
        step: step(&parts.method, &path, &body),
        path,
        body: String::from_utf8_lossy(&body).into_owned(),
        at: Instant::now(),
        faulty: false,
    };
    let fault = lock(&shared.rule)(&seen);
    seen.faulty = !matches!(fault, Fault::None);
    let kind = seen.step;
    lock(&shared.seen).push(seen);
    let forward = async || {
        let mut request = Request::builder()
            .method(parts.method.clone())
            .uri(parts.uri.path_and_query().map_or("/", |path| path.as_str()));
        for name in ["accept", "content-type"] {
            if let Some(value) = parts.headers.get(name) {
                request = request.header(name, value);
            }
        }
        let request = request
            .body(kube::client::Body::from(body.clone()))
            .map_err(io::Error::other)?;
        client.send(request).await.map_err(io::Error::other)
    };
    let hold = || {
        // Nobody may wait for it.
        let _ = lock(&shared.held).send(kind);
        pending::<Infallible>()
    };
    match fault {
        Fault::None if kind == Step::Log => {
            let mut logs = shared.logs.subscribe();
            let answer = passed(forward().await?, usize::MAX);
            let (parts, body) = answer.into_parts();
            let ended = async move {
                // An error says that the test is over.
                let _ = logs.changed().await;
            };
            let body = StreamBody::new(
                body.into_data_stream()
                    .take_until(Box::pin(ended))
                    .map_ok(Frame::data),
            );
            Ok(Response::from_parts(parts, body.boxed_unsync()))
        }
        Fault::None => Ok(passed(forward().await?, usize::MAX)),
        Fault::Cut(bytes) => Ok(passed(forward().await?, bytes)),
        Fault::Delay(time) => {
            tokio::time::sleep(time).await;
            Ok(passed(forward().await?, usize::MAX))
        }
        Fault::LoseRequest => Err(io::ErrorKind::ConnectionReset.into()),
        Fault::LoseAnswer => {
            let answer = forward().await?.into_body().collect().await;
            answer.map_err(io::Error::other)?;
            Err(io::ErrorKind::ConnectionReset.into())
        }
        Fault::HoldRequest => match hold().await {},
        Fault::HoldAnswer => {
            forward().await?;
            match hold().await {}
        }
        Fault::AnswerInstead {
            code,
            retry_after,
            body,
        } => {
            let carried_out = forward().await?.into_body().collect().await;
            carried_out.map_err(io::Error::other)?;
            answered(code, retry_after, body)
        }
        Fault::Answer {
            code,
            retry_after,
            body,
        } => answered(code, retry_after, body),
    }
}

/// An answer of the test's own.
fn answered(code: u16, retry_after: Option<u64>, body: String) -> io::Result<Response<Body>> {
    let mut answer = Response::builder().status(code);
    if let Some(seconds) = retry_after {
        answer = answer.header("retry-after", seconds);
    }
    let body = Full::new(Bytes::from(body)).map_err(|never| match never {});
    answer.body(body.boxed_unsync()).map_err(io::Error::other)
}

/// The API server's answer, or its first bytes.
fn passed(answer: Response<kube::client::Body>, mut bytes: usize) -> Response<Body> {
    let (mut parts, body) = answer.into_parts();
    // Of this connection, not of the other one.
    for name in ["connection", "transfer-encoding", "content-length"] {
        parts.headers.remove(name);
    }
    let chunks = body.into_data_stream().flat_map(move |chunk| {
        let chunk = match chunk {
            Ok(chunk) if chunk.len() <= bytes => {
                bytes -= chunk.len();
                vec![Ok(Frame::data(chunk))]
            }
            Ok(mut chunk) => {
                chunk.truncate(bytes);
                bytes = 0;
                let cut = io::Error::from(io::ErrorKind::ConnectionReset);
                vec![Ok(Frame::data(chunk)), Err(cut)]
            }
            Err(error) => vec![Err(io::Error::other(error))],
        };
        stream::iter(chunk)
    });
    Response::from_parts(parts, StreamBody::new(chunks).boxed_unsync())
}

fn step(method: &Method, path: &str, body: &[u8]) -> Step {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let read = *method == Method::GET;
    if path.ends_with("/log") {
        Step::Log
    } else if path.contains("/leases") {
        if read {
            Step::GetLease
        } else {
            Step::WriteLease
        }
    } else if path.contains("/replicasets/") || path.contains("/jobs/") {
        Step::FindOwner
    } else if path.contains("/events") {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        if *method == Method::POST {
            if body["involvedObject"]["kind"] == "Pod" {
                Step::PodEvent
            } else {
                Step::FirstEvent
            }
        } else if body == json!({}) {
            Step::ReadEvent
        } else {
            Step::CountEvent
        }
    } else if path.ends_with("/pods") && query.contains("pod-injector") {
        Step::Stamps
    } else if query.contains("policy-server") {
        if query.contains("watch=") {
            Step::WatchServers
        } else {
            Step::ListServers
        }
    } else {
        Step::FindPod
    }
}
