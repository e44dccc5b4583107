//! Sockets: bound where nobody listens yet, removed at the end.

use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// A unix socket that only its owner may use, and that goes when it is dropped.
pub(crate) struct Socket {
    path: PathBuf,
}

/// Binds a unix socket. One that nobody listens on any more is replaced; anything else at that path stays, and is an
/// error.
pub(crate) fn bind(path: &Path) -> Result<(UnixListener, Socket), String> {
    let told = |error: io::Error| format!("{}: {error}", path.display());
    if let Ok(metadata) = std::fs::symlink_metadata(path) {
        if !metadata.file_type().is_socket() {
            return Err(format!("{}: is there already, and is no socket", path.display()));
        }
        if UnixStream::connect(path).is_ok() {
            return Err(format!("{}: somebody listens there already", path.display()));
        }
        std::fs::remove_file(path).map_err(told)?;
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(told)?;
    }
    let listener = UnixListener::bind(path).map_err(told)?;
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).map_err(told)?;
    Ok((listener, Socket { path: path.to_owned() }))
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Gone already, or never to be: neither harms the next start.
        let _ = std::fs::remove_file(&self.path);
    }
}
