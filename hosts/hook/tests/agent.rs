//! The hook beside a resident agent: it obeys an answer, and decides itself without one.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod common;

use common::Site;
use std::io::Write;
use std::os::unix::net::UnixListener;

/// A hook whose agent answers with these bytes, and what it did.
fn beside(site: Site, answer: &'static [u8]) -> common::Ran {
    let site = site.with_path("agent", "agent.sock");
    let listener = UnixListener::bind(site.path("agent.sock")).unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        imagegate_node::wire::read_request(&mut stream).unwrap();
        stream.write_all(answer).unwrap();
    });
    let ran = site.run();
    server.join().unwrap();
    ran
}

#[test]
fn an_answer_is_obeyed() {
    let ran = beside(Site::new().risky(), b"{\"outcome\":\"allow\",\"reason\":\"\"}\n");
    ran.expect(0, "", &[]);
    let ran = beside(Site::new(), b"{\"outcome\":\"intercept\",\"reason\":\"because\"}\n");
    ran.expect(1, "imagegate: intercepted: because", &[]);
}

#[test]
fn what_is_no_answer_is_decided_here() {
    for answer in [&b""[..], b"{\"outcome\":\"allow\",\"reason\":\"\"}", b"OK\n"] {
        let ran = beside(Site::new().risky(), answer);
        ran.expect(1, "intercepted: policy `Fixable`", &["intercept"]);
        assert!(ran.log[0]["notes"][0].as_str().unwrap().contains("did not answer"), "{ran:?}");
    }
}

#[test]
fn without_an_agent_it_is_decided_here() {
    Site::new().risky().with_path("agent", "nobody.sock").run().expect(1, "Fixable", &["intercept"]);
}

#[test]
fn an_agent_that_hangs_leaves_time_to_decide_here() {
    let site = Site::new().risky().with_path("agent", "agent.sock").with("deadline_ms", "2000");
    // Connections are accepted by the system and never answered.
    let _listener = UnixListener::bind(site.path("agent.sock")).unwrap();
    site.run().expect(1, "Fixable", &["intercept"]);
}
