//! A Docker authorization plugin: the daemon asks it about every request, and it judges those that start a container or
//! give one more privileges.

mod engine;
mod judge;
mod request;
mod route;

use crate::http::{self, Answer, Incoming};
use crate::resident::{Keep, Resident};
use engine::Engine;
use hyper::StatusCode;
use judge::Wanted;
use request::{Reply, Request};
use route::Route;
use std::path::PathBuf;
use std::sync::Arc;

/// How the log calls this host.
const HOST: &str = "authz";

/// The plugin.
pub(crate) struct Authz {
    resident: Arc<Resident>,
    engine: Engine,
}

/// A body of a megabyte, in base64, with its headers.
const MAX_REQUEST: usize = 4 << 20;

impl Authz {
    pub(crate) fn new(resident: Arc<Resident>, docker: PathBuf) -> Arc<Self> {
        Arc::new(Self { resident, engine: Engine::new(docker) })
    }

    /// Answers what the daemon sends to a plugin.
    pub(crate) async fn answer(self: Arc<Self>, incoming: Incoming) -> Answer {
        match incoming.uri().path() {
            "/Plugin.Activate" => http::plugin(&serde_json::json!({"Implements": ["authz"]})),
            "/AuthZPlugin.AuthZReq" => http::plugin(&self.authorize(incoming).await),
            "/AuthZPlugin.AuthZRes" => {
                // What the daemon answers to its client is nothing that starts.
                http::discard(incoming).await;
                http::plugin(&Reply::pass())
            }
            _ => http::text(StatusCode::NOT_FOUND, "not found\n"),
        }
    }

    async fn authorize(self: Arc<Self>, incoming: Incoming) -> Reply {
        let deadline = self.resident.config.deadline();
        // A task of its own: should it panic, that is a failure as any other.
        let judged = tokio::spawn(Arc::clone(&self).judge(incoming));
        let failure = match tokio::time::timeout(deadline, judged).await {
            Ok(Ok(reply)) => return reply,
            Ok(Err(_)) => "deciding stopped half-way".to_owned(),
            Err(_) => format!("no decision within {} ms", deadline.as_millis()),
        };
        self.conclude(None, Err(failure), Keep::All).await
    }

    async fn judge(self: Arc<Self>, incoming: Incoming) -> Reply {
        let read = http::body(incoming, MAX_REQUEST).await.and_then(|bytes| Request::parse(&bytes));
        let request = match read {
            Ok(request) => request,
            Err(error) => return self.conclude(None, Err(error), Keep::All).await,
        };
        let route = match Route::of(&request.method, &request.uri) {
            Ok(Route::Pass) => {
                self.resident.metrics.passed.inc();
                return Reply::pass();
            }
            Ok(route) => route,
            Err(error) => return self.conclude(None, Err(error), Keep::All).await,
        };
        // A created container does not run yet: its start is judged again, with what is known then, and counted.
        let keep = if route == Route::Create { Keep::Refusals } else { Keep::All };
        match judge::wanted(&self.engine, &self.resident.node, &request, &route).await {
            Ok(Wanted::Nothing) => {
                self.resident.metrics.passed.inc();
                Reply::pass()
            }
            Ok(Wanted::Launch { container, launch }) => self.conclude(container, Ok(launch), keep).await,
            Err(error) => self.conclude(None, Err(error), Keep::All).await,
        }
    }

    /// Files and the event store are on disks: on a thread where waiting for them holds up nobody else.
    async fn conclude(
        &self,
        container: Option<String>,
        launch: Result<imagegate::Launch, String>,
        keep: Keep,
    ) -> Reply {
        let resident = Arc::clone(&self.resident);
        let concluded =
            tokio::task::spawn_blocking(move || resident.conclude(HOST, container, launch, keep)).await;
        match concluded {
            Ok(verdict) => Reply::from(&verdict),
            Err(_) => Reply::refuse("deciding stopped half-way"),
        }
    }
}
