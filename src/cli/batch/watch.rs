//! `--watch`: takes what comes into the folders, as soon as nobody writes to it any more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use super::plan::Decision;
use super::{Failure, Home, Plan, Planner};
use crate::cli::recognisers::Loaded;
use crate::cli::work::{self, Stamp};
use crate::cli::{Outcome, interrupt};

/// How long a recording must stay as it is.
const SETTLE: u64 = 10;
/// Network drives tell of no changes, so the folders are looked at now and then in any case.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How often to see whether the user wants to stop.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// Watches until the user stops it.
pub(super) fn run(
    planner: &Planner<'_>,
    homes: &[Home],
    loaded: &Loaded,
    folders: &[PathBuf],
) -> Result<Outcome, Failure> {
    let settle = Duration::from_secs(planner.args.settle.unwrap_or(SETTLE));
    let (_watcher, changes) = changes(folders, planner.args.recursive);
    let mut seen: BTreeMap<PathBuf, (Stamp, Instant)> = BTreeMap::new();
    // What can't be transcribed is told once, and tried again only when it has changed.
    let mut left: BTreeMap<PathBuf, Stamp> = BTreeMap::new();
    let mut outcome = Outcome::Done;
    planner.reporter.note(&format!("watching {}; Ctrl-C ends it", names(folders)));
    loop {
        left.retain(|path, stamp| work::stamp(std::slice::from_ref(path)).is_ok_and(|now| now == *stamp));
        let mut plan = planner.plan(homes, &left);
        plan.items.retain(|item| item.decision != Decision::Skip("done".into()));
        let growing = settled(&mut plan, &mut seen, settle);
        if !plan.items.is_empty() {
            let stamps: Vec<(PathBuf, Stamp)> = plan
                .items
                .iter()
                .flat_map(|item| &item.job.parts)
                .filter_map(|path| Some((path.clone(), work::stamp(std::slice::from_ref(path)).ok()?)))
                .collect();
            planner.tell_refused(&plan);
            let begun = Instant::now();
            let one = planner.carry_out(&mut plan, homes, loaded);
            if one == Outcome::Interrupted {
                let _ = planner.close(&plan, homes, begun.elapsed());
                return Ok(one);
            }
            outcome = outcome.max(one).max(planner.close(&plan, homes, begun.elapsed()));
            left.extend(stamps);
            continue;
        }
        let wait = if growing { settle.min(Duration::from_secs(1)) } else { LOOK_EVERY };
        if !until_change(&changes, wait) {
            return Ok(outcome);
        }
    }
}

/// Takes out of the plan what changed a moment ago; is there any?
fn settled(plan: &mut Plan, seen: &mut BTreeMap<PathBuf, (Stamp, Instant)>, settle: Duration) -> bool {
    let mut still = BTreeMap::new();
    let mut growing = false;
    plan.items.retain(|item| {
        let mut whole = true;
        for part in &item.job.parts {
            // It may have vanished, or be on its way.
            let Ok(now) = work::stamp(std::slice::from_ref(part)) else {
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
        // That a file is read concerns nobody; we do it ourselves.
        if !event.is_ok_and(|event| event.kind.is_access()) {
            let _ = told.send(());
        }
    });
    let mode = if recursive { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
    let watch = |mut watcher: RecommendedWatcher| {
        folders.iter().try_for_each(|folder| watcher.watch(Path::new(folder), mode)).map(|()| watcher)
    };
    (watcher.and_then(watch).ok(), changes)
}

/// Waits for a change, or for so long; `false` if the user wants to stop.
fn until_change(changes: &Receiver<()>, wait: Duration) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < wait {
        if interrupt::stopping() {
            return false;
        }
        match changes.recv_timeout(ASK_EVERY) {
            Ok(()) => {
                while changes.try_recv().is_ok() {}
                return !interrupt::stopping();
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(ASK_EVERY),
        }
    }
    !interrupt::stopping()
}

fn names(folders: &[PathBuf]) -> String {
    folders.iter().map(|folder| format!("`{}`", folder.display())).collect::<Vec<_>>().join(", ")
}
