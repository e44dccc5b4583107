//! The Docker daemon, asked for what a request does not say: which image a name means, how a container was created.

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use imagegate::quote;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use std::path::PathBuf;
use tokio::net::UnixStream;

/// The daemon's socket. It sees these requests as any other, and asks the plugin about them, which lets them pass.
pub(crate) struct Engine {
    socket: PathBuf,
}

/// What the daemon says of an image.
#[derive(Debug, Deserialize)]
pub(crate) struct Image {
    #[serde(rename = "Id")]
    pub(crate) id: String,
    #[serde(rename = "RepoDigests", default)]
    digests: Option<Vec<String>>,
}

impl Image {
    /// The manifest digest, if the image has exactly one.
    pub(crate) fn digest(&self) -> Option<String> {
        let of = |name: &String| name.rsplit_once('@').map(|(_, digest)| digest.to_owned());
        let mut digests: Vec<String> = self.digests.iter().flatten().filter_map(of).collect();
        digests.sort_unstable();
        digests.dedup();
        if digests.len() == 1 { digests.pop() } else { None }
    }
}

/// Inspections are far smaller.
const MAX_BYTES: usize = 16 << 20;

/// What may stand in a part of a path as it is.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'/').remove(b':').remove(b'@');

impl Engine {
    pub(crate) fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// The image that a name, an id or the start of an id means now; `None` if the daemon has none.
    pub(crate) async fn image(&self, name: &str) -> Result<Option<Image>, String> {
        let Some(bytes) = self.get(&format!("/images/{}/json", utf8_percent_encode(name, PLAIN))).await?
        else {
            return Ok(None);
        };
        let image = serde_json::from_slice(&bytes);
        image.map(Some).map_err(|error| format!("the daemon's answer about image {}: {error}", quote(name)))
    }

    /// The inspection of a container, as JSON.
    pub(crate) async fn container(&self, name: &str) -> Result<Vec<u8>, String> {
        let path = format!("/containers/{}/json", utf8_percent_encode(name, PLAIN));
        self.get(&path).await?.ok_or_else(|| format!("the daemon has no container {}", quote(name)))
    }

    /// The id of the network that is the host's.
    pub(crate) async fn host_network(&self) -> Result<Option<String>, String> {
        #[derive(Deserialize)]
        struct Network {
            #[serde(rename = "Id")]
            id: String,
        }
        let Some(bytes) = self.get("/networks/host").await? else { return Ok(None) };
        let network: Network = serde_json::from_slice(&bytes)
            .map_err(|error| format!("the daemon's answer about the network `host`: {error}"))?;
        Ok(Some(network.id))
    }

    /// The body of an answer with status 200; `None` with 404.
    async fn get(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        let failed =
            |error: &dyn std::fmt::Display| format!("the daemon at {}: {error}", self.socket.display());
        let stream = UnixStream::connect(&self.socket).await.map_err(|error| failed(&error))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
        let connection = tokio::spawn(connection);
        let answer = async {
            let request = Request::get(path)
                .header(header::HOST, "docker")
                .body(Empty::<Bytes>::new())
                .map_err(|error| failed(&error))?;
            let response = sender.send_request(request).await.map_err(|error| failed(&error))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), MAX_BYTES).collect().await;
            let body = body.map_err(|error| failed(&error))?.to_bytes();
            match status {
                StatusCode::OK => Ok(Some(body.to_vec())),
                StatusCode::NOT_FOUND => Ok(None),
                other => Err(failed(&format!("{other} for {path}"))),
            }
        }
        .await;
        connection.abort();
        answer
    }
}
