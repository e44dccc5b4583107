//! HTTP over whatever is accepted: bounded requests in, small answers out.

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use std::convert::Infallible;
use std::future::Future;
use tokio::io::{AsyncRead, AsyncWrite};

/// A request, its body not yet read.
pub(crate) type Incoming = Request<hyper::body::Incoming>;
/// What is answered.
pub(crate) type Answer = Response<Full<Bytes>>;

/// Serves one connection until its other end has enough.
pub(crate) async fn serve<S, F, A>(stream: S, answer: F)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    F: Fn(Incoming) -> A + Clone + Send,
    A: Future<Output = Answer> + Send,
{
    let service = service_fn(move |request| {
        let answering = answer(request);
        async move { Ok::<_, Infallible>(answering.await) }
    });
    // A daemon keeps its connections for as long as it likes: closing one under it would fail a request.
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // The other end went away: nobody is left to tell.
    let _ = connection.await;
}

/// The whole body, within a bound.
pub(crate) async fn body(request: Incoming, limit: usize) -> Result<Bytes, String> {
    let collected = Limited::new(request.into_body(), limit).collect().await;
    collected.map(|body| body.to_bytes()).map_err(|error| format!("the request could not be read: {error}"))
}

/// Reads the body without keeping it, so that the connection can be used again.
pub(crate) async fn discard(request: Incoming) {
    let mut body = request.into_body();
    while !body.is_end_stream() {
        match body.frame().await {
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return,
        }
    }
}

/// An answer of a Docker plugin.
pub(crate) fn plugin(value: &impl Serialize) -> Answer {
    typed(StatusCode::OK, "application/vnd.docker.plugins.v1+json", to_json(value))
}

/// An answer in JSON.
pub(crate) fn json(value: &impl Serialize) -> Answer {
    typed(StatusCode::OK, "application/json", to_json(value))
}

/// An answer to Prometheus.
pub(crate) fn metrics(text: String) -> Answer {
    typed(StatusCode::OK, "application/openmetrics-text; version=1.0.0; charset=utf-8", text.into_bytes())
}

/// An answer in text.
pub(crate) fn text(status: StatusCode, text: impl Into<String>) -> Answer {
    typed(status, "text/plain; charset=utf-8", text.into().into_bytes())
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    // These are plain structures; an empty body would be no answer to anybody.
    serde_json::to_vec(value).unwrap_or_default()
}

fn typed(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Answer {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
