//! Which image a bundle was made from.

use crate::bundle::Bundle;
use crate::file;
use imagegate::{ImageIdentity, LaunchImage, quote};
use serde::Deserialize;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

/// Where to look for the image of a bundle. What an engine wrote down itself comes before what whoever starts the
/// container may have written:
///
/// 1. Podman's storage (`containers.json` beside the bundle): id and name.
/// 2. Docker's `containers/ID/config.v2.json`, for bundles of the namespace `moby`: id and name.
/// 3. The operator's mapping, a JSON object from container id, bundle or root file system (an absolute path) to the
///    image's name or id.
/// 4. The annotations of containerd and CRI-O for Kubernetes, which the reader of OCI configurations knows.
/// 5. The annotation `io.imagegate.image`: a name or an id, for bundles of plain runc and crun.
///
/// With Podman and Docker, annotations are never asked: there, whoever starts the container writes them.
#[derive(Clone, Debug)]
pub struct ImageSources {
    mapping: Option<PathBuf>,
    docker_root: PathBuf,
}

/// What is known of the image, from outside the configuration.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) image: Option<LaunchImage>,
    pub(crate) container: Option<String>,
}

/// The annotation that names the image where no engine does.
pub(crate) const ANNOTATION: &str = "io.imagegate.image";

/// Annotations from which the reader takes the image; where there is one, ours is not asked.
const OF_KUBERNETES: [&str; 5] = [
    "io.kubernetes.cri.image-name",
    "io.kubernetes.cri.podsandbox.image-name",
    "io.kubernetes.cri-o.ImageName",
    "io.kubernetes.cri-o.Image",
    "io.kubernetes.cri-o.ImageRef",
];

const MAX_BYTES: u64 = 64 << 20;

impl ImageSources {
    /// With the operator's mapping and Docker's data folder.
    pub fn new(mapping: Option<PathBuf>, docker_root: PathBuf) -> Self {
        Self { mapping, docker_root }
    }

    /// # Errors
    /// A sentence, if a source cannot be read, or if Podman starts something that is no image.
    pub(crate) fn resolve(&self, bundle: &Bundle) -> Result<Known, String> {
        let by_podman = podman(bundle)?;
        if let Some(known) = &by_podman
            && known.image.is_some()
        {
            return Ok(by_podman.unwrap_or_default());
        }
        if let Some(known) = self.docker(bundle)? {
            return Ok(known);
        }
        let container = by_podman.as_ref().and_then(|known| known.container.clone());
        if let Some(image) = self.mapped(bundle)? {
            return Ok(Known { image: Some(image), container });
        }
        if by_podman.is_some() || bundle.annotation("io.container.manager") == Some("libpod") {
            return Err("Podman's storage names no image for this container (a root file system, or a storage that is \
                        not where the bundle is): name it in the mapping of `images`"
                .to_owned());
        }
        if is_dockers(bundle) {
            return Err(format!(
                "{} has nothing about this container of Docker's (is `docker_root` Docker's data folder?): set it, or name \
                 the image in the mapping of `images`",
                self.docker_root.join("containers").display()
            ));
        }
        let ours = bundle.annotation(ANNOTATION).filter(|text| !text.is_empty());
        let image = match ours {
            Some(text) if OF_KUBERNETES.iter().all(|name| bundle.annotation(name).is_none()) => {
                Some(image_of(text).map_err(|error| format!("annotation `{ANNOTATION}`: {error}"))?)
            }
            _ => None,
        };
        Ok(Known { image, container: None })
    }

    fn docker(&self, bundle: &Bundle) -> Result<Option<Known>, String> {
        #[derive(Deserialize)]
        struct Container {
            #[serde(rename = "Image", default)]
            image: String,
            #[serde(rename = "Name", default)]
            name: String,
            #[serde(rename = "Config")]
            config: Option<Config>,
        }
        #[derive(Deserialize)]
        struct Config {
            #[serde(rename = "Image", default)]
            image: String,
        }
        if !is_dockers(bundle) || !is_plain(bundle.id()) {
            return Ok(None);
        }
        let path = self.docker_root.join("containers").join(bundle.id()).join("config.v2.json");
        let Some(container) = read_json::<Container>(&path)? else { return Ok(None) };
        let id = container.image;
        let name = container.config.map(|config| config.image).unwrap_or_default();
        let image = with_name(&id, &name).map_err(|error| format!("{}: {error}", path.display()))?;
        let container = container.name.trim_start_matches('/').to_owned();
        Ok(Some(Known { image: Some(image), container: Some(container).filter(|name| !name.is_empty()) }))
    }

