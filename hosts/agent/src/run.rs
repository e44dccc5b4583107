//! Running: sockets, tasks, and an orderly end on SIGTERM or SIGINT.

use crate::admission::{self, Tls};
use crate::authz::Authz;
use crate::listen::{self, Socket};
use crate::resident::Resident;
use crate::{http, serve as hooks};
use hyper::StatusCode;
use imagegate_node::Config;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

/// The authorization plugin.
pub(crate) fn authz(
    config: &Path,
    metrics: Option<String>,
    socket: &Path,
    docker: PathBuf,
) -> Result<(), String> {
    let resident = Arc::new(Resident::new(Config::load(config)?)?);
    let (listener, _socket) = listen::bind(socket)?;
    run(&resident, metrics, || {
        let authz = Authz::new(Arc::clone(&resident), docker);
        let listener = non_blocking(listener)?;
        eprintln!("imagegate-agent: authorization plugin on {}", socket.display());
        Ok(async move {
            loop {
                let Some(stream) = accepted(listener.accept().await).await else { continue };
                let authz = Arc::clone(&authz);
                tokio::spawn(http::serve(stream, move |request| Arc::clone(&authz).answer(request)));
            }
        })
    })
}

/// How long a client may take to begin TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The admission webhook.
pub(crate) fn admission(
    config: &Path,
    metrics: Option<String>,
    listen: &str,
    tls: Tls,
) -> Result<(), String> {
    let resident = Arc::new(Resident::new(Config::load(config)?)?);
    let told = |error: std::io::Error| format!("{listen}: {error}");
    let listener = std::net::TcpListener::bind(listen).map_err(told)?;
    listener.set_nonblocking(true).map_err(told)?;
    run(&resident, metrics, || {
        let resident = Arc::clone(&resident);
        eprintln!("imagegate-agent: admission webhook on {}", listener.local_addr().map_err(told)?);
        let listener = TcpListener::from_std(listener).map_err(told)?;
        Ok(async move {
            loop {
                let Some(stream) = accepted(listener.accept().await).await else { continue };
                let (resident, acceptor) = (Arc::clone(&resident), tls.acceptor());
                tokio::spawn(async move {
                    // Whoever cannot speak TLS with us is not answered.
                    if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
                        http::serve(stream, move |request| admission::answer(Arc::clone(&resident), request))
                            .await;
                    }
                });
            }
        })
    })
}

/// The socket for hooks.
pub(crate) fn serve(config: &Path, metrics: Option<String>, socket: Option<PathBuf>) -> Result<(), String> {
    let config = Config::load(config)?;
    let socket = socket.or_else(|| config.agent.clone());
    let socket = socket.ok_or("the configuration names no `agent` socket: name one with --socket")?;
    let resident = Arc::new(Resident::new(config)?);
    let (listener, _socket) = listen::bind(&socket)?;
    run(&resident, metrics, || {
        let listener = non_blocking(listener)?;
        let resident = Arc::clone(&resident);
        eprintln!("imagegate-agent: hooks may ask on {}", socket.display());
        Ok(async move {
            loop {
                let Some(stream) = accepted(listener.accept().await).await else { continue };
                let resident = Arc::clone(&resident);
                tokio::task::spawn_blocking(move || {
                    let answered = stream
                        .into_std()
                        .and_then(|stream| stream.set_nonblocking(false).map(|()| stream))
                        .and_then(|stream| hooks::answer(&resident, stream));
                    if let Err(error) = answered {
                        eprintln!("imagegate-agent: a hook was not answered: {error}");
                    }
                });
            }
        })
    })
}

/// The connection. Without one (too many files are open) a moment passes before the next try.
async fn accepted<S, A>(accepted: std::io::Result<(S, A)>) -> Option<S> {
    match accepted {
        Ok((stream, _)) => Some(stream),
        Err(error) => {
            eprintln!("imagegate-agent: no connection: {error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

fn non_blocking(listener: std::os::unix::net::UnixListener) -> Result<UnixListener, String> {
    listener
        .set_nonblocking(true)
        .and_then(|()| UnixListener::from_std(listener))
        .map_err(|error| error.to_string())
}

/// Runs a server, and the metrics beside it, until a signal ends it.
fn run<S: Future<Output = ()> + Send + 'static>(
    resident: &Arc<Resident>,
    metrics: Option<String>,
    server: impl FnOnce() -> Result<S, String>,
) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no threads to run in: {error}"))?;
    let done = runtime.block_on(async {
        // Before anybody is told that the server runs: who is told may end it at once, and in order.
        let told = |error: std::io::Error| format!("signals cannot be waited for: {error}");
        let mut terminate = signal(SignalKind::terminate()).map_err(told)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(told)?;
        let _socket = match metrics {
            Some(address) => serve_metrics(Arc::clone(resident), &address).await?,
            None => None,
        };
        tokio::spawn(server()?);
        let (terminate, interrupt) = (terminate.recv(), interrupt.recv());
        let (terminate, interrupt) = (std::pin::pin!(terminate), std::pin::pin!(interrupt));
        first_of(terminate, interrupt).await;
        Ok(())
    });
    // A decision that is under way may be waiting for a disk; it is not waited for without end.
    runtime.shutdown_timeout(Duration::from_secs(2));
    done
}

/// Waits for the first of two.
async fn first_of<A: Future + Unpin, B: Future + Unpin>(mut a: A, mut b: B) {
    std::future::poll_fn(|context| {
        let ended = std::pin::Pin::new(&mut a).poll(context).is_ready()
            || std::pin::Pin::new(&mut b).poll(context).is_ready();
        if ended { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

/// Answers Prometheus, on an address or a unix socket.
async fn serve_metrics(resident: Arc<Resident>, address: &str) -> Result<Option<Socket>, String> {
    let answer = move |request: http::Incoming| {
        let resident = Arc::clone(&resident);
        async move {
            match request.uri().path() {
                "/metrics" => http::metrics(resident.metrics.to_text()),
                _ => http::text(StatusCode::NOT_FOUND, "not found\n"),
            }
        }
    };
    if address.starts_with('/') {
        let (listener, socket) = listen::bind(Path::new(address))?;
        let listener = non_blocking(listener)?;
        tokio::spawn(async move {
            loop {
                let Some(stream) = accepted(listener.accept().await).await else { continue };
                tokio::spawn(http::serve(stream, answer.clone()));
            }
        });
        return Ok(Some(socket));
    }
    let listener = TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))?;
    tokio::spawn(async move {
        loop {
            let Some(stream) = accepted(listener.accept().await).await else { continue };
            tokio::spawn(http::serve(stream, answer.clone()));
        }
    });
    Ok(None)
}
