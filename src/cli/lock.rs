//! Files that only one process works with at a time. The lock is the operating system's and ends with the process, however that
//! ends.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// Opens the file at `path`, which is made if it is not there, and locks it; `None` if another process has it.
///
/// # Errors
/// What the system says about opening it.
pub(super) fn open(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(None),
            // Some network drives know no locks.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        // Another run may just have ended, and have taken the file away that we opened.
        let ours = same_file::Handle::from_file(file.try_clone()?)?;
        if same_file::Handle::from_path(path).is_ok_and(|there| there == ours) {
            return Ok(Some(file));
        }
    }
}
