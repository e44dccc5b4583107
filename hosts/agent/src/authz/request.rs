//! What Docker asks an authorization plugin, and what it is answered.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use imagegate_node::{Outcome, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A request to the Docker Engine API, as the plugin is told of it.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) uri: String,
    headers: HashMap<String, String>,
    body: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "RequestMethod", default)]
    method: String,
    #[serde(rename = "RequestUri", alias = "RequestURI", default)]
    uri: String,
    #[serde(rename = "RequestHeaders", default)]
    headers: Option<HashMap<String, String>>,
    #[serde(rename = "RequestBody", default)]
    body: Option<String>,
}

impl Request {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(bytes)
            .map_err(|error| format!("what Docker asks cannot be read: {error}"))?;
        let Document { method, uri, headers, body } = document;
        if method.is_empty() || uri.is_empty() {
            return Err("what Docker asks names no method or no path".to_owned());
        }
        let body = match body.filter(|body| !body.is_empty()) {
            Some(text) => Some(
                STANDARD.decode(text).map_err(|error| format!("the request's body is no base64: {error}"))?,
            ),
            None => None,
        };
        Ok(Self { method, uri, headers: headers.unwrap_or_default(), body })
    }

    /// The body as one JSON value. Docker passes none on that is larger than a megabyte or not declared as JSON; what
    /// cannot be seen cannot be judged.
    pub(crate) fn json(&self) -> Result<&[u8], String> {
        let Some(body) = self.body.as_deref() else {
            return Err(
                "the request's body is not passed on to plugins (over 1 MiB, or not `application/json`), so \
                        that it cannot be judged"
                    .to_owned(),
            );
        };
        // The daemon reads the first value and passes over what follows: there must be nothing.
        match serde_json::from_slice::<&serde_json::value::RawValue>(body) {
            Ok(_) => Ok(body),
            Err(error) => Err(format!("the request's body is not one JSON value: {error}")),
        }
    }

    /// Whether the request brings a body, or may bring one that is not passed on.
    pub(crate) fn may_have_body(&self) -> bool {
        let empty = |body: &[u8]| matches!(body.trim_ascii(), b"" | b"{}" | b"null");
        match self.body.as_deref() {
            Some(body) => !empty(body),
            // The daemon reads no body without a content type.
            None => self.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")),
        }
    }
}

/// The answer.
#[derive(Serialize)]
pub(crate) struct Reply {
    #[serde(rename = "Allow")]
    allow: bool,
    #[serde(rename = "Msg")]
    message: String,
    #[serde(rename = "Err")]
    error: &'static str,
}

impl Reply {
    pub(crate) fn pass() -> Self {
        Self { allow: true, message: String::new(), error: "" }
    }

    /// Where not even a failure could be concluded.
    pub(crate) fn refuse(why: &str) -> Self {
        Self { allow: false, message: format!("not decided, so refused: {why}"), error: "" }
    }
}

impl From<&Verdict> for Reply {
    fn from(verdict: &Verdict) -> Self {
        let allow = verdict.outcome.starts();
        let reason = &verdict.reason;
        let message = match verdict.outcome {
            Outcome::Intercept => format!("intercepted: {reason}"),
            Outcome::FailedClosed => format!("not decided, so refused: {reason}"),
            Outcome::Allow | Outcome::Alarm | Outcome::Overridden | Outcome::FailedOpen => reason.clone(),
        };
        Self { allow, message, error: "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &str, content_type: bool) -> Request {
        let header = if content_type { r#"{"Content-Type": "application/json"}"# } else { "{}" };
        let text = format!(
            r#"{{"RequestMethod": "POST", "RequestUri": "/x", "RequestHeaders": {header}, "RequestBody": {body}}}"#
        );
        Request::parse(text.as_bytes()).unwrap()
    }

    fn encoded(text: &str) -> String {
        format!("\"{}\"", STANDARD.encode(text))
    }

    #[test]
    fn only_a_body_that_is_seen_whole_is_judged() {
        assert_eq!(request(&encoded("{\"a\": 1}"), true).json().unwrap(), b"{\"a\": 1}");
        for body in ["null".to_owned(), "\"\"".to_owned(), encoded("{"), encoded("{} {}"), encoded("a=b")] {
            assert!(request(&body, true).json().is_err(), "{body}");
        }
        assert!(
            Request::parse(br#"{"RequestMethod": "POST", "RequestUri": "/x", "RequestBody": "&"}"#).is_err()
        );
        assert!(Request::parse(br#"{"RequestMethod": "POST"}"#).is_err());
        assert!(Request::parse(b"").is_err());
    }

    #[test]
    fn a_body_that_may_be_there_is_known() {
        assert!(!request("null", false).may_have_body());
        assert!(!request(&encoded("{}"), true).may_have_body());
        assert!(request("null", true).may_have_body());
        assert!(request(&encoded("{\"Privileged\": true}"), true).may_have_body());
    }
}
