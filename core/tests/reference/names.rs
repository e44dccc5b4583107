//! What an image is called: ids, digests and names of the launch and the profile together.

use super::globs::{self, Kind};
use super::truth::tally_bool;
use super::values::{policy_strings, text, texts};
use serde_json::Value;

/// A normalised image reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// `host/path`.
    pub repository: String,
    pub tag: Option<String>,
    pub digest: Option<String>,
}

/// `sha256:` and lower-case hexadecimal digits, if the text is `sha256:<64 hex>` or bare 64 hex, in either case.
pub fn as_id(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let hex = lower.strip_prefix("sha256:").unwrap_or(&lower);
    let right = hex.len() == 64 && hex.chars().all(|character| character.is_ascii_hexdigit());
    if right { Some(format!("sha256:{}", hex.to_ascii_lowercase())) } else { None }
}

/// Only the part after `@` of a digest counts.
pub fn digest(text: &str) -> String {
    let after = match text.rsplit_once('@') {
        Some((_, after)) => after,
        None => text,
    };
    as_id(after).unwrap()
}

/// A reference; `None` if the text is an id and so no name.
pub fn normalise(text: &str) -> Option<Reference> {
    if as_id(text).is_some() {
        return None;
    }
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(as_id(digest).unwrap())),
        None => (text, None),
    };
    let last_component = name.rfind('/').map_or(0, |slash| slash + 1);
    let (name, mut tag) = match name[last_component..].find(':') {
        Some(colon) => (&name[..last_component + colon], Some(name[last_component + colon + 1..].to_owned())),
        None => (name, None),
    };
    let (mut host, mut path) = ("docker.io".to_owned(), name.to_owned());
    if let Some((first, rest)) = name.split_once('/')
        && (first.contains('.') || first.contains(':') || first == "localhost")
    {
        host = first.to_ascii_lowercase();
        path = rest.to_owned();
    }
    if host == "index.docker.io" {
        host = "docker.io".to_owned();
    }
    if host == "docker.io" && !path.contains('/') {
        path = format!("library/{path}");
    }
    if tag.is_none() && digest.is_none() {
        tag = Some("latest".to_owned());
    }
    Some(Reference { repository: format!("{host}/{path}"), tag, digest })
}

/// Every spelling of a name that a glob may match.
pub fn forms(name: &Reference) -> Vec<String> {
    let mut repositories = vec![name.repository.clone()];
    for prefix in ["docker.io/", "docker.io/library/"] {
        if let Some(short) = name.repository.strip_prefix(prefix) {
            repositories.push(short.to_owned());
        }
    }
    let mut forms = Vec::new();
    for repository in repositories {
        if let Some(tag) = &name.tag {
            forms.push(format!("{repository}:{tag}"));
        }
        if let Some(digest) = &name.digest {
            forms.push(format!("{repository}@{digest}"));
        }
        if let (Some(tag), Some(digest)) = (&name.tag, &name.digest) {
            forms.push(format!("{repository}:{tag}@{digest}"));
        }
        forms.push(repository);
    }
    forms
}

/// What the launch and the profile say about the identity of the image.
pub struct Image {
    pub launch_id: Option<String>,
    pub launch_digest: Option<String>,
    pub launch_reference: Option<Reference>,
    pub profile_id: Option<String>,
    pub profile_digests: Vec<String>,
    pub profile_names: Vec<Reference>,
}

impl Image {
    pub fn new(launch: &Value, profile: Option<&Value>) -> Self {
        let reference = text(launch, &["image", "reference"]);
        let stated_id = text(launch, &["image", "id"]).map(|id| as_id(id).unwrap());
        let nothing = Value::Null;
        let profile = profile.unwrap_or(&nothing);
        Self {
            launch_id: stated_id.or_else(|| reference.and_then(as_id)),
            launch_digest: text(launch, &["image", "digest"]).map(digest),
            launch_reference: reference.and_then(normalise),
            profile_id: text(profile, &["image", "id"]).map(|id| as_id(id).unwrap()),
            profile_digests: texts(profile, &["image", "digests"]).into_iter().map(digest).collect(),
            profile_names: texts(profile, &["image", "names"])
                .into_iter()
                .map(|name| normalise(name).unwrap())
                .collect(),
        }
    }

    pub fn reference_digest(&self) -> Option<String> {
        self.launch_reference.as_ref().and_then(|reference| reference.digest.clone())
    }

    /// The digests that the launch names.
    pub fn launch_digests(&self) -> Vec<String> {
        self.launch_digest.iter().cloned().chain(self.reference_digest()).collect()
    }

    fn has_id(&self, id: &str) -> bool {
        let id = as_id(id);
        id.is_some() && (id == self.launch_id || id == self.profile_id)
    }

    fn has_digest(&self, text: &str) -> bool {
        let wanted = digest(text);
        self.launch_digests().contains(&wanted) || self.profile_digests.contains(&wanted)
    }

    fn has_name(&self, glob: &str) -> bool {
        self.launch_reference
            .iter()
            .chain(&self.profile_names)
            .flat_map(forms)
            .any(|form| globs::matches(Kind::Path, glob, &form))
    }

    /// Whether one of the selectors `ids`, `digests`, `names` covers the image. They are counted as `group`.
    pub fn selected_by(&self, group: &str, selectors: &Value) -> bool {
        let one_holds = |list: &str, holds: &dyn Fn(&str) -> bool| {
            let values = policy_strings(selectors, list);
            !values.is_empty() && tally_bool(group, list, values.into_iter().any(holds))
        };
        one_holds("ids", &|id| self.has_id(id))
            || one_holds("digests", &|digest| self.has_digest(digest))
            || one_holds("names", &|glob| self.has_name(glob))
    }

    /// Whether a value of an exception's `images` covers the image.
    pub fn excepted_by(&self, value: &str) -> bool {
        if value.starts_with("sha256:") && as_id(value).is_some() {
            self.has_id(value) || self.has_digest(value)
        } else {
            self.has_name(value)
        }
    }
}

#[test]
fn references() {
    let repository = |text| normalise(text).map(|name| name.repository);
    assert_eq!(repository("nginx:1.27").as_deref(), Some("docker.io/library/nginx"));
    assert_eq!(repository("index.docker.io/nginx").as_deref(), Some("docker.io/library/nginx"));
    assert_eq!(repository("team/app").as_deref(), Some("docker.io/team/app"));
    assert_eq!(repository("localhost/app").as_deref(), Some("localhost/app"));
    assert_eq!(repository("REG.Example.com:5000/a/B:c").as_deref(), Some("reg.example.com:5000/a/B"));
    assert_eq!(normalise(&"ab".repeat(32)), None);
    let bare = normalise("nginx").unwrap();
    assert_eq!(bare.tag.as_deref(), Some("latest"));
    assert!(forms(&bare).contains(&"library/nginx:latest".to_owned()));
    let pinned = normalise(&format!("nginx@sha256:{}", "AB".repeat(32))).unwrap();
    assert_eq!(pinned.tag, None);
    assert!(forms(&pinned).contains(&format!("nginx@sha256:{}", "ab".repeat(32))));
    assert_eq!(forms(&normalise("registry.example.com/a:1").unwrap()).len(), 2);
}
