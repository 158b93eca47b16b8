//! A file of JSON lines that is only ever added to, each safe on the disk before the next; locked as long as it is open.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::lock;

/// An open and locked file.
pub(super) struct Lines {
    file: File,
    /// Where the last whole line ends.
    end: u64,
}

/// Reads up to the first line that is not whole, or is none of ours. Gives where it begins.
pub(super) fn read<T: DeserializeOwned>(mut file: File, mut take: impl FnMut(T)) -> io::Result<u64> {
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let mut end = 0;
    for line in text.split_inclusive(|b| *b == b'\n').filter(|line| line.ends_with(b"\n")) {
        let Ok(line_read) = serde_json::from_slice(line) else { break };
        take(line_read);
        end += line.len() as u64;
    }
    Ok(end)
}

impl Lines {
    /// Opens and reads the file at `path`, which is made if it is not there; `None` if another process has it.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn open<T: DeserializeOwned>(path: &Path, take: impl FnMut(T)) -> io::Result<Option<Lines>> {
        let Some(file) = lock::open(path)? else { return Ok(None) };
        let end = read(file.try_clone()?, take)?;
        Ok(Some(Lines { file, end }))
    }

    /// Adds a whole line, safe on the disk, or nothing.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn add<T: Serialize>(&mut self, line: &T) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let added = self.file.write_all(&text).and_then(|()| self.file.sync_data());
        match added {
            Ok(()) => self.end += text.len() as u64,
            Err(_) => self.cut()?,
        }
        added
    }

    /// Takes away what is behind the last whole line.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn cut(&mut self) -> io::Result<()> {
        self.file.set_len(self.end)?;
        self.file.seek(SeekFrom::Start(self.end)).map(drop)
    }
}
