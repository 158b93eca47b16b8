//! The models on this computer.
//!
//! Models are looked up in the folder that the environment variable `TRANSCRIBE_MODELS` names, and then in the user's data
//! folder (`~/.local/share/transcribe/models` on Linux). Downloads go to the first of the two. The current folder is not
//! searched, because it may be a stranger's.
//!
//! A file counts as installed by its name and size; [`Store::check`] reads all of it.

use std::env;
use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use etcetera::BaseStrategy;

use super::{Model, ModelKind, catalogue, nearest, published};
use crate::digest::Sha256;
use crate::error::io_message;
use crate::{Error, ModelErrorKind, NoModelKind, files};

/// The folders in which models are looked up.
#[derive(Clone, Debug)]
pub struct Store {
    folders: Vec<PathBuf>,
    target: Option<PathBuf>,
}

/// A copy of a published model on this computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The published model.
    pub model: &'static Model,
    /// The file.
    pub path: PathBuf,
    /// Size of the file in bytes.
    pub size: u64,
}

impl Installed {
    /// Whether the file has the published size. Incomplete copies are never chosen.
    pub fn whole(&self) -> bool {
        self.size == self.model.size
    }
}

/// The published model of this name.
///
/// # Errors
/// [`Error::NoModel`] with similar names if there is none.
pub fn by_name(name: &str) -> Result<&'static Model, Error> {
    published(name).ok_or_else(|| unknown(name))
}

impl Store {
    /// The folders of this user, according to the environment.
    pub fn of_user() -> Store {
        let named = env::var_os("TRANSCRIBE_MODELS").filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let data = etcetera::base_strategy::choose_native_strategy()
            .ok()
            .map(|user| user.data_dir().join("transcribe").join("models"));
        let target = named.clone().or_else(|| data.clone());
        Store { folders: named.into_iter().chain(data).collect(), target }
    }

    /// Only this folder, which downloads go to as well.
    pub fn at(folder: impl Into<PathBuf>) -> Store {
        let folder = folder.into();
        Store { folders: vec![folder.clone()], target: Some(folder) }
    }

    /// The folder that downloads go to; it need not exist yet.
    ///
    /// # Errors
    /// [`Error::NoModel`] if this user has no home folder.
    pub fn target(&self) -> Result<&Path, Error> {
        self.target.as_deref().ok_or(Error::NoModel(NoModelKind::NoFolder))
    }

    /// The networks that tell speakers apart; `None` if they are not installed.
    pub fn speakers(&self) -> Option<PathBuf> {
        let installed = self.installed().into_iter().find(|i| i.whole() && i.model.kind == ModelKind::Speakers);
        installed.map(|installed| installed.path)
    }

    /// The installed models, the best first, one copy each: a complete one if there is any.
    pub fn installed(&self) -> Vec<Installed> {
        catalogue().iter().filter_map(|model| self.copy(model)).collect()
    }

    /// The best complete speech model.
    ///
    /// # Errors
    /// [`Error::NoModel`] if none is installed.
    pub fn best(&self) -> Result<Installed, Error> {
        let best = self.installed().into_iter().find(|i| i.whole() && i.model.kind == ModelKind::Speech);
        best.ok_or(Error::NoModel(NoModelKind::NoneInstalled))
    }

