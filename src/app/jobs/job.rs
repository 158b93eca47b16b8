//! Which recording goes into which files. Decided before any work, so that a mistake costs no time.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::slice;

use super::{TrackFiles, is_stdin, recording};
use crate::app::Settings;
use crate::app::store::{WrittenFile, beside, checkpoint, file_name, output_file, replaceable, stem, text_of};
use crate::format::Format;
use crate::names::composed;
use crate::{Error, Millis};

/// One recording and its files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Job {
    /// Files of the recording as given, in order; several if it was recorded in parts. `-` is standard input.
    pub parts: Vec<PathBuf>,
    /// Whether these are tracks of one conversation, side by side, and not one after the other.
    pub tracks: bool,
    /// Recordings beside the tracks that are none of them.
    pub left_out: Vec<PathBuf>,
    /// Other files that are read for it: glossary, who speaks when, meeting.
    pub inputs: Vec<PathBuf>,
    /// Name of the recording in messages.
    pub name: String,
    /// Folder of the output files.
    pub folder: PathBuf,
    /// Name of the output files without extension.
    stem: OsString,
    /// Output files.
    pub files: Vec<(Format, PathBuf)>,
    /// Files that an earlier run wrote for it, which may be replaced if they are unchanged.
    pub(crate) own_files: Vec<WrittenFile>,
    /// Whether those contain the whole recording.
    pub(crate) was_done: bool,
}

/// Two jobs that are in each other's way.
#[derive(Debug, PartialEq)]
pub struct Clash {
    /// Their numbers; the same twice if a job is in its own way.
    pub jobs: (usize, usize),
    /// The file that both would write, or that the second would write and the first reads.
    pub file: PathBuf,
    /// What it is to the first.
    pub of_first: FileUse,
}

/// What a file is to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileUse {
    /// Its recording.
    Recording,
    /// One of [`Job::inputs`].
    Input,
    /// A file that it writes.
    Output,
}

/// Jobs that would write the same file, or over one that is read.
pub fn clashes(jobs: &[&Job]) -> Vec<Clash> {
    let mut folders: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    // One folder can be written in many ways: `x`, `./x`, `x/../x`, through a link.
    let mut real = |file: &Path| {
        let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let real = folders.entry(folder.into()).or_insert_with(|| {
            let real = std::fs::canonicalize(folder).or_else(|_| std::path::absolute(folder));
            real.unwrap_or_else(|_| folder.into())
        });
        let real = real.join(file.file_name().unwrap_or_default());
        // To macOS, a name is the same however it is composed.
        real.to_str().map_or_else(|| real.clone(), |text| PathBuf::from(&*composed(text)))
    };
    let mut taken: BTreeMap<PathBuf, (usize, FileUse)> = BTreeMap::new();
    let mut clashes = Vec::new();
    for (number, job) in jobs.iter().enumerate() {
        for part in job.parts.iter().filter(|part| !is_stdin(part)) {
            taken.insert(real(part), (number, FileUse::Recording));
        }
    }
    for (number, job) in jobs.iter().enumerate() {
        for input in &job.inputs {
            taken.entry(real(input)).or_insert((number, FileUse::Input));
        }
    }
    for (number, job) in jobs.iter().enumerate() {
        for (_, file) in &job.files {
            match taken.entry(real(file)) {
                Entry::Vacant(free) => {
                    free.insert((number, FileUse::Output));
                }
                Entry::Occupied(other) => {
                    let (first, of_first) = *other.get();
                    clashes.push(Clash { jobs: (first, number), file: file.clone(), of_first });
                    break;
                }
            }
        }
    }
    clashes
}

impl Job {
    /// A job for the recording in `parts`. Its files go into `folder`; `None`: beside the first part.
    pub fn new(parts: Vec<PathBuf>, formats: &[Format], folder: Option<&Path>) -> Job {
        let recording = parts.first().map_or(Path::new(""), PathBuf::as_path);
        let (stem, name) = match is_stdin(recording) {
            true => (OsString::from("stdin"), "stdin".to_owned()),
            false => (stem(recording).to_owned(), file_name(recording)),
        };
        let folder = match folder.unwrap_or(beside(recording)) {
            folder if folder.as_os_str().is_empty() => Path::new("."),
            folder => folder,
        };
        let folder: PathBuf = folder.into();
        let files = Vec::new();
        let mut job = Job { name, folder, files, stem, parts, ..Job::default() };
        job.files = formats.iter().map(|format| (*format, job.file(*format))).collect();
        job
    }

    /// A job for a conversation of which these files are the tracks. It has the name of the folder with the first of them, and its
    /// files go into `folder`; `None`: beside that.
    pub fn of_tracks(tracks: Vec<PathBuf>, formats: &[Format], folder: Option<&Path>) -> Job {
        let stem = TrackFiles::name(&tracks);
        let mut job = Job { name: text_of(&stem), stem, tracks: true, ..Job::new(tracks, &[], folder) };
        job.files = formats.iter().map(|format| (*format, job.file(*format))).collect();
        job
    }

