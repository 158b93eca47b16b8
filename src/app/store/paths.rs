//! Names of files, and the way from one to another.

use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::text_of;
use crate::files;
use crate::format::Format;

/// The longest ending of a file name, in bytes: `.aiff`, `.json`.
const LONGEST_ENDING: usize = 5;

/// Bytes that the name of a file may have on most systems.
const LONGEST_NAME: usize = 255;
/// Longer names without their ending, in bytes, are shortened for all formats alike, to this.
const LONG_STEM: usize = 240;
const SHORTENED_STEM: usize = 220;

/// File name without folders; bytes that are no Unicode as in [`text_of`].
pub fn file_name(path: &Path) -> String {
    text_of(path.file_name().unwrap_or(path.as_os_str()))
}

/// The name of a recording without its ending. What follows the last dot of `2024.05.03 Sitzung` is no ending.
pub fn stem(path: &Path) -> &OsStr {
    let is_ending = |ending: &OsStr| {
        ending.len() <= LONGEST_ENDING && ending.as_encoded_bytes().iter().all(u8::is_ascii_alphanumeric) && {
            // A year or a day.
            ending.as_encoded_bytes().iter().any(u8::is_ascii_alphabetic)
        }
    };
    let name = path.file_name().unwrap_or(path.as_os_str());
    match path.extension() {
        Some(ending) if is_ending(ending) => path.file_stem().unwrap_or(name),
        _ => name,
    }
}

/// Whether `name` names a file on its own, without a folder, on every system, and not a hidden one.
pub fn is_name(name: &str) -> bool {
    let is_special = |c: char| c.is_control() || matches!(c, '/' | '\\') || (cfg!(windows) && "<>:\"|?*".contains(c));
    !name.is_empty() && !name.starts_with('.') && !name.contains(is_special)
}

/// The file of this format in `folder`; in the current folder, `.`, it has no folder before its name. A name that is too long for
/// a file is shortened.
pub fn output_file(folder: &Path, stem: &OsStr, format: Format) -> PathBuf {
    named_file(folder, stem, format.extension())
}

/// The same for any ending without its dot (`results.docx`).
pub fn named_file(folder: &Path, stem: &OsStr, ending: &str) -> PathBuf {
    let is_long = stem.len() > LONG_STEM || stem.len() + 1 + ending.len() > LONGEST_NAME;
    let mut name = if is_long { files::shortened(&text_of(stem), SHORTENED_STEM).into() } else { stem.to_owned() };
    name.push(".");
    name.push(ending);
    if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) }
}

/// The folder that a file lies in: `.` for the current one.
pub fn folder_of(file: &Path) -> &Path {
    files::folder_of(file)
}

/// The folder for what is made of a file: its own, but not where the system lists devices and open files.
pub fn beside(file: &Path) -> &Path {
    let folder = folder_of(file);
    let is_system = folder == "/dev" || ["/dev/fd", "/proc"].iter().any(|system| folder.starts_with(system));
    if cfg!(unix) && is_system { Path::new(".") } else { folder }
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
    fn dots_stay_in_names() {
        for (name, expected) in [
            ("x/2024.05.03 Sitzung.wav", "2024.05.03 Sitzung"),
            ("2024.05.03 Sitzung", "2024.05.03 Sitzung"),
            ("2024.05.03", "2024.05.03"),
            ("2024.05.03_Sitzung", "2024.05.03_Sitzung"),
            ("Protokoll 3.mp3", "Protokoll 3"),
            ("Dr. Müller", "Dr. Müller"),
            ("a.b.m4a", "a.b"),
            (".hidden", ".hidden"),
        ] {
            assert_eq!(stem(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn names_of_255_bytes_have_files() {
        for (stem, ending) in [("A".repeat(251), "wav"), ("ü".repeat(125) + "a", "mp3"), ("日".repeat(83), "opus")] {
            let files: Vec<_> =
                Format::ALL.iter().map(|format| output_file(Path::new("o"), stem.as_ref(), *format)).collect();
            for (format, file) in Format::ALL.iter().zip(&files) {
                let name = file.file_name().and_then(OsStr::to_str).unwrap_or_default();
                assert!(name.len() <= LONGEST_NAME && name.starts_with(&stem[..198]), "{stem}.{ending}: {name}");
                assert!(name.ends_with(&format!(".{}", format.extension())));
                assert_ne!(*file, output_file(Path::new("o"), format!("{stem}x").as_ref(), *format));
            }
        }
        // As long as it may be, for this format.
        let name = "ä".repeat(120);
        assert_eq!(output_file(Path::new("."), name.as_ref(), Format::Json), Path::new(&format!("{name}.json")));
        assert!(output_file(Path::new("."), name.as_ref(), Format::WhisperCpp).as_os_str().len() <= LONGEST_NAME);
    }

    #[test]
    fn a_name_is_no_path() {
        for name in ["talk", "2024.05.03 Sitzung", "Größe 1"] {
            assert!(is_name(name), "{name}");
        }
        for path in ["", ".", "..", "../x", "a/b", "/x", "C:\\x", "a\\b", ".hidden", "a\0b", "a\nb", "\u{1b}[2J"] {
            assert!(!is_name(path), "{path:?}");
        }
        assert_eq!(is_name("10:30"), !cfg!(windows), "a stream of the file `10`");
    }

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
