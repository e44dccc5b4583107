//! What an OCI runtime says of a container that is about to start: its state and its configuration.

use crate::file;
use crate::image::ImageSources;
use imagegate::{Launch, Node, quote};
use imagegate_readers::launch;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A container that is about to start, as its OCI runtime knows it.
#[derive(Debug)]
pub struct Bundle {
    id: String,
    path: PathBuf,
    config: Vec<u8>,
    annotations: HashMap<String, String>,
    root: Option<PathBuf>,
}

/// Largest configuration that is read.
const MAX_CONFIG: u64 = 16 << 20;

impl Bundle {
    /// Reads the state that a runtime writes to its hooks, and the configuration from the bundle that it names.
    ///
    /// # Errors
    /// A sentence that says what was wrong.
    pub fn from_state(state: &[u8]) -> Result<Self, String> {
        let state = State::parse(state)?;
        let config = state.bundle.join("config.json");
        let config = file::read(&config, MAX_CONFIG).map_err(|error| error.to_string())?;
        Self::new(state, config)
    }

    /// From the state and the configuration, both already read.
    ///
    /// # Errors
    /// As [`Bundle::from_state`].
    pub fn from_parts(state: &[u8], config: Vec<u8>) -> Result<Self, String> {
        Self::new(State::parse(state)?, config)
    }

    fn new(state: State, config: Vec<u8>) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Config<'c> {
            #[serde(default)]
            annotations: Option<HashMap<String, String>>,
            #[serde(borrow)]
            root: Option<Root<'c>>,
        }
        #[derive(Deserialize)]
        struct Root<'c> {
            #[serde(borrow, default)]
            path: Option<Cow<'c, str>>,
        }
        let State { id, bundle: path } = state;
        let parsed: Config<'_> = serde_json::from_slice(&config)
            .map_err(|error| format!("{}: {error}", path.join("config.json").display()))?;
        let annotations = parsed.annotations.unwrap_or_default();
        let root = parsed.root.and_then(|root| root.path).map(|root| path.join(&*root));
        Ok(Self { id, path, config, annotations, root })
    }

    /// The container's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where the bundle is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    pub(crate) fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.get(name).map(String::as_str)
    }

    /// The configuration, as it was read.
    pub fn config(&self) -> &[u8] {
        &self.config
    }
}

struct State {
    id: String,
    bundle: PathBuf,
}

impl State {
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Members {
            id: Option<String>,
            bundle: Option<PathBuf>,
            status: Option<String>,
        }
        let state: Members = serde_json::from_slice(bytes)
            .map_err(|error| format!("standard input is no container state: {error}"))?;
        let (Some(id), Some(bundle)) = (state.id.filter(|id| !id.is_empty()), state.bundle) else {
            return Err("the container's state on standard input lacks `id` or `bundle`".to_owned());
        };
        if let Some(status @ ("running" | "stopped")) = state.status.as_deref() {
            return Err(format!(
                "the container is {status} already, so that nothing can stop its start here: register the hook as \
                 `createRuntime`, `createContainer` or `prestart`"
            ));
        }
        if !bundle.is_absolute() {
            let bundle = quote(&bundle.to_string_lossy());
            return Err(format!("the container's `bundle` is {bundle}, expected an absolute path"));
        }
        Ok(Self { id, bundle })
    }
}

