//! Standard input as a recording: a copy of it, since containers are read back and forth.

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use etcetera::BaseStrategy as _;

use crate::Error;
use crate::app::{AppEvent, CancelToken, Listener};

/// Bytes that are read at once.
const BLOCK: usize = 64 * 1024;
/// How often to look whether the job is cancelled while nothing comes in.
const CHECK_EVERY: Duration = Duration::from_millis(100);
/// Bytes of a copy in memory, at most.
#[cfg(target_os = "linux")]
const MOST_IN_MEMORY: u64 = 1 << 30;

/// Whether a path stands for standard input.
pub fn is_stdin(recording: &Path) -> bool {
    let names: &[&str] = if cfg!(unix) { &["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] } else { &["-"] };
    names.iter().any(|name| recording.as_os_str() == *name)
}

/// The error with the name that standard input has on the command line, in place of the copy's.
pub(super) fn named(error: Error) -> Error {
    let path = PathBuf::from("-");
    match error {
        Error::Read { source, .. } => Error::Read { path, source },
        Error::Decode { reason, kind, .. } => Error::Decode { path, reason, kind },
        other => other,
    }
}

/// A copy of standard input, which is gone when this is dropped.
pub(super) struct StdinCopy {
    pub(super) path: PathBuf,
    _file: CopiedFile,
}

#[expect(dead_code, reason = "they are kept for as long as the copy is needed")]
enum CopiedFile {
    Named(tempfile::NamedTempFile),
    /// Without a name anywhere, so that nothing stays behind even if the process is killed.
    #[cfg(target_os = "linux")]
    Unnamed(File),
}

impl StdinCopy {
    /// Copies all of standard input into a file in `folder`. Without a folder, nothing is to be written: it is kept in memory
    /// where the system has a way to do so and it is not too long, or else in a file of the user's cache folder.
    ///
    /// # Errors
    /// [`Error::Write`]; [`Error::Read`] if reading fails; [`Error::Cancelled`], also while nothing comes in.
    pub(super) fn new(
        folder: Option<&Path>,
        cancel: &CancelToken,
        listener: &dyn Listener,
    ) -> Result<StdinCopy, Error> {
        let mut incoming = Incoming { blocks: blocks(), cancel };
        match folder {
            Some(folder) => StdinCopy::in_folder(folder, &mut incoming, listener),
            None => StdinCopy::without_folder(&mut incoming, listener),
        }
    }

    #[cfg(target_os = "linux")]
    fn without_folder(incoming: &mut Incoming<'_>, _: &dyn Listener) -> Result<StdinCopy, Error> {
        use rustix::fs::{MemfdFlags, memfd_create};
        use std::io::Seek as _;
        use std::os::fd::AsRawFd as _;
        let fail = |source| Error::Write { path: "-".into(), source };
        let memory = memfd_create("transcribe-stdin", MemfdFlags::CLOEXEC).map_err(|e| fail(e.into()))?;
        let mut file = File::from(memory);
        let limit = MOST_IN_MEMORY.min(crate::app::models::free_memory() / 4);
        if !incoming.copy_to(&mut file, limit).map_err(|e| e.into_error(Path::new("-")))? {
            let folder = cache_folder()?;
            let write = |source| Error::Write { path: folder.clone(), source };
            let mut long = tempfile::tempfile_in(&folder).map_err(write)?;
            file.rewind().and_then(|()| io::copy(&mut file, &mut long)).map_err(write)?;
            incoming.copy_to(&mut long, u64::MAX).map_err(|e| e.into_error(&folder))?;
            file = long;
        }
        // Also ffmpeg finds it there.
        let path = PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd()));
        Ok(StdinCopy { path, _file: CopiedFile::Unnamed(file) })
    }

    #[cfg(not(target_os = "linux"))]
    fn without_folder(incoming: &mut Incoming<'_>, listener: &dyn Listener) -> Result<StdinCopy, Error> {
        StdinCopy::in_folder(&cache_folder()?, incoming, listener)
    }

    fn in_folder(folder: &Path, incoming: &mut Incoming<'_>, listener: &dyn Listener) -> Result<StdinCopy, Error> {
        let write = |source| Error::Write { path: folder.into(), source };
        let mut file = tempfile::Builder::new().prefix(".transcribe-stdin-").tempfile_in(folder).map_err(write)?;
        listener.event(&AppEvent::TemporaryFile(file.path()));
        incoming.copy_to(&mut file, u64::MAX).map_err(|e| e.into_error(folder))?;
        Ok(StdinCopy { path: file.path().into(), _file: CopiedFile::Named(file) })
    }
}

