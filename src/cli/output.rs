//! Files that are there whole or not at all.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use transcribe::Error;
use transcribe::digest::Sha256;

/// Longer names get a shorter one for what lies beside them: most systems allow 255 bytes.
const LONG_NAME: usize = 200;

/// A file that we wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Written {
    /// File name without folders.
    pub(super) name: String,
    /// Of its content, 64 lower-case hexadecimal digits.
    pub(super) sha256: String,
}

impl Written {
    /// What `content` at `path` will be.
    pub(super) fn of(path: &Path, content: &[u8]) -> Written {
        Written { name: name_of(path), sha256: digest(content) }
    }

    /// Is `path` this file, as it was written?
    pub(super) fn is_at(&self, path: &Path) -> bool {
        self.name == name_of(path) && Sha256::of_file(path).is_ok_and(|sha256| sha256.to_string() == self.sha256)
    }
}

/// File name without folders.
pub(super) fn name_of(path: &Path) -> String {
    text_of(path.file_name().unwrap_or(path.as_os_str()))
}

/// A name as text; bytes that are none stand as `\xE4`, so that different names stay different.
pub(super) fn text_of(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02X}")));
    }
    text
}

fn digest(content: &[u8]) -> String {
    Sha256::of_bytes(content).to_string()
}

/// The name of a hidden file beside one of this name: `.talk.json.part` for `talk.json` and `part`.
pub(super) fn hidden(name: &str, suffix: &str) -> String {
    if name.len() <= LONG_NAME {
        return format!(".{name}.{suffix}");
    }
    let start: String = name.chars().take(40).collect();
    format!(".{start}-{}.{suffix}", &digest(name.as_bytes())[..16])
}

/// Writes `content` to `path`: to a part file beside it, which then takes its name. Unless it may `replace`, a file that
/// came there in the meantime stays. Nobody else may be writing to `path`.
///
/// # Errors
/// [`Error::Write`], [`Error::Exists`]; nothing is left behind then.
pub(super) fn write(content: &[u8], path: &Path, replace: bool) -> Result<(), Error> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let fail = |source| Error::Write { path: path.into(), source };
    // Somebody may have removed it during the hours of work.
    fs::create_dir_all(folder).map_err(fail)?;
    let part: PathBuf = folder.join(hidden(&name_of(path), "part"));
    // From a run that was killed.
    let _ = fs::remove_file(&part);
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any new file, less what the user's umask takes away.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut part = builder.prefix(&name_of(&part)).rand_bytes(0).tempfile_in(folder).map_err(fail)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_names_fit_everywhere() {
        assert_eq!(hidden("talk.json", "part"), ".talk.json.part");
        let long = "ü".repeat(125);
        assert!(hidden(&long, "transcribe-checkpoint").len() < 150);
        assert_ne!(hidden(&long, "part"), hidden(&format!("{long}x"), "part"));
    }
}
