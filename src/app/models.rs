//! Models on this computer: which one to use, and how many workers memory allows.

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use super::settings::Estimate;
use super::{AppEvent, Listener, Settings};
use crate::live::LiveRecognisers;
use crate::models::{self, Header, Store};
use crate::pipeline::Recognisers;
use crate::speakers::{self, Networks, SpeakerCount};
use crate::whisper::Whisper;
use crate::{Error, ModelErrorKind, ModelId, NoModelKind, Recogniser, Scripted};

/// A model in memory, for all recordings of a run.
pub struct LoadedModel {
    id: ModelId,
    kind: LoadedKind,
    /// What tells speakers apart; `None`: nothing does.
    networks: Option<Networks>,
}

enum LoadedKind {
    Whisper { model: Whisper, workers: u16 },
    Scripted(Scripted),
}

/// A model that was found and checked, and is not loaded yet.
pub enum SelectedModel {
    /// A model file.
    File {
        /// Where it is.
        path: PathBuf,
        /// What it contains.
        header: Header,
        /// Its identity.
        id: ModelId,
    },
    /// Answers of a script, for tests.
    Scripted(Scripted),
}

impl LoadedModel {
    /// The identity of the model; zeros for a script.
    pub fn id(&self) -> ModelId {
        self.id.clone()
    }

    /// With the networks that tell speakers apart, if the settings ask for them, or say nothing and they are installed.
    ///
    /// # Errors
    /// If the settings say how many speakers there are and the networks can't be had. Otherwise that is told, and nobody is told
    /// apart.
    pub fn with_networks(self, settings: &Settings, listener: &dyn Listener) -> Result<LoadedModel, Error> {
        let estimate = settings.known.estimate;
        // The answers of a script are of no voices.
        let unasked = estimate.is_none() && matches!(self.kind, LoadedKind::Scripted(_));
        if unasked || settings.known.tracks || estimate == Some(Estimate::Off) {
            return Ok(self);
        }
        let installed = Store::of_user().speakers();
        if installed.is_none() && estimate.is_none() {
            return Ok(self);
        }
        let missing = Error::NoModel(NoModelKind::NotInstalled { name: "speakers".into(), size: speakers::SIZE });
        match installed.ok_or(missing).and_then(|path| speakers::networks(&path)) {
            Ok(networks) => Ok(LoadedModel { networks: Some(networks), ..self }),
            Err(error) if matches!(estimate, None | Some(Estimate::Speakers(SpeakerCount::Auto))) => {
                listener.event(&AppEvent::SpeakersNotTold(&error));
                Ok(self)
            }
            Err(error) => Err(error),
        }
    }

    /// Only what tells speakers apart; the model is released.
    pub(crate) fn into_networks(self) -> Option<Networks> {
        self.networks
    }

    /// What tells speakers apart; `None`: nothing does.
    pub(crate) fn networks(&self) -> Option<&Networks> {
        self.networks.as_ref()
    }

    /// Workers for a live session: one for the transcript, the others, at least one, for captions; and one that detects languages
    /// if asked for.
    pub(crate) fn live_recognisers(&self, detect_languages: bool) -> LiveRecognisers<'_> {
        let Recognisers { language_detector, workers: mut captions } = self.recognisers(detect_languages);
        let transcript = Recognisers { language_detector, workers: vec![self.recogniser()] };
        if captions.len() > 1 {
            captions.pop();
        }
        LiveRecognisers { captions, transcript }
    }

    /// A worker for each core that may be used, and one that only detects languages if asked for.
    pub(crate) fn recognisers(&self, detect_languages: bool) -> Recognisers<'_> {
        let workers = match self.kind {
            LoadedKind::Scripted(_) => 2,
            LoadedKind::Whisper { workers, .. } => workers,
        };
        let workers = (0..workers).map(|_| self.recogniser()).collect();
        Recognisers { workers, language_detector: detect_languages.then(|| self.recogniser()) }
    }

    fn recogniser(&self) -> Box<dyn Recogniser + '_> {
        match &self.kind {
            LoadedKind::Scripted(script) => Box::new(script.clone()),
            LoadedKind::Whisper { model, .. } => Box::new(model.worker(1)),
        }
    }
}

impl SelectedModel {
    /// Finds a model by its name in the catalogue or its path; `None`: the best installed one. A file that is none of the
    /// published models is announced, and one that only has the name of such a model is an error.
    ///
    /// # Errors
    /// [`Error::NoModel`], [`Error::Model`].
    pub fn find(name: Option<&str>, settings: &Settings, listener: &dyn Listener) -> Result<SelectedModel, Error> {
        let store = Store::of_user();
        let path = match name {
            Some(name) => store.find(name)?,
            None => {
                let best = store.best()?;
                listener.event(&AppEvent::ModelChosen { name: &best.model.name });
                best.path
            }
        };
        let header = Header::read(&path)?;
        let options = &settings.transcribe;
        if !header.multilingual() && (options.translate || options.languages.iter().any(|code| code != "en")) {
            return Err(Error::Model {
                path,
                reason: "it knows only English".into(),
                kind: ModelErrorKind::EnglishOnly,
            });
        }
        let id = models::identify(&path)?;
        if !models::is_published(&id) {
            listener.event(&AppEvent::ModelNotPublished { file: &id.file });
        }
        Ok(SelectedModel::File { path, header, id })
    }

    /// The identity of the model; zeros for a script.
    pub fn id(&self) -> ModelId {
        match self {
            SelectedModel::File { id, .. } => id.clone(),
            SelectedModel::Scripted(_) => ModelId { file: "scripted".into(), sha256: "0".repeat(64) },
        }
    }

    /// Loads the model.
    ///
    /// # Errors
    /// [`Error::Model`], also if memory is short.
    pub fn load(self, settings: &Settings) -> Result<LoadedModel, Error> {
        let id = self.id();
        match self {
            SelectedModel::Scripted(script) => {
                Ok(LoadedModel { id, kind: LoadedKind::Scripted(script), networks: None })
            }
            SelectedModel::File { path, header, .. } => {
                let wanted = if settings.gpu { 1 } else { settings.threads.unwrap_or_else(cores).min(64) };
                let detect_languages = settings.transcribe.languages.len() != 1;
                let workers = workers(&path, &header, wanted, detect_languages, free_memory())?;
                let model = Whisper::load(&path, &header, settings.gpu)?;
                Ok(LoadedModel { id, kind: LoadedKind::Whisper { model, workers }, networks: None })
            }
        }
    }
}

/// As many workers as are wanted and fit into `free` bytes of memory.
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

pub(crate) fn cores() -> u16 {
    available_parallelism().map_or(1, |n| u16::try_from(n.get()).unwrap_or(u16::MAX))
}

/// Memory that is available without swapping and within the limits of a container, in bytes; `u64::MAX` if unknown.
pub(crate) fn free_memory() -> u64 {
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
