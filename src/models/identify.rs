//! Which model a file is, by its SHA-256.
//!
//! Reading 1.6 GB takes seconds, so the digests are cached in the user's cache folder, by path and by what the system says of the
//! file. The cache is optional: if it can't be read or written, the digest is computed again.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};

use super::catalogue;
use crate::digest::Sha256;
use crate::error::io_message;
use crate::{Error, ModelErrorKind, ModelId, files};

/// Name and digest of the model file at `path`. Later calls for the same file take the digest from the cache.
///
/// # Errors
/// [`Error::Model`] if the file can't be read, or has the name of a published model and is another.
pub fn identify(path: &Path) -> Result<ModelId, Error> {
    identify_with(path, cache_file().as_deref()).and_then(|id| {
        match catalogue().iter().find(|m| m.file.eq_ignore_ascii_case(&id.file)) {
            Some(model) if model.sha256 != id.sha256 => Err(Error::Model {
                path: path.into(),
                reason: format!("it is not the published model of this name: its SHA-256 is {}", id.sha256),
                kind: ModelErrorKind::NotPublished(model.name.clone()),
            }),
            _ => Ok(id),
        }
    })
}

/// Whether it is one of the published models, whatever the file is called.
pub fn is_published(id: &ModelId) -> bool {
    catalogue().iter().any(|model| model.sha256 == id.sha256)
}

fn identify_with(path: &Path, cache: Option<&Path>) -> Result<ModelId, Error> {
    let unreadable =
        |error: io::Error| Error::Model { path: path.into(), reason: io_message(&error), kind: ModelErrorKind::Other };
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let stamp = stamp(path);
    if let (Some((key, version)), Some(cache)) = (&stamp, cache)
        && let Some(known) = load(cache).get(key)
        && known.version == *version
    {
        return Ok(ModelId { file, sha256: known.sha256.clone() });
    }
    let sha256 = Sha256::of_file(path).map_err(unreadable)?.to_string();
    if let (Some((key, version)), Some(cache)) = (stamp, cache) {
        remember(cache, key, Known { version, sha256: sha256.clone() });
    }
    Ok(ModelId { file, sha256 })
}

/// An entry of the cache.
#[derive(Serialize, Deserialize)]
struct Known {
    version: Version,
    sha256: String,
}

/// What changes with the content of a file.
#[derive(PartialEq, Serialize, Deserialize)]
struct Version {
    size: u64,
    /// Time of modification, in nanoseconds since 1970. Anybody who may write to the file can set it.
    modified: u64,
    /// What the system keeps for itself: the number of the file, and when anything of it was changed, in seconds and
    /// nanoseconds. On Windows, when it was created.
    system: Vec<i64>,
}

fn cache_file() -> Option<PathBuf> {
    Some(etcetera::base_strategy::choose_native_strategy().ok()?.cache_dir().join("transcribe/digests.json"))
}

/// The canonical path of a file, and its version.
fn stamp(path: &Path) -> Option<(String, Version)> {
    let data = fs::metadata(path).ok()?;
    let modified = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    let key = fs::canonicalize(path).ok()?.to_str()?.to_owned();
    let system = system_version(&data);
    Some((key, Version { size: data.len(), modified: u64::try_from(modified).ok()?, system }))
}

#[cfg(unix)]
fn system_version(data: &fs::Metadata) -> Vec<i64> {
    use std::os::unix::fs::MetadataExt;
    vec![data.ino().cast_signed(), data.ctime(), data.ctime_nsec()]
}

#[cfg(windows)]
fn system_version(data: &fs::Metadata) -> Vec<i64> {
    use std::os::windows::fs::MetadataExt;
    vec![data.creation_time().cast_signed()]
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

    #[cfg(unix)]
    #[test]
    fn the_same_size_and_time_do_not_make_it_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let (file, cache) = (folder.path().join("m.bin"), folder.path().join("digests.json"));
        fs::write(&file, "abc").unwrap();
        let modified = fs::metadata(&file).unwrap().modified().unwrap();
        assert_eq!(identify_with(&file, Some(&cache)).unwrap().sha256, ABC);

        let other = folder.path().join("other");
        fs::write(&other, "abd").unwrap();
        fs::File::options().append(true).open(&other).unwrap().set_modified(modified).unwrap();
        fs::rename(&other, &file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), modified);
        assert_ne!(identify_with(&file, Some(&cache)).unwrap().sha256, ABC);
    }

    #[test]
    fn a_published_name_is_for_the_published_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let model = &catalogue()[0];
        let file = folder.path().join(&model.file);
        fs::write(&file, "abc").unwrap();
        let error = identify(&file).unwrap_err();
        assert!(error.to_string().ends_with(&format!("its SHA-256 is {ABC}")), "{error}");
        assert!(matches!(error, Error::Model { kind: ModelErrorKind::NotPublished(name), .. } if name == model.name));

        let own = folder.path().join("ggml-mine.bin");
        fs::rename(&file, &own).unwrap();
        let id = identify(&own).unwrap();
        assert!(!is_published(&id));
        assert!(is_published(&ModelId { sha256: model.sha256.clone(), ..id }));
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
