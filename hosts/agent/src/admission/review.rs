//! An AdmissionReview: what the API server asks, and what it is answered.

use imagegate::Launch;
use imagegate_node::{Outcome, Verdict};
use imagegate_readers::launch;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What is asked.
pub(crate) struct Review<'b> {
    bytes: &'b [u8],
    document: Document<'b>,
}

#[derive(Deserialize)]
struct Document<'b> {
    #[serde(rename = "apiVersion")]
    version: String,
    kind: String,
    #[serde(borrow)]
    request: Request<'b>,
}

#[derive(Deserialize)]
struct Request<'b> {
    uid: String,
    operation: String,
    #[serde(borrow)]
    kind: Option<&'b RawValue>,
    #[serde(borrow)]
    namespace: Option<&'b RawValue>,
    #[serde(borrow, rename = "oldObject")]
    old: Option<&'b RawValue>,
    #[serde(rename = "dryRun", default)]
    dry_run: Option<bool>,
    #[serde(rename = "subResource", default)]
    sub_resource: Option<String>,
}

const VERSIONS: [&str; 2] = ["admission.k8s.io/v1", "admission.k8s.io/v1beta1"];

impl<'b> Review<'b> {
    /// What cannot be read has no uid that could be answered: the API server then does what its `failurePolicy` says.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, String> {
        let document: Document<'b> =
            serde_json::from_slice(bytes).map_err(|error| format!("the review cannot be read: {error}"))?;
        if document.kind != "AdmissionReview" || !VERSIONS.contains(&document.version.as_str()) {
            return Err(format!("the document is no AdmissionReview of {}", VERSIONS.join(" or ")));
        }
        if document.request.uid.is_empty() {
            return Err("the review has no `request.uid`".to_owned());
        }
        Ok(Self { bytes, document })
    }

    pub(crate) fn uid(&self) -> &str {
        &self.document.request.uid
    }

    /// Whether nothing comes of the request, so that nothing may be written down of it.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.document.request.dry_run == Some(true)
    }

    /// Whether the request is for a pod, whose containers then start, and not for something that makes pods later.
    pub(crate) fn is_of_pod(&self) -> bool {
        #[derive(Deserialize)]
        struct Kind {
            kind: Option<String>,
        }
        let kind = self.document.request.kind.and_then(|raw| serde_json::from_str::<Kind>(raw.get()).ok());
        kind.and_then(|kind| kind.kind).is_some_and(|kind| kind == "Pod")
    }

    /// The containers that the request would start: of an update only those that are new or changed.
    pub(crate) fn launches(&self) -> Result<Vec<Launch>, String> {
        let request = &self.document.request;
        // Nothing starts when something is deleted, or somebody looks into what runs; and a status is only told.
        if matches!(request.operation.as_str(), "DELETE" | "CONNECT")
            || request.sub_resource.as_deref() == Some("status")
        {
            return Ok(Vec::new());
        }
        let launches = read(self.bytes)?;
        if request.operation != "UPDATE" {
            return Ok(launches);
        }
        // What cannot be read of the old object makes nothing of the new one known.
        let before = self.old_review().and_then(|old| read(old.as_bytes()).ok()).unwrap_or_default();
        Ok(launches.into_iter().filter(|launch| !before.contains(launch)).collect())
    }

    /// A review that would create the old object.
    fn old_review(&self) -> Option<String> {
        let Request { kind, namespace, old, .. } = &self.document.request;
        let old = old.filter(|old| old.get() != "null")?;
        let text = |raw: Option<&RawValue>| raw.map_or("null", RawValue::get).to_owned();
        Some(format!(
            r#"{{"apiVersion": "{}", "kind": "AdmissionReview", "request": {{"uid": "old", "operation": "CREATE",
                "kind": {}, "namespace": {}, "object": {}}}}}"#,
            self.document.version,
            text(*kind),
            text(*namespace),
            old.get()
        ))
    }

    /// The answer to these verdicts, each with the name of its container.
    pub(crate) fn answer(&self, verdicts: &[(String, Verdict)]) -> Answer {
        let allowed = verdicts.iter().all(|(_, verdict)| verdict.outcome.starts());
        let said = |(container, verdict): &(String, Verdict)| {
            let Verdict { outcome, reason } = verdict;
            match outcome {
                Outcome::Allow => format!("container {container}: allow"),
                outcome => format!("container {container}: {}: {reason}", outcome.as_str()),
            }
        };
        let noted = verdicts.iter().filter(|(_, verdict)| {
            verdict.outcome != Outcome::Allow && (allowed || verdict.outcome.starts())
        });
        let warnings = noted.map(|one| bounded(&format!("imagegate: {}", said(one)))).collect();
        let status = (!allowed).then(|| {
            let refused = verdicts.iter().map(said).collect::<Vec<_>>().join("; ");
            Status { code: 403, reason: "Forbidden", message: format!("imagegate: {refused}") }
        });
        let strictest =
            verdicts.iter().map(|(_, verdict)| verdict.outcome).max_by_key(|one| strictness(*one));
        let mut audit_annotations = BTreeMap::new();
        if let Some(outcome) = strictest {
            audit_annotations.insert("outcome", outcome.as_str().to_owned());
            let list: Vec<_> = verdicts.iter().map(said).collect();
            audit_annotations.insert("containers", list.join("\n"));
        }
        Answer {
            version: self.document.version.clone(),
            kind: "AdmissionReview",
            response: Response { uid: self.uid().to_owned(), allowed, status, warnings, audit_annotations },
        }
    }
}

