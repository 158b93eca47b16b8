//! Files that are there whole or not at all, files that one process works with at a time, and names for them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::digest::Sha256;

mod own;
pub(crate) use own::{is_own, open_or_create_own, open_own, open_regular};

/// Names of hidden files are shortened from this length on, in bytes: most systems allow 255.
const LONG_NAME: usize = 200;

/// How often a lock file may vanish while it is being locked.
const MOST_ATTEMPTS: usize = 100;

/// The part file of `path`, in which its content is collected: `model.bin.part` beside `model.bin`.
pub(crate) fn part_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

/// The lock file of `path`: `.model.bin.lock` beside `model.bin`.
pub(crate) fn lock_path(path: &Path) -> PathBuf {
    path.with_file_name(hidden_name(&path.file_name().unwrap_or_default().to_string_lossy(), "lock"))
}

/// The name of a hidden file beside one of this name: `.talk.json.part` for `talk.json` and `part`.
pub(crate) fn hidden_name(name: &str, suffix: &str) -> String {
    match name.len() <= LONG_NAME {
        true => format!(".{name}.{suffix}"),
        false => format!(".{}.{suffix}", shortened(name, 180)),
    }
}

/// The beginning of `name` and a digest of all of it, in at most `longest` bytes: different names stay different.
pub(crate) fn shortened(name: &str, longest: usize) -> String {
    let digest = Sha256::of_bytes(name).to_string();
    format!("{}-{}", &name[..name.floor_char_boundary(longest.saturating_sub(17))], &digest[..16])
}

/// Opens the file at `path`, creating it if needed, and locks it for this process; `None` if another process, or an
/// earlier call, holds the lock. Dropping the file releases it, and so does the end of the process.
///
/// On file systems without locks, the file counts as locked by this call.
///
/// # Errors
/// If the file can't be opened or created, or is none of ours: see [`open_own`].
pub(crate) fn lock(path: &Path) -> io::Result<Option<File>> {
    for _ in 0..MOST_ATTEMPTS {
        let file = open_or_create_own(path)?;
        match file.try_lock() {
            Err(fs::TryLockError::WouldBlock) => return Ok(None),
            Err(fs::TryLockError::Error(_)) | Ok(()) => {}
        }
        // The holder before may have deleted the file between our opening and our locking it.
        let ours = same_file::Handle::from_file(file.try_clone()?)?;
        let current = open_own(path).and_then(same_file::Handle::from_file);
        if current.is_ok_and(|current| current == ours) {
            return Ok(Some(file));
        }
    }
    Err(io::Error::other("something keeps replacing it"))
}

/// A lock file, which is deleted when it is dropped.
pub(crate) struct LockFile {
    path: PathBuf,
    _file: File,
}

impl LockFile {
    /// Locks the file at `path` as [`lock`] does.
    ///
    /// # Errors
    /// As [`lock`].
    pub(crate) fn acquire(path: PathBuf) -> io::Result<Option<LockFile>> {
        Ok(lock(&path)?.map(|file| LockFile { path, _file: file }))
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // Before the lock is released, or it would be somebody else's.
        let _ = fs::remove_file(&self.path);
    }
}

/// The permissions of any new file in the folder of `path`: the `umask` is not to be had without changing it.
///
/// # Errors
/// If no file can be created there.
#[cfg(unix)]
pub(crate) fn usual_permissions(path: &Path) -> io::Result<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut builder = tempfile::Builder::new();
    let new = builder.permissions(fs::Permissions::from_mode(0o666)).tempfile_in(folder_of(path))?;
    Ok(new.as_file().metadata()?.permissions())
}

/// Syncs the content of `file`, so that it survives a power failure, where the file system can do that.
///
/// # Errors
/// If writing fails.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    where_possible(file.sync_all())
}

/// The same without what is not needed to read the content.
///
/// # Errors
/// If writing fails.
pub(crate) fn sync_data(file: &File) -> io::Result<()> {
    where_possible(file.sync_data())
}

/// Some file systems can't sync, which is no reason to fail: the content is written all the same.
fn where_possible(synced: io::Result<()>) -> io::Result<()> {
    match synced {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}

/// Replaces the file at `path` by what `write` writes. The file is there whole or, after an error, as it was before.
///
/// # Errors
/// Those of `write`, or if the new file can't be created or renamed.
pub(crate) fn replace_whole(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let mut part = tempfile::NamedTempFile::new_in(folder_of(path))?;
    write(part.as_file_mut())?;
    sync(part.as_file())?;
    part.persist(path)?;
    sync_folder(path);
    Ok(())
}

/// Gives the complete file at `part` the name `path`, in the same folder, so that both content and name survive a power
/// failure. Whoever may read any new file of this user may read it.
///
/// # Errors
/// If syncing or renaming fails; the part is then still there.
#[cfg(any(feature = "download", test))]
pub(crate) fn commit(file: File, part: &Path, path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(usual_permissions(path)?)?;
    sync(&file)?;
    // Windows does not rename open files.
    drop(file);
    fs::rename(part, path)?;
    sync_folder(path);
    Ok(())
}

/// Makes the name of `path` durable. Some file systems can't sync folders, which is no reason to fail.
pub(crate) fn sync_folder(path: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(folder_of(path))
    {
        let _ = folder.sync_all();
    }
}

/// The folder that a file is in: `.` for the current one.
pub(crate) fn folder_of(path: &Path) -> &Path {
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
    fn hidden_names_fit_everywhere() {
        assert_eq!(hidden_name("talk.json", "part"), ".talk.json.part");
        let long = "ü".repeat(125);
        for name in [long.as_str(), &format!("a{long}"), &"a".repeat(251)] {
            let hidden = hidden_name(name, "transcribe-checkpoint");
            assert!(
                hidden.len() <= 255 && hidden.starts_with(&format!(".{}", &name[..98 + name.len() % 2])),
                "{hidden}"
            );
            assert_ne!(hidden, hidden_name(&format!("{name}x"), "transcribe-checkpoint"));
            assert!(lock_path(Path::new(name)).as_os_str().len() <= 255);
        }
    }

    #[test]
    fn file_systems_that_cannot_sync_can_be_written_to() {
        where_possible(Err(io::ErrorKind::Unsupported.into())).unwrap();
        let failed = where_possible(Err(io::ErrorKind::StorageFull.into()));
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }

    /// Linux can't sync this one: EINVAL.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_sync_that_the_system_refuses_is_survived() {
        let file = File::options().write(true).open("/dev/null").unwrap();
        assert_eq!(file.sync_all().unwrap_err().kind(), io::ErrorKind::InvalidInput);
        sync(&file).unwrap();
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
        fs::remove_file(&part).unwrap();
        let mut file = open_or_create_own(&part).unwrap();
        file.write_all(b"new").unwrap();
        commit(file, &part, &path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["file"]);
        #[cfg(unix)]
        assert_eq!(fs::metadata(&path).unwrap().permissions(), usual_permissions(&path).unwrap());
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
        let held = LockFile::acquire(path.clone()).unwrap().unwrap();
        assert!(LockFile::acquire(path.clone()).unwrap().is_none());
        drop(held);
        assert!(!path.exists());
    }
}
