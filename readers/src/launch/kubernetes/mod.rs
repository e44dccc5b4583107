//! Pods, and what makes pods: Kubernetes objects in JSON or YAML, one document or several.
//!
//! One launch a container: init containers, sidecars (init containers that restart always), main and ephemeral ones.
//!
//! | here | fact |
//! |---|---|
//! | container `securityContext.privileged` | `privileged` |
//! | container `…capabilities.add` | `capability:NAME` beyond the default; `capability_added:NAME` as it is spelled |
//! | container `…capabilities.drop` without `ALL` | `capabilities_not_dropped` |
//! | pod `hostPID`, `hostIPC`, `hostNetwork` | `host_pid`, `host_ipc`, `host_network` |
//! | pod `hostUsers: true` | `host_user` |
//! | pod `volumes[].hostPath` that the container mounts, or that none mounts | `host_path:PATH` |
//! | container `ports[].hostPort`; with `hostNetwork` any `containerPort` | `host_port` |
//! | container `…allowPrivilegeEscalation` not `false` | `new_privileges` |
//! | `…seccompProfile.type` `Unconfined`, or the annotations of before 1.19 | `seccomp_unconfined` |
//! | `…appArmorProfile.type` `Unconfined`, or the annotation of before 1.30 | `apparmor_unconfined` |
//! | neither `…seccompProfile` nor its annotations | `seccomp_unset` |
//! | `…seLinuxOptions.type` `spc_t` or `unconfined_t` | `selinux_disabled`, inferred |
//! | `seLinuxOptions` of the container and of the pod | `selinux_type:`, `selinux_user:`, `selinux_role:` |
//! | pod `…sysctls[].name` | `sysctl:NAME` |
//! | pod `volumes[]` that the container mounts, or that none mounts | `volume:TYPE`, such as `volume:hostPath` |
//! | `httpGet.host`, `tcpSocket.host` of probes and lifecycle handlers | `probe_host` |
//! | container `…procMount` `Unmasked` | `unmasked_paths` |
//! | `…runAsUser` 0, of the container or the pod | `run_as_root` |
//! | `…runAsNonRoot` not `true` | `root_not_refused` |
//! | `…windowsOptions.hostProcess` | `privileged`, inferred |
//!
//! `…` is the container's security context, else the pod's.
//!
//! # Decisions
//! - **Which objects.** `Pod`, `PodTemplate`, `Deployment`, `DaemonSet`, `StatefulSet`, `ReplicaSet`, `Job`, `CronJob`,
//!   `ReplicationController`, OpenShift's `DeploymentConfig`, lists of them, and whatever else has containers at
//!   `spec.template.spec` (an Argo `Rollout`, a Knative `Service`): its pods start as well. Other objects are left out
//!   if there is a pod beside them; alone they are an error.
//! - **Volumes.** A container has the host paths that it mounts, whole, whatever its `subPath`. A host path that no
//!   container mounts is a fact of all of them: Pod Security refuses such a pod, and it can be mounted later by an
//!   ephemeral container. What a persistent volume claim leads to is not in the document.
//! - **Several spellings of seccomp and AppArmor.** The annotations are read by old clusters and ignored by new ones,
//!   and the document does not say where it goes: unconfined is what one of them would start unconfined. A word that no
//!   cluster knows is an error.
//! - **Absent is the default of the cluster.** No seccomp profile, no user and no `hostUsers` are no fact, as with the
//!   other formats.
//! - **Windows.** A pod with `os.name: windows` has no `new_privileges`, `capabilities_not_dropped` or `seccomp_unset`:
//!   there are no such things.
//! - **As Pod Security asks.** Where a privilege is that nothing is said (`seccomp_unset`, `root_not_refused`,
//!   `capabilities_not_dropped`), and for SELinux's parts, a fact is what Pod Security looks at, which is the request, be
//!   it in force or overridden.
//! - **Names.** The pod is named after the object, be it a pod or a workload, or its `generateName`. Member names match
//!   whatever their case: the API server is stricter, older ones were not.
//! - **Capabilities** are compared without `CAP_` and case; Pod Security compares them exactly and refuses even `chown`:
//!   that is `capability_added:`.
//! - **YAML.** Bounded in depth and in what aliases copy; a key that is given twice is an error, as is `yes` for a boolean
//!   (`kubectl` takes it for `true`). A text that is cut off at the end of a line is often a whole document: nothing in
//!   YAML tells. Documents that start with `{` or `[` are JSON.
//! - **A named image** completes, of several containers, those that name no image or this one.
//! - Of `env` only the names are read. Devices that plugins hand out (`resources.limits`) are no fact.

mod pod;
mod security;

use super::{Options, admission};
use crate::detect::Reader;
use crate::json::{Node, Place, folds_to, read as read_json};
use crate::look::{Look, Members};
use crate::yaml;
use imagegate::{Error, ErrorKind, Launch, quote};

pub(super) const READER: Reader<Options, Launch> =
    Reader { name: "kubernetes", title: "Kubernetes objects", detect, read };

fn detect(look: &Look<'_>) -> bool {
    match look.object() {
        Some(members) => is_object(members),
        None => look.top.is_err() && is_yaml(look.text),
    }
}

/// A JSON object of a kind that has pods, or a list.
fn is_object(members: &Members<'_>) -> bool {
    let kind = members.text("kind").filter(|_| members.text("apiVersion").is_some());
    let of_trivy = members.text("apiVersion").is_some_and(|api| api.starts_with("aquasecurity.github.io/"));
    kind.is_some_and(|kind| {
        template_of(kind).is_some() || template_of(kind.strip_suffix("List").unwrap_or_default()).is_some()
    }) || (kind == Some("List") && members.is_list("items") && !of_trivy)
}

