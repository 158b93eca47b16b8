//! Searching all transcripts, by any three characters in a row: German puts words together.

use rusqlite::{Connection, Row, params};

use super::recordings::{COLUMNS, COUNT, Recording, read};
use super::{Library, LibraryError, RecordingKey, versions};
use crate::{Millis, Transcript};

/// Segments of a recording that can be found: more than a year of speech has.
const MOST_SEGMENTS: i64 = 1 << 24;
/// Pages of the index that are written in one step when its parts are put together: 2 MB.
const MERGED_PAGES: i64 = 500;
/// The fewest characters of a word to look for.
pub const SHORTEST: usize = 3;

/// A place that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// In which recording.
    pub recording: Recording,
    /// When it is said.
    pub start: Millis,
    /// What is said.
    pub text: String,
}

impl Library {
    /// Places where all words of `text` are said, in the newest recordings first; at most `limit`. Words of less than three characters
    /// do not count.
    ///
    /// # Errors
    /// [`LibraryError::Database`].
    pub fn search(&self, text: &str, limit: usize) -> Result<Vec<Found>, LibraryError> {
        let Some(query) = query(text) else { return Ok(Vec::new()) };
        self.index_stale()?;
        let sql = format!(
            "SELECT {COLUMNS}, passage_times.start, found.text FROM \
             (SELECT rowid, text FROM passages WHERE passages MATCH ?1 ORDER BY rowid DESC LIMIT ?2) AS found \
             JOIN recordings ON recordings.id = found.rowid / {MOST_SEGMENTS} \
             JOIN passage_times ON passage_times.id = found.rowid"
        );
        let database = self.database();
        let mut statement = database.prepare_cached(&sql)?;
        let place = |row: &Row<'_>| {
            let recording = read(row, &self.folder)?;
            Ok(Found { recording, start: Millis(row.get(COUNT)?), text: row.get(COUNT + 1)? })
        };
        let found = statement.query_map(params![query, limit as i64], place)?;
        let mut found: Vec<Found> = found.collect::<Result<_, _>>()?;
        found.sort_by_key(|place| (std::cmp::Reverse(place.recording.key), place.start));
        Ok(found)
    }

    /// Makes what a transcript says findable, in place of what it said before.
    pub(super) fn index(&self, key: RecordingKey, transcript: &Transcript) -> Result<(), LibraryError> {
        let mut database = self.database();
        let transaction = database.transaction()?;
        index(&transaction, key, transcript)?;
        transaction.commit()?;
        Ok(())
    }

    /// Puts together the parts of the index that much that came in at once has left, so that each search reads few. In steps, so that
    /// others can use the database in between.
    pub(super) fn merge_index(&self) -> Result<(), LibraryError> {
        // The first step, by a negative number, takes all parts; a step that changes less than two rows has found nothing to do.
        let mut pages = -MERGED_PAGES;
        loop {
            let database = self.database();
            let before = database.total_changes();
            database.execute("INSERT INTO passages (passages, rank) VALUES ('merge', ?1)", [pages])?;
            if database.total_changes() - before < 2 {
                return Ok(());
            }
            pages = MERGED_PAGES;
        }
    }

    /// Indexes the transcripts that were changed since.
    fn index_stale(&self) -> Result<(), LibraryError> {
        let stale = versions::stale(&self.database())?;
        for key in stale {
            let latest = self.latest_version(key)?;
            self.index(key, &self.version(key, latest)?)?;
        }
        Ok(())
    }
}

/// Makes what the latest version of a transcript says findable, in place of what it said before.
pub(super) fn index(database: &Connection, key: RecordingKey, transcript: &Transcript) -> rusqlite::Result<()> {
    let head = "SELECT sha256 FROM versions WHERE recording = ?1 ORDER BY id DESC LIMIT 1";
    let sha256: String = database.query_row(head, [key.0], |row| row.get(0))?;
    remove(database, key)?;
    let mut text = database.prepare_cached("INSERT INTO passages (rowid, text) VALUES (?1, ?2)")?;
    let mut time = database.prepare_cached("INSERT INTO passage_times (id, start) VALUES (?1, ?2)")?;
    for (n, segment) in transcript.segments.iter().enumerate().take(MOST_SEGMENTS as usize) {
        let id = key.0 * MOST_SEGMENTS + n as i64;
        text.execute(params![id, segment.text])?;
        time.execute(params![id, segment.span.start.0])?;
    }
    database.execute("INSERT OR REPLACE INTO indexed (recording, sha256) VALUES (?1, ?2)", params![key.0, sha256])?;
    Ok(())
}

/// Forgets what a recording says.
pub(super) fn remove(database: &Connection, key: RecordingKey) -> rusqlite::Result<()> {
    let (first, behind) = (key.0 * MOST_SEGMENTS, (key.0 + 1) * MOST_SEGMENTS);
    database.execute("DELETE FROM passages WHERE rowid >= ?1 AND rowid < ?2", [first, behind])?;
    database.execute("DELETE FROM passage_times WHERE id >= ?1 AND id < ?2", [first, behind])?;
    Ok(())
}

/// The words as SQLite's full-text search takes them: each in quotation marks, in which nothing has a meaning.
fn query(text: &str) -> Option<String> {
    let words = text.split_whitespace().filter(|word| word.chars().count() >= SHORTEST).take(12);
    let quoted: Vec<String> = words.map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
    (!quoted.is_empty()).then(|| quoted.join(" AND "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_search_is_syntax() {
        assert_eq!(query("Grundsteuer \"neu"), Some("\"Grundsteuer\" AND \"\"\"neu\"".into()));
        assert_eq!(query("NEAR(a b)"), Some("\"NEAR(a\"".into()));
        assert_eq!(query(" ab c "), None);
    }
}
