//! The plan: which recording goes into which files. Made before any work, so that a mistake costs no time.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use transcribe::Error;
use transcribe::format::Format;

use super::output::{Written, name_of, text_of};
use super::{checkpoint, paths};

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
    /// Those hold the whole recording.
    pub(super) was_done: bool,
}

/// Standard input?
pub(super) fn is_stdin(recording: &Path) -> bool {
    recording.as_os_str() == "-"
}

/// Two jobs that are in each other's way.
#[derive(Debug, PartialEq)]
pub(super) struct Clash {
    /// By their numbers; the same twice if a recording is in its own way.
    pub(super) jobs: (usize, usize),
    /// Both would write it, or the second would, and it is the recording of the first.
    pub(super) file: PathBuf,
    pub(super) recording: bool,
}

/// Jobs that would write the same file, or over a recording.
pub(super) fn clashes(jobs: &[&Job]) -> Vec<Clash> {
    let mut folders: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    // One folder can be written in many ways: `x`, `./x`, `x/../x`, through a link.
    let mut real = |file: &Path| {
        let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let real = folders.entry(folder.into()).or_insert_with(|| {
            let real = std::fs::canonicalize(folder).or_else(|_| std::path::absolute(folder));
            real.unwrap_or_else(|_| folder.into())
        });
        real.join(file.file_name().unwrap_or_default())
    };
    let mut taken: BTreeMap<PathBuf, (usize, bool)> = BTreeMap::new();
    let mut clashes = Vec::new();
    for (number, job) in jobs.iter().enumerate() {
        for part in job.parts.iter().filter(|part| !is_stdin(part)) {
            taken.insert(real(part), (number, true));
        }
    }
    for (number, job) in jobs.iter().enumerate() {
        for (_, file) in &job.files {
            match taken.entry(real(file)) {
                Entry::Vacant(free) => {
                    free.insert((number, false));
                }
                Entry::Occupied(other) => {
                    let (first, recording) = *other.get();
                    clashes.push(Clash { jobs: (first, number), file: file.clone(), recording });
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
        let folder: PathBuf = folder.into();
        let files = Vec::new();
        let mut job = Job { name, folder, files, stem, parts, ours: Vec::new(), was_done: false };
        job.files = formats.iter().map(|format| (*format, job.file(*format))).collect();
        job
    }

    /// Where its file of this format is, if it has one.
    pub(super) fn file(&self, format: Format) -> PathBuf {
        paths::file(&self.folder, &self.stem, format)
    }

    /// The recording, or its first part.
    pub(super) fn recording(&self) -> &Path {
        self.parts.first().map_or(Path::new(""), PathBuf::as_path)
    }

    /// Where its checkpoint lies; `None` if it needs none.
    pub(super) fn checkpoint(&self) -> Option<PathBuf> {
        let wanted = !self.files.is_empty() && !is_stdin(self.recording());
        wanted.then(|| checkpoint::place(&self.folder, &text_of(&self.stem)))
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
            match file.symlink_metadata() {
                Ok(_) if !overwrite => {}
                // It is too long. All else is seen when the folder is made.
                Err(source) if source.kind() == std::io::ErrorKind::InvalidFilename => {
                    return Err(Error::Write { path: file.clone(), source });
                }
                _ => continue,
            }
            let earlier = || match self.checkpoint() {
                Some(path) => checkpoint::written(&path, self.recording()),
                None => Vec::new(),
            };
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
        let clash = |recordings: &[&str], folder| clashes(&jobs(recordings, folder).iter().collect::<Vec<_>>()).len();
        assert_eq!(clash(&["a.wav", "a.mp3"], None), 1);
        assert_eq!(clash(&["x/a.wav", "y/a.wav", "z/./a.wav"], Some("out")), 2);
        assert_eq!(clash(&["x/a.wav", "y/a.wav"], None), 0);
        assert_eq!(clash(&["a.wav", "./a.wav"], None), 1);
        let own = clashes(&jobs(&["a.json", "b.wav"], None).iter().collect::<Vec<_>>());
        assert_eq!(own, [Clash { jobs: (0, 0), file: "a.json".into(), recording: true }]);
    }
}
