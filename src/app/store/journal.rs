//! A file of JSON lines that only grows. Each line is safe on the disk before the next is written.
//!
//! Each line of a sealed journal ends in a tag, `"tag":"…"`: the HMAC with the user's key over it and the tag before it. So nobody
//! else can write such a line, drop one, or take it to another journal. Only the end can be cut off, as a crash does.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::key::Key;
use crate::files;

/// The longest line that is read, in bytes: a line of an hour of dense talk is much shorter.
const LONGEST_LINE: u64 = 64 << 20;

/// How our journals begin, sealed or not. Another file is left as it is.
const BEGINNINGS: [&[u8]; 4] = [br#"{"header":"#, br#"{"files":"#, br#"{"process":"#, br#"{"recording":"#];

/// What stands before and behind the 64 hexadecimal digits of a tag.
const TAG: (&[u8], &[u8]) = (br#","tag":""#, br#""}"#);
const TAG_LENGTH: usize = TAG.0.len() + 64 + TAG.1.len();

/// An open journal, positioned behind its last whole line.
pub(crate) struct Journal {
    file: File,
    /// Where the last whole line ends, in bytes.
    end: u64,
    /// `None`: its lines have no tags.
    seal: Option<Seal>,
}

/// What was read of a journal.
pub(crate) struct Lines<T> {
    /// Those that count.
    pub(crate) lines: Vec<T>,
    /// Where the last of them ends, in bytes.
    end: u64,
    /// Whether a whole line follows that does not count: it is sealed with another key or not at all, or damaged.
    pub(crate) has_unsealed: bool,
}

/// Makes and checks the tags of a journal.
pub(crate) struct Seal {
    key: Key,
    /// The tag of the last line.
    last: [u8; 32],
}

impl Seal {
    /// For a journal of this kind; no line of another kind fits into it.
    pub(crate) fn new(key: Key, kind: &str) -> Seal {
        let last = *key.seal(&[kind.as_bytes()]).as_bytes();
        Seal { key, last }
    }

    /// Adds a tag to the JSON object in `line`.
    fn close(&mut self, line: &mut Vec<u8>) {
        let tag = self.key.seal(&[&self.last, line]);
        line.pop();
        line.extend_from_slice(&[TAG.0, tag.to_string().as_bytes(), TAG.1].concat());
        self.last = *tag.as_bytes();
    }

    /// The line without its tag; `None` if that is missing or wrong.
    fn open(&mut self, line: &[u8]) -> Option<Vec<u8>> {
        let (object, tag) = split_tag(line)?;
        let right = self.key.seal(&[&self.last, &object]);
        (tag == right.to_string().as_bytes()).then(|| {
            self.last = *right.as_bytes();
            object
        })
    }
}

/// A line without its tag, and the tag.
fn split_tag(line: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (object, tag) = line.trim_ascii_end().split_last_chunk::<TAG_LENGTH>()?;
    let digits = tag.strip_prefix(TAG.0)?.strip_suffix(TAG.1)?;
    Some(([object, b"}"].concat(), digits))
}

/// Reads the lines of a journal without tags up to the first that is torn or not a `T`; blank lines are skipped.
///
/// # Errors
/// Those of reading. [`io::ErrorKind::Other`] if it does not begin as our journals do.
pub(crate) fn read<T: DeserializeOwned>(file: File) -> io::Result<Lines<T>> {
    read_with(file, |line| Some(line.to_vec()))
}

/// The same for a sealed journal, up to the first line with a wrong tag.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_sealed<T: DeserializeOwned>(file: File, seal: &mut Option<Seal>) -> io::Result<Lines<T>> {
    read_with(file, |line| seal.as_mut()?.open(line))
}

/// The same whatever its tags are, if it has any: anybody may have written it.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_unverified<T: DeserializeOwned>(file: File) -> io::Result<Lines<T>> {
    read_with(file, |line| Some(split_tag(line).map_or_else(|| line.to_vec(), |(object, _)| object)))
}

