//! The manifest: what became of each recording of a folder, in `transcribe-batch.json`; and, while a run works, a journal beside
//! it with a line for each recording. docs/batch.md describes both.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::BatchError;
use super::entry::{Entries, Entry, Status};
use super::shard::Shard;
use crate::Error;
use crate::app::store::{Readers, hidden_name, journal, write_whole};
use crate::files::{self, LockFile};

/// Version of the manifest's layout. Version 1 had words instead of codes in `check.listen_again[].why`, and no
/// `warnings[].code`.
const VERSION: u32 = 2;
/// The beginning of the names of all files of this room.
const STEM: &str = "transcribe-batch";
/// The end of a journal's name.
const JOURNAL: &str = "journal.jsonl";

/// The speed of the last run, for estimates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct LastRun {
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
    /// Digest of names and lengths of all recordings, which all shards must agree on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
    totals: Totals,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_run: Option<LastRun>,
    recordings: Vec<Entry>,
}

/// Sums over the recordings of a manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// All of them.
    pub recordings: usize,
    /// Those that are transcribed.
    pub done: usize,
    /// Those of which only the beginning is.
    pub partial: usize,
    /// Those that failed.
    pub failed: usize,
    /// Length of those that are done, in seconds.
    pub duration: f64,
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

fn file_name(shard: Option<Shard>, extension: &str) -> String {
    match shard {
        Some(shard) => format!("{STEM}.{}-of-{}.{extension}", shard.index, shard.count),
        None => format!("{STEM}.{extension}"),
    }
}

/// The shard that a manifest or journal of this name belongs to; `None` if it is neither.
fn shard_of(name: &str) -> Option<Option<Shard>> {
    let rest = name.strip_prefix(STEM)?.strip_prefix('.')?;
    let rest = rest.strip_suffix(JOURNAL).or_else(|| rest.strip_suffix("json"))?;
    let Some(rest) = rest.strip_suffix('.') else { return rest.is_empty().then_some(None) };
    let (index, count) = rest.split_once("-of-")?;
    Some(Some(Shard { index: index.parse().ok()?, count: count.parse().ok()? }))
}

/// Whether a file of this name is a manifest or journal.
pub(super) fn is_own(name: &str) -> bool {
    shard_of(name).is_some()
}

/// Everything that the manifests and journals of a folder say.
#[derive(Debug, Default)]
pub(super) struct KnownRecordings {
    /// The entries of each shard.
    pub(super) by_shard: BTreeMap<Option<Shard>, Entries>,
    /// The manifests of shards: when each was written, and the digest of its plan.
    pub(super) shards: BTreeMap<Shard, (Timestamp, Option<String>)>,
    /// Runs that left a journal: they work or were killed.
    pub(super) journals: BTreeSet<Option<Shard>>,
    pub(super) last_run: Option<LastRun>,
}

impl KnownRecordings {
    /// Reads all manifests in `folder`, and the journals of runs that were killed.
    ///
    /// # Errors
    /// [`BatchError::Folder`], [`BatchError::Manifest`].
    pub(super) fn read(folder: &Path) -> Result<KnownRecordings, BatchError> {
        let mut known = KnownRecordings::default();
        let mut files = Vec::new();
        let listed = match fs::read_dir(folder) {
            Ok(listed) => listed.collect::<io::Result<Vec<_>>>(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(e) => Err(e),
        };
        for file in listed.map_err(|source| BatchError::Folder { folder: folder.into(), source })? {
            let name = file.file_name().to_string_lossy().into_owned();
            if let Some(shard) = shard_of(&name) {
                // A journal is newer than the manifest beside it, so it is read after it.
                files.push((name.ends_with(JOURNAL), shard, file.path()));
            }
        }
        files.sort();
        for (is_journal, shard, path) in files {
            let entries = match is_journal {
                true => read_journal(&path),
                false => known.read_manifest(&path, shard),
            };
            let Some(entries) = entries? else { continue };
            if is_journal {
                known.journals.insert(shard);
            }
            let known = known.by_shard.entry(shard).or_default();
            known.extend(entries.into_iter().map(|entry| (entry.key(), entry)));
        }
        Ok(known)
    }

    /// The entries of a manifest; `None` if it is gone.
    fn read_manifest(&mut self, path: &Path, shard: Option<Shard>) -> Result<Option<Vec<Entry>>, BatchError> {
        let failed = |reason: String, is_newer| BatchError::Manifest { path: path.into(), reason, is_newer };
        let mut text = Vec::new();
        match files::open_regular(path).and_then(|mut file| file.read_to_end(&mut text)) {
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(failed(e.to_string(), false)),
        };
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|e| failed(e.to_string(), false))?;
        if manifest.manifest > VERSION {
            return Err(failed("it is of a newer version of this program".into(), true));
        }
        if let Some(shard) = shard {
            self.shards.insert(shard, (manifest.written, manifest.plan));
        }
        self.last_run = manifest.last_run.or(self.last_run.take());
        Ok(Some(manifest.recordings))
    }

    /// The latest entry of each recording.
    pub(super) fn latest(&self) -> Entries {
        let mut latest = Entries::new();
        for (key, entry) in self.by_shard.values().flatten() {
            match latest.get(key) {
                Some(other) if other.ended >= entry.ended => {}
                _ => {
                    latest.insert(key.clone(), entry.clone());
                }
            }
        }
        latest
    }
}

