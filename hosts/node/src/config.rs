//! The one small file that says where everything is.

use crate::file;
use imagegate::{Node, quote};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a host finds what it needs, and what it does when it fails itself. A JSON object; unknown members are errors.
///
/// | member | meaning | default |
/// |---|---|---|
/// | `version` | 1 | required |
/// | `policies` | the policy document | required |
/// | `profiles` | the folder of scan profiles, see [`ProfileFolder`](crate::ProfileFolder) | required |
/// | `last_good` | where the last policies that loaded are kept, for when `policies` is broken or gone | none: a broken document is a failure |
/// | `overrides` | the break-glass file, see [`Overrides`](crate::Overrides) | none |
/// | `events` | the event store | none: only the log is written |
/// | `log` | the log of starts that were not simply allowed, JSON lines | `/var/log/imagegate/starts.log` |
/// | `images` | which container, bundle or root file system is of which image, see [`ImageSources`](crate::ImageSources) | none |
/// | `docker_root` | Docker's data folder | `/var/lib/docker` |
/// | `agent` | the socket of a resident `imagegate-agent serve` | none |
/// | `on_error` | what happens to a start when imagegate itself fails: `intercept` or `start` | `intercept` |
/// | `deadline_ms` | after how many milliseconds without a decision it has failed, 1 to 60,000; keep it below the runtime's own | 4000 |
/// | `node` | `name`, `internal_ip`, `public_ip`, `cluster`, as policies and events know the node | the host's name |
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    version: u32,
    /// The policy document.
    pub policies: PathBuf,
    /// The folder of scan profiles.
    pub profiles: PathBuf,
    /// Where the last policies that loaded are kept.
    pub last_good: Option<PathBuf>,
    /// The break-glass file.
    pub overrides: Option<PathBuf>,
    /// The event store.
    pub events: Option<PathBuf>,
    /// The log of starts.
    #[serde(default = "default_log")]
    pub log: PathBuf,
    /// Which bundle is of which image.
    pub images: Option<PathBuf>,
    /// Docker's data folder.
    #[serde(default = "default_docker_root")]
    pub docker_root: PathBuf,
    /// The socket of the resident agent.
    pub agent: Option<PathBuf>,
    /// What happens when imagegate itself fails.
    #[serde(default)]
    pub on_error: OnError,
    #[serde(default = "default_deadline")]
    deadline_ms: u64,
    #[serde(default)]
    node: NodeNames,
}

/// What happens to a start when imagegate itself fails.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The container does not start.
    #[default]
    Intercept,
    /// The container starts, and that is written down as `failed_open`.
    Start,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeNames {
    name: Option<String>,
    internal_ip: Option<String>,
    public_ip: Option<String>,
    cluster: Option<String>,
}

fn default_log() -> PathBuf {
    Config::DEFAULT_LOG.into()
}

fn default_docker_root() -> PathBuf {
    "/var/lib/docker".into()
}

fn default_deadline() -> u64 {
    4000
}

impl Config {
    /// Where the configuration is if nothing else is said.
    pub const DEFAULT_PATH: &str = "/etc/imagegate/node.json";
    /// Where the log is if nothing else is said.
    pub const DEFAULT_LOG: &str = "/var/log/imagegate/starts.log";

    /// Reads the file.
    ///
    /// # Errors
    /// A sentence that names the file, the place and what would be right.
    pub fn load(path: &Path) -> Result<Self, String> {
        let bytes = file::read(path, 1 << 20).map_err(|error| error.to_string())?;
        Self::parse(&bytes).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let config: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if config.version != 1 {
            return Err(format!("`version` is {}, this build knows 1", config.version));
        }
        if !(1..=60_000).contains(&config.deadline_ms) {
            return Err(format!("`deadline_ms` is {}, expected 1 to 60000", config.deadline_ms));
        }
        let optional = [
            ("last_good", &config.last_good),
            ("overrides", &config.overrides),
            ("events", &config.events),
            ("images", &config.images),
            ("agent", &config.agent),
        ];
        let required = [
            ("policies", &config.policies),
            ("profiles", &config.profiles),
            ("log", &config.log),
            ("docker_root", &config.docker_root),
        ];
        let given = optional.into_iter().filter_map(|(name, path)| Some((name, path.as_ref()?)));
        for (name, path) in required.into_iter().chain(given) {
            if !path.is_absolute() {
                // A runtime starts hooks in the bundle, which belongs to the container.
                let path = quote(&path.to_string_lossy());
                return Err(format!("`{name}` is {path}, expected an absolute path"));
            }
        }
        Ok(config)
    }

    /// How long a decision may take.
    pub fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }

    /// The node, by the host's name if the file does not say.
    pub fn node(&self) -> Node {
        let names = self.node.clone();
        let host = || {
            let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
            Some(name.trim().to_owned()).filter(|name| !name.is_empty())
        };
        Node {
            name: names.name.or_else(host),
            internal_ip: names.internal_ip,
            public_ip: names.public_ip,
            cluster: names.cluster,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_the_strict_choice() {
        let config =
            Config::parse(br#"{"version": 1, "policies": "/p.json", "profiles": "/profiles"}"#).unwrap();
        assert_eq!(config.on_error, OnError::Intercept);
        assert_eq!(config.deadline(), Duration::from_secs(4));
        assert_eq!(config.log, Path::new(Config::DEFAULT_LOG));
        assert!(config.node().name.is_some());
    }

    #[test]
    fn the_examples_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/runtimes");
        let config = Config::load(&folder.join("node.json")).unwrap();
        assert_eq!(config.node().cluster.as_deref(), Some("prod-eu"));
        crate::Overrides::parse(&std::fs::read(folder.join("overrides.json")).unwrap()).unwrap();
    }

    #[test]
    fn mistakes_are_told() {
        for (text, needle) in [
            (r#"{"version": 2, "policies": "/p", "profiles": "/f"}"#, "knows 1"),
            (
                r#"{"version": 1, "policies": "p", "profiles": "/f"}"#,
                "`policies` is `p`, expected an absolute path",
            ),
            (r#"{"version": 1, "policies": "/p", "profiles": "/f", "agent": "a"}"#, "absolute"),
            (
                r#"{"version": 1, "policies": "/p", "profiles": "/f", "on_eror": "start"}"#,
                "unknown field `on_eror`",
            ),
            (
                r#"{"version": 1, "policies": "/p", "profiles": "/f", "on_error": "allow"}"#,
                "unknown variant `allow`",
            ),
            (r#"{"version": 1, "policies": "/p", "profiles": "/f", "deadline_ms": 0}"#, "1 to 60000"),
            (r#"{"version": 1, "policies": "/p", "policies": "/q", "profiles": "/f"}"#, "duplicate"),
            (r#"{"version": 1, "profiles": "/f"}"#, "missing field `policies`"),
            ("", "EOF"),
        ] {
            let error = Config::parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(needle), "{text}: {error}");
        }
    }
}
