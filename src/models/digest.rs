//! SHA-256 of files: which model was it, and is it whole?
//!
//! A transcript names its model by digest, and reading 1.6 GB takes seconds. So [`identify`] remembers what it
//! found in the cache folder, for as long as a file keeps its size and its time of change. The memory is a help,
//! never a need: whatever goes wrong with it goes unheard.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::io_message;
use crate::{Error, ModelErrorKind, ModelId};

/// SHA-256 of a whole file, as 64 lower-case hexadecimal digits; a GB takes one to three seconds.
///
/// # Errors
/// What the system says about opening or reading it.
pub fn sha256(path: &Path) -> io::Result<String> {
    sha256_of(File::open(path)?, |_| ControlFlow::Continue(()))
}

/// SHA-256 of all that `input` gives; `progress` hears after each MiB how many bytes were read, and may stop it.
///
/// # Errors
/// What the system says about reading; [`io::ErrorKind::Interrupted`] when `progress` stopped it.
pub fn sha256_of(mut input: impl Read, mut progress: impl FnMut(u64) -> ControlFlow<()>) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut read = 0;
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            Ok(n) => {
                hasher.update(&buffer[..n]);
                read += n as u64;
                if progress(read).is_break() {
                    return Err(io::ErrorKind::Interrupted.into());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Name and digest of a model file; the second call for the same file takes no time.
///
/// # Errors
/// [`Error::Model`] when it can't be read.
pub fn identify(path: &Path) -> Result<ModelId, Error> {
    identify_with(path, cache_file().as_deref())
}

fn identify_with(path: &Path, cache: Option<&Path>) -> Result<ModelId, Error> {
    let unreadable =
        |error: io::Error| Error::Model { path: path.into(), reason: io_message(&error), kind: ModelErrorKind::Other };
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let stamp = stamp(path);
    if let (Some((key, size, changed)), Some(cache)) = (&stamp, cache)
        && let Some(known) = load(cache).get(key)
        && (known.size, known.changed) == (*size, *changed)
    {
        return Ok(ModelId { file, sha256: known.sha256.clone() });
    }
    let sha256 = sha256(path).map_err(unreadable)?;
    if let (Some((key, size, changed)), Some(cache)) = (stamp, cache) {
        remember(cache, key, Known { size, changed, sha256: sha256.clone() });
    }
    Ok(ModelId { file, sha256 })
}

#[derive(Serialize, Deserialize)]
struct Known {
    size: u64,
    /// Nanoseconds since 1970.
    changed: u64,
    sha256: String,
}

fn cache_file() -> Option<PathBuf> {
    Some(etcetera::base_strategy::choose_native_strategy().ok()?.cache_dir().join("transcribe/digests.json"))
}

/// What a file is known by: its full path, its size, and when it was changed.
fn stamp(path: &Path) -> Option<(String, u64, u64)> {
    let data = fs::metadata(path).ok()?;
    let changed = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    let key = fs::canonicalize(path).ok()?.to_str()?.to_owned();
    Some((key, data.len(), u64::try_from(changed).ok()?))
}

fn load(cache: &Path) -> BTreeMap<String, Known> {
    fs::read(cache).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

fn remember(cache: &Path, key: String, known: Known) {
    let mut all = load(cache);
    all.retain(|path, _| Path::new(path).exists());
    all.insert(key, known);
    let write = || -> Option<()> {
        let folder = cache.parent()?;
        fs::create_dir_all(folder).ok()?;
        let part = tempfile::NamedTempFile::new_in(folder).ok()?;
        serde_json::to_writer(&part, &all).ok()?;
        part.persist(cache).ok().map(|_| ())
    };
    write();
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_standards_own_example() {
        assert_eq!(sha256_of(&b"abc"[..], |_| ControlFlow::Continue(())).unwrap(), ABC);
        let stopped = sha256_of(&b"abc"[..], |_| ControlFlow::Break(()));
        assert_eq!(stopped.unwrap_err().kind(), io::ErrorKind::Interrupted);
    }

    #[test]
    fn a_digest_is_remembered_until_the_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (file, cache) = (folder.path().join("m.bin"), folder.path().join("cache/digests.json"));
        fs::write(&file, "abc").unwrap();
        assert_eq!(identify_with(&file, Some(&cache)).unwrap(), ModelId { file: "m.bin".into(), sha256: ABC.into() });

        let marked = fs::read_to_string(&cache).unwrap().replace(ABC, "remembered");
        fs::write(&cache, marked).unwrap();
        assert_eq!(identify_with(&file, Some(&cache)).unwrap().sha256, "remembered");

        fs::write(&file, "abcd").unwrap();
        assert_ne!(identify_with(&file, Some(&cache)).unwrap().sha256, "remembered");
    }

    #[test]
    fn a_broken_memory_goes_unheard() {
        let folder = tempfile::tempdir().unwrap();
        let (file, cache) = (folder.path().join("m.bin"), folder.path().join("digests.json"));
        fs::write(&file, "abc").unwrap();
        fs::write(&cache, "{ not JSON").unwrap();
        assert_eq!(identify_with(&file, Some(&cache)).unwrap().sha256, ABC);
        assert_eq!(identify_with(&file, Some(&file.join("no/folder"))).unwrap().sha256, ABC);
        assert!(matches!(identify_with(&folder.path().join("none"), None), Err(Error::Model { .. })));
    }
}
