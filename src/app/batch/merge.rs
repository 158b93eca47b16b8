//! One manifest from those of all shards.

use std::collections::BTreeSet;
use std::path::Path;

use super::manifest::{BatchJournal, FolderLock, KnownRecordings, Totals};
use super::{BatchError, Shard};

/// The manifest that was made of those of all shards.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// Sums over the recordings.
    pub totals: Totals,
    /// Recordings that failed: name and error.
    pub failed: Vec<(String, String)>,
    /// Why recordings may be missing.
    pub problems: Vec<MergeProblem>,
}

/// Why recordings may be missing in a merged manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeProblem {
    /// There is no manifest of these shards.
    Missing(Vec<Shard>),
    /// These shards were killed or are still at work.
    Unfinished(Vec<Shard>),
    /// The shards did not see the same recordings.
    DifferentPlans,
}

/// Merges the manifests of all shards in `folder`.
///
/// # Errors
/// [`BatchError::NoManifest`]; [`Error::Busy`](crate::Error::Busy) if a shard is still at work; those of reading and writing.
pub fn merge(folder: &Path) -> Result<Merged, BatchError> {
    let known = KnownRecordings::read(folder)?;
    if known.by_shard.is_empty() {
        return Err(BatchError::NoManifest { folder: folder.into() });
    }
    let locks = known.by_shard.keys().flatten().map(|shard| FolderLock::acquire(folder, Some(*shard)));
    let locks = locks.collect::<Result<Vec<_>, _>>()?;
    let mut journal = BatchJournal::open(folder, None)?;
    // Again, now that nobody works there any more.
    let known = KnownRecordings::read(folder)?;
    let entries = known.latest();
    journal.write_manifest(&entries, known.last_run.as_ref(), None)?;
    journal.close(true);
    drop(locks);
    let failed =
        entries.values().filter_map(|entry| Some((entry.recording.clone(), entry.error.as_ref()?.message.clone())));
    Ok(Merged { totals: Totals::of(entries.values()), failed: failed.collect(), problems: problems(&known) })
}

fn problems(known: &KnownRecordings) -> Vec<MergeProblem> {
    // Shards of another count may be left from an earlier run.
    let Some(count) = known.shards.iter().max_by_key(|(_, (written, _))| *written).map(|(shard, _)| shard.count) else {
        return Vec::new();
    };
    let shards = (1..=count).map(|index| Shard { index, count });
    let (unfinished, ended): (Vec<Shard>, Vec<Shard>) =
        shards.partition(|shard| known.journals.contains(&Some(*shard)));
    let missing: Vec<Shard> = ended.into_iter().filter(|shard| !known.shards.contains_key(shard)).collect();
    let mut problems = Vec::new();
    if !missing.is_empty() {
        problems.push(MergeProblem::Missing(missing));
    }
    if !unfinished.is_empty() {
        problems.push(MergeProblem::Unfinished(unfinished));
    }
    let plans: BTreeSet<_> =
        known.shards.iter().filter(|(shard, _)| shard.count == count).map(|(_, (_, plan))| plan).collect();
    if plans.len() > 1 {
        problems.push(MergeProblem::DifferentPlans);
    }
    problems
}
