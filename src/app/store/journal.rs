//! A file of JSON lines that only grows. Each line is safe on the disk before the next is written.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::files;

/// An open journal, positioned behind its last whole line.
pub(crate) struct Journal {
    file: File,
    /// Where the last whole line ends, in bytes.
    end: u64,
}

/// Reads the lines of a journal up to the first that is torn or not a `T`; blank lines are skipped. Gives them, and where the last one ends.
///
/// # Errors
/// Those of reading.
pub(crate) fn read<T: DeserializeOwned>(mut file: File) -> io::Result<(Vec<T>, u64)> {
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let (mut lines, mut end) = (Vec::new(), 0);
    for line in text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")) {
        if !line.trim_ascii().is_empty() {
            let Ok(parsed) = serde_json::from_slice(line) else { break };
            lines.push(parsed);
        }
        end += line.len() as u64;
    }
    Ok((lines, end))
}

impl Journal {
    /// Opens, locks and reads the journal at `path`, which is created if it is missing. `None` if another process holds it.
    ///
    /// # Errors
    /// Those of opening and reading.
    pub(crate) fn open_locked<T: DeserializeOwned>(path: &Path) -> io::Result<Option<(Journal, Vec<T>)>> {
        let Some(file) = files::lock(path)? else { return Ok(None) };
        let (lines, end) = read(file.try_clone()?)?;
        Ok(Some((Journal { file, end }, lines)))
    }

    /// Opens the journal at `path`, which is created if it is missing, without a lock of its own, and removes a torn last line.
    ///
    /// # Errors
    /// Those of opening and reading.
    pub(crate) fn open<T: DeserializeOwned>(path: &Path) -> io::Result<Journal> {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        let (_, end) = read::<T>(file.try_clone()?)?;
        let mut journal = Journal { file, end };
        journal.remove_torn_line()?;
        Ok(journal)
    }

    /// Appends a whole line, safe on the disk, or nothing.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn append<T: Serialize>(&mut self, line: &T) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let added = self.file.write_all(&text).and_then(|()| self.file.sync_data());
        match added {
            Ok(()) => self.end += text.len() as u64,
            Err(_) => self.remove_torn_line()?,
        }
        added
    }

    /// Removes whatever stands behind the last whole line.
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

    #[test]
    fn a_torn_line_is_removed_before_the_next_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        std::fs::write(&path, "\n1\n2\n{\"torn\": ").expect("a journal");
        let mut journal = Journal::open::<u32>(&path).expect("opened");
        journal.append(&3).expect("appended");
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "\n1\n2\n3\n");
        let (lines, end) = read::<u32>(File::open(&path).expect("opened")).expect("read");
        assert_eq!((lines, end), (vec![1, 2, 3], 7));
    }
}
