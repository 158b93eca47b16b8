//! Downloads a published model: the whole file, verified, or nothing.
//!
//! The content is collected in `ggml-NAME.bin.part`, which is renamed only after its size and SHA-256 have been verified,
//! so the server need not be trusted. After a broken connection the part is kept and resumed, within the same call and by
//! the next one. A lock file keeps two programs from writing to the same part.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Archive, Model};
use crate::digest::Sha256;
use crate::{DownloadErrorKind, Error, files, speakers};

mod failure;
mod part;
mod transfer;
use failure::{Failure, disk, fail};
use part::Part;
use transfer::Transfer;

/// How to download.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address of a folder with the same files; `None`, or empty as a variable of the environment may be, for the publisher's.
    pub mirror: Option<String>,
    /// How often to resume in a row after the connection broke without delivering 1 MiB.
    pub retries: u32,
    /// Pause before the first retry; doubled for each further one, up to 60 times.
    pub pause: Duration,
    /// Time limit for connecting.
    pub connect: Duration,
    /// Time limit for each wait for data.
    pub silence: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            mirror: None,
            retries: 5,
            pause: Duration::from_secs(1),
            connect: Duration::from_secs(20),
            silence: Duration::from_secs(30),
        }
    }
}

/// What a download is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// Bytes on the disk, and bytes of the whole file.
    Fetched(u64, u64),
    /// The connection broke for this reason, and is retried after a pause.
    Retrying(&'a str),
    /// Bytes of which the digest is computed, and bytes of the whole file.
    Checked(u64, u64),
}

/// Receives the progress; `Break` cancels the download.
type OnProgress<'a> = dyn FnMut(Progress<'_>) -> ControlFlow<()> + 'a;

/// Downloads `model` into `folder`, which is created if needed, and returns the path of the file. A verified file that
/// exists already is kept. `progress` is called on the calling thread and may cancel; what was downloaded until then is
/// kept for the next call.
///
/// Proxies are taken from the environment (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`).
///
/// # Errors
/// [`Error::Download`] if it fails, [`Error::Cancelled`] if `progress` cancelled it. A file under the final name is then
/// as it was before.
pub fn get(
    model: &Model,
    folder: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<PathBuf, Error> {
    let mirror = options.mirror.as_deref().filter(|mirror| !mirror.is_empty());
    // A mirror has the file itself.
    if let Some(archive) = model.archive.as_ref().filter(|_| mirror.is_none()) {
        return made(model, archive, folder, options, progress);
    }
    let url = match mirror {
        Some(mirror) => format!("{}/{}", mirror.trim_end_matches('/'), model.file),
        None => model.url.clone(),
    };
    let path = folder.join(&model.file);
    let installed = install(model, &path, &mut Transfer::new(model, &url, options), progress);
    installed.map(|()| path).map_err(|failure| failure.into_error(&url))
}

/// Downloads an archive and makes the model of it. The archive is deleted.
fn made(
    model: &Model,
    archive: &Archive,
    folder: &Path,
    options: &Options,
    progress: &mut OnProgress<'_>,
) -> Result<PathBuf, Error> {
    let path = folder.join(&model.file);
    let failed = |failure: Failure| failure.into_error(&model.url);
    if path.is_file() && is_published(model, &path, progress).map_err(failed)? {
        return Ok(path);
    }
    let Archive { file, size, sha256 } = archive.clone();
    let whole = Model { file, size, sha256, archive: None, ..model.clone() };
    let archive = get(&whole, folder, options, progress)?;
    let wrong = |error: &dyn std::fmt::Display| {
        let reason = format!("no model could be made of what was downloaded: {error}");
        Failure::Permanent { reason, kind: DownloadErrorKind::Other }
    };
    let content = fs::File::open(&archive)
        .map_err(|error| disk(&archive, &error))
        .and_then(|archive| speakers::unpack(archive).map_err(|error| wrong(&error)));
    // It would only take space.
    let _ = fs::remove_file(&archive);
    let content = content.map_err(failed)?;
    if Sha256::of_bytes(&content).to_string() != model.sha256 {
        return Err(failed(wrong(&"its SHA-256 is not the published one")));
    }
    files::replace_whole(&path, |file| io::Write::write_all(file, &content))
        .map_err(|error| failed(disk(&path, &error)))?;
    Ok(path)
}

fn install(
    model: &Model,
    path: &Path,
    transfer: &mut Transfer<'_>,
    progress: &mut OnProgress<'_>,
) -> Result<(), Failure> {
    transfer.check_address()?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| disk(folder, &error))?;
    }
    let lock_path = files::lock_path(path);
    let lock = files::LockFile::acquire(lock_path.clone()).map_err(|error| disk(&lock_path, &error))?;
    let Some(_lock) = lock else {
        return fail("another program is downloading it at this moment", DownloadErrorKind::Other);
    };
    if fs::metadata(path).is_ok_and(|data| data.len() == model.size) && is_published(model, path, progress)? {
        return Ok(());
    }
    let mut part = Part::open(files::part_path(path))?;
    if let Err(failure) = fill(model, &mut part, transfer, progress) {
        part.delete_if_empty()?;
        return Err(failure);
    }
    part.commit(path)
}

/// Makes the part the published file; a part that can't become it is emptied.
fn fill(
    model: &Model,
    part: &mut Part,
    transfer: &mut Transfer<'_>,
    progress: &mut OnProgress<'_>,
) -> Result<(), Failure> {
    let resumed = part.len()? > 0;
    transfer.run(part, progress)?;
    if is_published(model, part.path(), progress)? {
        return Ok(());
    }
    part.clear()?;
    if resumed {
        // The bytes of the earlier download may have been wrong, and not those of this server.
        transfer.run(part, progress)?;
        if is_published(model, part.path(), progress)? {
            return Ok(());
        }
        part.clear()?;
    }
    fail(
        "the server sent another file: its SHA-256 is not the published one; it was deleted",
        DownloadErrorKind::WrongDigest,
    )
}

fn is_published(model: &Model, path: &Path, progress: &mut OnProgress<'_>) -> Result<bool, Failure> {
    let file = fs::File::open(path).map_err(|error| disk(path, &error))?;
    match Sha256::of_reader(file, |read| progress(Progress::Checked(read, model.size))) {
        Ok(sha256) => Ok(sha256.to_string() == model.sha256),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(Failure::Cancelled),
        Err(error) => Err(disk(path, &error)),
    }
}