/// The entries of a journal; `None` if it is gone, since its run has just ended.
fn read_journal(path: &Path) -> Result<Option<Vec<Entry>>, BatchError> {
    let lines = match files::open_own(path).and_then(journal::read) {
        Ok(read) => read.lines,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => {
            return Err(BatchError::Manifest { path: path.into(), reason: e.to_string(), is_newer: false });
        }
    };
    let entry = |line| match line {
        Line::Entry(entry) => Some(*entry),
        Line::Holder(_) => None,
    };
    Ok(Some(lines.into_iter().filter_map(entry).collect()))
}

/// A line of a journal.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Entry(Box<Entry>),
    Holder(Holder),
}

/// The process that works with a folder. A line for each run.
#[derive(Serialize, Deserialize)]
struct Holder {
    process: u32,
    host: String,
    since: Timestamp,
}

/// The journal of a run, which keeps other runs out of the folder while it works.
pub(super) struct BatchJournal {
    folder: PathBuf,
    shard: Option<Shard>,
    journal: journal::Journal,
    _lock: FolderLock,
}

/// Keeps other runs out of a folder, or of a shard in it. Not the journal itself is locked, for on some systems nobody can read a
/// locked file.
pub(super) struct FolderLock {
    _file: LockFile,
}

impl FolderLock {
    /// # Errors
    /// [`Error::Busy`] if another run works there, [`Error::Write`].
    pub(super) fn acquire(folder: &Path, shard: Option<Shard>) -> Result<FolderLock, Error> {
        let path = folder.join(hidden_name(&file_name(shard, "json"), "lock"));
        match LockFile::acquire(path.clone()) {
            Ok(Some(file)) => Ok(FolderLock { _file: file }),
            Ok(None) => {
                let journal = files::open_own(&folder.join(file_name(shard, JOURNAL)));
                let text = journal.and_then(io::read_to_string).unwrap_or_default();
                let mut holders = text.lines().rev().filter_map(|line| serde_json::from_str::<Holder>(line).ok());
                let since = |h: &Holder| h.since.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string();
                let name = |h: Holder| format!("process {} on {}, since {}", h.process, h.host, since(&h));
                Err(Error::Busy { path: folder.into(), holder: holders.next().map(name) })
            }
            Err(source) => Err(Error::Write { path, source }),
        }
    }
}

impl BatchJournal {
    /// Locks `folder` for this run, or for this shard.
    ///
    /// # Errors
    /// [`Error::Busy`] if another run works there, [`Error::Write`].
    pub(super) fn open(folder: &Path, shard: Option<Shard>) -> Result<BatchJournal, Error> {
        let path = folder.join(file_name(shard, JOURNAL));
        let fail = |source| Error::Write { path: path.clone(), source };
        fs::create_dir_all(folder).map_err(|source| Error::Write { path: folder.into(), source })?;
        let lock = FolderLock::acquire(folder, shard)?;
        let mut journal = journal::Journal::open::<Line>(&path).map_err(fail)?;
        let host = sysinfo::System::host_name().unwrap_or_default();
        let holder = Holder { process: std::process::id(), host, since: Timestamp::now() };
        journal.append(&Line::Holder(holder)).map_err(fail)?;
        Ok(BatchJournal { folder: folder.into(), shard, journal, _lock: lock })
    }

    /// Records what became of a recording.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub(super) fn record(&mut self, entry: &Entry) -> Result<(), Error> {
        let fail = |source| Error::Write { path: self.folder.join(file_name(self.shard, JOURNAL)), source };
        self.journal.append(entry).map_err(fail)
    }

    /// Writes the manifest, which replaces the journal so far. `plan` as in the manifest.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub(super) fn write_manifest(
        &mut self,
        entries: &Entries,
        last_run: Option<&LastRun>,
        plan: Option<&str>,
    ) -> Result<(), Error> {
        let manifest = Manifest {
            manifest: VERSION,
            program: format!("transcribe {}", env!("CARGO_PKG_VERSION")),
            shard: self.shard.map(|shard| format!("{}/{}", shard.index, shard.count)),
            written: Timestamp::now(),
            plan: plan.map(str::to_owned),
            totals: Totals::of(entries.values()),
            last_run: last_run.cloned(),
            recordings: entries.values().cloned().collect(),
        };
        let path = self.folder.join(file_name(self.shard, "json"));
        let mut text =
            serde_json::to_vec_pretty(&manifest).map_err(|e| Error::Write { path: path.clone(), source: e.into() })?;
        text.push(b'\n');
        write_whole(&text, &path, true, Readers::AsUsual)
    }

    /// Ends the run. The journal stays unless the manifest is `written`.
    pub(super) fn close(self, written: bool) {
        if written {
            let _ = fs::remove_file(self.folder.join(file_name(self.shard, JOURNAL)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_files_are_known_by_their_names() {
        let two = Some(Shard { index: 2, count: 4 });
        for (name, shard) in [
            ("transcribe-batch.json", Some(None)),
            ("transcribe-batch.journal.jsonl", Some(None)),
            ("transcribe-batch.2-of-4.json", Some(two)),
            ("transcribe-batch.2-of-4.journal.jsonl", Some(two)),
            ("transcribe-batch.x.json", None),
            ("transcribe-batch-notes.json", None),
            ("talk.json", None),
        ] {
            assert_eq!(shard_of(name), shard, "{name}");
        }
        assert_eq!(file_name(two, JOURNAL), "transcribe-batch.2-of-4.journal.jsonl");
    }

    #[test]
    fn a_lock_tells_who_holds_it_and_ends_with_its_holder() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = BatchJournal::open(folder.path(), None).expect("free");
        let error = BatchJournal::open(folder.path(), None).err().expect("locked").to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        // As when its process is killed: the file stays, the lock does not.
        drop(first);
        BatchJournal::open(folder.path(), None).expect("free again").close(true);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}
