//! What a statement is about, and whether that is a finding's package in its image.

use super::statement::Status;
use crate::profile::facts::is_digest;
use crate::profile::images::repository_and_tag;
use crate::purl::{Purl, full_name};
use imagegate::{ImageIdentity, Package, quote};

/// A product of a statement.
#[derive(Clone, Debug)]
pub(super) struct Product {
    /// What must be known of the image.
    pub(super) image: Subject,
    /// Which packages of it; all if empty.
    pub(super) components: Vec<Component>,
    pub(super) justification: Option<String>,
}

/// The image, or what stands in its place.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    /// The components, wherever they are.
    Any,
    /// An image.
    Image(Purl),
    /// Something that cannot be compared with an image, and why.
    Other(String),
}

/// A package.
#[derive(Clone, Debug)]
pub(super) struct Component {
    /// As the statement names it.
    named: String,
    /// `None` if it is no package URL.
    purl: Option<Purl>,
    /// The versions that are meant, beside that of the URL; any if `None`.
    pub(super) versions: Option<Vec<String>>,
}

impl Component {
    pub(super) fn of(named: &str) -> Self {
        Self { named: named.to_owned(), purl: Purl::parse(named), versions: None }
    }
}

impl Product {
    /// The product that is named by a word: an image or a package by its URL.
    pub(super) fn of(named: &str) -> Self {
        let (image, components) = match Purl::parse(named) {
            Some(purl) if is_image(&purl) => (Subject::Image(purl), Vec::new()),
            Some(_) => (Subject::Any, vec![Component::of(named)]),
            None => (Subject::Other(not_comparable(named)), Vec::new()),
        };
        Self { image, components, justification: None }
    }

    /// The product with only these parts of it.
    pub(super) fn with_components(mut self, components: Vec<Component>) -> Self {
        if components.is_empty() {
            return self;
        }
        if let (Subject::Any, [product]) = (&self.image, self.components.as_slice()) {
            let why = format!("whether {} is what the image holds cannot be told", quote(&product.named));
            self.image = Subject::Other(why);
        }
        self.components = components;
        self
    }

    /// Whether the product is this package in this image, and says that it is fixed only of a version; else why not.
    /// What holds against suppressing need not be known to be the product: it is enough that it may be, if the package
    /// and the repository are its.
    pub(super) fn check(
        &self,
        status: &Status,
        image: &ImageIdentity,
        package: Option<&Package>,
    ) -> Result<(), String> {
        let (is_fixed, is_open) = (matches!(status, Status::Fixed(_)), matches!(status, Status::Open));
        match &self.image {
            Subject::Any => {}
            Subject::Image(purl) => check_image(purl, is_open, image)?,
            Subject::Other(why) => return Err(why.clone()),
        }
        let nothing = Package::default();
        let package = package.unwrap_or(&nothing);
        if self.components.is_empty() {
            return match &self.image {
                Subject::Image(purl) if is_fixed && !has_digest(purl) => {
                    Err("what is fixed is named without a digest".to_owned())
                }
                _ => Ok(()),
            };
        }
        let is_pinned = matches!(&self.image, Subject::Image(purl) if has_digest(purl));
        let mut why = None;
        for component in &self.components {
            match component.check(is_fixed && !is_pinned, is_open, package) {
                Ok(()) => return Ok(()),
                // The most telling is that of the component which is the right package.
                Err(miss) => {
                    if why.as_ref().is_none_or(|(closest, _)| *closest < miss.0) {
                        why = Some(miss);
                    }
                }
            }
        }
        Err(why.map(|(_, why)| why).unwrap_or_default())
    }
}

/// Whether the URL is of an image.
pub(super) fn is_image(purl: &Purl) -> bool {
    matches!(purl.kind.as_str(), "oci" | "docker")
}

pub(super) fn not_comparable(named: &str) -> String {
    format!("{} is no package URL, and cannot be compared", quote(named))
}

fn has_digest(purl: &Purl) -> bool {
    purl.version.as_deref().is_some_and(is_digest)
}

