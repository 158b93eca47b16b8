//! Files that are there whole or not at all.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tempfile::{NamedTempFile, PersistError};

use super::Readers;
use super::paths::file_name;
use crate::Error;
use crate::digest::Sha256;
use crate::files::{self, LockFile, folder_of, hidden_name, lock_path};
use crate::names::composed;

/// How long to wait for another process that changes the same file.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// A file that this program wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenFile {
    /// File name without folders.
    pub name: String,
    /// SHA-256 of its content, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

impl WrittenFile {
    /// What a file at `path` with this content is recorded as.
    pub(crate) fn new(path: &Path, content: &[u8]) -> WrittenFile {
        WrittenFile { name: file_name(path), sha256: Sha256::of_bytes(content).to_string() }
    }

    /// Whether this is its name, however that is composed.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        composed(&self.name) == composed(name)
    }

    /// Whether `path` is this file, byte for byte as it was written.
    pub fn is_at(&self, path: &Path) -> bool {
        let content = || Sha256::of_reader(files::open_regular(path)?, |_| ControlFlow::Continue(()));
        self.is_called(&file_name(path)) && content().is_ok_and(|sha256| sha256.to_string() == self.sha256)
    }
}

/// A name as text. Bytes that are no Unicode become `\xE4`, so that different names stay different.
pub fn text_of(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02X}")));
    }
    text
}

/// Writes `content` to a hidden part file beside `path` and renames it. Without `replace`, a file that exists there by then
/// stays; with it, an existing file keeps its permissions, and a link of this user stays a link: what it leads to is replaced. The
/// caller makes sure that no other process writes to `path`.
///
/// # Errors
/// [`Error::Write`], [`Error::Exists`]; nothing is left behind then.
pub fn write_whole(content: &[u8], path: &Path, replace: bool, readers: Readers<'_>) -> Result<(), Error> {
    let fail = |source| Error::Write { path: path.into(), source };
    // It may have been deleted during hours of work.
    fs::create_dir_all(folder_of(path)).map_err(fail)?;
    let place = if replace { replaceable(path)? } else { path.to_owned() };
    let folder = folder_of(&place);
    let part: PathBuf = folder.join(hidden_name(&file_name(&place), "part"));
    // Left by a run that was killed.
    let _ = fs::remove_file(&part);
    let builder = tempfile::Builder::new().prefix(&file_name(&part)).rand_bytes(0).tempfile_in(folder);
    let mut part = builder.map_err(|source| Error::Write { path: part, source })?;
    let written = part.write_all(content).and_then(|()| readers.apply(part.as_file(), &place));
    written.and_then(|()| files::sync(part.as_file())).map_err(fail)?;
    match replace {
        true => part.persist(&place).map(drop).map_err(|e| fail(e.error))?,
        false => rename_new(part, &place, NamedTempFile::persist_noclobber).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Error::Exists { path: path.into() },
            _ => fail(error),
        })?,
    }
    // The new name is safe only when the folder is.
    files::sync_folder(&place);
    Ok(())
}

/// The right to change a file, until it is dropped.
#[must_use]
pub struct Changing {
    /// `None`: nobody can.
    _lock: Option<LockFile>,
}

impl Changing {
    /// Waits until no other process changes the file at `path`, which is to be read, changed and written. Whoever changes files of
    /// others so loses nothing that they write meanwhile.
    ///
    /// # Errors
    /// [`Error::Busy`] if it takes longer than a few seconds, [`Error::Write`] if the lock file can't be created or is none of ours.
    pub fn wait(path: &Path) -> Result<Changing, Error> {
        // Two links may lead to one file.
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !place.is_file() {
            return Ok(Changing { _lock: None });
        }
        let lock = lock_path(&place);
        let deadline = Instant::now() + PATIENCE;
        loop {
            match LockFile::acquire(lock.clone()) {
                Ok(Some(lock)) => return Ok(Changing { _lock: Some(lock) }),
                // Where no lock can be created, nothing can be replaced.
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) =>
                {
                    return Ok(Changing { _lock: None });
                }
                Ok(None) | Err(_) if Instant::now() < deadline => thread::sleep(PAUSE),
                Ok(None) => return Err(Error::Busy { path: path.into(), holder: None }),
                Err(source) => return Err(Error::Write { path: lock, source }),
            }
        }
    }
}

