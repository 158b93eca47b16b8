//! Folders of this computer: what was transcribed in them on the command line is opened where it is.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::params;

use super::{JobSettings, JobState, Library, LibraryError, names};
use crate::Transcript;
use crate::app::jobs::is_recording;
use crate::app::store::{file_name, stem};
use crate::import::{self, Source};

/// Files of a folder that are looked at.
const MOST_FILES: usize = 20_000;

/// What is in a folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FolderContent {
    /// Folders in it, in order of their names, without hidden ones.
    pub folders: Vec<PathBuf>,
    /// Files that may be transcripts of this program.
    pub transcripts: Vec<PathBuf>,
    /// Recordings beside which there is no transcript.
    pub recordings: Vec<PathBuf>,
}

/// What was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Transcripts that are new in the library.
    pub transcripts: usize,
    /// Recordings that wait for their turn now.
    pub recordings: usize,
}

impl FolderContent {
    /// Looks into a folder.
    ///
    /// # Errors
    /// [`LibraryError::Folder`] if it can't be read.
    pub fn read(folder: &Path) -> Result<FolderContent, LibraryError> {
        let entries = fs::read_dir(folder);
        let entries = entries.map_err(|source| LibraryError::Folder { folder: folder.into(), source })?;
        let mut content = FolderContent::default();
        // A name that is no text could not be kept.
        let visible = |path: &PathBuf| path.to_str().is_some() && !file_name(path).starts_with('.');
        let mut files: Vec<PathBuf> = Vec::new();
        for path in entries.flatten().map(|entry| entry.path()).filter(visible).take(MOST_FILES) {
            if path.is_dir() { content.folders.push(path) } else { files.push(path) }
        }
        files.sort();
        content.folders.sort_by_key(|path| file_name(path).to_lowercase());
        for path in files {
            match path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json")) {
                true => content.transcripts.push(path),
                false if path.is_file() && is_recording(&path) => content.recordings.push(path),
                false => {}
            }
        }
        let has_transcript = |recording: &PathBuf| content.transcripts.contains(&transcript_beside(recording));
        content.recordings = content.recordings.iter().filter(|path| !has_transcript(path)).cloned().collect();
        content.transcripts.retain(|path| looks_like_ours(path));
        Ok(content)
    }
}

/// Where the transcript of a recording lies, beside it.
fn transcript_beside(recording: &Path) -> PathBuf {
    recording.with_file_name(format!("{}.json", stem(recording).to_string_lossy()))
}

/// Whether a file says that it is of this program, near its end as it writes it or anywhere if it is small.
fn looks_like_ours(path: &Path) -> bool {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let Ok(mut file) = crate::files::open_regular(path) else { return false };
    let length = file.metadata().map_or(0, |data| data.len());
    let mut found = Vec::new();
    let window = 1 << 16;
    let read = |file: &mut fs::File, from: u64, into: &mut Vec<u8>| {
        file.seek(SeekFrom::Start(from))?;
        file.take(window).read_to_end(into)
    };
    let all = read(&mut file, 0, &mut found).is_ok()
        && (length <= window || read(&mut file, length - window, &mut found).is_ok());
    all && found.windows(13).any(|part| part == b"\"transcribe\":")
}

impl Library {
    /// Opens the transcripts of a folder, and has the other recordings transcribed there if `also_others`. What is in the library already
    /// stays as it is.
    ///
    /// # Errors
    /// [`LibraryError::Folder`] if it can't be read, [`LibraryError::Database`]. Files that are no transcripts are passed over.
    pub fn open_folder(&self, folder: &Path, also_others: Option<&JobSettings>) -> Result<Opened, LibraryError> {
        let failed = |source| LibraryError::Folder { folder: folder.into(), source };
        let folder = fs::canonicalize(folder).map_err(failed)?;
        let content = FolderContent::read(&folder)?;
        let mut opened = Opened::default();
        for path in &content.transcripts {
            let Ok((transcript, Source::Transcribe)) = import::read(path) else { continue };
            opened.transcripts += usize::from(self.add_transcript(&folder, path, &transcript)?);
        }
        for path in content.recordings.iter().filter(|_| also_others.is_some()) {
            opened.recordings += usize::from(self.add_in_place(&folder, path, also_others)?);
        }
        Ok(opened)
    }

    /// Adds a transcript that lies in a folder of its own; whether it is new.
    fn add_transcript(&self, folder: &Path, path: &Path, transcript: &Transcript) -> Result<bool, LibraryError> {
        let media = transcript.recording.media();
        let media = if media.is_empty() { file_name(path) } else { media.to_owned() };
        let place = (file_name(path), media);
        let id = &transcript.recording;
        let Some(key) = self.add_place(folder, &place, (&id.sha256, id.size))? else { return Ok(false) };
        let job = self.add_job(key, &JobSettings::default())?;
        self.set_state(job, JobState::Done, None)?;
        self.adopt(key)?;
        Ok(true)
    }

    /// Adds a recording that is transcribed where it lies; whether it is new.
    fn add_in_place(&self, folder: &Path, path: &Path, settings: Option<&JobSettings>) -> Result<bool, LibraryError> {
        let Some(settings) = settings else { return Ok(false) };
        settings.check()?;
        let size = fs::metadata(path).map_or(0, |data| data.len());
        let place = (file_name(&transcript_beside(path)), file_name(path));
        let Some(key) = self.add_place(folder, &place, ("", size))? else { return Ok(false) };
        self.add_job(key, settings)?;
        Ok(true)
    }

    /// A recording in a folder of its own; `None` if it is in the library.
    fn add_place(
        &self,
        folder: &Path,
        (transcript, media): &(String, String),
        (sha256, size): (&str, u64),
    ) -> Result<Option<super::RecordingKey>, LibraryError> {
        let folder = folder.to_string_lossy().into_owned();
        let database = self.database();
        let query = "SELECT EXISTS (SELECT 1 FROM recordings WHERE folder = ?1 AND transcript = ?2)";
        if database.query_row(query, params![folder, transcript], |row| row.get(0))? {
            return Ok(None);
        }
        database.execute(
            "INSERT INTO recordings (name, folder, own, media, transcript, sha256, size, added) \
             VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7)",
            params![names::shown(media), folder, media, transcript, sha256, size, jiff::Timestamp::now().to_string()],
        )?;
        Ok(Some(super::RecordingKey(database.last_insert_rowid())))
    }
}
