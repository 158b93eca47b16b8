//! What became of each recording of a folder: `transcribe-batch.json`, and while a run is at work, a journal beside it with a
//! line for each recording. docs/batch.md describes both.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use transcribe::{Error, ModelId, Settings};

use super::shard::Part;
use crate::cli::lock;
use crate::cli::output::{self, Written};

/// Of the manifest's layout. Version 1 had words instead of codes in `check.listen_again[].why`, and no `warnings[].code`.
const VERSION: u32 = 2;
/// How the names of all our files begin.
const STEM: &str = "transcribe-batch";
const JOURNAL: &str = "journal.jsonl";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Done,
    /// Its beginning is transcribed.
    Partial,
    Failed,
}

/// One recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Path from `folder`, with `/`.
    pub(super) recording: String,
    /// Where it was found, if that is not the folder of the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) folder: Option<String>,
    /// Paths of all parts, if there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) parts: Vec<String>,
    pub(super) status: Status,
    /// In bytes, of all parts.
    #[serde(default)]
    pub(super) size: u64,
    #[serde(default)]
    pub(super) modified: Option<Timestamp>,
    #[serde(default)]
    pub(super) sha256: Option<String>,
    #[serde(default)]
    pub(super) model: Option<ModelId>,
    #[serde(default)]
    pub(super) settings: Option<Settings>,
    /// Were times of words asked for in JSON?
    #[serde(default)]
    pub(super) word_timestamps: bool,
    /// Where `files` lie, from the folder of the manifest, with `/`; empty: there.
    #[serde(default)]
    pub(super) output: String,
    #[serde(default)]
    pub(super) files: Vec<Written>,
    /// Files that earlier runs wrote there, with other settings or formats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) earlier: Vec<Written>,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
    /// Of the recording, in seconds.
    #[serde(default)]
    pub(super) duration: Option<f64>,
    /// Work on it, in seconds; others may have been worked on at the same time.
    pub(super) elapsed: f64,
    #[serde(default)]
    pub(super) language: Option<String>,
    #[serde(default)]
    pub(super) words: Option<usize>,
    /// As in the event `done`: coverage, gaps, places to listen to again.
    #[serde(default, deserialize_with = "super::entry::check")]
    pub(super) check: Option<Value>,
    #[serde(default)]
    pub(super) warnings: Vec<Note>,
    #[serde(default)]
    pub(super) error: Option<Failure>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Note {
    /// In seconds.
    pub(super) time: Option<f64>,
    /// That of the transcript's JSON; `other` in manifests of earlier versions.
    #[serde(default = "super::entry::other")]
    pub(super) code: String,
    pub(super) message: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Failure {
    pub(super) message: String,
    #[serde(default)]
    pub(super) hint: Option<String>,
}

/// By what a recording is found again.
pub(super) type Key = (Option<String>, String);
pub(super) type Entries = BTreeMap<Key, Entry>;

impl Entry {
    pub(super) fn key(&self) -> Key {
        (self.folder.clone(), self.recording.clone())
    }
}

/// The speed of the last run, for estimates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Run {
    pub(super) model: String,
    /// Sound, in seconds.
    pub(super) duration: f64,
    /// In seconds.
    pub(super) elapsed: f64,
}

#[derive(Serialize, Deserialize)]
struct Manifest {
    manifest: u32,
    program: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shard: Option<String>,
    written: Timestamp,
    /// Of the plan that the shards share: of names and lengths of all recordings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
    totals: Totals,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_run: Option<Run>,
    recordings: Vec<Entry>,
}

/// Sums over the recordings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Totals {
    pub(super) recordings: usize,
    pub(super) done: usize,
    pub(super) partial: usize,
    pub(super) failed: usize,
    /// Of all recordings that are done, in seconds.
    pub(super) duration: f64,
}

impl Totals {
    pub(super) fn of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Totals {
        let mut totals = Totals::default();
        for entry in entries {
            totals.recordings += 1;
            match entry.status {
                Status::Done => {
                    totals.done += 1;
                    totals.duration += entry.duration.unwrap_or_default();
                }
                Status::Partial => totals.partial += 1,
                Status::Failed => totals.failed += 1,
            }
        }
        totals
    }
}

fn name(part: Option<Part>, extension: &str) -> String {
    match part {
        Some(part) => format!("{STEM}.{}-of-{}.{extension}", part.index, part.count),
        None => format!("{STEM}.{extension}"),
    }
}

