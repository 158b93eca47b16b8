//! The database: how it is opened, and its tables.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::LibraryError;
use crate::files;

/// Each statement brings a database to the next version; `user_version` says how many were run. Never changed, only added to.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE recordings (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        -- As people see it.
        name TEXT NOT NULL,
        -- Of its files: relative to the library's folder if it is a copy of the library's own.
        folder TEXT NOT NULL,
        own INTEGER NOT NULL,
        -- File names in that folder.
        media TEXT NOT NULL,
        transcript TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        added TEXT NOT NULL
    );
    CREATE INDEX recordings_by_content ON recordings (sha256);
    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        recording INTEGER NOT NULL REFERENCES recordings ON DELETE CASCADE,
        settings TEXT NOT NULL,
        state TEXT NOT NULL,
        -- Smaller ones run first.
        rank REAL NOT NULL,
        -- The file of an upload until it has its place.
        arriving TEXT,
        -- SHA-256 of the transcript that was there when the job began: empty: there was none; NULL: it was not begun.
        earlier TEXT,
        failure_code TEXT,
        failure_message TEXT,
        length REAL,
        -- Times real time, and words of the transcript.
        speed REAL,
        words INTEGER,
        complete INTEGER,
        added TEXT NOT NULL,
        ended TEXT
    );
    CREATE INDEX jobs_of_recordings ON jobs (recording);
    CREATE INDEX jobs_by_state ON jobs (state, rank);
    CREATE TABLE versions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        recording INTEGER NOT NULL REFERENCES recordings ON DELETE CASCADE,
        -- The version that the changes of a window were made to; NULL: it is no work of a window.
        base INTEGER,
        -- The window that made it: it goes on with its own version.
        session TEXT NOT NULL,
        saved TEXT NOT NULL,
        -- The transcript as its file has it, compressed; and the SHA-256 of the file.
        content BLOB NOT NULL,
        sha256 TEXT NOT NULL
    );
    CREATE INDEX versions_of_recordings ON versions (recording, id);
    -- What the latest versions say, a row for each segment: its number is that of the recording, times 2^24, and the segment's.
    CREATE VIRTUAL TABLE passages USING fts5 (text, tokenize = 'trigram remove_diacritics 1', detail = 'full');
    INSERT INTO passages (passages, rank) VALUES ('secure-delete', 1);
    CREATE TABLE passage_times (id INTEGER PRIMARY KEY, start INTEGER NOT NULL);
    CREATE TABLE indexed (recording INTEGER PRIMARY KEY REFERENCES recordings ON DELETE CASCADE, sha256 TEXT NOT NULL);
    ",
    "
    -- All changes of the window, as it has sent them last, compressed; NULL: it is no work of a window.
    ALTER TABLE versions ADD COLUMN edits BLOB;
    ",
    "
    -- With the digest: in the row it lies behind the content, all of which would be read for it.
    DROP INDEX versions_of_recordings;
    CREATE INDEX versions_of_recordings ON versions (recording, id, sha256);
    ",
    "
    -- Whether a program sent it, and nobody has asked to keep it.
    ALTER TABLE recordings ADD COLUMN for_client INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX recordings_for_clients ON recordings (id) WHERE for_client;
    ",
    "
    -- When what a program sent is deleted; NULL: not before its job has ended, or not at all.
    ALTER TABLE recordings ADD COLUMN delete_at TEXT;
    -- SHA-256 of the transcript that the job has made; NULL: it has made none.
    ALTER TABLE jobs ADD COLUMN made TEXT;
    ",
];

/// How long one connection waits for another.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens the database at `path`, readable by this user alone, and brings its tables up to date.
///
/// # Errors
/// [`LibraryError::Newer`], [`LibraryError::Folder`] if the file is none of this user's, [`LibraryError::Database`].
pub(super) fn open(path: &Path) -> Result<Connection, LibraryError> {
    let failed = |source| LibraryError::Folder { folder: path.into(), source };
    drop(files::open_or_create_own(path).map_err(failed)?);
    let mut database = connect(path)?;
    let transaction = database.transaction()?;
    let version: usize = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let missing = MIGRATIONS.get(version..).ok_or(LibraryError::Newer)?;
    missing.iter().try_for_each(|migration| transaction.execute_batch(migration))?;
    transaction.pragma_update(None, "user_version", MIGRATIONS.len())?;
    transaction.commit()?;
    Ok(database)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let database = Connection::open(path)?;
    database.busy_timeout(PATIENCE)?;
    database.pragma_update(None, "journal_mode", "wal")?;
    // What is committed survives a power failure.
    database.pragma_update(None, "synchronous", "full")?;
    database.pragma_update(None, "foreign_keys", true)?;
    // What is deleted is overwritten.
    database.pragma_update(None, "secure_delete", true)?;
    Ok(database)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_a_newer_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library.sqlite");
        drop(open(&path).unwrap());
        drop(open(&path).unwrap());
        let newer = Connection::open(&path).unwrap();
        newer.pragma_update(None, "user_version", MIGRATIONS.len() + 1).unwrap();
        drop(newer);
        assert!(matches!(open(&path), Err(LibraryError::Newer)));
    }

    #[test]
    fn what_is_no_database_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library.sqlite");
        std::fs::write(&path, "no database at all, but long enough to look like one".repeat(40)).unwrap();
        assert_eq!(open(&path).unwrap_err().code(), "database");
    }
}
