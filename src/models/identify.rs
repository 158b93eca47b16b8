//! Which model a file is, by its SHA-256.
//!
//! Reading 1.6 GB takes seconds, so the digests are cached in the user's cache folder, by path, size and time of
//! modification. The cache is optional: if it can't be read or written, the digest is computed again.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};

use crate::digest::Sha256;
use crate::error::io_message;
use crate::{Error, ModelErrorKind, ModelId, files};

/// Name and digest of the model file at `path`. Later calls for the same file take the digest from the cache.
///
/// # Errors
/// [`Error::Model`] if the file can't be read.
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
    let sha256 = Sha256::of_file(path).map_err(unreadable)?.to_string();
    if let (Some((key, size, changed)), Some(cache)) = (stamp, cache) {
        remember(cache, key, Known { size, changed, sha256: sha256.clone() });
    }
    Ok(ModelId { file, sha256 })
}

/// An entry of the cache.
#[derive(Serialize, Deserialize)]
struct Known {
    size: u64,
    /// Time of modification, in nanoseconds since 1970.
    changed: u64,
    sha256: String,
}

fn cache_file() -> Option<PathBuf> {
    Some(etcetera::base_strategy::choose_native_strategy().ok()?.cache_dir().join("transcribe/digests.json"))
}

/// What identifies a version of a file: its canonical path, its size, and its time of modification.
fn stamp(path: &Path) -> Option<(String, u64, u64)> {
    let data = fs::metadata(path).ok()?;
    let changed = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    let key = fs::canonicalize(path).ok()?.to_str()?.to_owned();
    Some((key, data.len(), u64::try_from(changed).ok()?))
}

fn load(cache: &Path) -> BTreeMap<String, Known> {
    fs::read(cache).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

/// Adds an entry to the cache, and removes those of deleted files.
fn remember(cache: &Path, key: String, known: Known) {
    let mut all = load(cache);
    all.retain(|path, _| Path::new(path).exists());
    all.insert(key, known);
    let created = cache.parent().map_or(Ok(()), fs::create_dir_all);
    let _ = created.and_then(|()| files::replace_whole(cache, |file| Ok(serde_json::to_writer(file, &all)?)));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_digest_is_cached_until_the_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (file, cache) = (folder.path().join("m.bin"), folder.path().join("cache/digests.json"));
        fs::write(&file, "abc").unwrap();
        assert_eq!(identify_with(&file, Some(&cache)).unwrap(), ModelId { file: "m.bin".into(), sha256: ABC.into() });

        let marked = fs::read_to_string(&cache).unwrap().replace(ABC, "cached");
        fs::write(&cache, marked).unwrap();
        assert_eq!(identify_with(&file, Some(&cache)).unwrap().sha256, "cached");

        fs::write(&file, "abcd").unwrap();
        assert_ne!(identify_with(&file, Some(&cache)).unwrap().sha256, "cached");
    }

    #[test]
    fn a_broken_cache_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let (file, cache) = (folder.path().join("m.bin"), folder.path().join("digests.json"));
        fs::write(&file, "abc").unwrap();
        fs::write(&cache, "{ not JSON").unwrap();
        assert_eq!(identify_with(&file, Some(&cache)).unwrap().sha256, ABC);
        assert_eq!(identify_with(&file, Some(&file.join("no/folder"))).unwrap().sha256, ABC);
        assert!(matches!(identify_with(&folder.path().join("none"), None), Err(Error::Model { .. })));
    }
}
