//! Files that are there whole or not at all.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::paths::{file_name, folder_of};
use crate::Error;
use crate::digest::Sha256;
use crate::names::composed;

/// Names of hidden files are shortened from this length on, in bytes: most systems allow 255.
const LONG_NAME: usize = 200;

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
        self.is_called(&file_name(path)) && Sha256::of_file(path).is_ok_and(|sha256| sha256.to_string() == self.sha256)
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

/// The name of a hidden file beside one of this name: `.talk.json.part` for `talk.json` and `part`.
pub(crate) fn hidden_name(name: &str, suffix: &str) -> String {
    if name.len() <= LONG_NAME {
        return format!(".{name}.{suffix}");
    }
    let start: String = name.chars().take(40).collect();
    format!(".{start}-{}.{suffix}", &Sha256::of_bytes(name).to_string()[..16])
}

/// Writes `content` to a hidden part file beside `path` and renames it. Without `replace`, a file that exists there by then
/// stays. The caller makes sure that no other process writes to `path`.
///
/// # Errors
/// [`Error::Write`], [`Error::Exists`]; nothing is left behind then.
pub fn write_whole(content: &[u8], path: &Path, replace: bool) -> Result<(), Error> {
    let folder = folder_of(path);
    let fail = |source| Error::Write { path: path.into(), source };
    // It may have been deleted during hours of work.
    fs::create_dir_all(folder).map_err(fail)?;
    let part: PathBuf = folder.join(hidden_name(&file_name(path), "part"));
    // Left by a run that was killed.
    let _ = fs::remove_file(&part);
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As for any new file; the user's umask applies.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut part = builder.prefix(&file_name(&part)).rand_bytes(0).tempfile_in(folder).map_err(fail)?;
    part.write_all(content).and_then(|()| part.as_file().sync_all()).map_err(fail)?;
    match replace {
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
pub(crate) fn write_all(files: Vec<(PendingFile, bool)>) -> (Vec<WrittenFile>, Vec<Error>) {
    let (mut written, mut errors) = (Vec::new(), Vec::new());
    for (file, may_replace) in files {
        match write_whole(&file.content, &file.path, may_replace) {
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

    #[test]
    fn hidden_names_fit_everywhere() {
        assert_eq!(hidden_name("talk.json", "part"), ".talk.json.part");
        let long = "ü".repeat(125);
        assert!(hidden_name(&long, "transcribe-checkpoint").len() < 150);
        assert_ne!(hidden_name(&long, "part"), hidden_name(&format!("{long}x"), "part"));
    }
}
