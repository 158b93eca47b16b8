//! Files that people name, or that lie in their folders: never a wait for the other end of a pipe.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

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
/// As [`open()`].
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    open(path)?.read_to_end(&mut content)?;
    Ok(content)
}
