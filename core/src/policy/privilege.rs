//! Privileges as policies name them: with globs, implications, and the paths that expose a path.

use crate::error::quote;
use crate::glob::{Flavour, Glob};
use crate::launch::Privilege;
use crate::launch::privilege::{
    capability_name, clean_path, is_linux_capability, linux_capabilities, unknown_word,
};
use std::fmt;

/// One entry of `privileges` in criteria, scope or an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrivilegePattern {
    source: String,
    pattern: Pattern,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// A word without a value, or `privileged`.
    Word(Privilege),
    /// Upper case, without `CAP_`.
    Capability(String),
    HostPath {
        glob: Glob,
        /// The directory below which everything that the glob names lies.
        leading: String,
    },
    Device(Glob),
    /// A word whose value is a plain text.
    Text {
        word: &'static str,
        glob: Glob,
    },
}

impl PrivilegePattern {
    pub(crate) fn parse(source: &str, max_chars: usize) -> Result<Self, (&'static str, String)> {
        let invalid = |message: String| ("invalid_privilege", message);
        let pattern = if let Some(word) = Privilege::plain(source) {
            Pattern::Word(word)
        } else {
            let (word, value) = source.split_once(':').unwrap_or((source, ""));
            match word {
                "capability" | "host_path" | "device" if value.is_empty() => {
                    let what = if word == "capability" { "a capability" } else { "a path glob" };
                    return Err(invalid(format!("{} needs {what} after the colon", quote(source))));
                }
                "capability" => Pattern::Capability(known_capability(value).map_err(invalid)?),
                "host_path" => {
                    let glob = path_glob(value, max_chars)?;
                    let leading = leading_directory(value);
                    Pattern::HostPath { glob, leading }
                }
                "device" => Pattern::Device(path_glob(value, max_chars)?),
                _ => match Privilege::with_text(word, value).as_ref().and_then(Privilege::as_text) {
                    Some(_) if value.is_empty() => {
                        return Err(invalid(format!("{} needs a glob after the colon", quote(source))));
                    }
                    Some((word, _)) => {
                        let glob = Glob::parse(value, Flavour::Plain, max_chars);
                        Pattern::Text { word, glob: glob.map_err(|message| ("bad_glob", message))? }
                    }
                    None => return Err(invalid(unknown_word(source))),
                },
            }
        };
        Ok(Self { source: source.to_owned(), pattern })
    }

    /// The entry as written.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Whether `fact` satisfies this entry of criteria or scope: implications count, and a mount of a directory
    /// above what a `host_path` names exposes it.
    pub(crate) fn satisfied_by(&self, fact: &Privilege) -> bool {
        match (&self.pattern, fact) {
            (Pattern::Word(Privilege::Privileged), Privilege::Privileged) => true,
            (
                Pattern::Word(
                    Privilege::SeccompUnconfined
                    | Privilege::ApparmorUnconfined
                    | Privilege::SelinuxDisabled
                    | Privilege::UnmaskedPaths
                    | Privilege::CapabilitiesNotDropped,
                )
                | Pattern::Capability(_)
                | Pattern::Device(_),
                Privilege::Privileged,
            ) => true,
            (Pattern::Capability(_), Privilege::Capability(name)) if name == "ALL" => true,
            (Pattern::HostPath { leading, .. }, Privilege::HostPath(path))
                if is_same_or_above(path, leading) =>
            {
                true
            }
            _ => self.names(fact),
        }
    }

    /// Whether this entry names `fact` itself, as exceptions do.
    pub(crate) fn names(&self, fact: &Privilege) -> bool {
        match (&self.pattern, fact) {
            (Pattern::Capability(name), Privilege::Capability(fact)) => name == fact,
            (Pattern::HostPath { glob, .. }, Privilege::HostPath(path)) => glob.matches(path),
            (Pattern::Device(glob), Privilege::Device(path)) => glob.matches(path),
            (Pattern::Word(word), fact) => word == fact,
            (Pattern::Text { word, glob }, fact) => {
                fact.as_text().is_some_and(|(of_fact, text)| of_fact == *word && glob.matches(text))
            }
            _ => false,
        }
    }

    /// Whether this entry covers a mount of `path`: used to find runtime sockets that no policy covers.
    pub(crate) fn covers_host_path(&self, path: &str) -> bool {
        self.satisfied_by(&Privilege::HostPath(path.to_owned()))
    }
}

impl fmt::Display for PrivilegePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

fn known_capability(value: &str) -> Result<String, String> {
    let name = capability_name(value);
    if is_linux_capability(&name) {
        return Ok(name);
    }
    let advice = match crate::json::nearest(&name, linux_capabilities()) {
        Some(near) => format!("did you mean `capability:{near}`?"),
        None => "write a name such as `SYS_ADMIN`, or `ALL`".to_owned(),
    };
    Err(format!("{} is no Linux capability: {advice}", quote(value)))
}

/// A glob on absolute paths.
pub(crate) fn path_glob(source: &str, max_chars: usize) -> Result<Glob, (&'static str, String)> {
    if !source.starts_with('/') && !source.starts_with("**") {
        let message = format!("{} is no path glob: it must start with `/` or `**`", quote(source));
        return Err(("bad_glob", message));
    }
    // As written first, so that cleaning hides no mistake.
    Glob::parse(source, Flavour::Path, max_chars).map_err(|message| ("bad_glob", message))?;
    if source.split('/').any(|component| component == "..") {
        let message = format!("{} is no path glob: write the path without `..`", quote(source));
        return Err(("bad_glob", message));
    }
    Glob::parse(&clean_glob(source), Flavour::Path, max_chars).map_err(|message| ("bad_glob", message))
}

