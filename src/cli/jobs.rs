//! The plan: which recording goes into which files. Made before any work, so that a mistake costs no time.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use transcribe::Error;
use transcribe::format::Format;

/// One recording and its files.
#[derive(Debug, PartialEq)]
pub(super) struct Job {
    /// As given; `-` for standard input.
    pub(super) recording: PathBuf,
    /// Folder of the files.
    pub(super) folder: PathBuf,
    pub(super) files: Vec<(Format, PathBuf)>,
}

/// Standard input?
pub(super) fn is_stdin(recording: &Path) -> bool {
    recording.as_os_str() == "-"
}

/// One job a recording, in order.
///
/// # Errors
/// If two recordings would write the same file.
pub(super) fn plan(recordings: &[PathBuf], formats: &[Format], folder: Option<&Path>) -> Result<Vec<Job>, String> {
    let jobs: Vec<Job> = recordings.iter().map(|r| job(r, formats, folder)).collect();
    let mut taken: BTreeMap<PathBuf, &Path> = BTreeMap::new();
    for job in &jobs {
        // One folder can be written in many ways: `x`, `./x`, `x/../x`, through a link.
        let folder = std::fs::canonicalize(&job.folder).or_else(|_| std::path::absolute(&job.folder));
        let folder = folder.unwrap_or_else(|_| job.folder.clone());
        for (_, file) in &job.files {
            let place = folder.join(file.file_name().unwrap_or_default());
            if let Some(other) = taken.insert(place, &job.recording) {
                let (file, recording) = (file.display(), job.recording.display());
                return Err(match other == job.recording {
                    true => format!("`{recording}` is given twice"),
                    false => format!(
                        "`{}` and `{recording}` would both be written to `{file}`\n\
                         hint: rename one, or transcribe them one by one with different `-o` folders",
                        other.display()
                    ),
                });
            }
        }
    }
    Ok(jobs)
}

fn job(recording: &Path, formats: &[Format], folder: Option<&Path>) -> Job {
    let stem = match is_stdin(recording) {
        true => OsString::from("stdin"),
        false => recording.file_stem().unwrap_or(recording.as_os_str()).to_owned(),
    };
    let beside = recording.parent().unwrap_or(Path::new(""));
    let folder = match folder.unwrap_or(beside) {
        folder if folder.as_os_str().is_empty() => Path::new("."),
        folder => folder,
    };
    let file = |format: &Format| {
        let mut name = stem.clone();
        name.push(".");
        name.push(format.extension());
        let path = if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) };
        (*format, path)
    };
    Job { recording: recording.into(), folder: folder.into(), files: formats.iter().map(file).collect() }
}

impl Job {
    /// Can the files be written? Makes the folder if it is not there.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::Write`].
    pub(super) fn check(&self, overwrite: bool) -> Result<(), Error> {
        if self.files.is_empty() {
            return Ok(());
        }
        let write = |source| Error::Write { path: self.folder.clone(), source };
        std::fs::create_dir_all(&self.folder).map_err(write)?;
        for (_, file) in &self.files {
            if file.is_dir() {
                let source = std::io::ErrorKind::IsADirectory.into();
                return Err(Error::Write { path: file.clone(), source });
            }
            if !overwrite && file.symlink_metadata().is_ok() {
                return Err(Error::Exists { path: file.clone() });
            }
        }
        tempfile::tempfile_in(&self.folder).map(drop).map_err(write)
    }

    /// For people and for JSON.
    pub(super) fn name(&self) -> String {
        match is_stdin(&self.recording) {
            true => "stdin".into(),
            false => self.recording.file_name().unwrap_or(self.recording.as_os_str()).to_string_lossy().into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(recordings: &[&str], folder: Option<&str>) -> Result<Vec<String>, String> {
        let recordings: Vec<PathBuf> = recordings.iter().map(PathBuf::from).collect();
        let jobs = plan(&recordings, &[Format::Json], folder.map(Path::new))?;
        Ok(jobs.iter().flat_map(|j| j.files.iter().map(|f| f.1.display().to_string())).collect())
    }

    #[test]
    fn files_lie_beside_the_recording_or_in_the_folder() {
        assert_eq!(files(&["a.wav", "x/b.c.mp3"], None).expect("a plan"), ["a.json", "x/b.c.json"]);
        assert_eq!(files(&["a.wav", "-"], Some("out")).expect("a plan"), ["out/a.json", "out/stdin.json"]);
    }

    #[test]
    fn no_transcript_is_lost_to_another() {
        assert!(files(&["a.wav", "a.mp3"], None).expect_err("a clash").contains("a.json"));
        assert!(files(&["x/a.wav", "y/a.wav"], Some("out")).is_err());
        assert!(files(&["x/a.wav", "y/a.wav"], None).is_ok());
        assert!(files(&["a.wav", "a.wav"], None).expect_err("a clash").contains("twice"));
    }
}
