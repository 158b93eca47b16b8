//! Where models lie on this machine.
//!
//! A name is looked for in the folder that `TRANSCRIBE_MODELS` names, then in the user's data folder
//! (`~/.local/share/transcribe/models` on Linux), then in `models/` of the current folder, for work on a checkout.
//! The first two are where downloads go: the first of them that there is.
//!
//! What counts as installed is decided by name and size, which costs nothing; [`Store::check`] reads it all.

use std::env;
use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use etcetera::BaseStrategy;

use super::{CATALOGUE, Model, nearest, published, sha256_of};
use crate::error::io_message;
use crate::{Error, ModelErrorKind, NoModelKind};

/// The folders that models are looked for in.
#[derive(Clone, Debug)]
pub struct Store {
    folders: Vec<PathBuf>,
    target: Option<PathBuf>,
}

/// A published model that lies on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// What it should be.
    pub model: &'static Model<'static>,
    /// Where it lies.
    pub path: PathBuf,
    /// Size on the disk in bytes.
    pub size: u64,
}

impl Installed {
    /// Has it the size that was published? A broken one is never chosen.
    pub fn whole(&self) -> bool {
        self.size == self.model.size
    }
}

/// The published model of this name.
///
/// # Errors
/// [`Error::NoModel`] with similar names if there is none.
pub fn by_name(name: &str) -> Result<&'static Model<'static>, Error> {
    published(name).ok_or_else(|| unknown(name))
}

impl Store {
    /// The folders of this user, as the environment says.
    pub fn of_user() -> Store {
        let named = env::var_os("TRANSCRIBE_MODELS").filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let data = etcetera::base_strategy::choose_native_strategy()
            .ok()
            .map(|user| user.data_dir().join("transcribe").join("models"));
        let target = named.clone().or_else(|| data.clone());
        Store { folders: named.into_iter().chain(data).chain([PathBuf::from("models")]).collect(), target }
    }

    /// Only this folder.
    pub fn at(folder: impl Into<PathBuf>) -> Store {
        let folder = folder.into();
        Store { folders: vec![folder.clone()], target: Some(folder) }
    }

    /// Where downloads go; it need not be there yet.
    ///
    /// # Errors
    /// [`Error::NoModel`] when this user has no home.
    pub fn target(&self) -> Result<&Path, Error> {
        self.target.as_deref().ok_or(Error::NoModel(NoModelKind::NoFolder))
    }

    /// The published models that lie here, the best first, one copy each (a whole one if there is any).
    pub fn installed(&self) -> Vec<Installed> {
        CATALOGUE.iter().filter_map(|model| self.copy(model)).collect()
    }

    /// The best whole model.
    ///
    /// # Errors
    /// [`Error::NoModel`] when none is installed.
    pub fn best(&self) -> Result<Installed, Error> {
        self.installed().into_iter().find(Installed::whole).ok_or(Error::NoModel(NoModelKind::NoneInstalled))
    }

