//! Transcripts as people correct them: each window keeps a version of its own, and earlier ones stay.
//!
//! The transcript's file is what counts; the database has its versions, so that nothing that somebody wrote is lost. The file is
//! written first: if the process ends before the database knows, the file is taken for what it is, a new version.

use std::io::{Read as _, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Library, LibraryError, Recording, RecordingKey, jobs};
use crate::app::store::{Changing, Readers, write_whole};
use crate::digest::Sha256;
use crate::edits::Edits;
use crate::format::{self, Format, Style};
use crate::import::{self, Source};
use crate::{Error, Transcript, TranscriptErrorKind, files};

/// A version of a transcript; later ones have greater numbers, which are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VersionKey(pub i64);

/// What is known of a version.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// Its number.
    pub key: VersionKey,
    /// When it was saved last.
    pub saved: Timestamp,
}

/// A transcript as it is now.
pub struct Current {
    /// The transcript.
    pub transcript: Transcript,
    /// Its version.
    pub version: VersionKey,
}

/// What became of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The version that has them.
    pub version: VersionKey,
    /// Whether somebody else has changed the transcript since the window read it.
    pub elsewhere: bool,
    /// Changes that were left out since somebody else has changed the same place.
    pub conflicts: usize,
}

/// A window in which somebody reads and changes a transcript.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// Tells it from others.
    pub session: &'a str,
    /// The version that it shows; `None`: not known.
    pub version: Option<VersionKey>,
}

/// The latest version, as its row has it.
struct Head {
    key: VersionKey,
    base: Option<i64>,
    session: String,
    sha256: String,
}

impl Library {
    /// The transcript of a recording as it is now. What was changed outside, by the command line or another program, becomes a version.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`]; [`Error::Read`] with [`std::io::ErrorKind::NotFound`] if its file is gone, and others if it can't be read.
    pub fn current(&self, key: RecordingKey) -> Result<Current, LibraryError> {
        let _one = self.saving();
        let recording = self.recording(key)?;
        self.read_current(&recording)
    }

    pub(super) fn read_current(&self, recording: &Recording) -> Result<Current, LibraryError> {
        let path = recording.transcript_path();
        let bytes = files::read(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let transcript = own_transcript(&bytes, &path)?;
        let sha256 = Sha256::of_bytes(&bytes).to_string();
        let version = match self.head(recording.key)?.filter(|head| head.sha256 == sha256) {
            Some(head) => head.key,
            None => add(&self.database(), recording.key, None, &bytes)?,
        };
        Ok(Current { transcript, version })
    }

    /// Takes a transcript that a job has written into the library: as a version, and for searching. Without one, nothing happens.
    pub(super) fn adopt(&self, key: RecordingKey) -> Result<(), LibraryError> {
        let one = self.saving();
        let recording = self.recording(key)?;
        let alone = Changing::wait(&recording.transcript_path())?;
        self.keep_earlier(&recording)?;
        let Current { transcript, version } = self.read_current(&recording)?;
        drop((one, alone));
        // Of a recording that lies in a folder of its own, the job has told what it is.
        self.database().execute(
            "UPDATE recordings SET sha256 = ?2, size = ?3 WHERE id = ?1 AND sha256 = ''",
            params![key.0, transcript.recording.sha256, transcript.recording.size],
        )?;
        // Unless it is what was there before.
        self.database().execute(
            "UPDATE jobs SET made = of.sha256 FROM (SELECT sha256 FROM versions WHERE id = ?2) AS of \
            WHERE jobs.id = (SELECT max(id) FROM jobs WHERE recording = ?1) AND jobs.earlier IS NOT of.sha256",
            params![key.0, version.0],
        )?;
        // Whoever has changed something by other means, while the job worked, wants to keep it.
        if !transcript.edits.is_empty() || !transcript.checked.is_empty() {
            self.keep(key)?;
        }
        jobs::set_outcome(&self.database(), key, &transcript)?;
        self.index(key, &transcript)
    }

    /// Saves the changes that a window has made so far, as the review page gives them, and writes the transcript's file. If a job has made
    /// another text since the window was opened, it is not known whom its names mean: they are conflicts.
    ///
    /// # Errors
    /// [`Error::Transcript`] if they are no edits of this recording, those of reading and writing; then nothing has changed.
    pub fn save(&self, key: RecordingKey, window: &Window<'_>, edits: &str) -> Result<Saved, LibraryError> {
        let path = self.recording(key)?.transcript_path();
        let mut given = Edits::parse(edits, &path)?;
        let _one = self.saving();
        // It may have been deleted meanwhile.
        let recording = self.recording(key)?;
        let _alone = Changing::wait(&path)?;
        self.keep_earlier(&recording)?;
        let current = self.read_current(&recording)?;
        if !given.sha256.is_empty() && given.sha256 != current.transcript.recording.sha256 {
            let (reason, kind) = ("the edits are of another recording".into(), TranscriptErrorKind::OtherRecording);
            return Err(Error::Transcript { path, place: None, reason, kind }.into());
        }
        let head = self.head(key)?.ok_or(LibraryError::Unknown)?;
        // A window goes on with its own version as long as that is the latest: its changes are made again to what was there before.
        let own = head.base.filter(|_| head.session == window.session).map(VersionKey);
        let base = own.unwrap_or(head.key);
        let mut transcript = match own {
            Some(base) => self.version(key, base)?,
            None => current.transcript,
        };
        // What it had changed before others did is in there already, and is no other person's text.
        let former = self.latest_edits(key, window.session, base)?;
        let mut before = former.as_ref().map(|former| Edits::parse(former, &path)).transpose()?.unwrap_or_default();
        let mut unclear = 0;
        if self.is_made_anew(key, window)? {
            let names = std::mem::take(&mut before.names);
            unclear = std::mem::take(&mut given.names).iter().filter(|(old, new)| names.get(*old) != Some(new)).count();
        }
        before.take_back(&mut transcript);
        let applied = given.apply(&mut transcript, false);
        let bytes = written(&transcript);
        let sha256 = Sha256::of_bytes(&bytes).to_string();
        if sha256 != head.sha256 {
            self.write(&recording, &bytes, &sha256)?;
        }
        let version = match own {
            Some(_) => self.replace_version(head.key, edits, &bytes, &sha256)?,
            None => add(&self.database(), key, Some((base, window.session, edits)), &bytes)?,
        };
        let conflicts = applied.conflicts.len() + applied.other_names.len() + unclear;
        Ok(Saved { version, elsewhere: own.is_none() && former.is_some(), conflicts })
    }

    /// The versions of a transcript, the latest first.
    ///
    /// # Errors
    /// [`LibraryError::Database`].
    pub fn versions(&self, key: RecordingKey) -> Result<Vec<Version>, LibraryError> {
        let database = self.database();
        let query = "SELECT id, saved FROM versions WHERE recording = ?1 ORDER BY id DESC";
        let mut statement = database.prepare_cached(query)?;
        let version = |row: &Row<'_>| {
            let saved: String = row.get(1)?;
            let saved = saved.parse().unwrap_or(Timestamp::UNIX_EPOCH);
            Ok(Version { key: VersionKey(row.get(0)?), saved })
        };
        let versions = statement.query_map([key.0], version)?;
        Ok(versions.collect::<Result<_, _>>()?)
    }

