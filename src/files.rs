//! Files that are there whole or not at all, and files that one process works with at a time.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Opens the regular file at `path`, for reading back and forth; never waits for somebody at the other end of a pipe.
///
/// # Errors
/// [`io::ErrorKind::NotSeekable`] for a pipe, a socket or a device; [`io::ErrorKind::IsADirectory`]; those of opening.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    // Asked before it is opened, for that lets a waiting writer go on, to nobody.
    check_regular(&fs::metadata(path)?)?;
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = options.open(path)?;
    // It may be another one by now.
    check_regular(&file.metadata()?)?;
    Ok(file)
}

fn check_regular(data: &fs::Metadata) -> io::Result<()> {
    match data.file_type() {
        kind if kind.is_file() => Ok(()),
        kind if kind.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        _ => Err(io::Error::new(io::ErrorKind::NotSeekable, "it is a pipe or a device, not a file")),
    }
}

/// Opens the file at `path` for reading it once from front to back; what another program passes on as `/dev/stdin` or
/// `/dev/fd/…`, too.
///
/// # Errors
/// As [`open_regular`].
pub(crate) fn open(path: &Path) -> io::Result<File> {
    // Somebody has the other end already, so that opening it does not wait.
    match cfg!(unix) && ["/dev/stdin", "/dev/fd", "/proc"].iter().any(|root| path.starts_with(root)) {
        true => File::open(path),
        false => open_regular(path),
    }
}

/// Reads the whole file at `path`.
///
/// # Errors
/// As [`open`].
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    open(path)?.read_to_end(&mut content)?;
    Ok(content)
}

/// The part file of `path`, in which its content is collected: `model.bin.part` beside `model.bin`.
pub(crate) fn part_path(path: &Path) -> PathBuf {
    beside(path, "", ".part")
}

/// The lock file of `path`: `.model.bin.lock` beside `model.bin`.
pub(crate) fn lock_path(path: &Path) -> PathBuf {
    beside(path, ".", ".lock")
}

fn beside(path: &Path, before: &str, after: &str) -> PathBuf {
    let mut name = OsString::from(before);
    name.push(path.file_name().unwrap_or_default());
    name.push(after);
    path.with_file_name(name)
}

/// Opens the file at `path`, creating it if needed, and locks it for this process; `None` if another process, or an
/// earlier call, holds the lock. Dropping the file releases it, and so does the end of the process.
///
/// On file systems without locks, the file counts as locked by this call.
///
/// # Errors
/// If the file can't be opened or created.
pub(crate) fn lock(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Err(fs::TryLockError::WouldBlock) => return Ok(None),
            Err(fs::TryLockError::Error(_)) | Ok(()) => {}
        }
        // The holder before may have deleted the file between our opening and our locking it.
        let ours = same_file::Handle::from_file(file.try_clone()?)?;
        if same_file::Handle::from_path(path).is_ok_and(|current| current == ours) {
            return Ok(Some(file));
        }
    }
}

/// Replaces the file at `path` by what `write` writes. The file is there whole or, after an error, as it was before.
///
/// # Errors
/// Those of `write`, or if the new file can't be created or renamed.
pub(crate) fn replace_whole(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let mut part = tempfile::NamedTempFile::new_in(folder_of(path))?;
    write(part.as_file_mut())?;
    part.as_file().sync_all()?;
    part.persist(path)?;
    sync_folder(path);
    Ok(())
}

/// Gives the complete file at `part` the name `path`, in the same folder, so that both content and name survive a power
/// failure.
///
/// # Errors
/// If syncing or renaming fails; the part is then still there.
#[cfg(any(feature = "download", test))]
pub(crate) fn commit(file: File, part: &Path, path: &Path) -> io::Result<()> {
    file.sync_all()?;
    // Windows does not rename open files.
    drop(file);
    fs::rename(part, path)?;
    sync_folder(path);
    Ok(())
}

/// Makes the name of `path` durable. Some file systems can't sync folders, which is no reason to fail.
fn sync_folder(path: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(folder_of(path))
    {
        let _ = folder.sync_all();
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn part_and_lock_lie_beside_the_file() {
        assert_eq!(part_path(Path::new("a/model.bin")), Path::new("a/model.bin.part"));
        assert_eq!(lock_path(Path::new("a/model.bin")), Path::new("a/.model.bin.lock"));
        assert_eq!(part_path(Path::new("model.bin")), Path::new("model.bin.part"));
    }

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace_whole(&path, |file| file.write_all(b"one")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        let failed = replace_whole(&path, |file| {
            file.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        replace_whole(&path, |file| file.write_all(b"two")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(folder.path()), ["file"], "nothing is left behind");
        assert!(replace_whole(&folder.path().join("none/file"), |_| Ok(())).is_err());
    }

    #[test]
    fn a_part_takes_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let part = part_path(&path);
        fs::write(&path, "old").unwrap();
        fs::write(&part, "new").unwrap();
        commit(File::open(&part).unwrap(), &part, &path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["file"]);
        fs::write(&part, "lost").unwrap();
        assert!(commit(File::open(&part).unwrap(), &part, &folder.path().join("none/file")).is_err());
        assert!(part.exists());
    }

    #[test]
    fn one_holder_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = lock(&path).unwrap().unwrap();
        assert!(lock(&path).unwrap().is_none());
        drop(held);
        let held = lock(&path).unwrap().unwrap();
        // A lock whose file was deleted is no lock any more: the next holder makes a new file.
        fs::remove_file(&path).unwrap();
        assert!(lock(&path).unwrap().is_some());
        drop(held);
        assert!(lock(&folder.path().join("none/lock")).is_err());
    }
}
