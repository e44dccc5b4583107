//! Documents about several images: one profile an image.

use super::facts::within;
use super::{Options, identify};
use imagegate::{Error, ErrorKind, ImageIdentity, ProfileDocument, Scan, ScanProfile, ScanState};
use std::collections::{HashMap, HashSet};

/// The images of one document, in the order in which they first appear.
#[derive(Default)]
pub(super) struct Images {
    documents: Vec<ProfileDocument>,
    /// The first image that is known by an id, a digest or a name. Comparing each part with each image would let a
    /// large document take for ever.
    known_by: HashMap<String, usize>,
    /// What each image's lists, of digests and of names, hold.
    listed: HashSet<(usize, &'static str, String)>,
    /// The findings of all images together.
    findings: usize,
}

impl Images {
    pub(super) fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// Adds what a part of the document says of an image. Parts about the same image are one: its findings are
    /// those of all parts, and the scan is complete only if all are. Parts without an image are one, too.
    pub(super) fn add(&mut self, part: ProfileDocument, options: &Options) -> Result<(), Error> {
        let ProfileDocument { image, scan, vulnerabilities, malware, sensitive } = part;
        let keys = keys(&image);
        let found = keys.iter().filter_map(|key| self.known_by.get(key).copied()).find(|&index| {
            self.documents.get(index).is_some_and(|document| is_same(&document.image, &image))
        });
        let index = found.unwrap_or(self.documents.len());
        if found.is_none() {
            self.documents.push(ProfileDocument { scan: scan.clone(), ..ProfileDocument::default() });
        }
        for key in keys {
            self.known_by.entry(key).or_insert(index);
        }
        let Some(document) = self.documents.get_mut(index) else { return Ok(()) };
        if found.is_some() {
            document.scan = joined_scan(document.scan.take(), scan);
        }
        let stated = &mut document.image;
        stated.id = stated.id.take().or(image.id);
        stated.platform = stated.platform.take().or(image.platform);
        let lists =
            [("digest", &mut stated.digests, image.digests), ("name", &mut stated.names, image.names)];
        for (kind, list, more) in lists {
            list.extend(more.into_iter().filter(|text| self.listed.insert((index, kind, text.clone()))));
        }
        let findings = [vulnerabilities.len(), malware.len(), sensitive.len()];
        self.findings = findings.into_iter().fold(self.findings, usize::saturating_add);
        document.vulnerabilities.extend(vulnerabilities);
        document.malware.extend(malware);
        document.sensitive.extend(sensitive);
        within(self.findings, options)
    }

    /// If one image is named and something was said of none, that is about it too.
    pub(super) fn join_nameless(&mut self, options: &Options) -> Result<(), Error> {
        let named = self.documents.iter().filter(|document| !document.image.is_empty());
        if self.documents.len() != 2 || named.clone().count() != 1 {
            return Ok(());
        }
        let Some(image) = named.map(|document| document.image.clone()).next() else { return Ok(()) };
        for document in std::mem::take(self).documents {
            self.add(ProfileDocument { image: image.clone(), ..document }, options)?;
        }
        Ok(())
    }

    /// Says of all images how they were scanned.
    pub(super) fn set_scan(&mut self, scan: &Scan) {
        for document in &mut self.documents {
            document.scan = Some(scan.clone());
        }
    }