fn read_with<T: DeserializeOwned>(file: File, mut open: impl FnMut(&[u8]) -> Option<Vec<u8>>) -> io::Result<Lines<T>> {
    let mut reader = BufReader::new(file);
    let mut read = Lines { lines: Vec::new(), end: 0, has_unsealed: false };
    let mut line = Vec::new();
    while (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut line)? > 0 {
        let is_whole = line.ends_with(b"\n");
        if !(is_whole && line.trim_ascii().is_empty()) {
            match open(&line).filter(|_| is_whole).and_then(|line| serde_json::from_slice(&line).ok()) {
                Some(parsed) => read.lines.push(parsed),
                None if read.lines.is_empty() && !begins_as_ours(&line) => {
                    return Err(io::Error::other("it is no file of this program; move it away"));
                }
                None => return Ok(Lines { has_unsealed: is_whole, ..read }),
            }
        }
        read.end += line.len() as u64;
        line.clear();
    }
    Ok(read)
}

/// Whether a first line may be one of ours, torn or damaged. Zeros are what a power failure may leave.
fn begins_as_ours(line: &[u8]) -> bool {
    let is_empty = line.iter().all(|byte| matches!(byte, 0 | b'{' | b'}') || byte.is_ascii_whitespace());
    is_empty || BEGINNINGS.iter().any(|beginning| line.starts_with(beginning) || beginning.starts_with(line))
}

impl Journal {
    /// Opens, locks and reads the sealed journal at `path`, which is created if it is missing. `None` if another process holds it.
    ///
    /// Without a `seal`, no line in it counts, and those that are written now will not count later.
    ///
    /// # Errors
    /// Those of opening, and as [`read`].
    pub(crate) fn open_locked<T: DeserializeOwned>(
        path: &Path,
        mut seal: Option<Seal>,
    ) -> io::Result<Option<(Journal, Lines<T>)>> {
        let Some(file) = files::lock(path)? else { return Ok(None) };
        let lines = read_sealed(file.try_clone()?, &mut seal)?;
        Ok(Some((Journal { file, end: lines.end, seal }, lines)))
    }

    /// Opens the journal at `path`, which is created if it is missing, without lock and tags, and removes a torn last line.
    ///
    /// # Errors
    /// Those of opening and writing, and as [`read`].
    pub(crate) fn open<T: DeserializeOwned>(path: &Path) -> io::Result<Journal> {
        let file = files::open_or_create_own(path)?;
        let end = read::<T>(file.try_clone()?)?.end;
        let mut journal = Journal { file, end, seal: None };
        journal.remove_torn_line()?;
        Ok(journal)
    }

