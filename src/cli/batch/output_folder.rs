//! A folder with a manifest.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use transcribe::Error;
use transcribe::app::UsageError;

use super::manifest::{Entries, Entry, Journal, Key, Known, Run};
use super::shard::Part;

/// What is known of the recordings whose files lie here.
pub(super) struct OutputFolder {
    pub(super) folder: PathBuf,
    part: Option<Part>,
    state: Mutex<State>,
}

struct State {
    /// From all manifests in the folder.
    known: Entries,
    /// What our own manifest is to hold.
    own: Entries,
    last_run: Option<Run>,
    /// `None`: we only look.
    journal: Option<Journal>,
    /// The manifest says what the journal says.
    written: bool,
}

impl OutputFolder {
    /// # Errors
    /// If a manifest can't be read.
    pub(super) fn open(folder: PathBuf, part: Option<Part>) -> Result<OutputFolder, UsageError> {
        Ok(OutputFolder { state: Mutex::new(State::read(&folder, part, None)?), folder, part })
    }

    /// The same for a run that works there, which keeps others away.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Write`]; the text if a manifest can't be read.
    pub(super) fn lock(folder: PathBuf, part: Option<Part>) -> Result<Result<OutputFolder, UsageError>, Error> {
        let journal = Journal::open(&folder, part)?;
        Ok(State::read(&folder, part, Some(journal)).map(|state| OutputFolder {
            folder,
            part,
            state: Mutex::new(state),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn known(&self) -> Entries {
        self.state().known.clone()
    }

    pub(super) fn last_run(&self) -> Option<Run> {
        self.state().last_run.clone()
    }

    /// Remembers what became of a recording.
    ///
    /// # Errors
    /// [`Error::Write`]; it will still stand in the manifest.
    pub(super) fn record(&self, entry: Entry) -> Result<(), Error> {
        let mut state = self.state();
        let recorded = state.journal.as_mut().map_or(Ok(()), |journal| journal.record(&entry));
        state.known.insert(entry.key(), entry.clone());
        state.own.insert(entry.key(), entry);
        state.written = false;
        recorded
    }

    /// What is known of a recording that is done belongs into our manifest, too, from wherever it is known.
    pub(super) fn keep(&self, key: &Key, change: impl FnOnce(&mut Entry)) {
        let mut state = self.state();
        if let Some(mut entry) = state.known.get(key).cloned() {
            change(&mut entry);
            state.known.insert(key.clone(), entry.clone());
            state.own.insert(key.clone(), entry);
        }
    }

    pub(super) fn ran(&self, run: &Run) {
        self.state().last_run = Some(run.clone());
    }

    /// Where files lie, from here, as a manifest has it.
    pub(super) fn place(&self, folder: &Path) -> String {
        super::slashed(folder.strip_prefix(&self.folder).unwrap_or(folder))
    }

    /// Writes the manifest; `plan` is the digest of the plan that shards share.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub(super) fn write(&self, plan: Option<&str>) -> Result<(), Error> {
        let state = &mut *self.state();
        match &mut state.journal {
            // A shard that has nothing to do must not be missed.
            Some(journal) if !state.own.is_empty() || self.part.is_some() => {
                journal.write_manifest(&state.own, state.last_run.as_ref(), plan)?;
            }
            _ => {}
        }
        state.written = true;
        Ok(())
    }

    /// Lets other runs in.
    pub(super) fn close(self) {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.journal.into_iter().for_each(|journal| journal.close(state.written));
    }
}

impl State {
    fn read(folder: &Path, part: Option<Part>, journal: Option<Journal>) -> Result<State, UsageError> {
        let known = Known::read(folder)?;
        let own = known.by_part.get(&part).cloned().unwrap_or_default();
        // A journal that an earlier run left may hold more than its manifest; an empty one nothing.
        let written = own.is_empty();
        Ok(State { known: known.all(), own, last_run: known.last_run, journal, written })
    }
}