/// Which shard a file of ours is of; `None`: it is none of ours.
fn part_of(name: &str) -> Option<Option<Part>> {
    let rest = name.strip_prefix(STEM)?.strip_prefix('.')?;
    let rest = rest.strip_suffix(JOURNAL).or_else(|| rest.strip_suffix("json"))?;
    let Some(rest) = rest.strip_suffix('.') else { return rest.is_empty().then_some(None) };
    let (index, count) = rest.split_once("-of-")?;
    Some(Some(Part { index: index.parse().ok()?, count: count.parse().ok()? }))
}

/// All that is known in a folder.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// What the manifest of each shard says, and the journal beside it.
    pub(super) by_part: BTreeMap<Option<Part>, Entries>,
    /// The manifests of shards: when each was written, and of which plan.
    pub(super) shards: BTreeMap<Part, (Timestamp, Option<String>)>,
    /// A run that has a journal is at work, or was killed.
    pub(super) journals: BTreeSet<Option<Part>>,
    pub(super) last_run: Option<Run>,
}

impl Known {
    /// Reads all manifests in `folder`, and the journals of runs that were killed.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub(super) fn read(folder: &Path) -> Result<Known, String> {
        let mut known = Known::default();
        let mut files = Vec::new();
        let listed = match fs::read_dir(folder) {
            Ok(listed) => listed.collect::<io::Result<Vec<_>>>(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(e) => Err(e),
        };
        for file in listed.map_err(|e| format!("cannot read the folder `{}`: {e}", folder.display()))? {
            let name = file.file_name().to_string_lossy().into_owned();
            if let Some(part) = part_of(&name) {
                // What a journal says is younger than the manifest beside it.
                files.push((name.ends_with(JOURNAL), part, file.path()));
            }
        }
        files.sort();
        for (journal, part, path) in files {
            let failed = |e: &dyn std::fmt::Display| format!("cannot read the manifest `{}`: {e}", path.display());
            let text = match fs::read(&path) {
                Ok(text) => text,
                // A run has just ended.
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => return Err(failed(&e)),
            };
            let entries = known.by_part.entry(part).or_default();
            if journal {
                known.journals.insert(part);
                // The last line may not be whole.
                let lines = text.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice::<Entry>(line).ok());
                entries.extend(lines.map(|entry| (entry.key(), entry)));
                continue;
            }
            let hint =
                "\nhint: put it right, or away: the recordings are then looked at anew, and no transcript is replaced";
            let manifest: Manifest = serde_json::from_slice(&text).map_err(|e| failed(&e) + hint)?;
            if manifest.manifest > VERSION {
                return Err(failed(&"it is of a newer version of this program"));
            }
            if let Some(part) = part {
                known.shards.insert(part, (manifest.written, manifest.plan));
            }
            known.last_run = manifest.last_run.or(known.last_run);
            entries.extend(manifest.recordings.into_iter().map(|entry| (entry.key(), entry)));
        }
        Ok(known)
    }

    /// The latest of each recording.
    pub(super) fn all(&self) -> Entries {
        let mut all = Entries::new();
        for (key, entry) in self.by_part.values().flatten() {
            match all.get(key) {
                Some(other) if other.ended >= entry.ended => {}
                _ => {
                    all.insert(key.clone(), entry.clone());
                }
            }
        }
        all
    }
}

/// The journal of a run, which keeps others away as long as it works.
pub(super) struct Journal {
    folder: PathBuf,
    part: Option<Part>,
    file: File,
    /// Where the last whole line ends.
    end: u64,
    _lock: Lock,
}

/// The first line of a journal.
#[derive(Serialize, Deserialize)]
struct Holder {
    process: u32,
    host: String,
    since: Timestamp,
}

