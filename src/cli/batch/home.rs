//! A folder with a manifest.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use transcribe::Error;

use super::manifest::{Entries, Entry, Journal, Key, Known, Run};
use super::shard::Part;

/// What is known of the recordings whose files lie here.
pub(super) struct Home {
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
    journal: Option<Journal>,
}

impl Home {
    /// # Errors
    /// If a manifest can't be read.
    pub(super) fn open(folder: PathBuf, part: Option<Part>) -> Result<Home, String> {
        let home = Home { state: Mutex::new(State::read(&folder, part)?), folder, part };
        Ok(home)
    }

    /// Keeps other runs away, and looks again at what they did until now.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Write`].
    pub(super) fn lock(&mut self, part: Option<Part>) -> Result<(), Error> {
        let journal = Journal::open(&self.folder, part)?;
        let mut state = self.state();
        // It could be read a moment ago.
        if let Ok(again) = State::read(&self.folder, self.part) {
            *state = again;
        }
        state.journal = Some(journal);
        Ok(())
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
        let written = state.journal.as_mut().map_or(Ok(()), |journal| journal.record(&entry));
        state.known.insert(entry.key(), entry.clone());
        state.own.insert(entry.key(), entry);
        written
    }

    /// What is known of a recording from another manifest belongs into ours, too.
    pub(super) fn keep(&self, key: &Key) {
        let mut state = self.state();
        if let Some(entry) = state.known.get(key).cloned() {
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

    /// Writes the manifest.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub(super) fn write(&self) -> Result<(), Error> {
        let state = &mut *self.state();
        match &mut state.journal {
            // A shard that has nothing to do must not be missed.
            Some(journal) if !state.own.is_empty() || self.part.is_some() => {
                journal.write_manifest(&state.own, state.last_run.as_ref())
            }
            _ => Ok(()),
        }
    }

    /// Lets other runs in.
    pub(super) fn close(self) {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.journal.into_iter().for_each(Journal::close);
    }
}

impl State {
    fn read(folder: &Path, part: Option<Part>) -> Result<State, String> {
        let known = Known::read(folder)?;
        let own = known.by_part.get(&part).cloned().unwrap_or_default();
        Ok(State { known: known.all(), own, last_run: known.last_run, journal: None })
    }
}
