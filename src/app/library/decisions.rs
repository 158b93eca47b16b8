//! What people decide about findings of minutes: a file of edits beside the transcript, which the command line reads, too.

use std::io;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Library, LibraryError, Recording, RecordingKey};
use crate::app::store::{Readers, stem, write_whole};
use crate::edits::{Edits, MinutesEdit};
use crate::{Error, files};

impl Recording {
    /// Where decisions about its findings lie, if there are any.
    pub fn decisions_path(&self) -> PathBuf {
        self.folder.join(format!("{}.decisions.json", stem(self.transcript.as_ref()).to_string_lossy()))
    }

    /// What people have decided about its findings.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Transcript`].
    pub fn decisions(&self) -> Result<Vec<MinutesEdit>, Error> {
        match Edits::read(&self.decisions_path()) {
            Ok(edits) => Ok(edits.minutes),
            Err(Error::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

impl Library {
    /// Keeps what somebody decides about the finding `id`, as an entry of `minutes` in a file of edits, instead of what was decided about
    /// it before; `None`: nothing is decided any more.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`]; [`Error::Transcript`] if it is no decision; those of reading and writing. Then nothing has changed.
    pub fn decide(&self, key: RecordingKey, id: &str, decision: Option<Value>) -> Result<(), LibraryError> {
        let _one = self.saving();
        let recording = self.recording(key)?;
        let path = recording.decisions_path();
        // What can't be read, or is of another kind, is not overwritten.
        recording.decisions()?;
        let mut file = match files::read(&path) {
            Ok(bytes) => serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes))
                .map_err(|error| Error::Read { path: path.clone(), source: error.into() })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => json!({
                "transcribe_edits": 1,
                "recording": {"name": recording.media, "sha256": recording.sha256},
                "edits": [],
            }),
            Err(source) => return Err(Error::Read { path, source }.into()),
        };
        let mut minutes = file["minutes"].as_array().cloned().unwrap_or_default();
        minutes.retain(|entry| entry["id"] != id);
        minutes.extend(decision);
        file["minutes"] = minutes.into();
        let text = format!("{file:#}\n");
        Edits::parse(&text, &path)?;
        self.set_kept(key)?;
        Ok(write_whole(text.as_bytes(), &path, true, Readers::AsUsual)?)
    }
}
