//! Watching folders: recordings are transcribed as soon as they have stopped growing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use super::output_folder::OutputFolder;
use super::plan::Decision;
use super::planner::Plan;
use super::{Batch, BatchEvent, Item};
use crate::app::jobs::recording::{self, FileStamp};
use crate::app::models::LoadedModel;
use crate::app::{CancelToken, Outcome};

/// The folders are searched this often without a notification, since network drives send none.
const SEARCH_EVERY: Duration = Duration::from_secs(30);
/// How often to look whether the batch is cancelled.
const CHECK_EVERY: Duration = Duration::from_millis(200);

impl Batch<'_> {
    /// Watches the folders until the batch is cancelled. A recording is complete when it has not changed for `settle`.
    pub(super) fn watch_folders(&self, folders: &[OutputFolder], model: &LoadedModel, settle: Duration) -> Outcome {
        let (_watcher, changes) = notifications(&self.options.folders, self.options.recursive);
        let mut growing: BTreeMap<PathBuf, (FileStamp, Instant)> = BTreeMap::new();
        // Recordings that are dealt with, one way or the other, until they change.
        let mut handled: BTreeMap<PathBuf, FileStamp> = BTreeMap::new();
        // Why recordings can't be transcribed as long as others are as they are.
        let mut refused: BTreeMap<(usize, String), String> = BTreeMap::new();
        let mut parts: BTreeSet<PathBuf> = BTreeSet::new();
        let mut outcome = Outcome::Done;
        self.tell(BatchEvent::Watching { folders: &self.options.folders });
        loop {
            let searched = Instant::now();
            handled.retain(|path, stamp| stamp_of(path).is_some_and(|now| now == *stamp));
            let Plan { mut items, passed_over, parts: found, .. } =
                self.plan(folders, &handled.keys().cloned().collect());
            parts.extend(found);
            if self.is_new("passed over".into()) {
                self.tell_passed_over(&passed_over);
            }
            let some_grow = retain_settled(&mut items, &mut growing, settle);
            retain_new_refusals(&mut items, &mut refused);
            if !items.is_empty() {
                let is_ready = |item: &&Item| !matches!(item.decision, Decision::Refuse(_));
                let paths = items.iter().filter(is_ready).flat_map(|item| &item.job.parts);
                let stamps: Vec<_> = paths.filter_map(|path| Some((path.clone(), stamp_of(path)?))).collect();
                self.record_refused(&items, folders);
                let one = self.transcribe_items(&mut items, folders, model);
                outcome = outcome.max(one);
                self.tell_mistake(&items, &parts);
                if items.iter().any(|item| item.decision != Decision::Done) {
                    outcome = outcome.max(self.close(&items, folders, None, searched.elapsed()));
                }
                if one == Outcome::Cancelled {
                    return one;
                }
                handled.extend(stamps);
                continue;
            }
            // While a file grows there are notifications all the time.
            let wait = if some_grow { Duration::from_secs(1) } else { SEARCH_EVERY };
            let earliest = searched + Duration::from_secs(1);
            if !wait_for_change(&changes, earliest, searched + wait, self.cancel) {
                return outcome;
            }
        }
    }

    /// Tells what is said of a track that none of `parts` is, once some conversation is done: its track may still come.
    fn tell_mistake(&self, items: &[Item], parts: &BTreeSet<PathBuf>) {
        let parts: Vec<PathBuf> = parts.iter().cloned().collect();
        let mistake = self.mistake(&parts).filter(|_| items.iter().any(|item| item.done.is_some()));
        if let Some(error) = mistake.filter(|error| self.is_new(error.message.clone())) {
            self.tell(BatchEvent::Mistake(&error));
        }
    }
}

fn stamp_of(path: &PathBuf) -> Option<FileStamp> {
    recording::stamp(std::slice::from_ref(path)).ok()
}

/// Removes the recordings that were refused before for the same reason; `refused`: by output folder and name. What clashes is free
/// when the other one is renamed, so it is planned again and again, and told once.
fn retain_new_refusals(items: &mut Vec<Item>, refused: &mut BTreeMap<(usize, String), String>) {
    let mut still = BTreeMap::new();
    items.retain(|item| {
        let Decision::Refuse(reason) = &item.decision else { return true };
        let key = (item.folder, item.job.name.clone());
        let is_new = refused.get(&key) != Some(reason);
        still.insert(key, reason.clone());
        is_new
    });
    *refused = still;
}

