//! A recording on the disk: one file or several, which it is, and whether it is still the same.

use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use transcribe::audio::{self, Recording, Selection};
use transcribe::digest::Sha256;
use transcribe::{Error, Millis, RecordingId};

use super::interrupt;
use super::output::name_of;

/// By which a file that was changed is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) size: u64,
    pub(super) modified: SystemTime,
}

/// Of all files together: their size, and the time of the last change.
pub(super) fn stamp(parts: &[PathBuf]) -> io::Result<Stamp> {
    let mut all = Stamp { size: 0, modified: SystemTime::UNIX_EPOCH };
    for part in parts {
        let meta = fs::metadata(part)?;
        all.size += meta.len();
        all.modified = all.modified.max(meta.modified()?);
    }
    Ok(all)
}

/// How much sound is to be transcribed, as far as the container tells. Opens the recording.
///
/// # Errors
/// Those of [`audio::open`].
pub(super) fn length(parts: &[PathBuf], part: Selection) -> Result<Option<Millis>, Error> {
    open(parts, part).map(|recording| recording.end().map(|end| end - part.from))
}

/// Opens it.
///
/// # Errors
/// Those of [`audio::open`].
pub(super) fn open(parts: &[PathBuf], part: Selection) -> Result<Recording, Error> {
    match parts {
        [one] => audio::open(one, part),
        many => audio::join(many, part),
    }
}

/// Which recording it is, called `name`. Reads all of it.
///
/// # Errors
/// Those of reading; [`io::ErrorKind::Interrupted`] if the user stopped it.
pub(super) fn identify(name: String, parts: &[PathBuf]) -> io::Result<RecordingId> {
    let all = Parts { rest: parts.iter(), file: None };
    let sha256 = Sha256::of_reader(all, |_| match interrupt::stopping() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    })?;
    let names = if parts.len() > 1 { parts.iter().map(|part| name_of(part)).collect() } else { Vec::new() };
    Ok(RecordingId { name, size: stamp(parts)?.size, sha256: sha256.to_string(), parts: names, started: None })
}

/// All files as if they were one; one is open at a time.
struct Parts<'a> {
    rest: std::slice::Iter<'a, PathBuf>,
    file: Option<File>,
}

impl Read for Parts<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(file) = &mut self.file {
                match file.read(buffer)? {
                    0 => self.file = None,
                    count => return Ok(count),
                }
            }
            match self.rest.next() {
                Some(path) => self.file = Some(File::open(path)?),
                None => return Ok(0),
            }
        }
    }
}

/// Containers want to be read back and forth, so standard input first goes into a file beside the output.
///
/// # Errors
/// [`Error::Write`].
pub(super) fn spool(folder: &Path) -> Result<tempfile::NamedTempFile, Error> {
    let write = |source| Error::Write { path: folder.into(), source };
    let mut file = tempfile::Builder::new().prefix(".transcribe-stdin-").tempfile_in(folder).map_err(write)?;
    interrupt::forget_with(file.path().into());
    io::copy(&mut io::stdin().lock(), &mut file).map_err(write)?;
    Ok(file)
}
