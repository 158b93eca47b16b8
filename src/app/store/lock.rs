//! Files that one process works with at a time. The operating system holds the lock and releases it when the process ends,
//! however it ends.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// Opens the file at `path`, which is created if it is missing, and locks it; `None` if another process holds the lock.
///
/// # Errors
/// Those of opening.
pub(crate) fn open_locked(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(None),
            // Some network drives have no locks.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        // Another run may have ended just now and deleted the file that we opened.
        let ours = same_file::Handle::from_file(file.try_clone()?)?;
        if same_file::Handle::from_path(path).is_ok_and(|there| there == ours) {
            return Ok(Some(file));
        }
    }
}
