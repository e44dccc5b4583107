//! Files: read within a bound, told apart by their stamp, replaced whole.

use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// What the system says, with the path; `NotFound` keeps its kind. A larger file, or a device or pipe, which might
/// never end, is `InvalidData`.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_if(path, limit, |_| Ok(()))
}

/// As [`read`], if `check` has nothing against the very file that is read, whatever is put in its place meanwhile.
pub(crate) fn read_if(
    path: &Path,
    limit: u64,
    check: impl FnOnce(&Metadata) -> Result<(), &'static str>,
) -> io::Result<Vec<u8>> {
    let with_path = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let refuse = |message: String| Err(with_path(io::Error::new(io::ErrorKind::InvalidData, message)));
    // Looked at before it is opened: a pipe that nobody writes to would keep whoever opens it, and the deadline does
    // not hold for everything that is read.
    if !std::fs::metadata(path).map_err(with_path)?.is_file() {
        return refuse("not a regular file".to_owned());
    }
    let file = File::open(path).map_err(with_path)?;
    let metadata = file.metadata().map_err(with_path)?;
    if let Err(objection) = check(&metadata) {
        return refuse(objection.to_owned());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(limit)).unwrap_or(0));
    // One byte more tells a file at the limit from one beyond it.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(with_path)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return refuse(format!("larger than the limit of {limit} bytes"));
    }
    Ok(bytes)
}

/// Replaces `path` by these bytes in one step, with `modified` as its time if given.
pub(crate) fn replace(path: &Path, bytes: &[u8], modified: Option<SystemTime>) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = File::create(&temporary)?;
    let written = file.write_all(bytes).and_then(|()| match modified {
        Some(time) => file.set_modified(time),
        None => Ok(()),
    });
    drop(file);
    let renamed = written.and_then(|()| std::fs::rename(&temporary, path));
    if renamed.is_err() {
        // It is of no use any more, and if it stays, that harms nobody.
        let _ = std::fs::remove_file(&temporary);
    }
    renamed
}

/// What tells one state of a file from another without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// A file that changed this recently may change again within the same tick of its clock.
const TICK: Duration = Duration::from_millis(50);

impl Stamp {
    /// The stamp of the file at `path` now.
    ///
    /// # Errors
    /// What the system says. A link that leads nowhere is not `NotFound`: something should be there.
    pub fn of(path: &Path) -> io::Result<Self> {
        match std::fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_symlink() => {
                Err(io::Error::other("a link to a file that is not there"))
            }
            metadata => Ok(Self::of_metadata(&metadata?)),
        }
    }

    pub(crate) fn of_metadata(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// The size of the file.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether the file was left alone for long enough that another change must show in the stamp.
    pub fn is_settled(&self, now: SystemTime) -> bool {
        let (seconds, nanoseconds) = self.changed;
        let since_epoch = Duration::new(
            u64::try_from(seconds).unwrap_or(0),
            u32::try_from(nanoseconds.clamp(0, 999_999_999)).unwrap_or(0),
        );
        let changed = SystemTime::UNIX_EPOCH.checked_add(since_epoch);
        changed.and_then(|changed| now.duration_since(changed).ok()).is_some_and(|age| age > TICK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_whole_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert_eq!(read(&path, 4).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(read(folder.path(), 4).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(read(Path::new("/dev/zero"), 4).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(read(&folder.path().join("none"), 4).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn replacing_leaves_one_file_and_a_stamp_that_differs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.json");
        std::fs::write(&path, "old").unwrap();
        let before = Stamp::of(&path).unwrap();
        replace(&path, b"new", None).unwrap();
        assert_ne!(Stamp::of(&path).unwrap(), before);
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(
            !before.is_settled(SystemTime::now()) || !Stamp::of(&path).unwrap().is_settled(SystemTime::now())
        );
        assert!(before.is_settled(SystemTime::now() + Duration::from_secs(1)));
    }
}