fn check_image(purl: &Purl, is_open: bool, image: &ImageIdentity) -> Result<(), String> {
    let version = purl.version.as_deref();
    let platform: Vec<&str> = image.platform.iter().flat_map(|platform| platform.split('/')).collect();
    for (key, value) in purl.qualifiers.iter().filter(|(_, value)| !value.is_empty()) {
        let own = match key.as_str() {
            // Compared below, or nothing that tells images apart.
            "repository_url" | "tag" | "mediatype" => continue,
            "os" => platform.first(),
            "arch" => platform.get(1),
            "variant" => platform.get(2),
            _ => None,
        };
        if own != Some(&value.as_str()) && !(is_open && own.is_none()) {
            return Err(format!("the image is not known to have `{key}` {}", quote(value)));
        }
    }
    if let Some(digest) = version.filter(|version| is_digest(version)) {
        let own = |text: &String| {
            let digits = text.rsplit_once('@').map_or(text.as_str(), |(_, digest)| digest);
            digits.eq_ignore_ascii_case(digest)
        };
        if image.digests.iter().any(own) || (is_open && image.digests.is_empty()) {
            return Ok(());
        }
        return Err(format!("the image is not known to have the digest {digest}"));
    }
    let url = purl.qualifier("repository_url").map(|url| {
        let url = url.split_once("://").map_or(url, |(_, url)| url);
        url.trim_end_matches('/').to_owned()
    });
    let (repository, tag) = if purl.kind == "docker" {
        let path = [url.as_deref(), purl.namespace.as_deref(), Some(purl.name.as_str())];
        let path = path.into_iter().flatten().collect::<Vec<_>>().join("/");
        (path, purl.qualifier("tag").or(version))
    } else {
        let Some(url) = url else {
            return Err(
                "the statement names an image by a bare name: give its digest or `repository_url`".to_owned()
            );
        };
        let last = url.rsplit('/').next().unwrap_or_default();
        if !last.eq_ignore_ascii_case(&purl.name) {
            return Err(format!(
                "the image is named {}, but `repository_url` is of {}",
                quote(&purl.name),
                quote(&url)
            ));
        }
        (url, purl.qualifier("tag").or(version))
    };
    let (repository, _) = repository_and_tag(&repository);
    let is_same = |name: &String| {
        let (own, own_tag) = repository_and_tag(name);
        own == repository && tag.is_none_or(|tag| own_tag == Some(tag) || (is_open && own_tag.is_none()))
    };
    if image.names.iter().any(is_same) || (is_open && image.names.is_empty()) {
        return Ok(());
    }
    let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
    Err(format!("the image is not known as {}", quote(&format!("{repository}{tag}"))))
}

/// How far a component was that of a package, and why it is not.
type Miss = (u8, String);

impl Component {
    fn check(&self, needs_version: bool, is_open: bool, package: &Package) -> Result<(), Miss> {
        let Some(purl) = &self.purl else { return Err((0, not_comparable(&self.named))) };
        let own = package.purl.as_deref().and_then(Purl::parse);
        let differs = |what: &str| format!("{} is of another {what}", quote(&self.named));
        match &own {
            Some(own) => {
                if (own.kind.as_str(), name_of(own)) != (purl.kind.as_str(), name_of(purl)) {
                    return Err((1, differs("package")));
                }
                if own.namespace != purl.namespace {
                    return Err((2, differs("namespace")));
                }
            }
            None => self.check_by_name(purl, is_open, package)?,
        }
        let known = own.as_ref().and_then(|own| own.version.as_ref()).or(package.version.as_ref());
        let is_version = |version: &String| {
            known == Some(version)
                || package.version.as_ref() == Some(version)
                || (is_open && known.is_none())
        };
        if purl.version.as_ref().is_some_and(|version| !is_version(version)) {
            return Err((4, differs("version")));
        }
        if let Some(versions) = &self.versions
            && !versions.iter().any(is_version)
        {
            return Err((4, format!("the version is none of those listed for {}", quote(&self.named))));
        }
        for (key, value) in &purl.qualifiers {
            let own = own.as_ref().and_then(|own| own.qualifier(key));
            if own != Some(value.as_str()) && !(is_open && own.is_none()) {
                return Err((3, format!("the package is not known to have `{key}` {}", quote(value))));
            }
        }
        if purl.subpath.is_some()
            && !is_open
            && own.as_ref().and_then(|own| own.subpath.as_ref()) != purl.subpath.as_ref()
        {
            return Err((3, format!("{} is of a part of the package", quote(&self.named))));
        }
        if needs_version && purl.version.is_none() && self.versions.is_none() {
            return Err((5, format!("{} does not say which version is fixed", quote(&self.named))));
        }
        Ok(())
    }

    /// Compares with a package of which no URL is known.
    fn check_by_name(&self, purl: &Purl, is_open: bool, package: &Package) -> Result<(), Miss> {
        let name = full_name(&purl.kind, purl.namespace.as_deref(), &purl.name);
        let normal = |name: &str| normal_name(&purl.kind, name);
        let ecosystem = package.ecosystem.as_deref();
        let is_kind = ecosystem.map_or(is_open, |own| own.eq_ignore_ascii_case(&purl.kind));
        let is_name = package.name.as_deref().is_some_and(|own| normal(own) == normal(&name));
        if !is_kind || !is_name {
            return Err((1, format!("{} is of another package", quote(&self.named))));
        }
        // In the full name of others the namespace is a part; there it is not.
        if purl.namespace.is_some() && name == purl.name && !is_open {
            return Err((
                2,
                format!("of which namespace the package is, for {}, is not known", quote(&self.named)),
            ));
        }
        Ok(())
    }
}

fn name_of(purl: &Purl) -> String {
    normal_name(&purl.kind, &purl.name)
}

/// PyPI takes these for the same.
fn normal_name(kind: &str, name: &str) -> String {
    if kind == "pypi" { name.to_ascii_lowercase().replace('_', "-") } else { name.to_owned() }
}
