//! `--watch`: takes what comes into the folders, as soon as nobody writes to it any more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use super::plan::Decision;
use super::{Home, Item, Planner};
use crate::cli::recognisers::Loaded;
use crate::cli::source::{self, Stamp};
use crate::cli::{Outcome, interrupt};

/// How long a recording must stay as it is.
const SETTLE: u64 = 10;
/// Network drives tell of no changes, so the folders are looked at now and then in any case.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How often to see whether the user wants to stop.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// Watches until the user stops it.
pub(super) fn run(planner: &Planner<'_>, homes: &[Home], loaded: &Loaded) -> Outcome {
    let folders = &planner.args.folders;
    let settle = Duration::from_secs(planner.args.settle.unwrap_or(SETTLE));
    let (_watcher, changes) = changes(folders, planner.args.recursive);
    let mut seen: BTreeMap<PathBuf, (Stamp, Instant)> = BTreeMap::new();
    // What is dealt with, one way or the other, until it changes.
    let mut left: BTreeMap<PathBuf, Stamp> = BTreeMap::new();
    let mut outcome = Outcome::Done;
    planner.reporter.note(&format!("watching {}; Ctrl-C ends it", names(folders)));
    loop {
        let looked = Instant::now();
        left.retain(|path, stamp| source::stamp(std::slice::from_ref(path)).is_ok_and(|now| now == *stamp));
        let mut items = planner.plan(homes, &left.keys().cloned().collect()).items;
        let growing = settled(&mut items, &mut seen, settle);
        if !items.is_empty() {
            let stamps: Vec<(PathBuf, Stamp)> = items
                .iter()
                .flat_map(|item| &item.job.parts)
                .filter_map(|path| Some((path.clone(), source::stamp(std::slice::from_ref(path)).ok()?)))
                .collect();
            super::record_refused(planner, &items, homes);
            let one = super::carry_out(planner, &mut items, homes, loaded);
            outcome = outcome.max(one);
            if items.iter().any(|item| item.decision != Decision::Done) {
                outcome = outcome.max(super::close(planner, &items, homes, None, looked.elapsed()));
            }
            if one == Outcome::Interrupted {
                return one;
            }
            left.extend(stamps);
            continue;
        }
        // While a file grows the system tells of it all the time.
        let wait = if growing { Duration::from_secs(1) } else { LOOK_EVERY };
        if !until_change(&changes, looked + Duration::from_secs(1), looked + wait) {
            return outcome;
        }
    }
}

/// Takes out what changed a moment ago; is there any?
fn settled(items: &mut Vec<Item>, seen: &mut BTreeMap<PathBuf, (Stamp, Instant)>, settle: Duration) -> bool {
    let mut still = BTreeMap::new();
    let mut growing = false;
    items.retain(|item| {
        let mut whole = true;
        for part in &item.job.parts {
            // It may have vanished, or be on its way.
            let Ok(now) = source::stamp(std::slice::from_ref(part)) else {
                whole = false;
                continue;
            };
            let since = match seen.get(part) {
                Some((before, since)) if *before == now => *since,
                // One that lay there long before we looked need not wait.
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

/// What the system says about changes in the folders. Without it, looking now and then must do.
fn changes(folders: &[PathBuf], recursive: bool) -> (Option<RecommendedWatcher>, Receiver<()>) {
    let (told, changes) = channel();
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if is_change(&event) {
            let _ = told.send(());
        }
    });
    let mode = if recursive { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
    let watch = |mut watcher: RecommendedWatcher| {
        folders.iter().try_for_each(|folder| watcher.watch(Path::new(folder), mode)).map(|()| watcher)
    };
    (watcher.and_then(watch).ok(), changes)
}

/// That a file is read concerns nobody: the program does it itself. Trouble with watching may hide a change.
fn is_change(event: &notify::Result<notify::Event>) -> bool {
    !event.as_ref().is_ok_and(|event| event.kind.is_access())
}

/// Waits for a change after `early`, or until `late`; `false` if the user wants to stop.
fn until_change(changes: &Receiver<()>, early: Instant, late: Instant) -> bool {
    let mut changed = false;
    while Instant::now() < late && !(changed && Instant::now() >= early) {
        if interrupt::stopping() {
            return false;
        }
        match changes.recv_timeout(ASK_EVERY) {
            Ok(()) => changed = true,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(ASK_EVERY),
        }
    }
    !interrupt::stopping()
}

fn names(folders: &[PathBuf]) -> String {
    folders.iter().map(|folder| format!("`{}`", folder.display())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RemoveKind};
    use notify::{Event, EventKind};

    use super::*;

    /// Otherwise what the program reads would have it look again, and again.
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
    fn without_a_change_it_rests_and_many_changes_are_one_look() {
        let (told, changes) = channel();
        let now = Instant::now();
        let soon = now + Duration::from_millis(20);
        assert!(until_change(&changes, now, soon));
        assert!(Instant::now() >= soon, "nothing has changed");
        for _ in 0..1_000 {
            told.send(()).expect("somebody waits");
        }
        let (early, late) = (Instant::now() + Duration::from_millis(20), Instant::now() + Duration::from_secs(600));
        assert!(until_change(&changes, early, late));
        assert!(Instant::now() >= early, "not before the last look is long enough ago");
        assert!(Instant::now() < late, "a change ends the rest");
    }
}
