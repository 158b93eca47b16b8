//! The plan: which recording goes into which files. Made before any work, so that a mistake costs no time.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use transcribe::Error;
use transcribe::format::Format;

use super::checkpoint;
use super::output::{Written, name_of};

/// One recording and its files.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Job {
    /// As given, in order; more than one if the recording lies in several files. `-` for standard input.
    pub(super) parts: Vec<PathBuf>,
    /// For messages.
    pub(super) name: String,
    /// Folder of the files.
    pub(super) folder: PathBuf,
    /// Their names without extension.
    stem: OsString,
    pub(super) files: Vec<(Format, PathBuf)>,
    /// Files that an earlier run wrote for it, which may be replaced if they are still the same.
    pub(super) ours: Vec<Written>,
}

/// Standard input?
pub(super) fn is_stdin(recording: &Path) -> bool {
    recording.as_os_str() == "-"
}

/// Jobs whose files would be the same: the second with the first, by their numbers, and one of the files.
pub(super) fn clashes(jobs: &[Job]) -> Vec<(usize, usize, PathBuf)> {
    let mut folders: BTreeMap<&Path, PathBuf> = BTreeMap::new();
    let mut taken: BTreeMap<PathBuf, usize> = BTreeMap::new();
    let mut clashes = Vec::new();
    for (number, job) in jobs.iter().enumerate() {
        // One folder can be written in many ways: `x`, `./x`, `x/../x`, through a link.
        let folder = folders.entry(&job.folder).or_insert_with(|| {
            let real = std::fs::canonicalize(&job.folder).or_else(|_| std::path::absolute(&job.folder));
            real.unwrap_or_else(|_| job.folder.clone())
        });
        for (_, file) in &job.files {
            match taken.entry(folder.join(file.file_name().unwrap_or_default())) {
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert(number);
                }
                std::collections::btree_map::Entry::Occupied(other) => {
                    clashes.push((*other.get(), number, file.clone()));
                    break;
                }
            }
        }
    }
    clashes
}

impl Job {
    /// The recording in `parts`, whose files go into `folder`, or beside the first part.
    pub(super) fn new(parts: Vec<PathBuf>, formats: &[Format], folder: Option<&Path>) -> Job {
        let recording = parts.first().map_or(Path::new(""), PathBuf::as_path);
        let (stem, name) = match is_stdin(recording) {
            true => (OsString::from("stdin"), "stdin".to_owned()),
            false => (recording.file_stem().unwrap_or(recording.as_os_str()).to_owned(), name_of(recording)),
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
        let files = formats.iter().map(file).collect();
        let folder = folder.into();
        Job { name, folder, files, stem, parts, ours: Vec::new() }
    }

    /// The recording, or its first part.
    pub(super) fn recording(&self) -> &Path {
        self.parts.first().map_or(Path::new(""), PathBuf::as_path)
    }

    /// Where its checkpoint lies; `None` if it needs none.
    pub(super) fn checkpoint(&self) -> Option<PathBuf> {
        let wanted = !self.files.is_empty() && !is_stdin(self.recording());
        wanted.then(|| checkpoint::place(&self.folder, &self.stem.to_string_lossy()))
    }

    /// A file that is there, is not ours, and may not be replaced.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::Write`] if it is a folder.
    pub(super) fn conflict(&self, overwrite: bool) -> Result<(), Error> {
        let mut ours = None;
        for (_, file) in &self.files {
            if file.is_dir() {
                let source = std::io::ErrorKind::IsADirectory.into();
                return Err(Error::Write { path: file.clone(), source });
            }
            if overwrite || file.symlink_metadata().is_err() {
                continue;
            }
            let earlier = || self.checkpoint().map(|path| checkpoint::written(&path)).unwrap_or_default();
            let ours = ours.get_or_insert_with(|| [self.ours.clone(), earlier()].concat());
            if !ours.iter().any(|written| written.is_at(file)) {
                return Err(Error::Exists { path: file.clone() });
            }
        }
        Ok(())
    }

    /// Makes the folder if it is not there, and sees whether files can be written to it.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub(super) fn prepare(&self) -> Result<(), Error> {
        if self.files.is_empty() {
            return Ok(());
        }
        let write = |source| Error::Write { path: self.folder.clone(), source };
        std::fs::create_dir_all(&self.folder).map_err(write)?;
        tempfile::tempfile_in(&self.folder).map(drop).map_err(write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs(recordings: &[&str], folder: Option<&str>) -> Vec<Job> {
        let job = |r: &&str| Job::new(vec![r.into()], &[Format::Json], folder.map(Path::new));
        recordings.iter().map(job).collect()
    }

    #[test]
    fn files_lie_beside_the_recording_or_in_the_folder() {
        let files = |recordings: &[&str], folder| -> Vec<String> {
            let jobs = jobs(recordings, folder);
            jobs.iter().flat_map(|j| j.files.iter().map(|f| f.1.display().to_string())).collect()
        };
        assert_eq!(files(&["a.wav", "x/b.c.mp3"], None), ["a.json", "x/b.c.json"]);
        assert_eq!(files(&["a.wav", "-"], Some("out")), ["out/a.json", "out/stdin.json"]);
    }

    #[test]
    fn no_transcript_is_lost_to_another() {
        let clash = |recordings: &[&str], folder| clashes(&jobs(recordings, folder)).len();
        assert_eq!(clash(&["a.wav", "a.mp3"], None), 1);
        assert_eq!(clash(&["x/a.wav", "y/a.wav", "z/./a.wav"], Some("out")), 2);
        assert_eq!(clash(&["x/a.wav", "y/a.wav"], None), 0);
        assert_eq!(clash(&["a.wav", "./a.wav"], None), 1);
    }
}
