//! What is read of admission requests.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod facts_support;

use facts_support::asked;
use imagegate::{Error, ErrorKind, Launch};
use imagegate_readers::launch::{Options, parse, parse_all};
use serde_json::{Value, json};

fn fixture(name: &str) -> Value {
    let path = format!("{}/../testdata/launches/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[track_caller]
fn read(document: &Value) -> Launch {
    parse(document.to_string().as_bytes(), &Options::default()).unwrap()
}

#[track_caller]
fn refused(document: &Value) -> Error {
    parse_all(document.to_string().as_bytes(), &Options::default()).unwrap_err()
}

#[test]
fn reviews_of_both_versions_are_read() {
    let mut review = fixture("admission-review");
    for version in ["v1", "v1beta1"] {
        review["apiVersion"] = json!(format!("admission.k8s.io/{version}"));
        let launch = read(&review);
        let document = launch.document();
        assert_eq!(asked(document), ["privileged", "new_privileges"]);
        assert_eq!(document.pod.namespace.as_deref(), Some("shop"));
        assert_eq!(document.pod.name.as_deref(), Some("store"));
    }
}

#[test]
fn a_bare_request_says_the_kind_of_its_object() {
    let launch = read(&fixture("admission-request"));
    let document = launch.document();
    assert!(asked(document).is_empty());
    assert_eq!(document.pod.namespace.as_deref(), Some("shop"));
    assert_eq!(document.pod.name.as_deref(), Some("cart-"));
    let mut request = fixture("admission-request");
    request["object"]["kind"] = json!("ConfigMap");
    assert_eq!(refused(&request).code(), "invalid_value");
}

#[test]
fn what_starts_no_container_is_an_error_that_says_so() {
    let mut request = fixture("admission-request");
    request["operation"] = json!("CONNECT");
    request["kind"]["kind"] = json!("PodExecOptions");
    request["object"] = json!({"kind": "PodExecOptions", "command": ["sh"]});
    let error = refused(&request);
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "no_pod"));
    assert_eq!(
        error.to_string(),
        "a `CONNECT` request of `PodExecOptions` starts no container: there is no pod to judge"
    );
    let mut request = fixture("admission-request");
    request["operation"] = json!("DELETE");
    request["object"] = Value::Null;
    assert_eq!(refused(&request).code(), "no_pod");
    let mut request = fixture("admission-request");
    request["kind"]["kind"] = json!("Service");
    let error = refused(&request);
    assert_eq!(error.code(), "no_pod");
    assert!(error.to_string().contains("only `Service`"), "{error}");
}

#[test]
fn half_a_request_is_no_launch() {
    let mut request = fixture("admission-request");
    request["object"] = Value::Null;
    assert_eq!(refused(&request).code(), "missing_field");
    request["operation"] = json!("create");
    assert_eq!(refused(&request).code(), "invalid_value");
    let mut review = fixture("admission-review");
    review["request"] = Value::Null;
    assert_eq!(refused(&review).code(), "unknown_format");
    review["request"] = json!("x");
    assert_eq!(refused(&review).code(), "unknown_format");
    let mut review = fixture("admission-review");
    review["request"]["object"]["spec"]["template"]["spec"]["containers"][0]["securityContext"]["privileged"] =
        json!("yes");
    let error = refused(&review);
    assert_eq!(error.code(), "wrong_type");
    assert_eq!(
        error.pointer(),
        Some("/request/object/spec/template/spec/containers/0/securityContext/privileged")
    );
}

#[test]
fn a_review_in_yaml_is_read_with_its_neighbours() {
    let text = "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest:\n  operation: UPDATE\n  namespace: shop\n  \
                object:\n    kind: Pod\n    spec: {hostPID: true, containers: [{image: 'a:1'}]}\n";
    let launch = parse(text.as_bytes(), &Options::default()).unwrap();
    assert_eq!(asked(launch.document()), ["host_pid", "new_privileges"]);
    assert_eq!(launch.document().pod.namespace.as_deref(), Some("shop"));
}
