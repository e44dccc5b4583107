//! The admission webhook as a process, over real TLS, asked as an API server asks.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::Site;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

struct Webhook {
    site: Site,
    _agent: common::Agent,
    address: String,
    client: Arc<ClientConfig>,
}

impl Webhook {
    fn new() -> Self {
        let site = Site::new();
        site.configure(", \"node\": {\"name\": \"here\", \"cluster\": \"prod-eu\"}");
        let client = certificate(&site);
        site.put(r#"{"names": ["clean:1"]}"#, "");
        site.put_risky(r#"{"names": ["risky:1"]}"#);
        let (certificate, key) = (site.path("tls.crt"), site.path("tls.key"));
        let (agent, line) = site.agent(&[
            "admission",
            "--listen",
            "127.0.0.1:0",
            "--certificate",
            certificate.to_str().unwrap(),
            "--key",
            key.to_str().unwrap(),
        ]);
        let address = line.trim().rsplit(' ').next().unwrap().to_owned();
        Self { site, _agent: agent, address, client }
    }

    fn post(&self, body: &[u8]) -> (u16, String) {
        self.post_as(&self.client, body).unwrap()
    }

    fn post_as(&self, client: &Arc<ClientConfig>, body: &[u8]) -> std::io::Result<(u16, String)> {
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::clone(client), name).unwrap();
        let mut stream = StreamOwned::new(connection, TcpStream::connect(&self.address)?);
        let head = format!(
            "POST /validate?timeout=10s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat())?;
        let mut answer = Vec::new();
        // Some ends of connections are not told in TLS's own way.
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        Ok((status, answer.split_once("\r\n\r\n").unwrap().1.to_owned()))
    }

    fn review(&self, review: &Value) -> Value {
        let (status, text) = self.post(review.to_string().as_bytes());
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }
}

/// A certificate for the agent, and a client that trusts it.
fn certificate(site: &Site) -> Arc<ClientConfig> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    site.write("tls.crt", &cert.pem());
    site.write("tls.key", &signing_key.serialize_pem());
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

fn pod(images: &[&str]) -> Value {
    let containers: Vec<_> =
        images.iter().map(|image| json!({"name": image.replace(':', "-"), "image": image})).collect();
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "shop"}, "spec": {"containers": containers}})
}

fn create(object: &Value) -> Value {
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "operation": "CREATE", "namespace": "shop",
        "kind": {"group": "", "version": "v1", "kind": object["kind"]}, "object": object, "dryRun": false}})
}

#[test]
fn each_container_has_its_verdict() {
    let webhook = Webhook::new();
    let answer = webhook.review(&create(&pod(&["clean:1"])));
    assert_eq!(answer["response"]["uid"], "705ab4f5-6393-11e8-b7cc-42010a800002");
    assert_eq!(answer["response"]["allowed"], true);
    assert!(answer["response"].get("warnings").is_none());
    let answer = webhook.review(&create(&pod(&["clean:1", "risky:1", "unknown:1"])));
    let response = &answer["response"];
    assert_eq!((&response["allowed"], &response["status"]["code"]), (&false.into(), &403.into()));
    let message = response["status"]["message"].as_str().unwrap();
    for needle in [
        "container clean-1: allow",
        "container risky-1: intercept: policy `Fixable`",
        "CVE-2022-0778",
        "container unknown-1: alarm",
    ] {
        assert!(message.contains(needle), "{message}");
    }
    assert_eq!(response["auditAnnotations"]["outcome"], "intercept");
    let answer = webhook.review(&create(&pod(&["unknown:1"])));
    assert_eq!(answer["response"]["allowed"], true);
    assert!(
        answer["response"]["warnings"][0]
            .as_str()
            .unwrap()
            .starts_with("imagegate: container unknown-1: alarm")
    );
    let outcomes: Vec<_> = webhook.site.log().iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!(outcomes, ["intercept", "alarm", "alarm"]);
}

#[test]
fn a_dry_run_is_answered_and_leaves_nothing() {
    let webhook = Webhook::new();
    let mut review = create(&pod(&["risky:1"]));
    review["request"]["dryRun"] = true.into();
    assert_eq!(webhook.review(&review)["response"]["allowed"], false);
    assert!(webhook.site.log().is_empty());
}