/// Writes a new file that only the user may read, which other processes may try at the same time.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] if there is such a file, and those of writing; nothing is left behind then.
pub(super) fn write_new(content: &[u8], path: &Path) -> io::Result<()> {
    fs::create_dir_all(folder_of(path))?;
    let mut part = NamedTempFile::new_in(folder_of(path))?;
    part.write_all(content).and_then(|()| files::sync(part.as_file()))?;
    rename_new(part, path, NamedTempFile::persist_noclobber)?;
    files::sync_folder(path);
    Ok(())
}

/// Renames `part` to `place`, where nothing may be: with `rename`, or where the file system has no such way (no hard links,
/// like memory cards and some network drives), by taking the name first. A file that somebody else puts there stays in any case.
fn rename_new(
    part: NamedTempFile,
    place: &Path,
    rename: impl FnOnce(NamedTempFile, PathBuf) -> Result<File, PersistError>,
) -> io::Result<()> {
    let Err(PersistError { error, file: part }) = rename(part, place.to_owned()) else { return Ok(()) };
    if error.kind() == io::ErrorKind::AlreadyExists {
        return Err(error);
    }
    drop(File::create_new(place)?);
    part.persist(place).map(drop).map_err(|error| {
        let _ = fs::remove_file(place);
        error.error
    })
}

/// The file that is replaced when `path` is: what it leads to if it is a link.
///
/// # Errors
/// [`Error::Write`] if it must not be replaced: it is a folder, a device, read-only, or somebody else's link.
pub(crate) fn replaceable(path: &Path) -> Result<PathBuf, Error> {
    let fail = |source| Error::Write { path: path.into(), source };
    let refuse = |kind, reason: &str| Err(fail(io::Error::new(kind, reason)));
    let mut place = path.to_owned();
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(place),
        Err(error) => return Err(fail(error)),
        Ok(meta) if meta.is_symlink() => {
            if !files::is_own(&meta, folder_of(path)) {
                return refuse(io::ErrorKind::Other, "it is a link of somebody else; delete it");
            }
            place = match fs::canonicalize(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return refuse(io::ErrorKind::Other, "it is a link that leads nowhere; delete it");
                }
                target => target.map_err(fail)?,
            };
        }
        Ok(_) => {}
    }
    let meta = place.metadata().map_err(fail)?;
    if meta.is_dir() {
        return Err(fail(io::ErrorKind::IsADirectory.into()));
    }
    if !meta.is_file() {
        return refuse(io::ErrorKind::Other, "it is no regular file");
    }
    if meta.permissions().readonly() {
        return refuse(io::ErrorKind::PermissionDenied, "it is read-only");
    }
    // Renaming needs the right to write to the folder only.
    File::options().write(true).open(&place).map_err(fail)?;
    Ok(place)
}

/// A file that is about to be written.
pub(crate) struct PendingFile {
    pub(crate) path: PathBuf,
    pub(crate) content: Vec<u8>,
    pub(crate) record: WrittenFile,
}

impl PendingFile {
    pub(crate) fn new(path: PathBuf, content: Vec<u8>) -> PendingFile {
        PendingFile { record: WrittenFile::new(&path, &content), path, content }
    }
}

