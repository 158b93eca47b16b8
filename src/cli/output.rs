//! Files that are there whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use transcribe::format::{self, Format};
use transcribe::{Error, Transcript};

/// Writes `transcript` to `path`: to a part file beside it, which then takes its name. Without `overwrite` a file that
/// came there in the meantime stays.
///
/// # Errors
/// [`Error::Write`], [`Error::Exists`]; nothing is left behind then.
pub(super) fn write(transcript: &Transcript, format: Format, path: &Path, overwrite: bool) -> Result<(), Error> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let fail = |source| Error::Write { path: path.into(), source };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any new file, less what the user's umask takes away.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let part = builder.prefix(".transcribe-").suffix(".part").tempfile_in(folder).map_err(fail)?;
    let mut out = BufWriter::new(part);
    format::write(format, transcript, &mut out).and_then(|()| out.flush()).map_err(fail)?;
    let part = out.into_inner().map_err(|e| fail(e.into_error()))?;
    part.as_file().sync_all().map_err(fail)?;
    match overwrite {
        true => part.persist(path).map_err(|e| fail(e.error))?,
        false => part.persist_noclobber(path).map_err(|e| match e.error.kind() {
            io::ErrorKind::AlreadyExists => Error::Exists { path: path.into() },
            _ => fail(e.error),
        })?,
    };
    // The new name is safe only when the folder is.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}
