//! Break-glass: starts that an operator lets happen for a while, whatever the policies say.

use crate::file;
use imagegate::{ImageIdentity, Launch, LaunchDocument, LaunchImage, Timestamp, quote};
use serde::{Deserialize, Serialize};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The break-glass file: `{"version": 1, "overrides": [{"reason": …, "owner": …, "expires_at": …, "images": …}]}`.
///
/// An override lets a start happen that would be intercepted, or that imagegate could not judge. Each use is written
/// down as `overridden`, with reason and owner; a start that cannot be written down anywhere does not happen.
///
/// - `reason`, `owner` and `expires_at` are required, `ticket` and `not_before` are optional.
/// - `images` is `"all"`, or a list of ids, digests and whole names. No patterns: an emergency is about something.
/// - The file counts only if nobody but root, or the user of the host, can have written it.
/// - A file that is broken overrides nothing, and that is written down.
#[derive(Debug, Default)]
pub struct Overrides(Vec<Override>);

/// One override.
#[derive(Clone, Debug, Serialize)]
pub struct Override {
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it is discussed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// From when it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// `None` is all images.
    #[serde(skip)]
    keys: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    overrides: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    reason: String,
    owner: String,
    ticket: Option<String>,
    not_before: Option<String>,
    expires_at: String,
    images: Images,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected `\"all\"` or a list of ids, digests and names")]
enum Images {
    Word(String),
    List(Vec<String>),
}

impl Overrides {
    /// Reads the file. One that is not there overrides nothing.
    ///
    /// # Errors
    /// A sentence that says what was wrong.
    pub fn load(path: &Path) -> Result<Self, String> {
        let ours = std::fs::metadata("/proc/self").map(|own| own.uid()).unwrap_or(0);
        let bytes = file::read_if(path, 1 << 20, |metadata| {
            if metadata.mode() & 0o022 != 0 || (metadata.uid() != 0 && metadata.uid() != ours) {
                return Err(
                    "others can write it: expected a file of root that neither group nor others may write",
                );
            }
            Ok(())
        });
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error.to_string()),
        };
        Self::parse(&bytes).map_err(|error| format!("{}: {error}", path.display()))
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if document.version != 1 {
            return Err(format!("`version` is {}, this build knows 1", document.version));
        }
        let overrides = document
            .overrides
            .into_iter()
            .enumerate()
            .map(|(index, entry)| entry.check().map_err(|error| format!("/overrides/{index}: {error}")));
        overrides.collect::<Result<_, _>>().map(Self)
    }

    /// The first override that holds for this start at `now`; without a launch, nothing is known of the image.
    pub fn find(&self, launch: Option<&Launch>, now: Timestamp) -> Option<&Override> {
        let image_keys = launch.map(Launch::image_keys).unwrap_or_default();
        self.0.iter().find(|one| {
            let holds = one.not_before.is_none_or(|from| from <= now) && now < one.expires_at;
            holds && one.keys.as_ref().is_none_or(|keys| keys.iter().any(|key| image_keys.contains(key)))
        })
    }
}

impl Entry {
    fn check(self) -> Result<Override, String> {
        for (name, text) in [("reason", &self.reason), ("owner", &self.owner)] {
            if text.trim().is_empty() {
                return Err(format!("`{name}` is empty"));
            }
        }
        let time = |name: &str, text: &str| {
            Timestamp::parse(text).map_err(|error| format!("`{name}` is {}: {error}", quote(text)))
        };
        let expires_at = time("expires_at", &self.expires_at)?;
        let not_before = self.not_before.as_deref().map(|text| time("not_before", text)).transpose()?;
        if not_before.is_some_and(|from| from >= expires_at) {
            return Err("`not_before` is not before `expires_at`".to_owned());
        }
        let keys = match self.images {
            Images::Word(word) if word == "all" => None,
            Images::Word(word) => {
                return Err(format!("`images` is {}, expected `\"all\"` or a list", quote(&word)));
            }
            Images::List(images) if images.is_empty() => {
                return Err("`images` is empty: write `\"all\"` for all of them".to_owned());
            }
            Images::List(images) => {
                let mut keys = Vec::new();
                for image in images {
                    keys.append(&mut keys_of(&image)?);
                }
                Some(keys)
            }
        };
        Ok(Override {
            reason: self.reason,
            owner: self.owner,
            ticket: self.ticket,
            not_before,
            expires_at,
            keys,
        })
    }
}

