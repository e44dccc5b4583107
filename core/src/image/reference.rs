//! Image references and the forms under which policies may name them.

use super::Digest;
use crate::error::quote;
use crate::hex;

/// A normalised reference: host in lower case, Docker Hub's implicit parts filled in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Reference {
    /// `host/path`
    repository: String,
    /// Set if given, or `latest` if neither tag nor digest is.
    tag: Option<String>,
    digest: Option<Digest>,
}

/// Longer references than this exist nowhere; a bound keeps matching cheap.
const MAX_BYTES: usize = 4_096;

impl Reference {
    /// Reads `[host[:port]/]path[:tag][@digest]`. A bare image id is no name and refused here.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| Err(format!("{} is no image reference: {why}", quote(text)));
        if text.is_empty() {
            return wrong("it is empty");
        }
        if text.len() > MAX_BYTES {
            return wrong("it is longer than 4096 bytes");
        }
        if hex::canonical_sha256_id(text).is_some() {
            return wrong("it is an image id");
        }
        if text.chars().any(|character| character.is_whitespace() || character.is_control()) {
            return wrong("it contains white space or a control character");
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => {
                let Some(canonical) = hex::canonical_sha256_id(digest) else {
                    return wrong("after `@` it needs `sha256:` and 64 hexadecimal digits");
                };
                (name, Some(Digest(canonical)))
            }
            None => (text, None),
        };
        // A colon before the last slash belongs to a port.
        let (path, tag) = match name.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
            _ => (name, None),
        };
        if tag.is_some_and(str::is_empty) {
            return wrong("the tag is empty");
        }
        if path.split('/').any(str::is_empty) {
            return wrong("a part of the name is empty");
        }
        let tag = match (tag, &digest) {
            (Some(tag), _) => Some(tag.to_owned()),
            (None, Some(_)) => None,
            (None, None) => Some("latest".to_owned()),
        };
        Ok(Self { repository: repository(path), tag, digest })
    }

    pub(crate) fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// `repo:tag`, or `repo@digest` where there is only a digest.
    pub(crate) fn canonical(&self) -> String {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => format!("{}:{tag}", self.repository),
            (None, Some(digest)) => format!("{}@{digest}", self.repository),
            (None, None) => self.repository.clone(),
        }
    }

    /// Every form of this name that a glob may match the whole of: `repo`, `repo:tag`, `repo@digest`,
    /// `repo:tag@digest`, and for Docker Hub each of them also without `docker.io/` and `docker.io/library/`.
    pub(crate) fn forms(&self, mut visit: impl FnMut(&str)) {
        let short = self.repository.strip_prefix("docker.io/");
        let official = short.and_then(|path| path.strip_prefix("library/"));
        let mut form = String::with_capacity(self.repository.len().saturating_add(96));
        for repository in [Some(self.repository.as_str()), short, official].into_iter().flatten() {
            form.clear();
            form.push_str(repository);
            visit(&form);
            if let Some(tag) = &self.tag {
                form.push(':');
                form.push_str(tag);
                visit(&form);
                if let Some(digest) = &self.digest {
                    form.push('@');
                    form.push_str(digest.as_str());
                    visit(&form);
                }
            }
            if let Some(digest) = &self.digest {
                form.clear();
                form.push_str(repository);
                form.push('@');
                form.push_str(digest.as_str());
                visit(&form);
            }
        }
    }
}

fn repository(path: &str) -> String {
    let is_host = |first: &str| first.contains(['.', ':']) || first == "localhost";
    let (host, rest) = match path.split_once('/') {
        Some((first, rest)) if is_host(first) => (first.to_ascii_lowercase(), rest),
        _ => ("docker.io".to_owned(), path),
    };
    let host = if host == "index.docker.io" { "docker.io".to_owned() } else { host };
    if host == "docker.io" && !rest.contains('/') {
        format!("{host}/library/{rest}")
    } else {
        format!("{host}/{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:a8b5d9854817d4896949962f4f2352b44d93aacfb8289afa361e9cc439c06566";

    fn forms(text: &str) -> Vec<String> {
        let mut forms = Vec::new();
        Reference::parse(text).unwrap().forms(|form| forms.push(form.to_owned()));
        forms
    }

    #[test]
    fn docker_hub_is_filled_in() {
        assert_eq!(
            forms("nginx"),
            [
                "docker.io/library/nginx",
                "docker.io/library/nginx:latest",
                "library/nginx",
                "library/nginx:latest",
                "nginx",
                "nginx:latest"
            ]
        );
        assert_eq!(
            Reference::parse("Index.Docker.IO/nginx:1").unwrap().canonical(),
            "docker.io/library/nginx:1"
        );
        assert_eq!(Reference::parse("grafana/loki").unwrap().canonical(), "docker.io/grafana/loki:latest");
    }

    #[test]
    fn hosts_ports_tags_and_digests() {
        assert_eq!(Reference::parse("localhost/x").unwrap().canonical(), "localhost/x:latest");
        assert_eq!(Reference::parse("LOCALHOST:5000/x:1").unwrap().canonical(), "localhost:5000/x:1");
        let with_digest =
            format!("R.example.com/a/b:1@{}", DIGEST.to_uppercase().replace("SHA256", "sha256"));
        assert_eq!(
            forms(&with_digest),
            [
                "r.example.com/a/b".to_owned(),
                "r.example.com/a/b:1".to_owned(),
                format!("r.example.com/a/b:1@{DIGEST}"),
                format!("r.example.com/a/b@{DIGEST}"),
            ]
        );
        assert_eq!(forms(&format!("r.io/x@{DIGEST}")), ["r.io/x".to_owned(), format!("r.io/x@{DIGEST}")]);
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let bare = DIGEST.trim_start_matches("sha256:");
        for text in ["", DIGEST, bare, "a b", "a:", "a//b", "/a", "a@sha256:12", "a@", "a/", "x\u{7}"] {
            assert!(Reference::parse(text).is_err(), "{text}");
        }
    }
}
