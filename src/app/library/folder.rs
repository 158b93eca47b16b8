//! Folders of this computer: what was transcribed in them on the command line is opened where it is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use super::{JobSettings, JobState, Library, LibraryError, RecordingKey, jobs, names, search, versions};
use crate::Transcript;
use crate::app::jobs::is_recording;
use crate::app::store::{file_name, stem};
use crate::import::{self, Source};

/// Files of a folder that are looked at.
const MOST_FILES: usize = 20_000;
/// Transcripts that are taken in at once: each time costs some writes to the disk, and each transcript memory.
const BATCH: usize = 8;

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
    /// [`LibraryError::Folder`] if it can't be read, or is one of the library's own; [`LibraryError::Database`]. Files that are no transcripts are passed over.
    pub fn open_folder(&self, folder: &Path, also_others: Option<&JobSettings>) -> Result<Opened, LibraryError> {
        let failed = |source| LibraryError::Folder { folder: folder.into(), source };
        let folder = fs::canonicalize(folder).map_err(failed)?;
        // What is in there is in the library already.
        if folder.starts_with(&self.folder) {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it belongs to the library itself")));
        }
        let content = FolderContent::read(&folder)?;
        let mut opened = Opened::default();
        for paths in content.transcripts.chunks(BATCH) {
            opened.transcripts += self.add_transcripts(&folder, paths)?;
        }
        if opened.transcripts > BATCH {
            self.merge_index()?;
        }
        if let Some(settings) = also_others {
            opened.recordings = self.add_in_place(&folder, &content.recordings, settings)?;
        }
        Ok(opened)
    }

    /// Adds transcripts that lie in a folder of their own; how many are new.
    fn add_transcripts(&self, folder: &Path, paths: &[PathBuf]) -> Result<usize, LibraryError> {
        let read = |path: &PathBuf| {
            let bytes = crate::files::read(path).ok()?;
            match import::parse(&bytes, path) {
                Ok((transcript, Source::Transcribe)) => Some((file_name(path), bytes, transcript)),
                _ => None,
            }
        };
        // Read before the database is taken, for whoever holds it waits for nothing else.
        let found: Vec<(String, Vec<u8>, Transcript)> = paths.iter().filter_map(read).collect();
        let mut database = self.database();
        let transaction = database.transaction()?;
        let mut count = 0;
        for (name, bytes, transcript) in &found {
            let id = &transcript.recording;
            let media = if id.media().is_empty() { name } else { id.media() };
            let Some(key) = add_place(&transaction, folder, (name, media), (&id.sha256, id.size))? else { continue };
            let job = jobs::add(&transaction, key, &JobSettings::default(), JobState::Done)?;
            jobs::set_state(&transaction, job, JobState::Done, None)?;
            jobs::set_outcome(&transaction, key, transcript)?;
            versions::add(&transaction, key, None, bytes)?;
            search::index(&transaction, key, transcript)?;
            count += 1;
        }
        transaction.commit()?;
        Ok(count)
    }

    /// Adds recordings that are transcribed where they lie; how many are new.
    fn add_in_place(&self, folder: &Path, paths: &[PathBuf], settings: &JobSettings) -> Result<usize, LibraryError> {
        settings.check()?;
        let mut database = self.database();
        let transaction = database.transaction()?;
        let mut count = 0;
        for path in paths {
            let size = fs::metadata(path).map_or(0, |data| data.len());
            let (transcript, media) = (file_name(&transcript_beside(path)), file_name(path));
            if let Some(key) = add_place(&transaction, folder, (&transcript, &media), ("", size))? {
                jobs::add(&transaction, key, settings, JobState::Waiting)?;
                count += 1;
            }
        }
        transaction.commit()?;
        Ok(count)
    }
}

/// A recording in a folder of its own; `None` if it is in the library.
fn add_place(
    database: &Connection,
    folder: &Path,
    (transcript, media): (&str, &str),
    (sha256, size): (&str, u64),
) -> rusqlite::Result<Option<RecordingKey>> {
    let folder = folder.to_string_lossy();
    let query = "SELECT EXISTS (SELECT 1 FROM recordings WHERE folder = ?1 AND transcript = ?2)";
    if database.query_row(query, params![folder, transcript], |row| row.get(0))? {
        return Ok(None);
    }
    database.execute(
        "INSERT INTO recordings (name, folder, own, media, transcript, sha256, size, added) \
         VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7)",
        params![names::shown(media), folder, media, transcript, sha256, size, jiff::Timestamp::now().to_string()],
    )?;
    Ok(Some(RecordingKey(database.last_insert_rowid())))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::{self, Format, Style};
    use crate::{Segment, Span};

    #[test]
    fn many_transcripts_are_opened_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let talks = folder.path().join("talks");
        fs::create_dir(&talks).unwrap();
        for n in 0..3 * BATCH {
            let text = format!("Rede {n:03} zur Sache");
            let segments = vec![Segment { span: Span::new(0, 900), text, ..Segment::default() }];
            let transcript = Transcript { segments, ..Transcript::default() };
            let mut file = fs::File::create(talks.join(format!("talk {n}.json"))).unwrap();
            format::write(Format::Json, &transcript, &Style::default(), &mut file).unwrap();
        }
        fs::write(talks.join("other.json"), "{\"transcribe\": 1}").unwrap();
        let library = Library::open(&folder.path().join("data")).unwrap();
        let own = library.open_folder(&folder.path().join("data/recordings"), None);
        assert!(matches!(own, Err(LibraryError::Folder { .. })), "{own:?}");
        let opened = Opened { transcripts: 3 * BATCH, recordings: 0 };
        assert_eq!(library.open_folder(&talks, None).unwrap(), opened);
        assert_eq!(library.open_folder(&talks, None).unwrap(), Opened::default(), "they are there once");
        let found = library.search("sache 013", 5).unwrap();
        assert_eq!(found.iter().map(|place| &*place.recording.name).collect::<Vec<_>>(), ["talk 13.json"]);
        let job = library.job_of(found[0].recording.key).unwrap();
        assert_eq!((job.state, job.words, job.complete), (JobState::Done, Some(4), true));
        assert_eq!(library.versions(job.recording.key).unwrap().len(), 1);
        // A search reads one part of the index, not one of each time that something came in.
        let parts = "SELECT count(DISTINCT segid) FROM passages_idx";
        assert_eq!(library.database().query_row(parts, [], |row| row.get::<_, usize>(0)).unwrap(), 1);
    }
}