/// Cleans a path glob lexically, as the paths that it is compared with are.
fn clean_glob(source: &str) -> String {
    if source.starts_with('/') { clean_path(source) } else { source.to_owned() }
}

/// The components before the first wildcard, or the parent if there is none.
fn leading_directory(source: &str) -> String {
    let cleaned = clean_glob(source);
    let mut components: Vec<String> = Vec::new();
    for component in cleaned.split('/').skip_while(|first| first.is_empty()) {
        let mut literal = String::new();
        let mut characters = component.chars();
        while let Some(character) = characters.next() {
            match character {
                '*' | '?' => return absolute(&components),
                '\\' => literal.extend(characters.next()),
                other => literal.push(other),
            }
        }
        components.push(literal);
    }
    components.pop();
    absolute(&components)
}

fn absolute(components: &[String]) -> String {
    format!("/{}", components.join("/"))
}

/// Whether `path` is `directory` or lies above it.
fn is_same_or_above(path: &str, directory: &str) -> bool {
    path == "/" || directory == path || directory.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn satisfied(entry: &str, fact: &str) -> bool {
        PrivilegePattern::parse(entry, 1024).unwrap().satisfied_by(&Privilege::parse_fact(fact).unwrap())
    }

    #[test]
    fn what_privileged_and_all_imply() {
        for entry in [
            "privileged",
            "capability:BPF",
            "capability:ALL",
            "device:/dev/kvm",
            "seccomp_unconfined",
            "apparmor_unconfined",
            "selinux_disabled",
            "unmasked_paths",
            "capabilities_not_dropped",
        ] {
            assert!(satisfied(entry, "privileged"), "{entry}");
        }
        for entry in [
            "host_pid",
            "host_ipc",
            "host_network",
            "host_uts",
            "host_user",
            "host_cgroup",
            "host_path:/etc",
            "run_as_root",
            "new_privileges",
            "host_port",
            "seccomp_unset",
            "root_not_refused",
            "probe_host",
            "capability_added:*",
            "sysctl:*",
            "volume:*",
            "selinux_type:*",
        ] {
            assert!(!satisfied(entry, "privileged"), "{entry}");
        }
        assert!(satisfied("capability:NET_ADMIN", "capability:ALL"));
        assert!(!satisfied("capability:ALL", "capability:NET_ADMIN"));
        assert!(!satisfied("privileged", "capability:ALL"));
        assert!(satisfied("capability:cap_net_admin", "capability:NET_ADMIN"));
    }

    #[test]
    fn texts_are_compared_as_they_are_written() {
        for (entry, fact, is) in [
            ("capability_added:NET_RAW", "capability_added:NET_RAW", true),
            ("capability_added:NET_RAW", "capability_added:CAP_NET_RAW", false),
            ("capability_added:NET_RAW", "capability_added:net_raw", false),
            ("capability_added:NET_RAW", "capability:NET_RAW", false),
            ("capability:NET_RAW", "capability_added:NET_RAW", false),
            ("sysctl:net.*", "sysctl:net.ipv4.ip_forward", true),
            ("sysctl:net.*", "sysctl:kernel.sem", false),
            ("volume:*", "volume:hostPath", true),
            ("volume:*", "sysctl:x", false),
            ("selinux_type:container*_t", "selinux_type:container_kvm_t", true),
            ("selinux_role:*", "selinux_user:x", false),
        ] {
            assert_eq!(satisfied(entry, fact), is, "{entry} {fact}");
        }
    }

    #[test]
    fn a_mount_above_the_path_exposes_it() {
        for mount in ["/", "/var", "/var/run", "/var/run/docker.sock"] {
            assert!(satisfied("host_path:/var/run/docker.sock", &format!("host_path:{mount}")), "{mount}");
        }
        for mount in ["/var/run/docker", "/var/lib", "/va", "/var/run/docker.sock/x"] {
            assert!(!satisfied("host_path:/var/run/docker.sock", &format!("host_path:{mount}")), "{mount}");
        }
        assert!(satisfied("host_path:/etc/**", "host_path:/etc"));
        assert!(satisfied("host_path:/etc/**", "host_path:/etc/ssl/x"));
        assert!(satisfied("host_path:**/docker.sock", "host_path:/"));
        assert!(!satisfied("host_path:**/docker.sock", "host_path:/var"));
        assert!(satisfied(r"host_path:/a\*b/c*", r"host_path:/a*b"));
    }

    #[test]
    fn exceptions_name_facts_without_implication() {
        let names = |entry, fact| {
            PrivilegePattern::parse(entry, 1024).unwrap().names(&Privilege::parse_fact(fact).unwrap())
        };
        assert!(!names("capability:BPF", "privileged"));
        assert!(!names("capability:BPF", "capability:ALL"));
        assert!(!names("host_path:/var/run/docker.sock", "host_path:/var"));
        assert!(names("host_path:/var/**", "host_path:/var/run"));
        assert!(names("privileged", "privileged"));
    }

    #[test]
    fn mistakes_get_advice() {
        let message = |entry| PrivilegePattern::parse(entry, 1024).unwrap_err().1;
        assert!(message("capability:SYS_ADMIM").contains("capability:SYS_ADMIN"));
        assert!(message("SYS_ADMIN").contains("`capability:SYS_ADMIN`"));
        assert!(message("host_path:etc").contains("must start with"));
        assert!(message("host_path:").contains("after the colon"));
        assert!(message("device:/dev/[ab]").contains("no meaning"));
        assert!(message("host_path:/[a]/../b").contains("no meaning"));
        assert!(message("host_path:/a/**/../b").contains("without `..`"));
        assert!(
            message("sysctl:").contains("after the colon") && message("sysctl").contains("after the colon")
        );
        assert!(message("sysctl:[ab]").contains("no meaning"));
    }
}