/// Writes all `files`; with `true` an existing file is replaced. Gives the files that were written, and the errors of the
/// others.
///
/// The caller records the files as its own beforehand, so that a run that is killed between two files may replace them later.
pub(crate) fn write_all(files: Vec<(PendingFile, bool)>, readers: Readers<'_>) -> (Vec<WrittenFile>, Vec<Error>) {
    let (mut written, mut errors) = (Vec::new(), Vec::new());
    for (file, may_replace) in files {
        match write_whole(&file.content, &file.path, may_replace, readers) {
            Ok(()) => written.push(file.record),
            // There may be room for the others.
            Err(error) => errors.push(error),
        }
    }
    (written, errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<String> = entries.map(|entry| file_name(&entry.expect("an entry").path())).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_system_without_hard_links_can_be_written_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("talk.json");
        let part = |content: &str| {
            let mut part = NamedTempFile::new_in(folder.path()).expect("a part");
            part.write_all(content.as_bytes()).expect("written");
            part
        };
        for kind in [io::ErrorKind::Unsupported, io::ErrorKind::PermissionDenied, io::ErrorKind::InvalidInput] {
            let no_links = |file, _| Err(PersistError { error: kind.into(), file });
            rename_new(part("whole"), &place, no_links).expect("written");
            assert_eq!(fs::read_to_string(&place).expect("text"), "whole");
            let again = rename_new(part("other"), &place, no_links).expect_err("it exists");
            assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(&place).expect("text"), "whole");
            assert_eq!(names(folder.path()), ["talk.json"]);
            fs::remove_file(&place).expect("removed");
        }
        rename_new(part("whole"), &place, NamedTempFile::persist_noclobber).expect("written");
        let again = rename_new(part("other"), &place, NamedTempFile::persist_noclobber).expect_err("it exists");
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn two_at_once_change_a_file_one_after_the_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("count");
        fs::write(&path, "0").expect("written");
        let count_on = || {
            for _ in 0..20 {
                let _alone = Changing::wait(&path).expect("alone");
                let count: u32 = fs::read_to_string(&path).expect("text").parse().expect("a number");
                write_whole((count + 1).to_string().as_bytes(), &path, true, Readers::AsUsual).expect("written");
            }
        };
        thread::scope(|scope| (0..3).for_each(|_| drop(scope.spawn(count_on))));
        assert_eq!(fs::read_to_string(&path).expect("text"), "60");
        assert_eq!(names(folder.path()), ["count"]);
    }

    #[test]
    fn read_only_files_and_folders_are_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("talk.json");
        fs::write(&path, "mine").expect("written");
        let mut permissions = fs::metadata(&path).expect("a file").permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions.clone()).expect("read-only");
        let error = write_whole(b"new", &path, true, Readers::AsUsual).expect_err("refused").to_string();
        assert!(error.ends_with("talk.json`: it is read-only"), "{error}");
        assert_eq!(fs::read_to_string(&path).expect("text"), "mine");
        let error = write_whole(b"new", folder.path(), true, Readers::AsUsual).expect_err("refused").to_string();
        assert!(error.ends_with("is a directory"), "{error}");
        assert_eq!(names(folder.path()), ["talk.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_what_it_leads_to_is_replaced() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("elsewhere")).expect("a folder");
        fs::write(path("elsewhere/real.json"), "old").expect("written");
        fs::set_permissions(path("elsewhere/real.json"), fs::Permissions::from_mode(0o664)).expect("set");
        symlink("elsewhere/real.json", path("talk.json")).expect("linked");
        let exists = write_whole(b"new", &path("talk.json"), false, Readers::AsUsual);
        assert!(matches!(exists, Err(Error::Exists { .. })));
        write_whole(b"new", &path("talk.json"), true, Readers::User).expect("written");
        assert!(path("talk.json").is_symlink());
        assert_eq!(fs::read_to_string(path("elsewhere/real.json")).expect("text"), "new");
        assert_eq!(fs::metadata(path("elsewhere/real.json")).expect("a file").permissions().mode() & 0o777, 0o664);
        symlink("nowhere", path("dangling.json")).expect("linked");
        let error = write_whole(b"new", &path("dangling.json"), true, Readers::AsUsual).expect_err("refused");
        assert!(error.to_string().ends_with("it is a link that leads nowhere; delete it"), "{error}");
        assert_eq!(names(folder.path()), ["dangling.json", "elsewhere", "talk.json"]);
        assert_eq!(names(&path("elsewhere")), ["real.json"]);
    }
}