    /// Appends a whole line, safe on the disk, or nothing.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn append<T: Serialize>(&mut self, line: &T) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        let before = self.seal.as_ref().map(|seal| seal.last);
        self.seal.iter_mut().for_each(|seal| seal.close(&mut text));
        text.push(b'\n');
        let added = self.file.write_all(&text).and_then(|()| files::sync_data(&self.file));
        match added {
            Ok(()) => self.end += text.len() as u64,
            Err(_) => {
                self.seal.iter_mut().zip(before).for_each(|(seal, before)| seal.last = before);
                self.remove_torn_line()?;
            }
        }
        added
    }

    /// Removes whatever stands behind the last line that counts.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn remove_torn_line(&mut self) -> io::Result<()> {
        self.file.set_len(self.end)?;
        self.file.seek(SeekFrom::Start(self.end)).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Line {
        Header(u32),
        Text(String),
    }

    fn text(text: &str) -> Line {
        Line::Text(text.into())
    }

    fn seal(key: u8) -> Option<Seal> {
        Some(Seal::new(Key::for_test(key), "test"))
    }

    fn open(path: &Path) -> (Journal, Lines<Line>) {
        Journal::open_locked(path, seal(1)).expect("opened").expect("not locked")
    }

    /// What counts in a journal of these lines, and whether more stands behind it.
    fn read_lines(lines: &[String]) -> (Vec<Line>, bool) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        std::fs::write(&path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).expect("a journal");
        let (_, read) = open(&path);
        (read.lines, read.has_unsealed)
    }

    #[test]
    fn a_torn_line_is_removed_before_the_next_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        std::fs::write(&path, "\n1\n2\n{\"torn\": ").expect("a journal");
        let mut journal = Journal::open::<u32>(&path).expect("opened");
        journal.append(&3).expect("appended");
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "\n1\n2\n3\n");
        let read = read::<u32>(File::open(&path).expect("opened")).expect("read");
        assert_eq!((read.lines, read.end), (vec![1, 2, 3], 7));
    }

    #[test]
    fn a_sealed_journal_is_gone_on_with() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        for (n, torn) in ["", "{\"text\":\"x", "{\"text\":\"half"].into_iter().enumerate() {
            let (mut journal, read) = open(&path);
            assert_eq!((read.lines.len(), read.has_unsealed), (n, false));
            assert!(Journal::open_locked::<Line>(&path, seal(1)).expect("opened").is_none(), "it is locked");
            journal.remove_torn_line().expect("removed");
            journal.append(&Line::Header(7)).expect("appended");
            std::fs::write(&path, std::fs::read_to_string(&path).expect("text") + torn).expect("torn");
        }
    }

    #[test]
    fn no_line_can_be_planted_changed_dropped_or_moved() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let write = |key: u8| -> Vec<String> {
            let _ = std::fs::remove_file(&path);
            let (mut journal, _) = Journal::open_locked::<Line>(&path, seal(key)).expect("opened").expect("not locked");
            for line in [Line::Header(key.into()), text("a"), text("b")] {
                journal.append(&line).expect("appended");
            }
            std::fs::read_to_string(&path).expect("text").lines().map(str::to_owned).collect()
        };
        let (ours, others) = (write(1), write(2));
        let is_json =
            |line: &String| serde_json::from_str::<serde_json::Value>(line).is_ok_and(|line| line["tag"].is_string());
        assert!(ours.iter().all(is_json), "{ours:?}");
        assert_eq!(read_lines(&ours), (vec![Line::Header(1), text("a"), text("b")], false));
        let header = || vec![Line::Header(1)];
        let changed = ours[1].replace("\"a\"", "\"x\"");
        let untagged = r#"{"text":"a"}"#.to_owned();
        for (lines, counts) in [
            (vec![], vec![]),
            (others.clone(), vec![]),
            (vec![r#"{"header":1}"#.to_owned(), untagged.clone()], vec![]),
            (vec![others[0].clone(), ours[1].clone()], vec![]),
            (vec![ours[0].clone(), untagged], header()),
            (vec![ours[0].clone(), changed], header()),
            (vec![ours[0].clone(), ours[2].clone()], header()),
            (vec![ours[0].clone(), ours[0].clone()], header()),
            (vec![ours[0].clone(), others[1].clone()], header()),
        ] {
            let read = read_lines(&lines);
            assert_eq!(read.0, counts, "{lines:?}");
            assert_eq!(read.1, !lines.is_empty(), "{lines:?}");
        }
        // Nor taken into a journal of another kind.
        let other = Some(Seal::new(Key::for_test(1), "other"));
        std::fs::write(&path, ours.join("\n") + "\n").expect("a journal");
        let (_, read) = Journal::open_locked::<Line>(&path, other).expect("opened").expect("not locked");
        assert_eq!(read.lines, []);
        let unverified = read_unverified::<Line>(File::open(&path).expect("opened")).expect("read");
        assert_eq!(unverified.lines, [Line::Header(1), text("a"), text("b")]);
    }

    #[test]
    fn a_file_that_is_not_ours_is_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        for foreign in ["notes of mine\n", "[1]\n", "{\"name\":\"a\"}\n", "notes", "\n\nnotes\n", "{\"headings\":1}"] {
            std::fs::write(&path, foreign).expect("a file");
            let sealed = Journal::open_locked::<Line>(&path, seal(1)).err().map(|error| error.to_string());
            let unsealed = Journal::open::<Line>(&path).err().map(|error| error.to_string());
            assert_eq!((sealed.as_deref(), &sealed), (Some("it is no file of this program; move it away"), &unsealed));
            assert_eq!(std::fs::read_to_string(&path).expect("text"), foreign);
        }
        for damaged in ["", "\0\0\0\0", "{}\n", "{\"hea", "{\"header\":{\"version\":1", "{\"files\":[]}\n"] {
            std::fs::write(&path, damaged).expect("a file");
            let (mut journal, _) = open(&path);
            journal.remove_torn_line().expect("removed");
            assert_eq!(std::fs::read_to_string(&path).expect("text"), "", "{damaged:?}");
        }
    }
}