/// The launch of a bundle: what its configuration asks for, of which image, on which node.
///
/// # Errors
/// A sentence that says what was wrong; an image that nothing names is an error too.
pub fn launch_of(bundle: &Bundle, sources: &ImageSources, node: Node) -> Result<Launch, String> {
    let known = sources.resolve(bundle)?;
    let place = |error: imagegate::Error| format!("{}: {error}", bundle.path.join("config.json").display());
    let format = "oci-runtime".parse().map_err(place)?;
    let mut options = launch::Options::default().with_format(format);
    if let Some(image) = &known.image {
        options = options.with_image(image.clone());
    }
    let launch = launch::parse(&bundle.config, &options).map_err(place)?;
    let mut document = launch.document().clone();
    if let Some(image) = known.image {
        // What annotations say beside it would complete it: a name for an image that was started by its id.
        document.image = image;
    }
    document.node = node;
    let name = &mut document.container.name;
    *name = name.take().or(known.container).or_else(|| Some(bundle.id.clone()));
    Launch::new(document).map_err(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use imagegate::LaunchImage;
    use std::fs;

    const ID: &str = "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca";
    const HEX: &str = "b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca";

    /// A bundle at `path` below a new folder, with these annotations, and its launch's image.
    struct Case {
        folder: tempfile::TempDir,
        bundle: PathBuf,
        mapping: Option<PathBuf>,
    }

    impl Case {
        fn new(path: &str, annotations: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let bundle = folder.path().join(path);
            fs::create_dir_all(&bundle).unwrap();
            let config = format!(
                r#"{{"ociVersion": "1.0.2", "root": {{"path": "rootfs"}}, "annotations": {annotations}}}"#
            );
            fs::write(bundle.join("config.json"), config).unwrap();
            Self { folder, bundle, mapping: None }
        }

        fn with(self, path: &str, text: &str) -> Self {
            let path = self.folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
            self
        }

        fn mapped(mut self, text: &str) -> Self {
            let path = self.folder.path().join("images.json");
            fs::write(&path, text.replace("FOLDER", self.folder.path().to_str().unwrap())).unwrap();
            self.mapping = Some(path);
            self
        }

        fn launch(&self) -> Result<Launch, String> {
            let state =
                format!(r#"{{"id": "c1", "status": "creating", "bundle": "{}"}}"#, self.bundle.display());
            let bundle = Bundle::from_state(state.as_bytes())?;
            let sources = ImageSources::new(self.mapping.clone(), self.folder.path().join("docker"));
            launch_of(&bundle, &sources, Node::default())
        }

        fn image(&self) -> LaunchImage {
            self.launch().unwrap().document().image.clone()
        }
    }

    fn image(reference: Option<&str>, id: Option<&str>) -> LaunchImage {
        LaunchImage { reference: reference.map(str::to_owned), id: id.map(str::to_owned), digest: None }
    }

    #[test]
    fn image_by_annotation() {
        assert_eq!(
            Case::new("b", r#"{"io.imagegate.image": "cart:1"}"#).image(),
            image(Some("cart:1"), None)
        );
        let id = format!(r#"{{"io.imagegate.image": "{ID}"}}"#);
        assert_eq!(Case::new("b", &id).image(), image(None, Some(ID)));
        // A runtime that names the image itself comes before whoever may have added ours.
        let both = r#"{"io.imagegate.image": "clean:1", "io.kubernetes.cri.image-name": "docker.io/library/cart:1"}"#;
        assert_eq!(Case::new("b", both).image(), image(Some("docker.io/library/cart:1"), None));
        assert!(Case::new("b", "{}").launch().unwrap_err().contains("no annotation names the image"));
        assert!(
            Case::new("b", r#"{"io.imagegate.image": "UPPER CASE"}"#)
                .launch()
                .unwrap_err()
                .contains("io.imagegate.image")
        );
    }

    #[test]
    fn image_by_the_operators_mapping() {
        for key in ["c1", "FOLDER/b", "FOLDER/b/rootfs"] {
            let case = Case::new("b", r#"{"io.imagegate.image": "clean:1"}"#)
                .mapped(&format!(r#"{{"{key}": "cart:1"}}"#));
            assert_eq!(case.image(), image(Some("cart:1"), None), "{key}");
        }
        assert!(Case::new("b", "{}").mapped("[]").launch().unwrap_err().contains("images.json"));
        // One that is configured and not there must not leave the word to whoever starts the container.
        let case = Case::new("b", r#"{"io.imagegate.image": "clean:1"}"#).mapped("{}");
        assert_eq!(case.image(), image(Some("clean:1"), None));
        fs::remove_file(case.folder.path().join("images.json")).unwrap();
        assert!(case.launch().unwrap_err().contains("images.json"));
    }

    #[test]
    fn image_by_podmans_storage_and_never_by_an_annotation_there() {
        let hex = HEX;
        let storage = format!(
            r#"[{{"id": "c1", "names": ["web"], "image": "{hex}", "metadata": "{{\"image-name\":\"localhost/cart:1\"}}"}}]"#
        );
        let annotated = r#"{"io.imagegate.image": "clean:1", "io.container.manager": "libpod"}"#;
        let bundle = "s/overlay-containers/c1/userdata";
        for file in ["containers.json", "volatile-containers.json"] {
            let case = Case::new(bundle, annotated).with(&format!("s/overlay-containers/{file}"), &storage);
            assert_eq!(case.image(), image(Some("localhost/cart:1"), Some(ID)));
            assert_eq!(case.launch().unwrap().document().container.name.as_deref(), Some("web"));
        }
        let no_image = r#"[{"id": "c1", "image": "", "metadata": ""}]"#;
        let case = Case::new(bundle, annotated).with("s/overlay-containers/containers.json", no_image);
        assert!(case.launch().unwrap_err().contains("Podman's storage names no image"));
        assert_eq!(case.mapped(r#"{"c1": "cart:2"}"#).image(), image(Some("cart:2"), None));
        // Without its storage in reach, too.
        assert!(Case::new(bundle, annotated).launch().unwrap_err().contains("Podman's storage"));
        let of_others = r#"[{"id": "c2", "image": "", "metadata": ""}]"#;
        let plain = r#"{"io.kubernetes.cri.image-name": "clean:1"}"#;
        let case = Case::new(bundle, plain).with("s/overlay-containers/containers.json", of_others);
        assert!(case.launch().is_err());
        let broken = Case::new(bundle, "{}").with("s/overlay-containers/containers.json", "[");
        assert!(broken.launch().unwrap_err().contains("containers.json"));
    }

    #[test]
    fn image_by_dockers_folder() {
        let bundle = "run/moby/c1";
        let file = "docker/containers/c1/config.v2.json";
        let config = format!(r#"{{"Image": "{ID}", "Name": "/web", "Config": {{"Image": "cart:1"}}}}"#);
        let case = Case::new(bundle, r#"{"io.imagegate.image": "clean:1"}"#).with(file, &config);
        assert_eq!(case.image(), image(Some("cart:1"), Some(ID)));
        assert_eq!(case.launch().unwrap().document().container.name.as_deref(), Some("web"));
        let by_id = config.replace("cart:1", "b7c6f7551622");
        assert_eq!(Case::new(bundle, "{}").with(file, &by_id).image(), image(None, Some(ID)));
        assert!(
            Case::new(bundle, "{}")
                .with(file, r#"{"Image": ""}"#)
                .launch()
                .unwrap_err()
                .contains("config.v2.json")
        );
    }

    #[test]
    fn an_annotation_completes_no_image_that_is_known() {
        // A name of their choice would bring them into the scope of what excludes and excuses by name.
        let annotated = r#"{"io.kubernetes.cri.image-name": "registry.example.com/debug-tools:1"}"#;
        let storage = format!(r#"[{{"id": "c1", "image": "{HEX}", "metadata": "{{}}"}}]"#);
        let podman = Case::new("s/overlay-containers/c1/userdata", annotated)
            .with("s/overlay-containers/containers.json", &storage);
        let docker = Case::new("run/moby/c1", annotated).with(
            "docker/containers/c1/config.v2.json",
            &format!(r#"{{"Image": "{ID}", "Config": {{"Image": "b7c6f7551622"}}}}"#),
        );
        let mapped = Case::new("b", annotated).mapped(&format!(r#"{{"c1": "{ID}"}}"#));
        for case in [podman, docker, mapped] {
            assert_eq!(case.image(), image(None, Some(ID)));
        }
    }

    #[test]
    fn an_annotation_names_no_image_of_dockers() {
        // `docker_root` is not Docker's data folder.
        for annotation in ["io.imagegate.image", "io.kubernetes.cri.image-name"] {
            let case = Case::new("run/moby/c1", &format!(r#"{{"{annotation}": "clean:1"}}"#));
            let error = case.launch().unwrap_err();
            assert!(error.contains("docker_root"), "{error}");
            assert_eq!(case.mapped(r#"{"c1": "cart:1"}"#).image(), image(Some("cart:1"), None));
        }
    }

    #[test]
    fn states_that_are_refused() {
        for (state, needle) in [
            ("", "no container state"),
            (r#"{"id": "c1"}"#, "lacks `id` or `bundle`"),
            (r#"{"id": "", "bundle": "/b"}"#, "lacks"),
            (r#"{"id": "c1", "bundle": "b"}"#, "absolute"),
            (r#"{"id": "c1", "bundle": "/b", "status": "running"}"#, "running already"),
            (r#"{"id": "c1", "bundle": "/nowhere/b"}"#, "/nowhere/b/config.json"),
        ] {
            let error = Bundle::from_state(state.as_bytes()).unwrap_err();
            assert!(error.contains(needle), "{state}: {error}");
        }
    }

    #[test]
    fn privileges_are_those_of_the_configuration() {
        let launch = Case::new("b", r#"{"io.imagegate.image": "cart:1"}"#).launch().unwrap();
        assert!(launch.document().privileges.iter().any(|fact| fact == "host_network"));
        assert_eq!(launch.document().container.name.as_deref(), Some("c1"));
    }
}