    /// The file of a model, given by its name or by the path of any ggml file.
    ///
    /// A path has a folder in it, or ends in `.bin` and exists. A user's own file `ggml-NAME.bin` in a model folder is
    /// found by its name, too.
    ///
    /// # Errors
    /// [`Error::NoModel`] if there is no such model or it is not installed; [`Error::Model`] if there is no such file, or
    /// the installed one does not have the published size.
    pub fn find(&self, model: impl AsRef<Path>) -> Result<PathBuf, Error> {
        let path = model.as_ref();
        let text = path.to_string_lossy();
        let is_bin = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("bin"));
        if text.contains('/') || text.contains(MAIN_SEPARATOR) || (is_bin && path.is_file()) {
            return existing(path);
        }
        if let Some(model) = published(&text) {
            return self.whole(model);
        }
        let own = if is_bin { PathBuf::from(path) } else { PathBuf::from(format!("ggml-{text}.bin")) };
        match self.folders.iter().map(|folder| folder.join(&own)).find(|path| path.is_file()) {
            Some(path) => Ok(path),
            None if path.is_file() || is_bin => existing(path),
            None => Err(unknown(&text)),
        }
    }

    /// The installed copy of a published model.
    ///
    /// # Errors
    /// As [`find`](Store::find).
    pub fn get(&self, name: &str) -> Result<Installed, Error> {
        let model = by_name(name)?;
        self.copy(model).ok_or_else(|| missing(model))
    }

    /// Compares the SHA-256 of an installed model with the published one. `progress` gets the number of bytes read so far,
    /// and may cancel.
    ///
    /// # Errors
    /// [`Error::Model`] if it differs or the file can't be read, [`Error::Cancelled`] if `progress` cancelled.
    pub fn check(installed: &Installed, progress: impl FnMut(u64) -> ControlFlow<()>) -> Result<(), Error> {
        let Installed { model, path, .. } = installed;
        if !installed.whole() {
            return Err(wrong_size(installed));
        }
        let damaged = |reason: String| Error::Model {
            path: path.clone(),
            reason,
            kind: ModelErrorKind::Damaged(model.name.clone()),
        };
        match File::open(path).and_then(|file| Sha256::of_reader(file, progress)) {
            Ok(sha256) if sha256.to_string() == model.sha256 => Ok(()),
            Ok(sha256) => Err(damaged(format!("its SHA-256 is {sha256} instead of {}", model.sha256))),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(Error::Cancelled),
            Err(error) => Err(damaged(io_message(&error))),
        }
    }

    /// Deletes a model from the folder that downloads go to, together with the part of an unfinished download, and returns
    /// the path of the deleted file. Models in other folders are left alone.
    ///
    /// # Errors
    /// As [`find`](Store::find); [`Error::Model`] if it can't be deleted.
    pub fn remove(&self, name: &str) -> Result<PathBuf, Error> {
        let model = by_name(name)?;
        let path = self.target()?.join(&model.file);
        let mut removed = None;
        for file in [files::part_path(&path), files::lock_path(&path), path.clone()] {
            match fs::remove_file(&file) {
                Ok(()) => removed = Some(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(Error::Model { path: file, reason: io_message(&error), kind: ModelErrorKind::Other });
                }
            }
        }
        match (removed, self.copy(model)) {
            (Some(removed), _) => Ok(removed),
            (None, Some(other)) => Err(Error::Model {
                path: other.path,
                reason: "it is not in the folder that downloads go to".into(),
                kind: ModelErrorKind::OtherFolder,
            }),
            (None, None) => Err(missing(model)),
        }
    }

    fn copy(&self, model: &'static Model) -> Option<Installed> {
        let mut incomplete = None;
        for path in self.folders.iter().map(|folder| folder.join(&model.file)) {
            let Ok(data) = fs::metadata(&path) else { continue };
            if data.is_file() {
                let installed = Installed { model, path, size: data.len() };
                if installed.whole() {
                    return Some(installed);
                }
                incomplete.get_or_insert(installed);
            }
        }
        incomplete
    }

    fn whole(&self, model: &'static Model) -> Result<PathBuf, Error> {
        match self.copy(model) {
            Some(installed) if installed.whole() => Ok(installed.path),
            Some(installed) => Err(wrong_size(&installed)),
            None => Err(missing(model)),
        }
    }
}

fn existing(path: &Path) -> Result<PathBuf, Error> {
    match fs::metadata(path) {
        Ok(data) if data.is_dir() => {
            Err(Error::Model { path: path.into(), reason: "it is a folder".into(), kind: ModelErrorKind::Other })
        }
        Ok(data) if !data.is_file() => {
            let reason = "it is a pipe or a device, not a file".into();
            Err(Error::Model { path: path.into(), reason, kind: ModelErrorKind::Other })
        }
        Ok(_) => Ok(path.into()),
        Err(error) => {
            let model = path.file_name().and_then(|name| published(&name.to_string_lossy()));
            let kind = model.map_or(ModelErrorKind::Other, |model| ModelErrorKind::NotFound(model.name.clone()));
            Err(Error::Model { path: path.into(), reason: io_message(&error), kind })
        }
    }
}

fn unknown(name: &str) -> Error {
    Error::NoModel(NoModelKind::Unknown { name: name.into(), near: nearest(name) })
}

fn missing(model: &Model) -> Error {
    Error::NoModel(NoModelKind::NotInstalled { name: model.name.clone(), size: model.size })
}

