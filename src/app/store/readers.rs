//! Who may read a new file: never more people than the recording that it was made from.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

#[cfg(unix)]
use crate::files;

/// Who may read a new file, where the system has such permissions. An existing file keeps those that it has.
#[derive(Clone, Copy, Debug)]
pub enum Readers<'a> {
    /// Whoever may read any new file of this user, by the user's `umask`.
    AsUsual,
    /// Of these, only who may read all of these files, too.
    Of(&'a [PathBuf]),
    /// The user alone.
    User,
}

impl Readers<'_> {
    /// Sets the permissions of `file`, which only the user may read now and which will be at `place`.
    ///
    /// # Errors
    /// If it can't be found out what they are to be.
    #[cfg(unix)]
    pub(super) fn apply(self, file: &File, place: &Path) -> io::Result<()> {
        use std::fs::{self, Permissions};
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

        let usual_mode = || Ok::<u32, io::Error>(files::usual_permissions(place)?.mode() & 0o777);
        let mode = match (fs::metadata(place), self) {
            (Ok(existing), _) => existing.mode() & 0o777,
            (_, Readers::User) => return Ok(()),
            (_, Readers::AsUsual) => usual_mode()?,
            (_, Readers::Of(recordings)) => {
                let group = file.metadata()?.gid();
                recordings.iter().fold(usual_mode()?, |mode, other| mode & allowed(other, group))
            }
        };
        // Where permissions can't be set, the file system has none.
        let _ = file.set_permissions(Permissions::from_mode(mode));
        Ok(())
    }

    #[cfg(not(unix))]
    pub(super) fn apply(self, _: &File, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// The permissions that a file of this group may have if nobody may read it who can't read `other`.
#[cfg(unix)]
fn allowed(other: &Path, group: u32) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    const USER: u32 = 0o600;
    // It was removed in the meantime.
    let Ok(other) = std::fs::metadata(other) else { return USER };
    let (of_group, of_others) = (other.mode() >> 3 & 0o6, other.mode() & 0o6);
    // Members of another group may be among the others or in the group, so they have what both have.
    let of_both = of_group & of_others;
    match other.gid() == group {
        true => USER | of_group << 3 | of_others,
        false => USER | of_both << 3 | of_both,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::app::store::write_whole;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("a file").mode() & 0o777
    }

    #[test]
    fn a_transcript_has_no_more_readers_than_its_recording() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let usual = files::usual_permissions(&path("x")).expect("a mode").mode() & 0o777;
        let write = |readers: Readers<'_>| {
            let _ = fs::remove_file(path("talk.json"));
            write_whole(b"text", &path("talk.json"), false, readers).expect("written");
            mode(&path("talk.json"))
        };
        assert_eq!(write(Readers::AsUsual), usual);
        assert_eq!(write(Readers::User), 0o600);
        let recording = |name: &str, mode: u32| {
            fs::write(path(name), "sound").expect("written");
            fs::set_permissions(path(name), Permissions::from_mode(mode)).expect("set");
            path(name)
        };
        // A recording that nobody may change has a transcript that its user may.
        for (of_recording, most) in [(0o600, 0o600), (0o640, 0o640), (0o444, 0o644), (0o666, 0o666), (0o604, 0o604)] {
            let parts = [recording("a.wav", of_recording)];
            assert_eq!(write(Readers::Of(&parts)), usual & most, "{of_recording:o}");
        }
        let parts = [recording("a.wav", 0o644), recording("b.wav", 0o600)];
        assert_eq!(write(Readers::Of(&parts)), 0o600, "the strictest of the parts counts");
        assert_eq!(write(Readers::Of(&[path("gone.wav")])), 0o600);
        let own_group = fs::metadata(path("a.wav")).expect("a file").gid();
        for (of_recording, expected) in [(0o640, 0o600), (0o644, 0o644), (0o604, 0o600)] {
            assert_eq!(allowed(&recording("c.wav", of_recording), own_group + 1), expected, "{of_recording:o}");
        }
        fs::set_permissions(path("talk.json"), Permissions::from_mode(0o666)).expect("set");
        write_whole(b"new", &path("talk.json"), true, Readers::User).expect("written");
        assert_eq!(mode(&path("talk.json")), 0o666, "an existing file keeps its permissions");
    }
}