    /// The profiles. If the caller names an image and the document has several, only those about that image, and
    /// what the document says of no image is about it too. `because` tells why it may not say which image it is about.
    pub(super) fn into_profiles(
        mut self,
        options: &Options,
        because: &str,
    ) -> Result<Vec<ScanProfile>, Error> {
        let count = self.documents.len();
        if count > 1
            && let Some(named) = &options.image
        {
            let (nameless, mut documents): (Vec<_>, Vec<_>) =
                self.documents.into_iter().partition(|document| document.image.is_empty());
            documents.retain(|document| is_same(&document.image, named));
            let image = documents.first().map_or(named, |document| &document.image).clone();
            self = Self::default();
            for document in nameless {
                self.add(ProfileDocument { image: image.clone(), ..document }, options)?;
            }
            for document in documents {
                self.add(document, options)?;
            }
            if self.is_empty() {
                let message =
                    format!("the document is about {count} images, and the image named is none of them");
                return Err(Error::at(ErrorKind::ImageMismatch, "image_mismatch", "/image", message));
            }
        }
        let profile = |mut document: ProfileDocument| {
            document.image = identify(&document.image, options, because)?;
            ScanProfile::new(document)
        };
        self.documents.into_iter().map(profile).collect()
    }
}

/// Under what an image is looked up, the strongest first. An image that says nothing has a key of its own.
pub(super) fn keys(image: &ImageIdentity) -> Vec<String> {
    if image.is_empty() {
        return vec![String::new()];
    }
    let ids = image.id.iter().map(|id| format!("id {}", hexadecimal(id).to_ascii_lowercase()));
    let digests =
        image.digests.iter().map(|digest| format!("digest {}", hexadecimal(digest).to_ascii_lowercase()));
    let names = image.names.iter().map(|name| format!("name {}", full_name(name)));
    ids.chain(digests).chain(names).collect()
}

/// Whether both are the same image, as far as they say: by id if both state one, else by a digest if both state
/// some, else by a name. Two that say nothing are the same.
pub(super) fn is_same(one: &ImageIdentity, other: &ImageIdentity) -> bool {
    if one.is_empty() && other.is_empty() {
        return true;
    }
    if let (Some(one), Some(other)) = (&one.id, &other.id) {
        return hexadecimal(one).eq_ignore_ascii_case(hexadecimal(other));
    }
    if !one.digests.is_empty() && !other.digests.is_empty() {
        let shares = |digest: &String| {
            other.digests.iter().any(|other| hexadecimal(other).eq_ignore_ascii_case(hexadecimal(digest)))
        };
        return one.digests.iter().any(shares);
    }
    one.names.iter().any(|name| other.names.iter().any(|other| full_name(name) == full_name(other)))
}

/// The digits of an id or a digest.
fn hexadecimal(text: &str) -> &str {
    text.rsplit_once(':').map_or(text, |(_, digits)| digits)
}

/// A name with what Docker fills in: the hub, its `library/`, the tag.
fn full_name(name: &str) -> String {
    let digest = name.split_once('@').map(|(_, digest)| digest);
    let (repository, tag) = repository_and_tag(name);
    match (tag, digest) {
        (Some(tag), _) => format!("{repository}:{tag}"),
        (None, Some(digest)) => format!("{repository}@{digest}"),
        (None, None) => format!("{repository}:latest"),
    }
}

/// The repository of a name, with what Docker fills in, and its tag if it has one.
pub(crate) fn repository_and_tag(name: &str) -> (String, Option<&str>) {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let (repository, tag) = match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    };
    let (host, path) = match repository.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => {
            (host.to_ascii_lowercase(), path)
        }
        _ => ("docker.io".to_owned(), repository),
    };
    let hub = host == "docker.io" || host == "index.docker.io";
    let host = if hub { "docker.io" } else { host.as_str() };
    let library = if hub && !path.contains('/') { "library/" } else { "" };
    (format!("{host}/{library}{path}"), tag)
}

fn joined_scan(one: Option<Scan>, other: Option<Scan>) -> Option<Scan> {
    let (Some(one), Some(other)) = (&one, &other) else { return one.or(other) };
    let older = one.scanned_at.zip(other.scanned_at).map(|(one, other)| one.min(other));
    let scanners = match (&one.scanner, &other.scanner) {
        (Some(one), Some(other)) if one != other => Some(format!("{one}, {other}")),
        (one, other) => one.as_ref().or(other.as_ref()).cloned(),
    };
    let states = one.state.zip(other.state).map(|(one, other)| joined_state(one, other));
    Some(Scan { state: states, scanned_at: older, scanner: scanners, feed_updated_at: None })
}

/// `complete` only if both are; `partial` if one got somewhere; else the first of `failed`, `unsupported`,
/// `not_scanned`.
pub(super) fn joined_state(one: ScanState, other: ScanState) -> ScanState {
    let got_somewhere = |state| matches!(state, ScanState::Complete | ScanState::Partial);
    if one == other {
        one
    } else if got_somewhere(one) || got_somewhere(other) {
        ScanState::Partial
    } else {
        one.min(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(image: &str) -> ImageIdentity {
        ImageIdentity::of(image).unwrap()
    }

    #[test]
    fn images_are_told_apart_by_the_strongest_that_both_state() {
        let id = |digit: &str| of(&digit.repeat(64));
        assert!(is_same(&id("a"), &id("A")) && !is_same(&id("a"), &id("b")));
        let digest = |repository: &str, digit: &str| of(&format!("{repository}@sha256:{}", digit.repeat(64)));
        assert!(
            is_same(&digest("a", "1"), &digest("b", "1")) && !is_same(&digest("a", "1"), &digest("a", "2"))
        );
        for (one, other) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("index.docker.io/shop/cart:1", "shop/cart:1"),
            ("REGISTRY.example.com:5000/cart", "registry.example.com:5000/cart:latest"),
            ("localhost/cart:1", "localhost/cart:1"),
        ] {
            assert!(is_same(&of(one), &of(other)), "{one} {other}");
        }
        for (one, other) in [("nginx:1", "nginx:2"), ("a.b/nginx", "nginx"), ("localhost/cart", "cart")] {
            assert!(!is_same(&of(one), &of(other)), "{one} {other}");
        }
        assert!(!is_same(&of("nginx"), &id("a")), "nothing to compare");
        assert!(!is_same(&of("nginx"), &ImageIdentity::default()));
    }

    #[test]
    fn states_join_as_merged_profiles_do() {
        use ScanState::{Complete, Failed, NotScanned, Partial, Unsupported};
        for (one, other, joined) in [
            (Complete, Complete, Complete),
            (Complete, Failed, Partial),
            (Unsupported, Complete, Partial),
            (Partial, Partial, Partial),
            (NotScanned, Unsupported, Unsupported),
            (Unsupported, Failed, Failed),
        ] {
            assert_eq!(joined_state(one, other), joined);
            assert_eq!(joined_state(other, one), joined);
        }
    }
}