/// What one word names, as a launch would: `repository@digest` is the digest.
fn keys_of(image: &str) -> Result<Vec<String>, String> {
    if image.contains(['*', '?']) {
        return Err(format!("{} is a pattern: expected an id, a digest or a whole name", quote(image)));
    }
    let identity = ImageIdentity::of(image).map_err(|error| error.to_string())?;
    let by_digest = !identity.digests.is_empty();
    let image = LaunchImage { reference: identity.names.into_iter().next(), id: identity.id, digest: None };
    let launch = Launch::new(LaunchDocument { image, ..LaunchDocument::default() });
    let keys = launch.map_err(|error| error.to_string())?.image_keys();
    Ok(keys.into_iter().filter(|key| !by_digest || key.starts_with("sha256:")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(entry: &str) -> Result<Overrides, String> {
        Overrides::parse(format!(r#"{{"version": 1, "overrides": [{entry}]}}"#).as_bytes())
    }

    fn launch(reference: &str) -> Launch {
        let text = format!(r#"{{"version": 1, "image": {{"reference": "{reference}"}}, "privileges": []}}"#);
        Launch::parse(text.as_bytes()).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn an_override_holds_for_its_images_in_its_time() {
        let overrides = parse(
            r#"{"reason": "outage", "owner": "ops", "not_before": "2026-11-24T06:00:00Z",
                "expires_at": "2026-11-24T08:00:00Z", "images": ["nginx", "r.io/x@sha256:1111111111111111111111111111111111111111111111111111111111111111"]}"#,
        )
        .unwrap();
        let inside = at("2026-11-24T06:00:00Z");
        assert_eq!(overrides.find(Some(&launch("docker.io/nginx:latest")), inside).unwrap().owner, "ops");
        assert!(overrides.find(Some(&launch("nginx:1.27")), inside).is_none());
        assert!(overrides.find(None, inside).is_none());
        assert!(overrides.find(Some(&launch("nginx")), at("2026-11-24T05:59:59Z")).is_none());
        assert!(overrides.find(Some(&launch("nginx")), at("2026-11-24T08:00:00Z")).is_none());
        assert!(overrides.find(Some(&launch("r.io/x")), inside).is_none());
        let digest = "r.io/x:9@sha256:1111111111111111111111111111111111111111111111111111111111111111";
        assert!(overrides.find(Some(&launch(digest)), inside).is_some());
        let all =
            parse(r#"{"reason": "r", "owner": "o", "expires_at": "2026-11-25T00:00:00Z", "images": "all"}"#);
        assert!(all.unwrap().find(None, inside).is_some());
    }

    #[test]
    fn mistakes_override_nothing() {
        let entry = |from: &str, to: &str| {
            r#"{"reason": "r", "owner": "o", "expires_at": "2026-11-25T00:00:00Z", "images": "all"}"#
                .replace(from, to)
        };
        for (text, needle) in [
            (entry(r#""reason": "r""#, r#""reason": " ""#), "`reason` is empty"),
            (entry(r#""owner": "o", "#, ""), "missing field `owner`"),
            (entry(r#""expires_at": "2026-11-25T00:00:00Z", "#, ""), "missing field `expires_at`"),
            (entry("2026-11-25T00:00:00Z", "tomorrow"), "`expires_at` is `tomorrow`"),
            (entry(r#""all""#, r#""everything""#), "expected `\"all\"`"),
            (entry(r#""all""#, "[]"), "is empty"),
            (entry(r#""all""#, r#"["nginx:*"]"#), "nginx:*"),
            (entry(r#""all""#, r#""all", "until": 1"#), "unknown field `until`"),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.contains(needle), "{text}: {error}");
        }
    }

    #[test]
    fn a_file_that_others_can_write_does_not_count() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("overrides.json");
        assert!(Overrides::load(&path).unwrap().0.is_empty());
        std::fs::write(&path, r#"{"version": 1, "overrides": []}"#).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        assert!(Overrides::load(&path).is_ok());
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).unwrap();
        assert!(Overrides::load(&path).unwrap_err().contains("others can write it"));
    }
    #[test]
    fn the_file_that_is_read_is_the_one_that_was_looked_at() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        use std::sync::atomic::{AtomicBool, Ordering};
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let theirs = r#"{"version": 1, "overrides": [{"reason": "r", "owner": "o",
            "expires_at": "9999-01-01T00:00:00Z", "images": "all"}]}"#;
        std::fs::write(path("ours"), r#"{"version": 1, "overrides": []}"#).unwrap();
        std::fs::write(path("theirs"), theirs).unwrap();
        std::fs::set_permissions(path("theirs"), PermissionsExt::from_mode(0o666)).unwrap();
        let is_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            // Whoever can write to the folder puts another file in place of ours again and again.
            scope.spawn(|| {
                for name in ["ours", "theirs"].into_iter().cycle() {
                    symlink(path(name), path("new")).unwrap();
                    std::fs::rename(path("new"), path("overrides.json")).unwrap();
                    if is_done.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
            let found = (0..5_000).find(|_| {
                Overrides::load(&path("overrides.json")).is_ok_and(|overrides| !overrides.0.is_empty())
            });
            is_done.store(true, Ordering::Relaxed);
            assert_eq!(found, None);
        });
    }
}
