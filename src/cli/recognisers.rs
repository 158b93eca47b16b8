//! Which model, and how many workers.

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use transcribe::live::LiveRecognisers;
use transcribe::models::{self, Header, Store};
use transcribe::pipeline::Recognisers;
use transcribe::whisper::Whisper;
use transcribe::{Error, ModelErrorKind, ModelId, Recogniser, Scripted};

use super::args::Common;
use transcribe::app::Settings;

/// What recognises, loaded once for all recordings.
pub(super) struct Loaded {
    id: ModelId,
    kind: LoadedKind,
}

enum LoadedKind {
    Whisper { model: Whisper, workers: u16 },
    Scripted(Scripted),
}

/// A model that was found and looked through, and is not loaded yet.
pub(super) enum SelectedModel {
    Model { path: PathBuf, header: Header },
    Scripted(Scripted),
}

impl Loaded {
    /// Finds and loads the model; `note` hears which one, and why that one.
    ///
    /// # Errors
    /// [`Error::NoModel`], [`Error::Model`].
    pub(super) fn of(args: &Common, options: &Settings, note: &dyn Fn(String)) -> Result<Loaded, Error> {
        SelectedModel::of(args, options, note)?.load(options)
    }

    /// Zeros for a script.
    pub(super) fn id(&self) -> ModelId {
        self.id.clone()
    }

    /// One worker for the record and the others, at least one, for captions; and one that tells languages if `detect`.
    pub(super) fn crew(&self, detect: bool) -> LiveRecognisers<'_> {
        let Recognisers { detector, workers: mut captions } = self.recognisers(detect);
        let record = Recognisers { detector, workers: vec![self.one()] };
        if captions.len() > 1 {
            captions.pop();
        }
        LiveRecognisers { captions, record }
    }

    fn one(&self) -> Box<dyn Recogniser + '_> {
        match &self.kind {
            LoadedKind::Scripted(script) => Box::new(script.clone()),
            LoadedKind::Whisper { model, .. } => Box::new(model.worker(1)),
        }
    }

    /// One worker for each core that may be used, and one that only tells languages if `detect`.
    pub(super) fn recognisers(&self, detect: bool) -> Recognisers<'_> {
        let workers = match self.kind {
            LoadedKind::Scripted(_) => 2,
            LoadedKind::Whisper { workers, .. } => workers,
        };
        Recognisers { workers: (0..workers).map(|_| self.one()).collect(), detector: detect.then(|| self.one()) }
    }
}

impl SelectedModel {
    /// Finds the model; `note` hears which one, and why that one.
    ///
    /// # Errors
    /// [`Error::NoModel`], [`Error::Model`].
    pub(super) fn of(args: &Common, options: &Settings, note: &dyn Fn(String)) -> Result<SelectedModel, Error> {
        SelectedModel::named(args.model.as_deref(), args, options, note)
    }

    /// The same with a model that `args` does not name; `None`: the best.
    ///
    /// # Errors
    /// [`Error::NoModel`], [`Error::Model`].
    pub(super) fn named(
        model: Option<&str>,
        args: &Common,
        options: &Settings,
        note: &dyn Fn(String),
    ) -> Result<SelectedModel, Error> {
        if let Some(script) = &args.scripted {
            return Scripted::load(script).map(SelectedModel::Scripted);
        }
        let store = Store::of_user();
        let path = match model {
            Some(model) => store.find(model)?,
            None => {
                let best = store.best()?;
                note(format!("model: {} (the best installed; `-m` takes another)", best.model.name));
                best.path
            }
        };
        let header = Header::read(&path)?;
        if !header.multilingual()
            && (options.transcribe.translate || options.transcribe.languages.iter().any(|l| l != "en"))
        {
            return Err(Error::Model {
                path,
                reason: "it knows only English".into(),
                kind: ModelErrorKind::EnglishOnly,
            });
        }
        Ok(SelectedModel::Model { path, header })
    }

    /// Which one it is.
    ///
    /// # Errors
    /// [`Error::Model`].
    pub(super) fn id(&self) -> Result<ModelId, Error> {
        match self {
            SelectedModel::Model { path, .. } => models::identify(path),
            SelectedModel::Scripted(_) => Ok(ModelId { file: "scripted".into(), sha256: "0".repeat(64) }),
        }
    }

    /// # Errors
    /// [`Error::Model`].
    pub(super) fn load(self, options: &Settings) -> Result<Loaded, Error> {
        let id = self.id()?;
        match self {
            SelectedModel::Scripted(script) => Ok(Loaded { id, kind: LoadedKind::Scripted(script) }),
            SelectedModel::Model { path, header } => {
                let wanted = if options.gpu { 1 } else { options.threads.unwrap_or_else(cores).min(64) };
                let detect = options.transcribe.languages.len() != 1;
                let workers = workers(&path, &header, wanted, detect, free_memory())?;
                let model = Whisper::load(&path, &header, options.gpu)?;
                Ok(Loaded { id, kind: LoadedKind::Whisper { model, workers } })
            }
        }
    }
}

/// As many workers as wanted and as memory allows, of which `free` bytes can be had.
///
/// # Errors
/// [`Error::Model`] if there is not enough for one.
fn workers(path: &Path, header: &Header, wanted: u16, detect: bool, free: u64) -> Result<u16, Error> {
    let detector = u32::from(detect && header.multilingual());
    let memory = |workers: u16| header.memory(u32::from(workers) + detector);
    (1..=wanted).rev().find(|n| memory(*n) <= free).ok_or_else(|| Error::Model {
        path: path.into(),
        reason: format!(
            "it needs about {} of memory, and {} are free",
            models::size_for_people(memory(1)),
            models::size_for_people(free)
        ),
        kind: ModelErrorKind::TooLarge,
    })
}

fn cores() -> u16 {
    available_parallelism().map_or(1, |n| u16::try_from(n.get()).unwrap_or(u16::MAX))
}

/// Bytes that can be had without swapping, within the limits of a container; everything where nobody tells.
fn free_memory() -> u64 {
    let Ok(mut system) = sysinfo::System::new() else { return u64::MAX };
    system.refresh_memory();
    let limit = system.cgroup_limits().map_or(u64::MAX, |limits| limits.free_memory);
    system.available_memory().min(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_decides_how_many_and_whether_at_all() {
        let header = Header {
            vocabulary: 51865,
            width: 512,
            audio_layers: 6,
            text_layers: 6,
            mels: 80,
            kind: "q8_0",
            size: 81_768_585,
        };
        let with = |free| workers(Path::new("ggml-base-q8_0.bin"), &header, 4, true, free);
        assert_eq!(with(u64::MAX).ok(), Some(4));
        assert_eq!(with(header.memory(3)).ok(), Some(2));
        let error = with(200_000_000).expect_err("too little");
        assert!(error.to_string().contains("200 MB are free"), "{error}");
    }
}
