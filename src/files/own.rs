//! Files with names that anybody can predict: locks, checkpoints, journals, parts of downloads.
//!
//! Others may have put something else there, in a shared folder or an archive: a link to a file that would be destroyed, a pipe
//! that blocks for ever. So these files are opened here only.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;

/// `FILE_FLAG_OPEN_REPARSE_POINT` of the Windows API.
#[cfg(windows)]
const OPEN_REPARSE_POINT: u32 = 0x0020_0000;

/// Opens the program's own file at `path` for reading.
///
/// # Errors
/// Those of opening; [`io::ErrorKind::Other`] with the reason if it is a link, no regular file, or somebody else's.
pub(crate) fn open_own(path: &Path) -> io::Result<File> {
    open(path, File::options().read(true))
}

/// The same for reading and writing; a missing file is created, readable by the user alone.
///
/// # Errors
/// As [`open_own`].
pub(crate) fn open_or_create_own(path: &Path) -> io::Result<File> {
    open(path, File::options().read(true).write(true).create(true).truncate(false))
}

/// Opens the file at `path` for reading, whoever owns it and whether or not it is a link, but never waits for a pipe.
///
/// # Errors
/// Those of opening; [`io::ErrorKind::Other`] if it is no regular file.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as _);
    }
    let file = options.read(true).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it is no regular file")),
    }
}

/// Whether the file belongs to this user, as far as the file system of `folder`, in which it is, can tell.
pub(crate) fn is_own(file: &Metadata, folder: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        // On some network drives and on memory cards, all files have the same owner, who need not be this user.
        let of_new_files = || Ok::<u32, io::Error>(tempfile::tempfile_in(folder)?.metadata()?.uid());
        file.uid() == rustix::process::geteuid().as_raw() || of_new_files().is_ok_and(|owner| file.uid() == owner)
    }
    #[cfg(not(unix))]
    {
        let _ = (file, folder);
        true
    }
}

fn open(path: &Path, options: &mut fs::OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        // Opening a pipe must not wait for its other end. Reading and writing a regular file waits all the same.
        options.mode(0o600).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY).bits() as _);
    }
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt as _;
        options.custom_flags(OPEN_REPARSE_POINT);
    }
    let folder = super::folder_of(path);
    let refused = |reason| Err(io::Error::other(reason));
    let file = match options.open(path) {
        Ok(file) => file,
        // The system's own messages for links and pipes say little: "too many levels of symbolic links".
        Err(error) => {
            return match path.symlink_metadata() {
                Ok(meta) => refusal(&meta, is_own(&meta, folder)).map_or(Err(error), refused),
                Err(_) => Err(error),
            };
        }
    };
    let meta = file.metadata()?;
    refusal(&meta, is_own(&meta, folder)).map_or(Ok(file), refused)
}

/// Why a file is not taken for one of the program's own; `None`: it may be one.
fn refusal(meta: &Metadata, is_own: bool) -> Option<&'static str> {
    if meta.is_symlink() {
        return Some("it is a link, which is not followed; delete it");
    }
    if !meta.is_file() {
        return Some("it is no regular file; delete it");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if meta.nlink() > 1 {
            return Some("the same file has another name, too (a hard link); delete it");
        }
    }
    (!is_own).then_some("it belongs to somebody else, who may be at work; if not, delete it")
}

#[cfg(test)]
#[cfg(unix)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    /// What opening `path` says, which must not take long.
    fn refused(path: &Path) -> String {
        let (tell, told) = channel();
        let path = path.to_owned();
        std::thread::spawn(move || {
            let open = [open_own, open_or_create_own].map(|open| open(&path).unwrap_err().to_string());
            tell.send(open).unwrap();
        });
        let [reading, writing] = told.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(reading, writing);
        writing
    }

    #[test]
    fn only_regular_files_with_one_name_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("victim"), "mine").unwrap();
        symlink(path("victim"), path("link")).unwrap();
        symlink(path("nowhere"), path("dangling")).unwrap();
        for link in ["link", "dangling"] {
            assert_eq!(refused(&path(link)), "it is a link, which is not followed; delete it");
        }
        fs::hard_link(path("victim"), path("hard")).unwrap();
        assert_eq!(refused(&path("hard")), "the same file has another name, too (a hard link); delete it");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            path("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .unwrap();
        assert_eq!(refused(&path("pipe")), "it is no regular file; delete it");
        assert!(open_regular(&path("pipe")).unwrap_err().to_string().contains("no regular file"));
        let socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        assert_eq!(refused(&path("socket")), "it is no regular file; delete it");
        drop(socket);
        fs::create_dir(path("folder")).unwrap();
        assert_eq!(refused(&path("folder")), "it is no regular file; delete it");
        assert_eq!(fs::read(path("victim")).unwrap(), b"mine");
        assert!(!path("nowhere").exists());
        assert_eq!(open_own(&path("missing")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn what_is_created_is_for_the_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let meta = open_or_create_own(&path).unwrap().metadata().unwrap();
        assert_eq!(meta.permissions().mode() & 0o777, 0o600);
        assert!(is_own(&meta, folder.path()));
        assert_eq!(refusal(&meta, false), Some("it belongs to somebody else, who may be at work; if not, delete it"));
        assert_eq!(refusal(&meta, true), None);
        fs::write(&path, "content").unwrap();
        assert_eq!(io::read_to_string(open_or_create_own(&path).unwrap()).unwrap(), "content");
        assert_eq!(io::read_to_string(open_regular(&path).unwrap()).unwrap(), "content");
    }
}