/// A text with `apiVersion` and `kind` at the start of lines.
fn is_yaml(text: &str) -> bool {
    if text.trim_ascii_start().starts_with(['{', '[', '"', '<']) {
        return false;
    }
    yaml::has_member(text, "kind") && yaml::has_member(text, "apiVersion")
}

fn read(text: &str, options: &Options) -> Result<Vec<Launch>, Error> {
    let mut found = Found::default();
    if text.trim_ascii_start().starts_with(['{', '[']) {
        let node: Node<'_> = read_json(text, ErrorKind::InvalidLaunch)?;
        object(&Place::root(text, &node), None, &mut found)?;
    } else {
        let documents = yaml::documents(text, &options.limits)?;
        for (index, node) in documents.iter().enumerate() {
            if !matches!(node, Node::Null) {
                object(&Place::root_of_yaml(text, index, node), None, &mut found)?;
            }
        }
    }
    launches(found, options)
}

/// What a document holds.
#[derive(Default)]
pub(super) struct Found {
    containers: Vec<pod::Draft>,
    /// The kinds that have no pod, each once.
    others: Vec<String>,
}

impl Found {
    /// The namespace of what does not say its own.
    pub(super) fn default_namespace(&mut self, namespace: &str) {
        for draft in &mut self.containers {
            draft.default_namespace(namespace);
        }
    }
}

/// The launches of what was found; never none.
pub(super) fn launches(found: Found, options: &Options) -> Result<Vec<Launch>, Error> {
    if found.containers.is_empty() {
        let kinds: Vec<_> = found.others.iter().take(5).map(|kind| quote(kind)).collect();
        let message = match kinds.as_slice() {
            [] => "the document holds no Kubernetes object".to_owned(),
            kinds => {
                format!("the document holds no pod and nothing that makes pods, only {}", kinds.join(", "))
            }
        };
        return Err(Error::new(ErrorKind::Unsupported, "no_pod", message));
    }
    let is_one = found.containers.len() == 1;
    found.containers.into_iter().map(|draft| draft.finish(is_one, options)).collect()
}

/// Where an object of a kind has its pod.
fn template_of(kind: &str) -> Option<&'static [&'static str]> {
    match kind {
        "Pod" => Some(&[]),
        "PodTemplate" => Some(&["template"]),
        "CronJob" => Some(&["spec", "jobTemplate", "spec", "template"]),
        "Deployment"
        | "DaemonSet"
        | "StatefulSet"
        | "ReplicaSet"
        | "Job"
        | "ReplicationController"
        | "DeploymentConfig" => Some(&["spec", "template"]),
        _ => None,
    }
}

/// Reads an object, or the objects of a list. `kind` is what it is if it does not say so itself.
pub(super) fn object(place: &Place<'_, '_>, kind: Option<&str>, found: &mut Found) -> Result<(), Error> {
    if !place.is_given() {
        // A list may have nothing at a place, as a text may have empty documents.
        return Ok(());
    }
    if !matches!(place.node(), Some(Node::Object(_))) {
        let message = "the document is no Kubernetes object, which has members";
        let error = Error::new(ErrorKind::Unsupported, "unknown_format", message);
        return Err(match place.error("unknown_format", message).position() {
            Some(position) => error.with_position(position),
            None => error,
        });
    }
    let stated = place.member("kind")?;
    let Some(kind) = stated.word()?.or(kind) else {
        return Err(stated.error("missing_field", "a Kubernetes object has a `kind`"));
    };
    if kind == "AdmissionReview" {
        return admission::request(&place.member("request")?, found);
    }
    if let Some(path) = template_of(kind) {
        return template(place, kind, path, found);
    }
    if let Some(kind_of_item) = kind.strip_suffix("List")
        && holds(place, &["items"], |node| matches!(node, Node::List(_)))
    {
        let kind_of_item = Some(kind_of_item).filter(|kind| !kind.is_empty());
        return place.member("items")?.items()?.iter().try_for_each(|item| object(item, kind_of_item, found));
    }
    if holds(place, &["spec", "template", "spec", "containers"], |node| matches!(node, Node::List(_))) {
        return template(place, kind, &["spec", "template"], found);
    }
    if !found.others.iter().any(|known| known == kind) {
        found.others.push(kind.to_owned());
    }
    Ok(())
}

/// Whether there is such a value at the end of the path, in an object of which nothing is known.
fn holds(place: &Place<'_, '_>, path: &[&str], is: impl Fn(&Node<'_>) -> bool) -> bool {
    let Some(mut node) = place.node() else { return false };
    for name in path {
        let Node::Object(members) = node else { return false };
        let Some((_, inner)) = members.iter().find(|(key, _)| folds_to(key, name)) else { return false };
        node = inner;
    }
    is(node)
}

/// Reads the pod of an object.
fn template(place: &Place<'_, '_>, kind: &str, path: &[&str], found: &mut Found) -> Result<(), Error> {
    let mut template = place.clone();
    for name in path {
        template = template.member(name)?;
    }
    let spec = template.member("spec")?;
    if !spec.is_given() {
        let message = format!("a {kind} has the specification of its pod here");
        return Err(spec.error("missing_field", message));
    }
    pod::containers(&place.member("metadata")?, &template.member("metadata")?, &spec, &mut found.containers)
}