    /// The name of the conversation of tracks, or of standard input: that of the output files without extension.
    pub(crate) fn title(&self) -> String {
        text_of(&self.stem)
    }

    /// The path that its file of this format has or would have.
    pub fn file(&self, format: Format) -> PathBuf {
        output_file(&self.folder, &self.stem, format)
    }

    /// The recording, or its first part.
    pub fn recording(&self) -> &Path {
        self.parts.first().map_or(Path::new(""), PathBuf::as_path)
    }

    /// The path of its checkpoint; `None` if it needs none.
    pub(crate) fn checkpoint(&self) -> Option<PathBuf> {
        let wanted = !self.files.is_empty() && !is_stdin(self.recording());
        wanted.then(|| checkpoint::path_of(&self.folder, &text_of(&self.stem)))
    }

    /// Checks that no file exists which this job would write and may not replace.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::Write`] if it is a folder or read-only, or its name is too long.
    pub fn conflict(&self, overwrite: bool) -> Result<(), Error> {
        let mut own = None;
        for (_, file) in &self.files {
            if file.is_dir() {
                let source = std::io::ErrorKind::IsADirectory.into();
                return Err(Error::Write { path: file.clone(), source });
            }
            // A pipe would wait for a reader, and a device is no place for a transcript.
            if file.metadata().is_ok_and(|data| !data.is_file()) {
                let source = std::io::Error::new(std::io::ErrorKind::NotSeekable, "it is a pipe or a device");
                return Err(Error::Write { path: file.clone(), source });
            }
            match file.symlink_metadata() {
                Ok(_) => {}
                // It is too long. Everything else shows when the folder is created.
                Err(source) if source.kind() == std::io::ErrorKind::InvalidFilename => {
                    return Err(Error::Write { path: file.clone(), source });
                }
                Err(_) => continue,
            }
            let earlier = || match self.checkpoint() {
                Some(path) => checkpoint::written_files(&path, self.recording()),
                None => Vec::new(),
            };
            let mut is_own = || {
                let own = own.get_or_insert_with(|| [self.own_files.clone(), earlier()].concat());
                own.iter().any(|written| written.is_at(file))
            };
            if !overwrite && !is_own() {
                return Err(Error::Exists { path: file.clone() });
            }
            replaceable(file)?;
        }
        Ok(())
    }

    /// Creates the folder if it is missing, and checks that files can be written to it.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn prepare(&self) -> Result<(), Error> {
        if self.files.is_empty() {
            return Ok(());
        }
        let write = |source| Error::Write { path: self.folder.clone(), source };
        std::fs::create_dir_all(&self.folder).map_err(write)?;
        tempfile::tempfile_in(&self.folder).map(drop).map_err(write)
    }

    /// How much is to be transcribed with these settings, if the container says so; `None` for standard input. Opens the recording.
    ///
    /// # Errors
    /// Those of [`audio::open`](crate::audio::open).
    pub fn length(&self, settings: &Settings) -> Result<Option<Millis>, Error> {
        match is_stdin(self.recording()) {
            true => Ok(None),
            false if self.tracks => {
                // One that can't be read costs only itself.
                let lengths = self
                    .parts
                    .iter()
                    .map(|track| recording::remaining_length(slice::from_ref(track), settings.selection()));
                let (known, mut errors): (Vec<_>, Vec<_>) = lengths.partition(Result::is_ok);
                match known.is_empty() {
                    true => errors.pop().unwrap_or(Ok(None)),
                    false => Ok(known.into_iter().flatten().flatten().max()),
                }
            }
            false => recording::remaining_length(&self.parts, settings.selection()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs(recordings: &[&str], folder: Option<&str>) -> Vec<Job> {
        let job = |r: &&str| Job::new(vec![r.into()], &[Format::Json], folder.map(Path::new));
        recordings.iter().map(job).collect()
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_beside_a_device() {
        for recording in ["/dev/stdin", "/dev/fd/3", "/proc/self/fd/0", "/proc/4711/fd/5", "-"] {
            let job = Job::new(vec![recording.into()], &[Format::Txt], None);
            assert_eq!(job.folder, Path::new("."), "{recording}");
        }
        let job = |folder| Job::new(vec!["/dev/shm/talk.wav".into()], &[Format::Txt], folder).folder;
        assert_eq!(job(None), Path::new("/dev/shm"));
        assert_eq!(job(Some(Path::new("out"))), Path::new("out"));
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
        assert_eq!(own, [Clash { jobs: (0, 0), file: "a.json".into(), of_first: FileUse::Recording }]);
        let mut two = jobs(&["a.wav", "x/b.wav"], None);
        two[0].inputs = vec!["x/./b.json".into()];
        let read = clashes(&two.iter().collect::<Vec<_>>());
        assert_eq!(read, [Clash { jobs: (0, 1), file: "x/b.json".into(), of_first: FileUse::Input }]);
    }
}
