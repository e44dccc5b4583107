//! Package URLs: `pkg:npm/%40scope/name@1.2.3?arch=amd64`.

use super::facts::percent_decoded;

/// The parts of a package URL, without its escapes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Purl {
    /// In lower case.
    pub(super) kind: String,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    pub(super) version: Option<String>,
    qualifiers: Vec<(String, String)>,
}

impl Purl {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("pkg:")?.trim_start_matches('/');
        let (text, _) = text.split_once('#').unwrap_or((text, ""));
        let (path, qualifiers) = text.split_once('?').unwrap_or((text, ""));
        let (kind, path) = path.split_once('/')?;
        let (namespace, last) = match path.rsplit_once('/') {
            Some((namespace, last)) => (Some(percent_decoded(namespace)), last),
            None => (None, path),
        };
        let (name, version) = match last.split_once('@') {
            Some((name, version)) => {
                (name, Some(percent_decoded(version)).filter(|version| !version.is_empty()))
            }
            None => (last, None),
        };
        if kind.is_empty() || name.is_empty() {
            return None;
        }
        let qualifiers = qualifiers.split('&').filter_map(|part| part.split_once('='));
        Some(Self {
            kind: kind.to_ascii_lowercase(),
            namespace,
            name: percent_decoded(name),
            version,
            qualifiers: qualifiers.map(|(key, value)| (key.to_owned(), percent_decoded(value))).collect(),
        })
    }

    pub(super) fn qualifier(&self, name: &str) -> Option<&str> {
        let mut found = self.qualifiers.iter().filter(|(key, value)| key == name && !value.is_empty());
        found.next().map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let parts = |text: &str| {
            let purl = Purl::parse(text).unwrap();
            format!(
                "{} {:?} {} {:?}",
                purl.kind,
                purl.namespace.as_deref(),
                purl.name,
                purl.version.as_deref()
            )
        };
        assert_eq!(parts("pkg:npm/%40scope/name@1.2.3?a=b#c/d"), r#"npm Some("@scope") name Some("1.2.3")"#);
        assert_eq!(parts("pkg:npm/@scope/name@1.2.3"), r#"npm Some("@scope") name Some("1.2.3")"#);
        assert_eq!(parts("pkg:Maven/org.a/b"), r#"maven Some("org.a") b None"#);
        assert_eq!(
            parts("pkg:deb/debian/libstdc%2B%2B6@12-1"),
            r#"deb Some("debian") libstdc++6 Some("12-1")"#
        );
        assert_eq!(parts("pkg:golang/a.b/c/d@v1"), r#"golang Some("a.b/c") d Some("v1")"#);
        assert_eq!(parts("pkg:oci/cart@sha256%3Aab"), r#"oci None cart Some("sha256:ab")"#);
        let purl = Purl::parse("pkg:oci/cart@1?repository_url=r.example.com%2Fcart&tag=").unwrap();
        assert_eq!(
            (purl.qualifier("repository_url"), purl.qualifier("tag")),
            (Some("r.example.com/cart"), None)
        );
        for wrong in ["", "npm/a", "pkg:npm", "pkg:npm/", "pkg:/a", "pkg:npm/@1"] {
            assert_eq!(Purl::parse(wrong), None, "{wrong}");
        }
    }
}