    /// A version of a transcript.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`] if there is none of this number.
    pub fn version(&self, key: RecordingKey, version: VersionKey) -> Result<Transcript, LibraryError> {
        own_transcript(&self.version_bytes(key, version)?, Path::new(super::DATABASE))
    }

    /// A version as its file had it.
    pub(super) fn version_bytes(&self, key: RecordingKey, version: VersionKey) -> Result<Vec<u8>, LibraryError> {
        let query = "SELECT content FROM versions WHERE recording = ?1 AND id = ?2";
        let found = self.database().query_row(query, [key.0, version.0], |row| row.get::<_, Vec<u8>>(0)).optional()?;
        unpacked(&found.ok_or(LibraryError::Unknown)?)
    }

    /// Makes a version the current one again, and writes the transcript's file, also if that is gone. What was current stays as a
    /// version.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`] if there is none of this number, those of writing.
    pub fn restore(&self, key: RecordingKey, version: VersionKey) -> Result<(), LibraryError> {
        let _one = self.saving();
        let recording = self.recording(key)?;
        let _alone = Changing::wait(&recording.transcript_path())?;
        // A job or another program may have written the file in the meantime.
        let _ = self.keep_earlier(&recording).and_then(|()| self.read_current(&recording));
        let bytes = written(&self.version(key, version)?);
        self.write(&recording, &bytes, &Sha256::of_bytes(&bytes).to_string())?;
        add(&self.database(), key, None, &bytes)?;
        Ok(())
    }

    /// Writes a transcript's file, which is not what a job that works on it has made.
    fn write(&self, recording: &Recording, bytes: &[u8], sha256: &str) -> Result<(), LibraryError> {
        write_whole(bytes, &recording.transcript_path(), true, Readers::AsUsual)?;
        // Who works with it wants to keep it.
        self.set_kept(recording.key)?;
        // One that has not begun has nothing that it replaces.
        let update = "UPDATE jobs SET earlier = ?2 \
            WHERE recording = ?1 AND state IN ('waiting', 'running') AND earlier IS NOT NULL";
        self.database().execute(update, params![recording.key.0, sha256])?;
        Ok(())
    }

    /// The latest version that the database has.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`] if there is none.
    pub fn latest_version(&self, key: RecordingKey) -> Result<VersionKey, LibraryError> {
        self.head(key)?.map(|head| head.key).ok_or(LibraryError::Unknown)
    }

