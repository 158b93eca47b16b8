//! Names of files, and the way from one to another.

use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::text_of;
use crate::format::Format;

/// File name without folders; bytes that are no Unicode as in [`text_of`].
pub fn file_name(path: &Path) -> String {
    text_of(path.file_name().unwrap_or(path.as_os_str()))
}

/// The file of this format in `folder`; in the current folder, `.`, it has no folder before its name.
pub fn output_file(folder: &Path, stem: &OsStr, format: Format) -> PathBuf {
    let mut name = stem.to_owned();
    name.push(".");
    name.push(format.extension());
    if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) }
}

/// The folder that a file lies in: `.` for the current one.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// How a file in `folder` links to `target`: a relative path with slashes. `None` if the names are not Unicode.
pub fn link(target: &Path, folder: &Path) -> Option<String> {
    let (target, folder) = (std::path::absolute(target).ok()?, std::path::absolute(folder).ok()?);
    let relative = pathdiff::diff_paths(&target, &folder)?;
    let parts: Option<Vec<&str>> = relative
        .components()
        .map(|part| match part {
            Component::RootDir => Some(""),
            part => part.as_os_str().to_str(),
        })
        .collect();
    // RFC 3986, 4.2: a colon in the first part would make a scheme of it.
    let colon = |parts: &[&str]| parts.first().is_some_and(|part| part.contains(':'));
    parts.map(|parts| [if colon(&parts) { "./" } else { "" }, &parts.join("/")].concat())
}

/// The file `name` in `folder`, for a name that comes from a file; a link out of the folder is refused.
///
/// # Errors
/// [`io::ErrorKind::PermissionDenied`] for such a link; those of looking it up.
pub fn inside(folder: &Path, name: &str) -> io::Result<PathBuf> {
    let file = folder.join(name);
    let real = file.canonicalize()?;
    if real.parent() != Some(&*folder.canonicalize()?) {
        let reason = "it is a link to another folder; `--media` takes its target";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_go_by_slashes() {
        assert_eq!(link(Path::new("a/b.wav"), Path::new("a")).as_deref(), Some("b.wav"));
        assert_eq!(link(Path::new("a/ü 1.wav"), Path::new("out/x")).as_deref(), Some("../../a/ü 1.wav"));
        assert_eq!(link(Path::new("file:a"), Path::new(".")).as_deref(), Some("./file:a"));
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_a_folder_are_refused() -> io::Result<()> {
        let place = tempfile::tempdir()?;
        let folder = place.path().join("in");
        std::fs::create_dir(&folder)?;
        std::fs::write(place.path().join("out.wav"), "")?;
        std::fs::write(folder.join("real.wav"), "")?;
        std::os::unix::fs::symlink("../out.wav", folder.join("out.wav"))?;
        std::os::unix::fs::symlink("real.wav", folder.join("in.wav"))?;
        assert_eq!(inside(&folder, "in.wav")?, folder.join("in.wav"));
        assert_eq!(inside(&folder, "out.wav").map_err(|e| e.kind()), Err(io::ErrorKind::PermissionDenied));
        assert_eq!(inside(&folder, "none.wav").map_err(|e| e.kind()), Err(io::ErrorKind::NotFound));
        Ok(())
    }
}
