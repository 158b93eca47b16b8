//! Batches: finds the recordings of whole folders, transcribes what is not done yet, and keeps the manifest.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use self::entry::EntryError;
use self::find::Search;
use self::manifest::LastRun;
use self::output_folder::OutputFolder;
use self::planner::Plan;
use super::jobs::{FinishedJob, with_queue};
use super::models::{LoadedModel, SelectedModel};
use super::store::checkpoint;
use super::{AppEvent, CancelToken, Listener, Outcome, Settings, UsageError};
use crate::{Error, Millis, ModelId};

mod beside;
mod entry;
mod event;
mod find;
mod manifest;
mod merge;
mod output_folder;
mod plan;
mod planner;
mod shard;
mod watch;

pub use beside::BesideFiles;
pub use event::BatchEvent;
pub use find::{PassedOver, UnusedPattern};
pub use manifest::Totals;
pub use merge::{MergeProblem, Merged, merge};
pub use plan::Decision;
pub use planner::Item;
pub use shard::Shard;

/// What a batch is made of.
#[derive(Clone, Debug)]
pub struct BatchOptions {
    /// Folders with recordings.
    pub folders: Vec<PathBuf>,
    /// Whether to search the folders in them, too.
    pub recursive: bool,
    /// Whether symbolic links to files and folders are followed.
    pub follow_links: bool,
    /// Only recordings whose name or path matches one of these patterns; empty: all.
    pub include: Vec<String>,
    /// No recordings whose name or path, or that of a folder around them, matches one of these patterns.
    pub exclude: Vec<String>,
    /// Files that say more of the recordings that they lie beside.
    pub beside: BesideFiles,
    /// Whether numbered files are parts of one recording.
    pub join: bool,
    /// Only recordings that failed before or were not finished.
    pub retry_failed: bool,
    /// Folder for all files and the manifest; `None`: beside the recordings.
    pub output_dir: Option<PathBuf>,
    /// The part of the work that is done here; `None`: all of it.
    pub shard: Option<Shard>,
    /// The advice that the manifest records with an error.
    pub hint: fn(&Error) -> Option<String>,
}

/// Why nothing was tried.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// A pattern of the search is none.
    #[error("`{pattern}` is no pattern: {reason}")]
    Pattern {
        /// As given.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The output folder can't be read.
    #[error("cannot read the folder `{}`: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A manifest or journal can't be read.
    #[error("cannot read the manifest `{}`: {reason}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// Whether a newer version of this program wrote it.
        is_newer: bool,
    },
    /// There is nothing to merge.
    #[error("there is no manifest in `{}`", folder.display())]
    NoManifest {
        /// The folder.
        folder: PathBuf,
    },
    /// Something is said of a track that there is not.
    #[error(transparent)]
    Mistake(#[from] UsageError),
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Error),
}

/// A batch that is ready to run.
pub struct Batch<'a> {
    options: BatchOptions,
    settings: Arc<Settings>,
    search: Search,
    model: ModelId,
    cancel: &'a CancelToken,
    listener: &'a dyn Listener,
    /// Problems that were told, so that a watched folder does not repeat them.
    told: Mutex<BTreeSet<String>>,
}

/// What a batch would do.
pub struct Preview {
    /// What to do with each recording.
    pub items: Vec<Item>,
    /// Time per length of sound in the last run with this model; `None`: there was none.
    pub time_per_length: Option<f64>,
    /// Whether some folder could not be searched.
    pub incomplete: bool,
    /// What is no recording.
    pub passed_over: PassedOver,
}

