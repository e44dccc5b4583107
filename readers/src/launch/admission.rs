//! What the API server asks an admission webhook: an `AdmissionReview` (v1, v1beta1), or the `AdmissionRequest` in it,
//! as JSON. A review in YAML, as tests of policies have it, is read with the other objects of its file.
//!
//! What is read of its `object`, and which privileges follow, is on the page of [`kubernetes`](mod@super::kubernetes).
//!
//! # Decisions
//! - `CREATE` and `UPDATE` are judged: an update may add ephemeral containers. A request that does not say its operation
//!   is judged as well. `DELETE` and `CONNECT` (`PodExecOptions`, `PodAttachOptions`, …) start no container and are an
//!   error that says so: the webhook should not be registered for them, or must answer them itself.
//! - An `object` without `kind` is of the kind that the request is about. If both say one and differ it is an error.
//! - The namespace is the object's, else the request's.
//! - `oldObject` is what runs already; it is not looked at.

use super::{Options, kubernetes};
use crate::detect::Reader;
use crate::json::{Node, Place, read as read_json};
use crate::look::Look;
use imagegate::{Error, ErrorKind, Launch, quote};

pub(super) const READER: Reader<Options, Launch> =
    Reader { name: "admission", title: "a Kubernetes admission request", detect, read };

fn detect(look: &Look<'_>) -> bool {
    look.object().is_some_and(|members| {
        let is_request = members.is_object("kind") && members.has_all(&["uid", "operation"]);
        members.text("kind") == Some("AdmissionReview") || (is_request && !members.has("apiVersion"))
    })
}

/// Whether it has what all requests have.
fn is_request(request: &Place<'_, '_>) -> Result<bool, Error> {
    Ok(request.member("object")?.is_given() || request.member("operation")?.is_given())
}

fn read(text: &str, options: &Options) -> Result<Vec<Launch>, Error> {
    let node: Node<'_> = read_json(text, ErrorKind::InvalidLaunch)?;
    let root = Place::root(text, &node);
    let is_review = match root.node() {
        Some(Node::Object(_)) => matches!(root.member("kind")?.node(), Some(Node::Text(_))),
        _ => false,
    };
    let mut found = kubernetes::Found::default();
    request(&if is_review { root.member("request")? } else { root }, &mut found)?;
    kubernetes::launches(found, options)
}

/// Reads what a request wants to create or update.
pub(super) fn request(request: &Place<'_, '_>, found: &mut kubernetes::Found) -> Result<(), Error> {
    if !matches!(request.node(), Some(Node::Object(_))) || !is_request(request)? {
        let message = "the document is no admission request, which has `operation` and `object`";
        return Err(Error::new(ErrorKind::Unsupported, "unknown_format", message));
    }
    let kind = request.member("kind")?.member("kind")?.word()?;
    let operation = request.member("operation")?;
    match operation.word()? {
        None | Some("CREATE" | "UPDATE") => {}
        Some(word @ ("DELETE" | "CONNECT")) => {
            let of = kind.map(|kind| format!(" of {}", quote(kind))).unwrap_or_default();
            let message = format!("a `{word}` request{of} starts no container: there is no pod to judge");
            return Err(Error::new(ErrorKind::Unsupported, "no_pod", message));
        }
        Some(other) => {
            let message = format!(
                "{} is no operation: expected `CREATE`, `UPDATE`, `DELETE` or `CONNECT`",
                quote(other)
            );
            return Err(operation.error("invalid_value", message));
        }
    }
    let object = request.member("object")?;
    if !object.is_given() {
        return Err(object.error("missing_field", "a request that creates or updates has its `object`"));
    }
    let stated = object.member("kind")?;
    if let (Some(own), Some(kind)) = (stated.word()?, kind)
        && own != kind
    {
        let message = format!("the request is about {}, its object is {}", quote(kind), quote(own));
        return Err(stated.error("invalid_value", message));
    }
    kubernetes::object(&object, kind, found)?;
    if let Some(namespace) = request.member("namespace")?.word()? {
        found.default_namespace(namespace);
    }
    Ok(())
}
