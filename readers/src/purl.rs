//! Package URLs: `pkg:npm/%40scope/name@1.2.3?arch=amd64`.

/// The parts of a package URL, without its escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Purl {
    /// In lower case.
    pub(crate) kind: String,
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    /// What stands behind `#`.
    pub(crate) subpath: Option<String>,
    /// Their names are in lower case.
    pub(crate) qualifiers: Vec<(String, String)>,
}

impl Purl {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("pkg:")?.trim_start_matches('/');
        let (text, subpath) = text.split_once('#').unwrap_or((text, ""));
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
            subpath: Some(percent_decoded(subpath)).filter(|subpath| !subpath.is_empty()),
            qualifiers: qualifiers
                .map(|(key, value)| (key.to_ascii_lowercase(), percent_decoded(value)))
                .collect(),
        })
    }

    pub(crate) fn qualifier(&self, name: &str) -> Option<&str> {
        let mut found = self.qualifiers.iter().filter(|(key, value)| key == name && !value.is_empty());
        found.next().map(|(_, value)| value.as_str())
    }
}

/// The name by which others know the package, in which the group is a part where the ecosystem has it so.
pub(crate) fn full_name(kind: &str, group: Option<&str>, name: &str) -> String {
    let separator = match kind {
        "maven" => ':',
        "npm" | "golang" | "composer" => '/',
        _ => return name.to_owned(),
    };
    match group {
        // Some write the group into the name as well.
        Some(group) if !name.starts_with(&format!("{group}{separator}")) => {
            format!("{group}{separator}{name}")
        }
        _ => name.to_owned(),
    }
}

/// Text as a URL has it, with `%2B` and the like resolved. What is no such escape stays as it stands.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let escape = (*first == b'%').then(|| behind.first_chunk::<2>()).flatten();
        let digits = escape.and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_urls() {
        for (text, expected) in [
            ("", ""),
            ("1.2%2Bgit", "1.2+git"),
            ("%40scope%2Fname", "@scope/name"),
            ("100%", "100%"),
            ("%4", "%4"),
            ("%zz%+1", "%zz%+1"),
            ("%c3%a9", "é"),
            ("%ff", "%ff"),
        ] {
            assert_eq!(percent_decoded(text), expected);
        }
    }

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
