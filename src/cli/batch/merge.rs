//! `--merge-manifests`: one manifest from those of all shards.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::manifest::{Journal, Known, Lock, Totals};
use super::shard::Part;
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

fn merge(folder: &Path, reporter: Reporter) -> Result<Outcome, String> {
    let told = |error: transcribe::Error| match crate::cli::hints::hint(&error) {
        Some(hint) => format!("{error}\nhint: {hint}"),
        None => error.to_string(),
    };
    let known = Known::read(folder)?;
    if known.by_part.is_empty() {
        return Err(format!(
            "there is no manifest in `{}`\nhint: it lies where the transcripts go: in the folder of `-o`, or of the recordings",
            folder.display()
        ));
    }
    // No shard may still be at work.
    let locks = known.by_part.keys().flatten().map(|part| Lock::of(folder, Some(*part)).map_err(told));
    let locks = locks.collect::<Result<Vec<_>, _>>()?;
    let mut journal = Journal::open(folder, None).map_err(told)?;
    let known = Known::read(folder)?;
    let all = known.all();
    journal.write_manifest(&all, known.last_run.as_ref(), None).map_err(told)?;
    journal.close(true);
    drop(locks);
    let complaints = complaints(&known);
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
    complaints.iter().for_each(|complaint| text.push_str(&format!("\n  {complaint}")));
    let name = folder.display().to_string();
    reporter.done(&text, json!({"event": "merged", "folder": name, "totals": totals, "complaints": complaints}));
    match complaints.is_empty() && totals.done == totals.recordings {
        true => Ok(Outcome::Done),
        false => Ok(Outcome::Failed),
    }
}

/// Why some recordings may not be in the manifest.
fn complaints(known: &Known) -> Vec<String> {
    // Shards of another count may be left from an earlier run.
    let Some(count) = known.shards.iter().max_by_key(|(_, (written, _))| *written).map(|(part, _)| part.count) else {
        return Vec::new();
    };
    let mut complaints = Vec::new();
    let parts = (1..=count).map(|index| Part { index, count });
    let named = |parts: Vec<Part>| {
        let names: Vec<String> = parts.iter().map(|part| format!("{}/{count}", part.index)).collect();
        names.join(", ")
    };
    let (killed, ended): (Vec<Part>, Vec<Part>) = parts.partition(|part| known.journals.contains(&Some(*part)));
    let missing: Vec<Part> = ended.into_iter().filter(|part| !known.shards.contains_key(part)).collect();
    if !missing.is_empty() {
        complaints.push(format!("no manifest of shard {}", named(missing)));
    }
    if !killed.is_empty() {
        complaints.push(format!("not ended in order: shard {}; run it again", named(killed)));
    }
    let plans: BTreeSet<_> =
        known.shards.iter().filter(|(part, _)| part.count == count).map(|(_, (_, plan))| plan).collect();
    if plans.len() > 1 {
        complaints.push("the shards did not see the same recordings; run all of them again".into());
    }
    complaints
}