    fn head(&self, key: RecordingKey) -> Result<Option<Head>, LibraryError> {
        let query = "SELECT id, base, session, sha256 FROM versions WHERE recording = ?1 ORDER BY id DESC LIMIT 1";
        let head = |row: &Row<'_>| {
            Ok(Head { key: VersionKey(row.get(0)?), base: row.get(1)?, session: row.get(2)?, sha256: row.get(3)? })
        };
        Ok(self.database().query_row(query, [key.0], head).optional()?)
    }

    /// Whether a job has made a text since the window was opened.
    fn is_made_anew(&self, key: RecordingKey, window: &Window<'_>) -> Result<bool, LibraryError> {
        let Some(version) = window.version else { return Ok(false) };
        let query = "SELECT EXISTS (SELECT 1 FROM versions JOIN jobs ON jobs.recording = versions.recording AND \
            jobs.made = versions.sha256 WHERE versions.recording = ?1 AND versions.id > ?2)";
        Ok(self.database().query_row(query, params![key.0, version.0], |row| row.get(0))?)
    }

    /// The changes that a window had sent when it made its latest version up to `version`; `None`: it had made none.
    fn latest_edits(
        &self,
        key: RecordingKey,
        session: &str,
        version: VersionKey,
    ) -> Result<Option<String>, LibraryError> {
        let query = "SELECT edits FROM versions WHERE recording = ?1 AND session = ?2 AND id <= ?3 AND edits IS NOT NULL \
            ORDER BY id DESC LIMIT 1";
        let database = self.database();
        let found = database.query_row(query, params![key.0, session, version.0], |row| row.get::<_, Vec<u8>>(0));
        let bytes = found.optional()?.map(|packed| unpacked(&packed)).transpose()?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn replace_version(
        &self,
        version: VersionKey,
        edits: &str,
        bytes: &[u8],
        sha256: &str,
    ) -> Result<VersionKey, LibraryError> {
        self.database().execute(
            "UPDATE versions SET saved = ?2, content = ?3, sha256 = ?4, edits = ?5 WHERE id = ?1",
            params![version.0, Timestamp::now().to_string(), packed(bytes), sha256, packed(edits.as_bytes())],
        )?;
        Ok(version)
    }
}

/// A new version. `origin`: the version that was changed, the window that did, and all its changes; `None`: it is no work of a window.
pub(super) fn add(
    database: &Connection,
    key: RecordingKey,
    origin: Option<(VersionKey, &str, &str)>,
    bytes: &[u8],
) -> rusqlite::Result<VersionKey> {
    let (base, session) = origin.map(|(base, session, _)| (base.0, session)).unzip();
    let (session, edits) = (session.unwrap_or_default(), origin.map(|(_, _, edits)| packed(edits.as_bytes())));
    let sha256 = Sha256::of_bytes(bytes).to_string();
    database.execute(
        "INSERT INTO versions (recording, base, session, saved, content, sha256, edits) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![key.0, base, session, Timestamp::now().to_string(), packed(bytes), sha256, edits],
    )?;
    Ok(VersionKey(database.last_insert_rowid()))
}

/// A transcript of this program; others must be imported first.
pub(super) fn own_transcript(bytes: &[u8], path: &Path) -> Result<Transcript, LibraryError> {
    match import::parse(bytes, path)? {
        (transcript, Source::Transcribe) => Ok(transcript),
        (_, source) => {
            let (reason, kind) = (format!("it is {source}"), TranscriptErrorKind::NotImported);
            Err(Error::Transcript { path: path.into(), place: None, reason, kind }.into())
        }
    }
}

/// A transcript as its file has it.
pub(super) fn written(transcript: &Transcript) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing into memory does not fail.
    let _ = format::write(Format::Json, transcript, &Style::default(), &mut bytes);
    bytes
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn unpacked(packed: &[u8]) -> Result<Vec<u8>, LibraryError> {
    let mut bytes = Vec::new();
    let read = ZlibDecoder::new(packed).read_to_end(&mut bytes);
    read.map_err(|source| Error::Read { path: super::DATABASE.into(), source })?;
    Ok(bytes)
}

/// The SHA-256 of the latest version of each recording that is not indexed as it is.
pub(super) fn stale(database: &Connection) -> rusqlite::Result<Vec<RecordingKey>> {
    let query = "SELECT recording FROM versions AS head \
        WHERE id = (SELECT max(id) FROM versions WHERE recording = head.recording) \
        AND NOT EXISTS (SELECT 1 FROM indexed WHERE indexed.recording = head.recording AND indexed.sha256 = head.sha256)";
    let mut statement = database.prepare_cached(query)?;
    let keys = statement.query_map([], |row| row.get(0).map(RecordingKey))?;
    keys.collect()
}
