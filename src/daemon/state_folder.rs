//! The state folder: one Nightbell at a time. Shell.

use std::fs::{DirBuilder, File, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use tokio::net::UnixListener;

/// The control socket inside the state folder.
pub const CONTROL_SOCKET: &str = "control.sock";

/// The lock inside the state folder.
const LOCK: &str = "lock";

/// A state folder that belongs to this process as long as this value lives.
pub struct StateFolder {
    path: PathBuf,
    _lock: File,
}

impl StateFolder {
    /// Takes a folder, creating it for this user alone if it is not there.
    ///
    /// # Errors
    /// One sentence: it cannot be used, or another process has it.
    pub fn take(path: &Path) -> Result<Self, String> {
        let sentence = |error: std::io::Error| {
            format!(
                "storage.path {}: {error}; write a folder this user may write to as `--storage.path=`",
                path.display()
            )
        };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(sentence)?;
        let lock = File::options().create(true).truncate(false).write(true).open(path.join(LOCK)).map_err(sentence)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
            format!("storage.path {}: another Nightbell is running on it; give each one its own folder", path.display())
        })?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the control socket, for this user alone.
    ///
    /// # Errors
    /// One sentence.
    pub fn control_socket(&self) -> Result<UnixListener, String> {
        let path = self.path.join(CONTROL_SOCKET);
        let sentence = |error: std::io::Error| format!("{}: {error}", path.display());
        // The folder is ours, so a socket in it is a dead process's.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(sentence(error)),
            _ => {}
        }
        let listener = UnixListener::bind(&path).map_err(sentence)?;
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(sentence)?;
        Ok(listener)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state");
        let first = StateFolder::take(&path).expect("free");
        assert!(StateFolder::take(&path).err().expect("taken").contains("another Nightbell is running"));
        drop(first);
        StateFolder::take(&path).expect("free again");
        let mode = std::fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_folder_that_cannot_be_is_named() {
        let error = StateFolder::take(Path::new("/proc/nightbell")).err().expect("not possible");
        assert!(error.starts_with("storage.path /proc/nightbell:"), "{error}");
    }
}
