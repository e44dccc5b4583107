//! The log of starts: one line of JSON for each that was not simply allowed.

use serde::Serialize;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file of JSON lines that many processes append to. It is opened for each line, so that it can be rotated by
/// renaming.
#[derive(Clone, Debug)]
pub struct StartLog {
    path: PathBuf,
}

impl StartLog {
    /// The log at this path. Nothing is opened yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where the log is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a line in one write, so that lines of several processes do not mix.
    ///
    /// # Errors
    /// What the system says.
    pub fn append(&self, entry: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        let mut options = OpenOptions::new();
        // A pipe that nobody reads from must not hold a start up.
        options.append(true).create(true).mode(0o640).custom_flags(libc::O_NONBLOCK);
        let open = || options.open(&self.path);
        let mut file = match (open(), self.path.parent()) {
            (Err(error), Some(folder)) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o750).create(folder)?;
                open()?
            }
            (opened, _) => opened?,
        };
        file.write_all(&line)
    }
}