/// Keeps others away from a folder, or from a shard in it. Not the journal itself, for on some systems nobody can read what is
/// locked.
pub(super) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// # Errors
    /// [`Error::Busy`] if another run works there, [`Error::Write`].
    pub(super) fn of(folder: &Path, part: Option<Part>) -> Result<Lock, Error> {
        let path = folder.join(output::hidden(&name(part, "json"), "lock"));
        match lock::open(&path) {
            Ok(Some(file)) => Ok(Lock { path, _file: file }),
            Ok(None) => {
                let text = fs::read_to_string(folder.join(name(part, JOURNAL))).unwrap_or_default();
                let mut holders = text.lines().rev().filter_map(|line| serde_json::from_str::<Holder>(line).ok());
                let name = |h: Holder| format!("process {} on {}, since {:.0}", h.process, h.host, h.since);
                Err(Error::Busy { path: folder.into(), holder: holders.next().map(name) })
            }
            Err(source) => Err(Error::Write { path, source }),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Journal {
    /// Locks `folder` for this run, or for this shard.
    ///
    /// # Errors
    /// [`Error::Busy`] if another run works there, [`Error::Write`].
    pub(super) fn open(folder: &Path, part: Option<Part>) -> Result<Journal, Error> {
        let path = folder.join(name(part, JOURNAL));
        let fail = |source| Error::Write { path: path.clone(), source };
        fs::create_dir_all(folder).map_err(|source| Error::Write { path: folder.into(), source })?;
        let lock = Lock::of(folder, part)?;
        let file = File::options().append(true).create(true).open(&path).map_err(fail)?;
        let end = file.metadata().map_err(fail)?.len();
        let mut journal = Journal { folder: folder.into(), part, file, end, _lock: lock };
        let host = sysinfo::System::host_name().unwrap_or_default();
        let holder = Holder { process: std::process::id(), host, since: Timestamp::now() };
        // A line that a killed run left unfinished must not spoil this one.
        journal.file.write_all(b"\n").and_then(|()| journal.add(&holder)).map_err(fail)?;
        Ok(journal)
    }

    /// Adds a whole line, safe on the disk, or nothing.
    fn add(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let added = self.file.write_all(&text).and_then(|()| self.file.sync_data());
        match added {
            Ok(()) => self.end = self.file.metadata()?.len(),
            Err(_) => self.file.set_len(self.end)?,
        }
        added
    }

    /// Remembers what became of a recording.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub(super) fn record(&mut self, entry: &Entry) -> Result<(), Error> {
        self.add(entry).map_err(|source| Error::Write { path: self.folder.join(name(self.part, JOURNAL)), source })
    }

    /// Writes the manifest, which then stands for the journal so far. `plan` as in the manifest.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub(super) fn write_manifest(
        &mut self,
        entries: &Entries,
        last_run: Option<&Run>,
        plan: Option<&str>,
    ) -> Result<(), Error> {
        let manifest = Manifest {
            manifest: VERSION,
            program: format!("transcribe {}", env!("CARGO_PKG_VERSION")),
            shard: self.part.map(|part| format!("{}/{}", part.index, part.count)),
            written: Timestamp::now(),
            plan: plan.map(str::to_owned),
            totals: Totals::of(entries.values()),
            last_run: last_run.cloned(),
            recordings: entries.values().cloned().collect(),
        };
        let path = self.folder.join(name(self.part, "json"));
        let mut text =
            serde_json::to_vec_pretty(&manifest).map_err(|e| Error::Write { path: path.clone(), source: e.into() })?;
        text.push(b'\n');
        output::write(&text, &path, true)
    }

    /// Ends the run, whose manifest is `written`; without one the journal stays.
    pub(super) fn close(self, written: bool) {
        if written {
            let _ = fs::remove_file(self.folder.join(name(self.part, JOURNAL)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_files_are_known_by_their_names() {
        let two = Some(Part { index: 2, count: 4 });
        for (name, part) in [
            ("transcribe-batch.json", Some(None)),
            ("transcribe-batch.journal.jsonl", Some(None)),
            ("transcribe-batch.2-of-4.json", Some(two)),
            ("transcribe-batch.2-of-4.journal.jsonl", Some(two)),
            ("transcribe-batch.x.json", None),
            ("transcribe-batch-notes.json", None),
            ("talk.json", None),
        ] {
            assert_eq!(part_of(name), part, "{name}");
        }
        assert_eq!(name(two, JOURNAL), "transcribe-batch.2-of-4.journal.jsonl");
    }

    #[test]
    fn a_lock_tells_who_holds_it_and_ends_with_its_holder() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Journal::open(folder.path(), None).expect("free");
        let error = Journal::open(folder.path(), None).err().expect("locked").to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        // As when its process is killed: the file stays, the lock does not.
        drop(first);
        Journal::open(folder.path(), None).expect("free again").close(true);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}