#[test]
fn what_makes_pods_is_refused_and_recorded_only_then() {
    let webhook = Webhook::new();
    let deployment = |image: &str| {
        let template = json!({"metadata": {}, "spec": pod(&[image])["spec"]});
        create(
            &json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"template": template}}),
        )
    };
    assert_eq!(webhook.review(&deployment("unknown:1"))["response"]["allowed"], true);
    assert!(webhook.site.log().is_empty());
    assert_eq!(webhook.review(&deployment("risky:1"))["response"]["allowed"], false);
    assert_eq!(webhook.site.log().len(), 1);
}

#[test]
fn an_update_that_starts_nothing_new_passes() {
    let webhook = Webhook::new();
    let mut review = create(&pod(&["risky:1"]));
    review["request"]["operation"] = "UPDATE".into();
    review["request"]["oldObject"] = pod(&["risky:1"]);
    assert_eq!(webhook.review(&review)["response"]["allowed"], true);
    review["request"]["oldObject"] = pod(&["clean:1"]);
    assert_eq!(webhook.review(&review)["response"]["allowed"], false);
}

#[test]
fn what_cannot_be_judged_is_not_allowed() {
    let webhook = Webhook::new();
    let answer =
        webhook.review(&create(&json!({"kind": "Pod", "spec": {"containers": [{"name": "c", "image": 1}]}})));
    assert_eq!(answer["response"]["allowed"], false);
    assert!(answer["response"]["status"]["message"].as_str().unwrap().contains("failed_closed"));
    assert_eq!(webhook.site.log()[0]["outcome"], "failed_closed");
    // Without a uid there is nothing to answer: what happens then, the `failurePolicy` says.
    for body in
        [&b""[..], b"{}", b"null", br#"{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}"#]
    {
        assert_eq!(webhook.post(body).0, 400);
    }
    assert_eq!(webhook.post(&vec![b' '; 9 << 20]).0, 400);
}

#[test]
fn a_new_certificate_is_in_force_with_the_next_connection_and_a_broken_one_is_not() {
    let webhook = Webhook::new();
    let review = create(&pod(&["clean:1"])).to_string();
    let renewed = certificate(&webhook.site);
    assert!(webhook.post_as(&webhook.client, review.as_bytes()).is_err());
    assert_eq!(webhook.post_as(&renewed, review.as_bytes()).unwrap().0, 200);
    webhook.site.write("tls.crt", "no certificate");
    assert_eq!(webhook.post_as(&renewed, review.as_bytes()).unwrap().0, 200);
}

#[test]
fn recorded_reviews_are_answered() {
    let webhook = Webhook::new();
    let fixtures =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/launches/admission-review.json");
    let mut files = vec![fixtures];
    let corpus = std::env::var_os("IMAGEGATE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    match std::fs::read_dir(corpus.join("files/k8s-admissionreview")) {
        Ok(folder) => files.extend(folder.map(|entry| entry.unwrap().path())),
        Err(_) => eprintln!("not shown: there is no corpus at {}", corpus.display()),
    }
    let mut answered = 0;
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        let asked: Value = serde_json::from_slice(&bytes).unwrap();
        let (status, text) = webhook.post(&bytes);
        if asked["request"]["uid"].as_str().is_none() || asked["request"]["operation"].as_str().is_none() {
            assert_eq!(status, 400, "{}: {text}", file.display());
            continue;
        }
        if status == 400 {
            // Those in which something is missing that the API server always sends.
            continue;
        }
        answered += 1;
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["apiVersion"], asked["apiVersion"], "{}", file.display());
        assert_eq!(answer["response"]["uid"], asked["request"]["uid"], "{}", file.display());
        let privileged = asked["request"]["object"].to_string().contains("\"privileged\":true");
        if privileged {
            assert_eq!(answer["response"]["allowed"], false, "{}", file.display());
        }
    }
    eprintln!("{answered} of {} recorded reviews have an answer", files.len());
    assert!(answered > 0);
}