    /// The file that `-m` means: a model's name, or the path of any ggml file.
    ///
    /// A path is what has a folder in it, or ends in `.bin` and is there. A file `ggml-NAME.bin` of one's own in a
    /// model folder is found by its name, too.
    ///
    /// # Errors
    /// [`Error::NoModel`] when there is no such model or it is not installed; [`Error::Model`] when there is no such
    /// file, or the installed one has not the published size.
    pub fn find(&self, model: impl AsRef<Path>) -> Result<PathBuf, Error> {
        let path = model.as_ref();
        let text = path.to_string_lossy();
        let is_bin = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("bin"));
        if text.contains('/') || text.contains(MAIN_SEPARATOR) || (is_bin && path.is_file()) {
            return there(path);
        }
        if let Some(model) = published(&text) {
            return self.whole(model);
        }
        let own = if is_bin { PathBuf::from(path) } else { PathBuf::from(format!("ggml-{text}.bin")) };
        match self.folders.iter().map(|folder| folder.join(&own)).find(|path| path.is_file()) {
            Some(path) => Ok(path),
            None if path.is_file() || is_bin => there(path),
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

    /// Reads an installed model and compares it with what was published; `progress` hears how many bytes are read,
    /// and may stop it.
    ///
    /// # Errors
    /// [`Error::Model`] when it is not the same or can't be read, [`Error::Cancelled`] when `progress` stopped it.
    pub fn check(installed: &Installed, progress: impl FnMut(u64) -> ControlFlow<()>) -> Result<(), Error> {
        let Installed { model, path, .. } = installed;
        if !installed.whole() {
            return Err(wrong_size(installed));
        }
        let damaged = |reason: String| Error::Model {
            path: path.clone(),
            reason,
            kind: ModelErrorKind::Damaged(model.name.into()),
        };
        match File::open(path).and_then(|file| sha256_of(file, progress)) {
            Ok(sha256) if sha256 == model.sha256 => Ok(()),
            Ok(sha256) => Err(damaged(format!("its SHA-256 is {sha256} instead of {}", model.sha256))),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(Error::Cancelled),
            Err(error) => Err(damaged(io_message(&error))),
        }
    }

    /// Deletes a model from the folder that downloads go to, and what an unfinished download of it left; gives the path
    /// it had. Models in other folders are somebody else's.
    ///
    /// # Errors
    /// As [`find`](Store::find); [`Error::Model`] when it can't be deleted.
    pub fn remove(&self, name: &str) -> Result<PathBuf, Error> {
        let model = by_name(name)?;
        let path = self.target()?.join(model.file());
        let mut removed = None;
        for file in [part(&path), lock(&path), path.clone()] {
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
                reason: "it lies in a folder that downloads do not go to".into(),
                kind: ModelErrorKind::OtherFolder,
            }),
            (None, None) => Err(missing(model)),
        }
    }

    fn copy(&self, model: &'static Model<'static>) -> Option<Installed> {
        let mut broken = None;
        for path in self.folders.iter().map(|folder| folder.join(model.file())) {
            let Ok(data) = fs::metadata(&path) else { continue };
            if data.is_file() {
                let found = Installed { model, path, size: data.len() };
                if found.whole() {
                    return Some(found);
                }
                broken.get_or_insert(found);
            }
        }
        broken
    }

    fn whole(&self, model: &'static Model<'static>) -> Result<PathBuf, Error> {
        match self.copy(model) {
            Some(found) if found.whole() => Ok(found.path),
            Some(found) => Err(wrong_size(&found)),
            None => Err(missing(model)),
        }
    }
}

/// Where a download grows.
pub(super) fn part(path: &Path) -> PathBuf {
    beside(path, "", ".part")
}

/// What keeps two downloads of the same model apart. It stays: deleting it would let a third one slip in.
pub(super) fn lock(path: &Path) -> PathBuf {
    beside(path, ".", ".lock")
}

fn beside(path: &Path, before: &str, after: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(before);
    name.push(path.file_name().unwrap_or_default());
    name.push(after);
    path.with_file_name(name)
}

fn there(path: &Path) -> Result<PathBuf, Error> {
    match fs::metadata(path) {
        Ok(data) if data.is_dir() => {
            Err(Error::Model { path: path.into(), reason: "it is a folder".into(), kind: ModelErrorKind::Other })
        }
        Ok(_) => Ok(path.into()),
        Err(error) => {
            let model = path.file_name().and_then(|name| published(&name.to_string_lossy()));
            let kind = model.map_or(ModelErrorKind::Other, |model| ModelErrorKind::NotFound(model.name.into()));
            Err(Error::Model { path: path.into(), reason: io_message(&error), kind })
        }
    }
}

fn unknown(name: &str) -> Error {
    Error::NoModel(NoModelKind::Unknown { name: name.into(), near: nearest(name) })
}

fn missing(model: &Model<'_>) -> Error {
    Error::NoModel(NoModelKind::NotInstalled { name: model.name.into(), size: model.size })
}

fn wrong_size(installed: &Installed) -> Error {
    Error::Model {
        path: installed.path.clone(),
        reason: format!("it has {} bytes instead of {}", installed.size, installed.model.size),
        kind: ModelErrorKind::Damaged(installed.model.name.into()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A store with sparse files of the right size.
    fn store(names: &[&str]) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let model = published(name).unwrap();
            File::create(folder.path().join(model.file())).unwrap().set_len(model.size).unwrap();
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
