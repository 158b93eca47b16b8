//! The key of this user, with which the lines of checkpoints and of journals of live sessions are sealed, so that nobody can
//! plant a transcript in one.

use std::fs::File;
#[cfg(unix)]
use std::fs::Permissions;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::whole::write_new;
use crate::digest::Sha256;
use crate::{Error, files};

/// 32 random bytes that only this user can read.
#[derive(Clone)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// The key of this user, which is made if there is none.
    ///
    /// # Errors
    /// [`Error::Read`] if there is a file and it is no key of this user, [`Error::Write`] if none can be made.
    pub(crate) fn of_user() -> Result<Key, Error> {
        let no_home = || Error::Write { path: "key".into(), source: io::Error::other("this user has no home folder") };
        Key::at(&path().ok_or_else(no_home)?)
    }

    /// The key of this user, if there is one.
    pub(crate) fn existing() -> Option<Key> {
        Key::read(&path()?).ok()
    }

    fn at(path: &Path) -> Result<Key, Error> {
        let unreadable = |source| Error::Read { path: path.into(), source };
        match Key::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            read => return read.map_err(unreadable),
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| unreadable(io::Error::other(error)))?;
        match write_new(&key, path) {
            // Another process was faster, and its key is this user's.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(Error::Write { path: path.into(), source: error })
            }
            _ => Key::read(path).map_err(unreadable),
        }
    }

    fn read(path: &Path) -> io::Result<Key> {
        let mut key = Vec::new();
        let file = files::open_own(path)?;
        if was_readable_by_others(&file)? {
            // What they can seal proves nothing.
            std::fs::remove_file(path)?;
            return Err(io::ErrorKind::NotFound.into());
        }
        file.take(33).read_to_end(&mut key)?;
        key.try_into().map(Key).map_err(|_| io::Error::other("it has not 32 bytes; delete it"))
    }

    /// The HMAC of `parts`, one behind the other.
    pub(super) fn seal(&self, parts: &[&[u8]]) -> Sha256 {
        Sha256::keyed(&self.0, parts)
    }

    #[cfg(any(test, fuzzing))]
    pub(crate) fn for_test(byte: u8) -> Key {
        Key([byte; 32])
    }
}

/// Whether others could read the file. They can't any more then; where a file system has no permissions of files, that is not known.
fn was_readable_by_others(file: &File) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let is_open = || Ok::<_, io::Error>(file.metadata()?.permissions().mode() & 0o077 != 0);
        Ok(is_open()? && file.set_permissions(Permissions::from_mode(0o600)).is_ok() && !is_open()?)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        Ok(false)
    }
}

/// Where the key is: in the folder for the state of programs, or where a system has none, in that for data that stays on this
/// computer.
fn path() -> Option<PathBuf> {
    let user = etcetera::base_strategy::choose_native_strategy().ok()?;
    let local = if cfg!(windows) { user.cache_dir() } else { user.data_dir() };
    Some(user.state_dir().unwrap_or(local).join("transcribe").join("key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_the_user_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state/transcribe/key");
        assert_eq!(Key::read(&path).err().map(|error| error.kind()), Some(io::ErrorKind::NotFound));
        let keys = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| Key::at(&path).expect("a key").0)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect::<Vec<_>>()
        });
        assert!(keys.iter().all(|key| *key == keys[0] && *key != [0; 32]), "one key for all");
        assert_eq!(std::fs::read(&path).expect("the key"), keys[0]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("allowed");
            assert_eq!(std::fs::metadata(&path).expect("the key").permissions().mode() & 0o777, 0o600);
            mode(0o644);
            let new = Key::at(&path).expect("a key").0;
            assert!(new != keys[0] && new == Key::at(&path).expect("the same").0, "others know the old one");
        }
        std::fs::write(&path, "short").expect("written");
        assert!(matches!(Key::at(&path), Err(Error::Read { .. })));
    }

    #[test]
    fn no_key_is_made_where_none_can_be_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("state"), "a file").expect("written");
        assert!(Key::at(&folder.path().join("state/transcribe/key")).is_err());
    }
}
