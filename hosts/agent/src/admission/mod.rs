//! A Kubernetes validating admission webhook: the API server asks before it accepts a pod, or something that makes pods.

mod review;
mod tls;

use crate::http::{self, Answer, Incoming};
use crate::resident::{Keep, Resident};
use hyper::{Method, StatusCode};
use imagegate::{Error, Launch};
use imagegate_node::Verdict;
use review::Review;
use std::sync::Arc;
pub(crate) use tls::Tls;

/// How the log calls this host.
const HOST: &str = "admission";

/// Objects are at most 1.5 MiB, and an update brings two.
const MAX_REQUEST: usize = 8 << 20;

/// Answers the API server.
pub(crate) async fn answer(resident: Arc<Resident>, incoming: Incoming) -> Answer {
    match (incoming.method(), incoming.uri().path()) {
        (&Method::GET, "/healthz") => http::text(StatusCode::OK, "ok\n"),
        (&Method::POST, "/validate") => validate(resident, incoming).await,
        _ => http::text(StatusCode::NOT_FOUND, "not found: reviews are posted to /validate\n"),
    }
}

/// What is answered with another status than 200 is no answer: the API server does what its `failurePolicy` says.
async fn validate(resident: Arc<Resident>, incoming: Incoming) -> Answer {
    let bytes = match http::body(incoming, MAX_REQUEST).await {
        Ok(bytes) => bytes,
        Err(error) => return http::text(StatusCode::BAD_REQUEST, error),
    };
    let deadline = resident.config.deadline();
    let judged = tokio::task::spawn_blocking(move || judge(&resident, &bytes));
    match tokio::time::timeout(deadline, judged).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => http::text(StatusCode::INTERNAL_SERVER_ERROR, "deciding stopped half-way\n"),
        Err(_) => http::text(StatusCode::GATEWAY_TIMEOUT, "no decision in time\n"),
    }
}

fn judge(resident: &Resident, bytes: &[u8]) -> Answer {
    let review = match Review::parse(bytes) {
        Ok(review) => review,
        Err(error) => return http::text(StatusCode::BAD_REQUEST, error + "\n"),
    };
    let keep = match (review.is_dry_run(), review.is_of_pod()) {
        (true, _) => Keep::Nothing,
        (false, true) => Keep::All,
        // Its pods are judged again when they are made.
        (false, false) => Keep::Refusals,
    };
    let uid = || Some(review.uid().to_owned());
    let launches = match review.launches() {
        Ok(launches) => launches,
        Err(error) => {
            let verdict = resident.conclude(HOST, uid(), Err(error), keep);
            return http::json(&review.answer(&[("(all)".to_owned(), verdict)]));
        }
    };
    let decide = |launch: &Launch| {
        let name = launch.document().container.name.clone().unwrap_or_default();
        let launch = in_cluster(resident, launch).map_err(|error| error.to_string());
        (name, resident.conclude(HOST, uid(), launch, keep))
    };
    let verdicts: Vec<(String, Verdict)> = launches.iter().map(decide).collect();
    if verdicts.is_empty() {
        resident.metrics.passed.inc();
    }
    http::json(&review.answer(&verdicts))
}

/// The node is chosen later; the cluster is known.
fn in_cluster(resident: &Resident, launch: &Launch) -> Result<Launch, Error> {
    let mut document = launch.document().clone();
    let cluster = &mut document.node.cluster;
    *cluster = cluster.take().or_else(|| resident.node.cluster.clone());
    Launch::new(document)
}
