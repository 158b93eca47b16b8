//! The folder that the files and the manifest of a batch go into.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::entry::{Entries, Entry, Key};
use super::manifest::{BatchJournal, KnownRecordings, LastRun};
use super::planner::slashed;
use super::{BatchError, Shard};
use crate::Error;

/// A folder, and what is known of the recordings whose files are in it.
pub(super) struct OutputFolder {
    pub(super) folder: PathBuf,
    shard: Option<Shard>,
    state: Mutex<State>,
}

struct State {
    /// From all manifests in the folder.
    known: Entries,
    /// What the manifest of this run will contain.
    own: Entries,
    last_run: Option<LastRun>,
    /// `None`: it was opened for reading only.
    journal: Option<BatchJournal>,
    /// Whether the manifest contains everything that the journal does.
    written: bool,
}

impl OutputFolder {
    /// Reads what is known, without keeping other runs out.
    ///
    /// # Errors
    /// Those of [`KnownRecordings::read`].
    pub(super) fn open(folder: PathBuf, shard: Option<Shard>) -> Result<OutputFolder, BatchError> {
        Ok(OutputFolder { state: Mutex::new(State::read(&folder, shard, None)?), folder, shard })
    }

    /// The same for a run that works there and keeps others out.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Write`]; those of [`KnownRecordings::read`].
    pub(super) fn lock(folder: PathBuf, shard: Option<Shard>) -> Result<OutputFolder, BatchError> {
        let journal = BatchJournal::open(&folder, shard)?;
        Ok(OutputFolder { state: Mutex::new(State::read(&folder, shard, Some(journal))?), folder, shard })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn known(&self) -> Entries {
        self.state().known.clone()
    }

    pub(super) fn last_run(&self) -> Option<LastRun> {
        self.state().last_run.clone()
    }

    /// Records what became of a recording.
    ///
    /// # Errors
    /// [`Error::Write`]; the manifest will contain it all the same.
    pub(super) fn record(&self, entry: Entry) -> Result<(), Error> {
        let mut state = self.state();
        let recorded = state.journal.as_mut().map_or(Ok(()), |journal| journal.record(&entry));
        state.known.insert(entry.key(), entry.clone());
        state.own.insert(entry.key(), entry);
        state.written = false;
        recorded
    }

    /// Takes the entry of a recording over into the manifest of this run, from whichever manifest it is in.
    pub(super) fn keep(&self, key: &Key, change: impl FnOnce(&mut Entry)) {
        let mut state = self.state();
        if let Some(mut entry) = state.known.get(key).cloned() {
            change(&mut entry);
            state.known.insert(key.clone(), entry.clone());
            state.own.insert(key.clone(), entry);
        }
    }

    /// Sets the speed of this run, for later estimates.
    pub(super) fn set_last_run(&self, run: &LastRun) {
        self.state().last_run = Some(run.clone());
    }

    /// The path of `folder` from here, as a manifest has it.
    pub(super) fn relative(&self, folder: &Path) -> String {
        slashed(folder.strip_prefix(&self.folder).unwrap_or(folder))
    }

    /// Writes the manifest; `plan` is the digest of the plan that shards share.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub(super) fn write(&self, plan: Option<&str>) -> Result<(), Error> {
        let state = &mut *self.state();
        match &mut state.journal {
            // A shard without recordings writes one, too, or it would seem to be missing.
            Some(journal) if !state.own.is_empty() || self.shard.is_some() => {
                journal.write_manifest(&state.own, state.last_run.as_ref(), plan)?;
            }
            _ => {}
        }
        state.written = true;
        Ok(())
    }

    /// Ends the run and lets others in.
    pub(super) fn close(self) {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.journal.into_iter().for_each(|journal| journal.close(state.written));
    }
}

impl State {
    fn read(folder: &Path, shard: Option<Shard>, journal: Option<BatchJournal>) -> Result<State, BatchError> {
        let known = KnownRecordings::read(folder)?;
        let own = known.by_shard.get(&shard).cloned().unwrap_or_default();
        // A journal that an earlier run left may contain more than its manifest.
        let written = own.is_empty();
        Ok(State { known: known.latest(), own, last_run: known.last_run, journal, written })
    }
}
