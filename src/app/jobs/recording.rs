//! A recording on the disk: one file or several, its identity, and whether it has changed.

use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::app::CancelToken;
use crate::app::store::file_name;
use crate::audio::{self, Recording, Selection};
use crate::digest::Sha256;
use crate::{Error, Millis, RecordingId, files};

/// Size and time of the last change, by which a changed file is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileStamp {
    pub(crate) size: u64,
    pub(crate) modified: SystemTime,
}

/// Of all files together: the sum of their sizes and the latest change.
pub(crate) fn stamp(parts: &[PathBuf]) -> io::Result<FileStamp> {
    let mut all = FileStamp { size: 0, modified: SystemTime::UNIX_EPOCH };
    for part in parts {
        let meta = fs::metadata(part)?;
        all.size += meta.len();
        all.modified = all.modified.max(meta.modified()?);
    }
    Ok(all)
}

/// How much is to be transcribed, if the container says so. Opens the recording.
///
/// # Errors
/// Those of [`audio::open`].
pub(crate) fn remaining_length(parts: &[PathBuf], selection: Selection) -> Result<Option<Millis>, Error> {
    open(parts, selection).map(|recording| recording.end().map(|end| end - selection.from))
}

/// Opens the recording in these files.
///
/// # Errors
/// Those of [`audio::open`].
pub(crate) fn open(parts: &[PathBuf], selection: Selection) -> Result<Recording, Error> {
    match parts {
        [one] => audio::open(one, selection),
        many => audio::join(many, selection),
    }
}

/// The identity of the recording in these files, under this name. Reads all of it.
///
/// # Errors
/// Those of reading; [`io::ErrorKind::Interrupted`] if it was cancelled.
pub fn identify(name: String, parts: &[PathBuf], cancel: &CancelToken) -> io::Result<RecordingId> {
    let all = Concatenated { rest: parts.iter(), file: None };
    let sha256 = Sha256::of_reader(all, |_| match cancel.is_cancelled() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    })?;
    let names = if parts.len() > 1 { parts.iter().map(|part| file_name(part)).collect() } else { Vec::new() };
    Ok(RecordingId {
        name,
        size: stamp(parts)?.size,
        sha256: sha256.to_string(),
        parts: names,
        ..RecordingId::default()
    })
}

/// The files as one stream; one is open at a time.
struct Concatenated<'a> {
    rest: std::slice::Iter<'a, PathBuf>,
    file: Option<File>,
}

impl Read for Concatenated<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(file) = &mut self.file {
                match file.read(buffer)? {
                    0 => self.file = None,
                    count => return Ok(count),
                }
            }
            match self.rest.next() {
                Some(path) => self.file = Some(files::open_regular(path)?),
                None => return Ok(0),
            }
        }
    }
}