fn read(bytes: &[u8]) -> Result<Vec<Launch>, String> {
    let format = "admission".parse().map_err(|error: imagegate::Error| error.to_string())?;
    let options = launch::Options::default().with_format(format);
    launch::parse_all(bytes, &options).map_err(|error| format!("the review: {error}"))
}

/// The order of outcomes, from what is nothing to what refuses.
fn strictness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Allow => 0,
        Outcome::Alarm => 1,
        Outcome::Overridden => 2,
        Outcome::FailedOpen => 3,
        Outcome::FailedClosed => 4,
        Outcome::Intercept => 5,
    }
}

/// The API server cuts longer warnings.
const MAX_WARNING: usize = 256;

fn bounded(text: &str) -> String {
    if text.chars().count() <= MAX_WARNING {
        return text.to_owned();
    }
    text.chars().take(MAX_WARNING.saturating_sub(1)).chain(['…']).collect()
}

/// The answer.
#[derive(Serialize)]
pub(crate) struct Answer {
    #[serde(rename = "apiVersion")]
    version: String,
    kind: &'static str,
    response: Response,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    uid: String,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    audit_annotations: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Status {
    code: u16,
    reason: &'static str,
    message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(operation: &str, more: &str, object: &str) -> String {
        format!(
            r#"{{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {{"uid": "u-1",
                "operation": "{operation}", "kind": {{"group": "", "version": "v1", "kind": "Pod"}},
                "namespace": "shop"{more}, "object": {object}}}}}"#
        )
    }

    fn pod(images: &[&str]) -> String {
        let containers: Vec<_> = images
            .iter()
            .enumerate()
            .map(|(index, image)| format!(r#"{{"name": "c{index}", "image": "{image}"}}"#))
            .collect();
        format!(
            r#"{{"kind": "Pod", "metadata": {{"name": "p"}}, "spec": {{"containers": [{}]}}}}"#,
            containers.join(",")
        )
    }

    fn launched(text: &str) -> Vec<String> {
        let review = Review::parse(text.as_bytes()).unwrap();
        let names = review.launches().unwrap();
        names.iter().map(|launch| launch.document().container.name.clone().unwrap()).collect()
    }

    #[test]
    fn of_an_update_only_what_is_new_or_changed_starts() {
        assert_eq!(launched(&review("CREATE", "", &pod(&["a", "b"]))), ["c0", "c1"]);
        let update = |old: &str| review("UPDATE", &format!(r#", "oldObject": {old}"#), &pod(&["a", "b"]));
        assert_eq!(launched(&update(&pod(&["a", "b"]))), [""; 0]);
        assert_eq!(launched(&update(&pod(&["a", "c"]))), ["c1"]);
        for unknown in ["null", "{}", "[]"] {
            assert_eq!(launched(&update(unknown)), ["c0", "c1"], "{unknown}");
        }
        assert_eq!(launched(&review("DELETE", "", "null")), [""; 0]);
        assert_eq!(launched(&review("UPDATE", r#", "subResource": "status""#, &pod(&["a"]))), [""; 0]);
        let error = Review::parse(review("CREATE", "", "null").as_bytes()).unwrap().launches().unwrap_err();
        assert!(error.contains("object"), "{error}");
    }

    #[test]
    fn answers_of_both_versions() {
        let verdict = |outcome, reason: &str| Verdict { outcome, reason: reason.to_owned() };
        let text = review("CREATE", "", &pod(&["a"])).replace("k8s.io/v1\"", "k8s.io/v1beta1\"");
        let review = Review::parse(text.as_bytes()).unwrap();
        let json = |verdicts: &[(String, Verdict)]| serde_json::to_value(review.answer(verdicts)).unwrap();
        let refused = json(&[
            ("cart".to_owned(), verdict(Outcome::Intercept, "policy `X`")),
            ("log".to_owned(), verdict(Outcome::Alarm, "policy `Y`")),
            ("web".to_owned(), verdict(Outcome::Allow, "")),
        ]);
        assert_eq!(refused["apiVersion"], "admission.k8s.io/v1beta1");
        assert_eq!(
            (&refused["response"]["uid"], &refused["response"]["allowed"]),
            (&"u-1".into(), &false.into())
        );
        assert_eq!(
            refused["response"]["status"]["message"],
            "imagegate: container cart: intercept: policy `X`; container log: alarm: policy `Y`; container web: allow"
        );
        assert_eq!(refused["response"]["warnings"][0], "imagegate: container log: alarm: policy `Y`");
        assert_eq!(refused["response"]["auditAnnotations"]["outcome"], "intercept");
        let failed = json(&[("cart".to_owned(), verdict(Outcome::FailedClosed, "why"))]);
        assert_eq!(failed["response"]["allowed"], false);
        let allowed = json(&[("cart".to_owned(), verdict(Outcome::Allow, ""))]);
        assert_eq!(allowed["response"]["allowed"], true);
        assert!(allowed["response"].get("warnings").is_none() && allowed["response"].get("status").is_none());
        let alarmed = json(&[("cart".to_owned(), verdict(Outcome::Alarm, &"x".repeat(1000)))]);
        assert_eq!(alarmed["response"]["warnings"][0].as_str().unwrap().chars().count(), 256);
    }

    #[test]
    fn what_is_no_review_has_no_answer() {
        for text in [
            "",
            "{}",
            r#"{"apiVersion": "v1", "kind": "Pod"}"#,
            r#"{"apiVersion": "admission.k8s.io/v2", "kind": "AdmissionReview", "request": {"uid": "u", "operation": "CREATE"}}"#,
            r#"{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "", "operation": "CREATE"}}"#,
            r#"{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "u"}}"#,
        ] {
            assert!(Review::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