    fn mapped(&self, bundle: &Bundle) -> Result<Option<LaunchImage>, String> {
        let Some(path) = &self.mapping else { return Ok(None) };
        // Without it, what whoever starts the container writes would count.
        let mapping = read_json::<HashMap<String, String>>(path)?;
        let mapping =
            mapping.ok_or_else(|| format!("{}: the mapping of `images` is not there", path.display()))?;
        let bundle_path = bundle.path().to_string_lossy();
        let root = bundle.root().map(|root| root.to_string_lossy().into_owned());
        let keys = [Some(bundle.id()), Some(&*bundle_path), root.as_deref()];
        let Some(text) = keys.into_iter().flatten().find_map(|key| mapping.get(key)) else { return Ok(None) };
        image_of(text).map(Some).map_err(|error| format!("{}: {error}", path.display()))
    }
}

/// Whether a bundle is in containerd's namespace of Docker: `…/moby/ID`.
fn is_dockers(bundle: &Bundle) -> bool {
    bundle.path().parent().and_then(Path::file_name).is_some_and(|namespace| namespace == "moby")
}

/// What Podman's storage says: the bundle is `STORAGE/DRIVER-containers/ID/userdata`.
fn podman(bundle: &Bundle) -> Result<Option<Known>, String> {
    #[derive(Deserialize)]
    struct Container {
        id: String,
        #[serde(default)]
        names: Option<Vec<String>>,
        #[serde(default)]
        image: String,
        #[serde(default)]
        metadata: String,
    }
    #[derive(Default, Deserialize)]
    struct Metadata {
        #[serde(rename = "image-name", default)]
        image_name: String,
    }
    let path = bundle.path();
    let is_userdata = path.file_name().is_some_and(|name| name == "userdata");
    let folder = path.parent().filter(|folder| folder.file_name().is_some_and(|name| name == bundle.id()));
    let containers = folder.and_then(Path::parent).filter(|containers| {
        containers.file_name().is_some_and(|name| name.to_string_lossy().ends_with("-containers"))
    });
    let Some(containers) = containers.filter(|_| is_userdata) else { return Ok(None) };
    let mut is_storage = false;
    for name in ["containers.json", "volatile-containers.json"] {
        let path = containers.join(name);
        let Some(list) = read_json::<Vec<Container>>(&path)? else { continue };
        is_storage = true;
        let Some(container) = list.into_iter().find(|container| container.id == bundle.id()) else {
            continue;
        };
        let name = container.names.unwrap_or_default().into_iter().next();
        if container.image.is_empty() {
            return Ok(Some(Known { image: None, container: name }));
        }
        let metadata: Metadata = serde_json::from_str(&container.metadata).unwrap_or_default();
        let image = with_name(&container.image, &metadata.image_name)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        return Ok(Some(Known { image: Some(image), container: name }));
    }
    // Podman's, but not among its containers: no image is known, and annotations are not asked.
    Ok(is_storage.then(Known::default))
}

/// An image with an id, and the name by which it was asked for.
fn with_name(id: &str, name: &str) -> Result<LaunchImage, String> {
    let identity = ImageIdentity::of(id).map_err(|error| error.to_string())?;
    let Some(id) = identity.id else { return Err(format!("{} is no image id", quote(id))) };
    // An id, or the start of one, is no name.
    let hash = name.strip_prefix("sha256:").unwrap_or(name);
    let is_id = id.strip_prefix("sha256:").is_some_and(|digits| digits.starts_with(hash));
    let reference = (!is_id).then(|| name.to_owned());
    Ok(LaunchImage { reference, id: Some(id), digest: None })
}

/// An image that one word names.
fn image_of(text: &str) -> Result<LaunchImage, String> {
    let identity = ImageIdentity::of(text).map_err(|error| error.to_string())?;
    let reference = identity.names.into_iter().next();
    Ok(LaunchImage { reference, id: identity.id, digest: None })
}

/// Whether an id can be part of a path without leading elsewhere.
fn is_plain(id: &str) -> bool {
    !id.is_empty()
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        && !id.starts_with('.')
}

/// `None` if there is no such file.
fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, String> {
    let bytes = match file::read(path, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| format!("{}: {error}", path.display()))
}
