//! What a document that no reader knows seems to be. Only used to say so in an error: a wrong guess costs a
//! confusing message, never a wrong decision.

use crate::look::{Look, Members};
use imagegate::quote;

/// What the document looks like, with its article.
pub(crate) fn guess(look: &Look<'_>) -> Option<String> {
    if look.top.is_err() {
        return text(look.text).map(str::to_owned);
    }
    let members = look.object_or_first_item()?;
    if let Some(kind) = members.text("kind").filter(|_| members.text("apiVersion").is_some()) {
        let of_trivy =
            members.text("apiVersion").is_some_and(|api| api.starts_with("aquasecurity.github.io/"));
        let owner = if of_trivy { "a trivy-operator resource" } else { "a Kubernetes object" };
        return Some(format!("{owner} of kind {}", quote(kind)));
    }
    let shapes = if look.object().is_some() { OBJECTS } else { ITEMS };
    shapes.iter().chain(EITHER).find(|shape| (shape.fits)(members)).map(|shape| shape.what.to_owned())
}

/// One guess.
struct Shape {
    what: &'static str,
    fits: fn(&Members<'_>) -> bool,
}

const OBJECTS: &[Shape] = &[
    Shape { what: "an imagegate policy document", fits: |m| m.is_number("version") && m.is_list("policies") },
    Shape {
        what: "an imagegate decision",
        fits: |m| m.is_number("version") && m.has_any(&["action", "decisions"]),
    },
    Shape {
        what: "a collection of trivy-operator resources",
        fits: |m| m.names().any(|name| name.ends_with(".aquasecurity.github.io")),
    },
    Shape { what: "an SPDX document", fits: |m| m.has_any(&["spdxVersion", "SPDXID"]) },
    Shape { what: "an OpenVEX document", fits: |m| m.has_all(&["@context", "statements"]) },
    Shape {
        what: "a CSAF document",
        fits: |m| m.is_object("document") && m.has_any(&["product_tree", "vulnerabilities"]),
    },
    Shape { what: "a report of clair-scanner", fits: |m| m.has_all(&["unapproved", "vulnerabilities"]) },
    Shape { what: "a report of klar", fits: |m| m.has_all(&["LayerCount", "Vulnerabilities"]) },
    Shape {
        what: "a GitLab security report",
        fits: |m| m.is_list("vulnerabilities") && m.has_all(&["version", "scan"]),
    },
    Shape {
        what: "the state of a container, not its configuration (the `config.json` of its `bundle`)",
        fits: |m| m.has_all(&["ociVersion", "bundle"]),
    },
    Shape {
        what: "an OCI runtime configuration of before 1.0, which has no `ociVersion`",
        fits: |m| m.has_all(&["process", "root", "mounts"]),
    },
    Shape { what: "a libcontainer configuration", fits: |m| m.has_all(&["cgroups", "namespaces"]) },
    Shape { what: "a NeuVector report", fits: |m| m.is_object("report") },
    Shape { what: "an Aqua report", fits: |m| m.has_all(&["image_assurance_results", "resources"]) },
    Shape {
        what: "a JSON Schema",
        fits: |m| m.text("$schema").is_some_and(|schema| schema.contains("json-schema.org")),
    },
    Shape {
        what: "a CRI sandbox configuration (it is about the pod's pause container and names no image)",
        fits: |m| m.is_object("metadata") && m.has_any(&["port_mappings", "log_directory", "dns_config"]),
    },
    Shape { what: "a StackRox policy", fits: |m| m.has("policySections") },
    Shape { what: "an image's OCI configuration", fits: |m| m.has_all(&["rootfs", "architecture"]) },
];

const ITEMS: &[Shape] = &[
    Shape {
        what: "a report of trufflehog3, which is not TruffleHog",
        fits: |m| m.is_object("rule") && m.has_all(&["path", "secret"]),
    },
    Shape {
        what: "a report of an early Grype",
        fits: |m| m.has_all(&["cve", "package"]) || m.has_all(&["vulnerability", "artifact"]),
    },
];

const EITHER: &[Shape] = &[
    Shape {
        what: "`docker inspect` of an image, not of a container",
        fits: |m| m.has("RepoTags") && m.has_any(&["RootFS", "ContainerConfig", "Config", "Parent"]),
    },
    Shape {
        what: "a list of containers, which does not say how they were started (inspect them instead)",
        fits: |m| m.has_all(&["Names", "ImageID"]),
    },
    Shape {
        what: "`docker inspect` of a network, not of a container",
        fits: |m| m.has_all(&["IPAM", "Driver"]),
    },
    Shape {
        what: "`docker inspect` of a volume, not of a container",
        fits: |m| m.has_all(&["Mountpoint", "Driver"]),
    },
    Shape {
        what: "`docker inspect` of a node, service or other Swarm object, not of a container",
        fits: |m| m.has_all(&["Spec", "Version"]),
    },
];

/// What is not JSON.
fn text(text: &str) -> Option<&'static str> {
    let start = text.trim_ascii_start();
    if start.starts_with('<') {
        return Some("an XML document");
    }
    let lines = text.lines().take(200);
    if lines.clone().any(|line| line.starts_with("apiVersion:") || line.starts_with("kind:")) {
        return Some("Kubernetes objects in YAML");
    }
    let has = |names: &[&str]| lines.clone().any(|line| names.iter().any(|name| line.starts_with(name)));
    let of_sandbox = has(&["metadata:"]) && has(&["port_mappings:", "log_directory:", "dns_config:"]);
    of_sandbox.then_some(
        "a CRI sandbox configuration in YAML (it is about the pod's pause container and names no image)",
    )
}
