//! The launch document.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A launch as a document: what a reader fills in. `None` is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaunchDocument {
    /// The image that starts.
    pub image: LaunchImage,
    /// The container.
    pub container: Container,
    /// Privilege facts, as text: `privileged`, `capability:SYS_ADMIN`, `host_path:/var/run/docker.sock`, …
    pub privileges: Vec<String>,
    /// Those of `privileges` that were inferred, not stated.
    pub inferred: Vec<String>,
    /// The node it starts on.
    pub node: Node,
    /// The pod it belongs to.
    pub pod: Pod,
}

impl Serialize for LaunchDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_struct("LaunchDocument", 7)?;
        document.serialize_field("version", &1)?;
        document.serialize_field("image", &self.image)?;
        document.serialize_field("container", &self.container)?;
        document.serialize_field("privileges", &self.privileges)?;
        document.serialize_field("inferred", &self.inferred)?;
        document.serialize_field("node", &self.node)?;
        document.serialize_field("pod", &self.pod)?;
        document.end()
    }
}

/// The image of a launch. At least one member must be given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LaunchImage {
    /// Name, such as `nginx:1.27`, with or without a digest; or an image id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Image id: `sha256:` and 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Manifest digest: `sha256:` and 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// The container of a launch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Container {
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its part in the pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<ContainerKind>,
    /// Entry point and arguments; what looks like a credential is masked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// User, as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Names of environment variables; values are never kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<String>,
    /// Mounts, `source:target[:options]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<String>,
    /// Devices, `source[:target[:permissions]]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<String>,
    /// Ports, `8080/tcp`; published ones `host:container/protocol`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<String>,
}

/// A container's part in its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub enum ContainerKind {
    Main,
    Init,
    Sidecar,
    Ephemeral,
}

impl ContainerKind {
    pub(crate) const WORDS: [(&'static str, Self); 4] = [
        ("main", Self::Main),
        ("init", Self::Init),
        ("sidecar", Self::Sidecar),
        ("ephemeral", Self::Ephemeral),
    ];
}

/// The node a container starts on.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Node {
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Internal IP address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal_ip: Option<String>,
    /// Public IP address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_ip: Option<String>,
    /// Cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
}

/// The pod a container belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pod {
    /// Namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}
