//! The policy document, and the last one that loaded.

use crate::file;
use imagegate::PolicySet;
use std::path::{Path, PathBuf};

/// The document of the operator, and optionally a copy of the last one that loaded: a host without a memory of its own
/// (a hook is a new process for every start) goes on with that one while the document is broken or gone.
#[derive(Clone, Debug)]
pub struct PolicyFile {
    path: PathBuf,
    last_good: Option<PathBuf>,
}

/// Policies, and what went wrong on the way to them.
#[derive(Debug)]
pub struct Loaded {
    /// The policies to decide with.
    pub policies: PolicySet,
    /// Why these are the last good ones instead of the document's; `None` if they are the document's.
    pub broken: Option<String>,
    /// What should be looked at and changes nothing about the policies.
    pub note: Option<String>,
}

impl PolicyFile {
    /// The document at `path`, with the last good one kept at `last_good`.
    pub fn new(path: PathBuf, last_good: Option<PathBuf>) -> Self {
        Self { path, last_good }
    }

    /// Where the document is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Loads the document; if it is broken or gone, the last good one.
    ///
    /// # Errors
    /// A sentence about the document, if there is no last good one either.
    pub fn load(&self) -> Result<Loaded, String> {
        // Before reading: if the document is replaced in between, the kept copy differs from it and is made again.
        let modified = std::fs::metadata(&self.path).and_then(|metadata| metadata.modified()).ok();
        let broken = match read_policies(&self.path) {
            Ok((policies, bytes)) => {
                let note = self
                    .keep(&bytes, modified)
                    .err()
                    .map(|error| format!("the last good policies could not be kept: {error}"));
                return Ok(Loaded { policies, broken: None, note });
            }
            Err(error) => error,
        };
        let Some(last_good) = &self.last_good else { return Err(broken) };
        match read_policies(last_good) {
            Ok((policies, _)) => Ok(Loaded { policies, broken: Some(broken), note: None }),
            Err(error) => Err(format!("{broken}; nor can the last good policies be used: {error}")),
        }
    }

    /// Keeps the document, unless it is what is kept already.
    fn keep(&self, bytes: &[u8], modified: Option<std::time::SystemTime>) -> std::io::Result<()> {
        let Some(last_good) = &self.last_good else { return Ok(()) };
        let is_kept = std::fs::metadata(last_good).is_ok_and(|kept| {
            usize::try_from(kept.len()).is_ok_and(|length| length == bytes.len())
                && modified.is_some()
                && kept.modified().ok() == modified
        });
        if is_kept { Ok(()) } else { file::replace(last_good, bytes, modified) }
    }
}

const MAX_BYTES: u64 = 256 << 20;

fn read_policies(path: &Path) -> Result<(PolicySet, Vec<u8>), String> {
    let bytes = file::read(path, MAX_BYTES).map_err(|error| error.to_string())?;
    let policies = PolicySet::parse(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok((policies, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_document_leaves_the_last_good_one_in_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policies.json");
        let file = PolicyFile::new(path.clone(), Some(folder.path().join("good.json")));
        assert!(file.load().unwrap_err().contains("policies.json"));
        std::fs::write(&path, r#"{"version": 1, "label": "one"}"#).unwrap();
        assert_eq!(file.load().unwrap().policies.label(), Some("one"));
        std::fs::write(&path, r#"{"version": 1, "label": "#).unwrap();
        let loaded = file.load().unwrap();
        assert_eq!(loaded.policies.label(), Some("one"));
        assert!(loaded.broken.unwrap().contains("line 1"));
        std::fs::write(&path, r#"{"version": 1, "label": "two"}"#).unwrap();
        assert_eq!(file.load().unwrap().policies.label(), Some("two"));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(file.load().unwrap().policies.label(), Some("two"));
    }

    #[test]
    fn without_a_last_good_one_a_broken_document_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policies.json");
        std::fs::write(&path, r#"{"version": 1, "polices": []}"#).unwrap();
        let error = PolicyFile::new(path.clone(), None).load().unwrap_err();
        assert!(error.contains("polices"), "{error}");
        // One that cannot be kept is said, and the document still counts.
        std::fs::write(&path, r#"{"version": 1}"#).unwrap();
        let loaded = PolicyFile::new(path, Some("/proc/nowhere/good.json".into())).load().unwrap();
        assert!(loaded.note.unwrap().contains("could not be kept"));
    }
}
