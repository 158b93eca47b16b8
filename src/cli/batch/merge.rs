//! `--merge-manifests`: one manifest from those of all shards.

use std::path::PathBuf;

use serde_json::json;

use super::manifest::{Journal, Known, Totals};
use crate::cli::Outcome;
use crate::cli::progress::Reporter;

pub(super) fn run(folders: &[PathBuf], reporter: Reporter) -> Outcome {
    let mut outcome = Outcome::Done;
    for folder in folders {
        match merge(folder, reporter) {
            Ok(one) => outcome = outcome.max(one),
            Err(text) => {
                reporter.misused(&text);
                outcome = Outcome::Unusable;
            }
        }
    }
    outcome
}

fn merge(folder: &PathBuf, reporter: Reporter) -> Result<Outcome, String> {
    let told = |error: transcribe::Error| match error.hint() {
        Some(hint) => format!("{error}\nhint: {hint}"),
        None => error.to_string(),
    };
    let known = Known::read(folder)?;
    let parts: Vec<_> = known.by_part.keys().flatten().copied().collect();
    if known.by_part.is_empty() {
        return Err(format!(
            "there is no manifest in `{}`\nhint: it lies where the transcripts go: in the folder of `-o`, or of the recordings",
            folder.display()
        ));
    }
    // No shard may still be at work.
    let locks = parts.iter().map(|part| Journal::open(folder, Some(*part)).map_err(told));
    let locks = locks.collect::<Result<Vec<_>, _>>()?;
    let mut journal = Journal::open(folder, None).map_err(told)?;
    let all = Known::read(folder)?.all();
    journal.write_manifest(&all, known.last_run.as_ref()).map_err(told)?;
    // What stood in the journal of a shard that was killed stands here now.
    locks.into_iter().for_each(Journal::close);
    journal.close();
    // Shards of another count may be left from an earlier run; those of the last one must all be there.
    let count =
        known.youngest.map_or_else(|| parts.iter().map(|part| part.count).max().unwrap_or_default(), |(_, p)| p.count);
    let missing: Vec<String> = (1..=count)
        .filter(|index| !parts.iter().any(|part| part.index == *index && part.count == count))
        .map(|index| format!("{index}/{count}"))
        .collect();
    let totals = Totals::of(all.values());
    let mut text = format!(
        "{}: {} recordings: {} done, {} partial, {} failed",
        folder.display(),
        totals.recordings,
        totals.done,
        totals.partial,
        totals.failed
    );
    for entry in all.values() {
        if let Some(error) = &entry.error {
            text.push_str(&format!("\n  {}: {}", entry.recording, error.message));
        }
    }
    if !missing.is_empty() {
        text.push_str(&format!("\n  no manifest of shard {}", missing.join(", ")));
    }
    reporter.done(&text, json!({"event": "merged", "folder": folder, "totals": totals, "missing": missing}));
    match missing.is_empty() && totals.done == totals.recordings {
        true => Ok(Outcome::Done),
        false => Ok(Outcome::Failed),
    }
}