impl<'a> Batch<'a> {
    /// A batch with these options, to be transcribed with `settings` by this model.
    ///
    /// # Errors
    /// [`BatchError::Pattern`], [`Error::Model`].
    pub fn new(
        options: BatchOptions,
        settings: &Settings,
        model: &SelectedModel,
        cancel: &'a CancelToken,
        listener: &'a dyn Listener,
    ) -> Result<Batch<'a>, BatchError> {
        let search = Search::new(&options, settings.known.tracks)?;
        let folders = distinct(&options.folders, options.recursive);
        let options = BatchOptions { folders, ..options };
        let settings = Arc::new(settings.clone());
        Ok(Batch { options, settings, search, model: model.id(), cancel, listener, told: Mutex::default() })
    }

    /// Plans, and does nothing.
    ///
    /// # Errors
    /// If a manifest can't be read.
    pub fn preview(&self) -> Result<Preview, BatchError> {
        let folders = self.output_folders().into_iter().map(|folder| OutputFolder::open(folder, None));
        let folders = folders.collect::<Result<Vec<_>, _>>()?;
        let plan = self.plan(&folders, &BTreeSet::new());
        self.tell_unused_patterns();
        let same_model = |run: &LastRun| run.model == self.model.sha256 && run.duration > 0.0;
        let last = folders.iter().filter_map(OutputFolder::last_run).find(same_model);
        let time_per_length = last.map(|run| run.elapsed / run.duration);
        let Plan { items, incomplete, passed_over, parts, .. } = plan;
        self.mistake(&parts).map_or(Ok(()), Err)?;
        Ok(Preview { items, time_per_length, incomplete, passed_over })
    }

    /// Transcribes what is not done yet.
    ///
    /// # Errors
    /// If a manifest can't be read or another run works there, and those of loading the model.
    pub fn run(&self, model: SelectedModel) -> Result<Outcome, BatchError> {
        let begun = Instant::now();
        let folders = self.lock_folders()?;
        let mut plan = self.plan(&folders, &BTreeSet::new());
        self.tell_unused_patterns();
        self.tell_passed_over(&plan.passed_over);
        if let Some(mistake) = self.mistake(&plan.parts) {
            folders.into_iter().for_each(OutputFolder::close);
            return Err(mistake.into());
        }
        let mut outcome = if plan.incomplete { Outcome::Failed } else { Outcome::Done };
        self.record_refused(&plan.items, &folders);
        // If everything is done, no model need be loaded.
        if plan.items.iter().any(|item| item.decision == Decision::Transcribe) {
            let model = self.load(model)?;
            outcome = outcome.max(self.transcribe_items(&mut plan.items, &folders, &model));
        }
        outcome = outcome.max(self.close(&plan.items, &folders, plan.digest.as_deref(), begun.elapsed()));
        folders.into_iter().for_each(OutputFolder::close);
        Ok(outcome)
    }

    /// Transcribes whatever comes into the folders, until it is cancelled. A recording is complete when it has not changed for
    /// `settle`.
    ///
    /// # Errors
    /// As [`Batch::run`].
    pub fn watch(&self, model: SelectedModel, settle: Duration) -> Result<Outcome, BatchError> {
        let folders = self.lock_folders()?;
        let outcome = self.watch_folders(&folders, &self.load(model)?, settle);
        folders.into_iter().for_each(OutputFolder::close);
        Ok(outcome)
    }

    fn load(&self, model: SelectedModel) -> Result<LoadedModel, Error> {
        model.load(&self.settings)?.with_networks(&self.settings, self.listener)
    }

    fn tell(&self, event: BatchEvent<'_>) {
        self.listener.event(&AppEvent::Batch(event));
    }

    fn tell_unused_patterns(&self) {
        self.search.unused().iter().for_each(|pattern| self.tell(BatchEvent::UnusedPattern(pattern)));
    }

    fn tell_passed_over(&self, passed_over: &PassedOver) {
        if !passed_over.is_empty() {
            self.tell(BatchEvent::PassedOver(passed_over));
        }
    }

    /// Whether this was not told before.
    fn is_new(&self, problem: String) -> bool {
        self.told.lock().is_ok_and(|mut told| told.insert(problem))
    }

    /// The folders of manifests: the one for all files, or each folder with recordings.
    fn output_folders(&self) -> Vec<PathBuf> {
        match &self.options.output_dir {
            Some(folder) => vec![folder.clone()],
            None => self.options.folders.clone(),
        }
    }

    fn lock_folders(&self) -> Result<Vec<OutputFolder>, BatchError> {
        let folders = self.output_folders().into_iter();
        folders.map(|folder| OutputFolder::lock(folder, self.options.shard)).collect()
    }

    /// Records the recordings that can't be transcribed. If that fails, `close` tells.
    fn record_refused(&self, items: &[Item], folders: &[OutputFolder]) {
        for item in items {
            if let Decision::Refuse(message) = &item.decision {
                let folder = &folders[item.folder];
                let error = EntryError { message: message.clone(), hint: None };
                let _ = folder.record(self.failed_entry(item, error, folder));
            }
        }
    }

    /// Transcribes the recordings that are to be transcribed, and records each.
    fn transcribe_items(&self, items: &mut [Item], folders: &[OutputFolder], model: &LoadedModel) -> Outcome {
        let mut outcome = self.prepare(items, folders);
        let ready: Vec<usize> = (0..items.len()).filter(|n| items[*n].decision == Decision::Transcribe).collect();
        if ready.is_empty() {
            return outcome;
        }
        let lengths: Vec<Option<Millis>> = ready.iter().map(|n| items[*n].length).collect();
        self.tell(BatchEvent::Started { lengths: &lengths });
        let (begun, mut new, mut unrecorded) = (Instant::now(), Millis(0), None);
        let detect_languages = ready.iter().any(|n| items[*n].settings.transcribe.languages.len() != 1);
        with_queue(model, detect_languages, self.cancel, self.listener, |queue| {
            for number in &ready {
                queue.add(items[*number].job.clone(), &items[*number].settings);
            }
            while let Some(finished) = queue.next() {
                let item = &mut items[ready[finished.id.0]];
                new = new + (finished.transcribed - finished.resumed);
                outcome = outcome.max(if finished.error.is_some() { Outcome::Failed } else { Outcome::Done });
                let recorded = self.record(item, &finished, &folders[item.folder]);
                finished.close(matches!(recorded, Ok(true)));
                unrecorded = unrecorded.take().or(recorded.err());
            }
        });
        self.tell(BatchEvent::Stopped);
        if new.0 > 0 {
            let elapsed = begun.elapsed().as_secs_f64();
            let run = LastRun { model: self.model.sha256.clone(), duration: new.seconds(), elapsed };
            folders.iter().for_each(|folder| folder.set_last_run(&run));
        }
        if let Some(error) = unrecorded {
            self.listener.event(&AppEvent::Failed(&error));
            outcome = outcome.max(Outcome::Failed);
        }
        if self.cancel.is_cancelled() { Outcome::Cancelled } else { outcome }
    }

    /// Creates the folders of all jobs; what fails is recorded and refused.
    fn prepare(&self, items: &mut [Item], folders: &[OutputFolder]) -> Outcome {
        let mut outcome = Outcome::Done;
        for item in items.iter_mut().filter(|item| item.decision == Decision::Transcribe) {
            let Some(error) = item.error.take().or_else(|| item.job.prepare().err()) else { continue };
            self.listener.event(&AppEvent::Failed(&error));
            let folder = &folders[item.folder];
            // If it can't be recorded, `close` tells.
            let _ = folder.record(self.failed_entry(item, self.entry_error(&error), folder));
            item.decision = Decision::Refuse(error.to_string());
            outcome = Outcome::Failed;
        }
        outcome
    }

    /// Records what became of a recording; `false` if there is nothing to record.
    fn record(&self, item: &mut Item, finished: &FinishedJob, folder: &OutputFolder) -> Result<bool, Error> {
        match (&finished.error, &finished.transcript) {
            // It was cancelled, which is no failure. What was there before is still there.
            (Some(Error::Cancelled), _) if finished.written.is_empty() => return Ok(false),
            (Some(Error::Cancelled), _) => {}
            (Some(error), _) => item.decision = Decision::Refuse(error.to_string()),
            (None, transcript) => item.done = Some(transcript.as_ref().map_or(Millis(0), |t| t.duration)),
        }
        folder.record(self.entry(item, finished, folder)).map(|()| true)
    }

    /// Writes the manifests. `plan`: the digest that all shards must agree on.
    fn close(&self, items: &[Item], folders: &[OutputFolder], plan: Option<&str>, elapsed: Duration) -> Outcome {
        let mut outcome = Outcome::Done;
        for item in items {
            match &item.decision {
                Decision::Done => {
                    folders[item.folder].keep(&item.key, |entry| entry.modified = item.modified.or(entry.modified));
                    item.job.checkpoint().iter().for_each(|path| checkpoint::delete_finished(path, &item.files));
                }
                Decision::Skip(_) => folders[item.folder].keep(&item.key, |_| {}),
                Decision::Refuse(_) => outcome = Outcome::Failed,
                Decision::Transcribe => {}
            }
        }
        for folder in folders {
            if let Err(error) = folder.write(plan) {
                self.listener.event(&AppEvent::Failed(&error));
                outcome = Outcome::Failed;
            }
        }
        if items.is_empty() && self.options.shard.is_none() {
            self.tell(BatchEvent::NothingFound { recursive: self.options.recursive });
        }
        self.tell(BatchEvent::Finished { items, elapsed });
        outcome
    }
}

/// The folders without those that are named twice, or that another one contains which is searched with all its folders.
fn distinct(folders: &[PathBuf], recursive: bool) -> Vec<PathBuf> {
    let canonical = |folder: &PathBuf| std::fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
    let all: Vec<PathBuf> = folders.iter().map(canonical).collect();
    let wanted = |n: &usize| {
        let inside = |(other, folder): (usize, &PathBuf)| match all[*n] == *folder {
            true => other < *n,
            false => recursive && all[*n].starts_with(folder),
        };
        !all.iter().enumerate().any(inside)
    };
    (0..folders.len()).filter(wanted).map(|n| folders[n].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_searched_once() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("in")).expect("room");
        let all = [
            folder.path().to_owned(),
            folder.path().join("in"),
            folder.path().join("in/../in"),
            folder.path().join("."),
        ];
        assert_eq!(distinct(&all, true), all[..1]);
        assert_eq!(distinct(&all, false), all[..2]);
    }
}