/// Keeps the recordings that have not changed for `settle`; gives whether there are others. `seen`: when each file was first seen
/// as it is.
fn retain_settled(items: &mut Vec<Item>, seen: &mut BTreeMap<PathBuf, (FileStamp, Instant)>, settle: Duration) -> bool {
    let mut still = BTreeMap::new();
    let mut growing = false;
    items.retain(|item| {
        let mut whole = true;
        for part in item.job.parts.iter().chain(&item.beside) {
            // It may have vanished, or be on its way.
            let Some(now) = stamp_of(part) else {
                whole = false;
                continue;
            };
            let since = match seen.get(part) {
                Some((before, since)) if *before == now => *since,
                // One that was complete long before the first search need not wait.
                _ => {
                    let age = now.modified.elapsed().unwrap_or_default().min(settle);
                    Instant::now()
                        .checked_sub(if seen.contains_key(part) { Duration::ZERO } else { age })
                        .unwrap_or_else(Instant::now)
                }
            };
            still.insert(part.clone(), (now, since));
            whole &= since.elapsed() >= settle;
        }
        growing |= !whole;
        whole
    });
    *seen = still;
    growing
}

/// Notifications of the system about changes in the folders. Without them the regular searches must do.
fn notifications(folders: &[PathBuf], recursive: bool) -> (Option<RecommendedWatcher>, Receiver<()>) {
    let (changed, changes) = channel();
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if is_change(&event) {
            let _ = changed.send(());
        }
    });
    let mode = if recursive { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
    let watch = |mut watcher: RecommendedWatcher| {
        folders.iter().try_for_each(|folder| watcher.watch(Path::new(folder), mode)).map(|()| watcher)
    };
    (watcher.and_then(watch).ok(), changes)
}

/// Reading a file is no change, and this program does it itself. An error of the watcher may hide one.
fn is_change(event: &notify::Result<notify::Event>) -> bool {
    !event.as_ref().is_ok_and(|event| event.kind.is_access())
}

/// Waits for a change, at least until `earliest` and at most until `latest`; `false` if the batch is cancelled.
fn wait_for_change(changes: &Receiver<()>, earliest: Instant, latest: Instant, cancel: &CancelToken) -> bool {
    let mut changed = false;
    while Instant::now() < latest && !(changed && Instant::now() >= earliest) {
        if cancel.is_cancelled() {
            return false;
        }
        match changes.recv_timeout(CHECK_EVERY) {
            Ok(()) => changed = true,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(CHECK_EVERY),
        }
    }
    !cancel.is_cancelled()
}

#[cfg(test)]
mod tests {
    use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RemoveKind};
    use notify::{Event, EventKind};

    use super::*;

    /// Otherwise the program's own reading would start another search, again and again.
    #[test]
    fn reading_a_file_is_no_change() {
        let is_change = |kind: EventKind| super::is_change(&Ok(Event::new(kind)));
        for kind in [AccessKind::Read, AccessKind::Open(AccessMode::Read), AccessKind::Close(AccessMode::Read)] {
            assert!(!is_change(EventKind::Access(kind)), "{kind:?}");
        }
        assert!(is_change(EventKind::Create(CreateKind::File)));
        assert!(is_change(EventKind::Modify(ModifyKind::Any)));
        assert!(is_change(EventKind::Remove(RemoveKind::File)));
        assert!(super::is_change(&Err(notify::Error::generic("too many files"))));
    }

    #[test]
    fn it_waits_without_a_change_and_many_changes_are_one_search() {
        let ((changed, changes), cancel) = (channel(), CancelToken::new());
        let now = Instant::now();
        let soon = now + Duration::from_millis(20);
        assert!(wait_for_change(&changes, now, soon, &cancel));
        assert!(Instant::now() >= soon, "nothing has changed");
        for _ in 0..1_000 {
            changed.send(()).expect("somebody waits");
        }
        let (early, late) = (Instant::now() + Duration::from_millis(20), Instant::now() + Duration::from_secs(600));
        assert!(wait_for_change(&changes, early, late, &cancel));
        assert!(Instant::now() >= early, "not before the last search is long enough ago");
        assert!(Instant::now() < late, "a change ends the wait");
        cancel.cancel();
        assert!(!wait_for_change(&changes, late, late, &cancel));
    }
}
