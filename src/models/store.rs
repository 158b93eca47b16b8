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

use super::{CATALOGUE, DEFAULT, Model, RECOMMENDED, nearest, published, said, sha256_of, size_for_people};
use crate::Error;

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
        self.target.as_deref().ok_or_else(|| Error::NoModel {
            reason: "there is no folder for models: this user has no home folder".into(),
            hint: "name one with `TRANSCRIBE_MODELS=FOLDER`".into(),
        })
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
        self.installed().into_iter().find(Installed::whole).ok_or_else(|| Error::NoModel {
            reason: "no model is installed".into(),
            hint: format!(
                "`transcribe models get {DEFAULT}` downloads a small one ({}), `transcribe models get {RECOMMENDED}` \
                 the recommended one ({})",
                size_of(DEFAULT),
                size_of(RECOMMENDED)
            ),
        })
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
        let model = published(name).ok_or_else(|| unknown(name))?;
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
        let damaged = |reason: String| Error::Model { path: path.clone(), reason, hint: Some(fetch_again(model.name)) };
        match File::open(path).and_then(|file| sha256_of(file, progress)) {
            Ok(sha256) if sha256 == model.sha256 => Ok(()),
            Ok(sha256) => Err(damaged(format!("its SHA-256 is {sha256} instead of {}", model.sha256))),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(Error::Cancelled),
            Err(error) => Err(damaged(said(&error))),
        }
    }

    /// Deletes a model from the folder that downloads go to, and what an unfinished download of it left; gives the path
    /// it had. Models in other folders are somebody else's.
    ///
    /// # Errors
    /// As [`find`](Store::find); [`Error::Model`] when it can't be deleted.
    pub fn remove(&self, name: &str) -> Result<PathBuf, Error> {
        let model = published(name).ok_or_else(|| unknown(name))?;
        let path = self.target()?.join(model.file());
        let mut removed = None;
        for file in [part(&path), lock(&path), path.clone()] {
            match fs::remove_file(&file) {
                Ok(()) => removed = Some(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::Model { path: file, reason: said(&error), hint: None }),
            }
        }
        match (removed, self.copy(model)) {
            (Some(removed), _) => Ok(removed),
            (None, Some(other)) => Err(Error::Model {
                path: other.path,
                reason: "it lies in a folder that downloads do not go to".into(),
                hint: Some("delete the file yourself if nobody else needs it".into()),
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
            Err(Error::Model { path: path.into(), reason: "it is a folder".into(), hint: None })
        }
        Ok(_) => Ok(path.into()),
        Err(error) => {
            let hint = path.file_name().and_then(|name| published(&name.to_string_lossy()));
            let hint = hint.map(|model| format!("`-m {}` finds it where downloads go", model.name));
            Err(Error::Model { path: path.into(), reason: said(&error), hint })
        }
    }
}

fn unknown(name: &str) -> Error {
    let hint = match nearest(name).as_slice() {
        [] => "`transcribe models list` shows all; any other ggml file works by its path".into(),
        near => format!(
            "did you mean {}? `transcribe models list` shows all",
            near.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
        ),
    };
    Error::NoModel { reason: format!("there is no model `{name}`"), hint }
}

fn missing(model: &Model<'_>) -> Error {
    Error::NoModel {
        reason: format!("the model `{}` is not installed", model.name),
        hint: format!("`transcribe models get {}` downloads it ({})", model.name, size_for_people(model.size)),
    }
}

fn wrong_size(found: &Installed) -> Error {
    Error::Model {
        path: found.path.clone(),
        reason: format!("it has {} bytes instead of {}", found.size, found.model.size),
        hint: Some(fetch_again(found.model.name)),
    }
}

/// The way out for a damaged copy, wherever it lies.
pub(super) fn fetch_again(name: &str) -> String {
    format!("`transcribe models get {name}` downloads it again")
}

fn size_of(name: &str) -> String {
    published(name).map_or_else(String::new, |model| size_for_people(model.size))
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

    fn both(error: Error) -> String {
        format!("{error}\nhint: {}", error.hint().unwrap_or_default())
    }

    #[test]
    fn an_empty_store_names_the_way_out() {
        let (_folder, store) = store(&[]);
        assert!(both(store.best().unwrap_err()).contains("`transcribe models get base-q8_0`"));
        assert_eq!(
            both(store.find("small_q8_0").unwrap_err()),
            "the model `small-q8_0` is not installed\nhint: `transcribe models get small-q8_0` downloads it (264 MB)"
        );
    }

    #[test]
    fn the_best_is_the_first_of_the_catalogue_that_is_whole() {
        let (folder, store) = store(&["tiny", "base-q8_0", "medium.en"]);
        assert_eq!(store.best().unwrap().model.name, "base-q8_0");
        File::create(folder.path().join("ggml-small.bin")).unwrap().set_len(17).unwrap();
        assert_eq!(store.best().unwrap().model.name, "base-q8_0");
        assert_eq!(store.installed().len(), 4);
        assert!(both(store.find("small").unwrap_err()).contains("it has 17 bytes instead of 487601967"));
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
        let text = both(store.find("large-v3-turbo-q8").unwrap_err());
        assert!(text.starts_with("there is no model `large-v3-turbo-q8`\nhint: did you mean `large-v3-turbo-q8_0`"));
        assert!(both(store.find("qqq").unwrap_err()).contains("`transcribe models list`"));
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
        assert!(matches!(store.remove("tiny"), Err(Error::NoModel { .. })));
    }
}