/// The program's folder in the user's cache folder.
fn cache_folder() -> Result<PathBuf, Error> {
    let base = etcetera::base_strategy::choose_native_strategy();
    let folder = base.map(|base| base.cache_dir().join("transcribe"));
    let folder = folder.map_err(|e| Error::Write { path: "-".into(), source: io::Error::other(e.to_string()) })?;
    std::fs::create_dir_all(&folder).map_err(|source| Error::Write { path: folder.clone(), source })?;
    Ok(folder)
}

/// What comes in on standard input.
struct Incoming<'a> {
    blocks: Receiver<io::Result<Vec<u8>>>,
    cancel: &'a CancelToken,
}

enum CopyError {
    Read(io::Error),
    Write(io::Error),
    Cancelled,
}

impl CopyError {
    fn into_error(self, target: &Path) -> Error {
        match self {
            CopyError::Read(source) => Error::Read { path: "-".into(), source },
            CopyError::Write(source) => Error::Write { path: target.into(), source },
            CopyError::Cancelled => Error::Cancelled,
        }
    }
}

impl Incoming<'_> {
    /// Copies what comes in to `file`, up to the block in which there are `limit` bytes; whether that was all.
    fn copy_to(&mut self, file: &mut impl Write, limit: u64) -> Result<bool, CopyError> {
        let mut copied = 0;
        while copied < limit {
            if self.cancel.is_cancelled() {
                return Err(CopyError::Cancelled);
            }
            match self.blocks.recv_timeout(CHECK_EVERY) {
                Ok(block) => {
                    let block = block.map_err(CopyError::Read)?;
                    file.write_all(&block).map_err(CopyError::Write)?;
                    copied += block.len() as u64;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(true),
            }
        }
        Ok(false)
    }
}

/// Reads standard input in a thread of its own, for a read that waits can't be cancelled. The thread ends with its receiver, or
/// with the process.
fn blocks() -> Receiver<io::Result<Vec<u8>>> {
    let (to, from) = sync_channel(16);
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        loop {
            let mut block = vec![0; BLOCK];
            let read = match input.read(&mut block) {
                Ok(0) => break,
                Ok(count) => {
                    block.truncate(count);
                    Ok(block)
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let failed = read.is_err();
            if to.send(read).is_err() || failed {
                break;
            }
        }
    });
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_input_has_several_names() {
        assert!(is_stdin(Path::new("-")));
        assert_eq!(is_stdin(Path::new("/dev/stdin")), cfg!(unix));
        assert!(!is_stdin(Path::new("./-")));
    }

    #[test]
    fn a_copy_ends_when_it_is_cancelled_or_long_enough() {
        let (to, blocks) = sync_channel(4);
        let cancel = CancelToken::new();
        let mut incoming = Incoming { blocks, cancel: &cancel };
        let mut copy = Vec::new();
        for _ in 0..3 {
            to.send(Ok(vec![7; 10])).expect("room");
        }
        assert!(matches!(incoming.copy_to(&mut copy, 15), Ok(false)));
        assert_eq!(copy.len(), 20, "blocks stay whole");
        to.send(Err(io::ErrorKind::BrokenPipe.into())).expect("room");
        assert!(matches!(incoming.copy_to(&mut copy, u64::MAX), Err(CopyError::Read(_))));
        assert_eq!(copy.len(), 30);
        cancel.cancel();
        assert!(matches!(incoming.copy_to(&mut copy, u64::MAX), Err(CopyError::Cancelled)));
        let cancel = CancelToken::new();
        let mut incoming = Incoming { cancel: &cancel, ..incoming };
        drop(to);
        assert!(matches!(incoming.copy_to(&mut copy, u64::MAX), Ok(true)));
    }
}
