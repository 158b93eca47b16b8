//! What is known of the meeting that a recording is of: `meeting.toml` in the folder of the recording.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Library, LibraryError, Recording, RecordingKey};
use crate::app::settings::meeting::take;
use crate::app::store::{Readers, write_whole};
use crate::app::{Settings, Values};
use crate::meeting::Meeting;
use crate::{Error, files};

/// The name of the file.
const FILE: &str = "meeting.toml";
/// Bytes that it may have.
const LONGEST: usize = 1 << 20;

/// Reads what somebody gives as a `meeting.toml`, or as OParl has a meeting, and checks that recognition can use it.
///
/// # Errors
/// [`Error::Meeting`], with line and field if it is about one.
pub fn parse(text: &str) -> Result<Meeting, LibraryError> {
    let path = Path::new(FILE);
    if text.len() > LONGEST {
        let reason = "it is larger than 1 MB".into();
        return Err(Error::Meeting { path: path.into(), place: None, reason }.into());
    }
    let meeting = Meeting::parse(text, path)?;
    check(&meeting, path)?;
    Ok(meeting)
}

/// Whether recognition can use its languages and its terms.
fn check(meeting: &Meeting, path: &Path) -> Result<(), Error> {
    let values = Values::default();
    let used = Settings::new(&values, None).and_then(|mut settings| take(&mut settings, &values, meeting, path));
    used.map_err(|error| Error::Meeting { path: path.into(), place: None, reason: error.message })
}

impl Recording {
    /// Where the data of its meeting lie, if there are any.
    pub fn meeting_path(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// What is known of its meeting; `None`: nothing.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Meeting`].
    pub fn meeting(&self) -> Result<Option<Meeting>, Error> {
        let path = self.meeting_path();
        if path.is_file() { Meeting::read(&path).map(Some) } else { Ok(None) }
    }

    /// Whether recognition can use what is known of its meeting.
    pub(super) fn check_meeting(&self) -> Result<(), Error> {
        self.meeting()?.map_or(Ok(()), |meeting| check(&meeting, &self.meeting_path()))
    }
}

impl Library {
    /// The content of a recording's `meeting.toml`; empty if there is none.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`]; [`Error::Read`] if the file can't be read or is too long.
    pub fn meeting_text(&self, key: RecordingKey) -> Result<String, LibraryError> {
        let path = self.recording(key)?.meeting_path();
        let read = || {
            let length = files::open_regular(&path)?.metadata()?.len();
            if length > LONGEST as u64 { Err(io::ErrorKind::FileTooLarge.into()) } else { files::read(&path) }
        };
        match read() {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            Err(source) => Err(Error::Read { path, source }.into()),
        }
    }

    /// Keeps this as a recording's `meeting.toml`, or deletes that if it is empty.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`], those of [`parse`], those of writing; then the file is as it was.
    pub fn set_meeting(&self, key: RecordingKey, text: &str) -> Result<(), LibraryError> {
        let _one = self.saving();
        let path = self.recording(key)?.meeting_path();
        if !text.trim().is_empty() {
            parse(text)?;
            self.set_kept(key)?;
            return Ok(write_whole(text.as_bytes(), &path, true, Readers::AsUsual)?);
        }
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(LibraryError::Folder { folder: path, source })
            }
            _ => Ok(()),
        }
    }
}