fn wrong_size(installed: &Installed) -> Error {
    Error::Model {
        path: installed.path.clone(),
        reason: format!("it has {} bytes instead of {}", installed.size, installed.model.size),
        kind: ModelErrorKind::Damaged(installed.model.name.clone()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A store with sparse files of the published sizes.
    fn store(names: &[&str]) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let model = published(name).unwrap();
            File::create(folder.path().join(&model.file)).unwrap().set_len(model.size).unwrap();
        }
        let store = Store::at(folder.path());
        (folder, store)
    }

    fn kind(error: Error) -> NoModelKind {
        match error {
            Error::NoModel(kind) => kind,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_empty_store_has_no_model() {
        let (_folder, store) = store(&[]);
        assert_eq!(kind(store.best().unwrap_err()), NoModelKind::NoneInstalled);
        let error = store.find("small_q8_0").unwrap_err();
        assert_eq!(error.to_string(), "the model `small-q8_0` is not installed");
        assert_eq!(kind(error), NoModelKind::NotInstalled { name: "small-q8_0".into(), size: 264_464_607 });
    }

    #[test]
    fn the_best_is_the_first_of_the_catalogue_that_is_whole() {
        let (folder, store) = store(&["tiny", "base-q8_0", "medium.en"]);
        assert_eq!(store.best().unwrap().model.name, "base-q8_0");
        File::create(folder.path().join("ggml-small.bin")).unwrap().set_len(17).unwrap();
        assert_eq!(store.best().unwrap().model.name, "base-q8_0");
        assert_eq!(store.installed().len(), 4);
        let error = store.find("small").unwrap_err();
        assert!(error.to_string().contains("it has 17 bytes instead of 487601967"), "{error}");
        assert!(matches!(error, Error::Model { kind: ModelErrorKind::Damaged(name), .. } if name == "small"));
    }

    #[test]
    fn a_name_a_file_name_and_a_path_are_told_apart() {
        let (folder, store) = store(&["base-q8_0"]);
        let path = folder.path().join("ggml-base-q8_0.bin");
        for name in ["base-q8_0", "BASE_Q8_0", "ggml-base-q8_0.bin"] {
            assert_eq!(store.find(name).unwrap(), path, "{name}");
        }
        assert_eq!(store.find(&path).unwrap(), path);

        fs::write(folder.path().join("ggml-mine.bin"), "x").unwrap();
        assert_eq!(store.find("mine").unwrap(), folder.path().join("ggml-mine.bin"));

        assert!(matches!(store.find(folder.path()), Err(Error::Model { .. })));
        assert!(matches!(store.find("other/base.bin"), Err(Error::Model { .. })));
        assert!(matches!(store.find("other.bin"), Err(Error::Model { .. })));
    }

    #[test]
    fn a_wrong_name_gets_the_near_ones() {
        let (_folder, store) = store(&[]);
        let error = store.find("large-v3-turbo-q8").unwrap_err();
        assert_eq!(error.to_string(), "there is no model `large-v3-turbo-q8`");
        let NoModelKind::Unknown { name, near } = kind(error) else { panic!() };
        assert_eq!((name.as_str(), near[0]), ("large-v3-turbo-q8", "large-v3-turbo-q8_0"));
        assert_eq!(kind(store.find("qqq").unwrap_err()), NoModelKind::Unknown { name: "qqq".into(), near: Vec::new() });
    }

    #[test]
    fn a_checked_file_must_be_the_published_one() {
        let (_folder, store) = store(&["tiny-q5_1"]);
        let installed = store.get("tiny-q5_1").unwrap();
        let mut last = 0;
        let outcome = Store::check(&installed, |read| {
            last = read;
            ControlFlow::Continue(())
        });
        assert!(outcome.unwrap_err().to_string().contains("its SHA-256 is"));
        assert_eq!(last, installed.model.size);
        assert!(matches!(Store::check(&installed, |_| ControlFlow::Break(())), Err(Error::Cancelled)));
    }

    #[test]
    fn removing_takes_the_unfinished_download_too() {
        let (folder, store) = store(&["tiny"]);
        fs::write(folder.path().join("ggml-tiny.bin.part"), "x").unwrap();
        assert_eq!(store.remove("tiny").unwrap(), folder.path().join("ggml-tiny.bin"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(matches!(store.remove("tiny"), Err(Error::NoModel(NoModelKind::NotInstalled { .. }))));
    }
}
