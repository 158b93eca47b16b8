//! What to do with each recording, and why. Pure: the same facts give the same plan.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::entry::{Entry, Status};
use super::manifest;
use crate::app::Settings;
use crate::app::jobs::recording::FileStamp;
use crate::app::jobs::{self, Clash, FileUse, Job};
use crate::app::store::file_name;
use crate::names::composed;
use crate::{Error, ModelId};

/// Checks that take time, and are made only where they decide.
pub(super) trait PathCheck {
    /// Whether an earlier run may not have written all files.
    fn is_unfinished(&self) -> bool;
    /// Whether the recording still has the content that the entry names.
    fn is_same(&self) -> bool;
    /// As [`Job::conflict`].
    fn conflict(&self) -> Result<(), Error>;
}

/// A recording, and what is known of it.
pub(super) struct Candidate<'a> {
    pub(super) job: &'a Job,
    pub(super) settings: &'a Settings,
    /// Its files as the manifest has them.
    pub(super) parts: &'a [String],
    /// `None`: it can't be read.
    pub(super) stamp: Option<FileStamp>,
    /// What became of it in an earlier run.
    pub(super) entry: Option<&'a Entry>,
    /// Whether all files of the job exist.
    pub(super) has_files: bool,
    /// Whether a checkpoint exists.
    pub(super) has_checkpoint: bool,
    pub(super) checks: &'a dyn PathCheck,
}

/// What all recordings are to be transcribed with.
pub(super) struct Wanted {
    pub(super) model: ModelId,
    pub(super) word_timestamps: bool,
    pub(super) overwrite: bool,
    /// Only recordings that failed or were interrupted.
    pub(super) retry_failed: bool,
}

/// What to do with a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Transcribe it.
    Transcribe,
    /// Nothing, for it is done.
    Done,
    /// Nothing, for this reason.
    Skip(String),
    /// Fail, for this reason.
    Refuse(String),
}

/// One decision for each candidate.
pub(super) fn decide(candidates: &[Candidate<'_>], wanted: &Wanted) -> Vec<Decision> {
    let jobs: Vec<&Job> = candidates.iter().map(|candidate| candidate.job).collect();
    let mut clashes = BTreeMap::new();
    for clash in jobs::clashes(&jobs) {
        let (first, second) = clash.jobs;
        if clash.of_first == FileUse::Output {
            clashes.insert(first, reason(&clash, &jobs[second].name));
        }
        clashes.insert(second, reason(&clash, &jobs[first].name));
    }
    let decide = |(number, candidate)| match (one(candidate, wanted), clashes.remove(&number)) {
        // Its files exist already.
        (Decision::Done, _) => Decision::Done,
        (_, Some(why)) => Decision::Refuse(why),
        (decision, None) => decision,
    };
    candidates.iter().enumerate().map(decide).collect()
}

/// Why a job is refused that is in the way of `other`.
fn reason(clash: &Clash, other: &str) -> String {
    let file = clash.file.display();
    match clash.of_first {
        FileUse::Recording => format!("its transcript `{file}` would be written over the recording `{other}`"),
        FileUse::Input => {
            let why = "is read for this batch; `-o FOLDER` writes elsewhere";
            format!("its transcript would be written over `{file}`, which {why}")
        }
        FileUse::Output => format!("`{file}` would be written for `{other}`, too"),
    }
}

fn one(candidate: &Candidate<'_>, wanted: &Wanted) -> Decision {
    if candidate.job.files.iter().any(|(_, file)| manifest::is_own(&file_name(file))) {
        return Decision::Refuse("its transcript would have the name of the manifest; rename it".into());
    }
    let unfinished = candidate.entry.map_or(candidate.has_checkpoint, |entry| entry.status != Status::Done);
    if wanted.retry_failed && !unfinished {
        return Decision::Skip("it did not fail".into());
    }
    if wanted.overwrite {
        return Decision::Transcribe;
    }
    if candidate.entry.is_some_and(|entry| is_done(candidate, entry, wanted)) {
        return Decision::Done;
    }
    match candidate.checks.conflict() {
        Ok(()) => Decision::Transcribe,
        Err(Error::Exists { path }) => {
            Decision::Skip(format!("`{}` is there already, and not from this batch as it is", path.display()))
        }
        Err(error) => Decision::Refuse(error.to_string()),
    }
}

/// Whether everything is as it was when the recording was done.
fn is_done(candidate: &Candidate<'_>, entry: &Entry, wanted: &Wanted) -> bool {
    let same_work = entry.status == Status::Done
        && entry.model.as_ref() == Some(&wanted.model)
        && entry.settings.as_ref() == Some(&candidate.settings.transcribe)
        && entry.speakers == candidate.settings.known.digest()
        && entry.parts.iter().map(|part| composed(part)).eq(candidate.parts.iter().map(|part| composed(part)))
        && entry.word_timestamps == wanted.word_timestamps;
    let has = |path: &Path| entry.files.iter().any(|file| file.is_called(&file_name(path)));
    let same_size = candidate.stamp.is_some_and(|stamp| stamp.size == entry.size);
    let same_time = || candidate.stamp.and_then(|stamp| Timestamp::try_from(stamp.modified).ok()) == entry.modified;
    same_work
        && candidate.has_files
        && candidate.job.files.iter().all(|(_, file)| has(file))
        && same_size
        && !(candidate.has_checkpoint && candidate.checks.is_unfinished())
        && (same_time() || candidate.checks.is_same())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;
    use crate::{Span, TranscribeOptions};
    use std::path::PathBuf;
    use std::time::{Duration, SystemTime};

    const SIZE: u64 = 1_000;

    fn modified(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn wanted() -> Wanted {
        Wanted {
            model: ModelId { file: "ggml-base.bin".into(), sha256: "m".into() },
            word_timestamps: true,
            overwrite: false,
            retry_failed: false,
        }
    }

    /// A recording that was done at second 7, and what differs from it.
    struct Case {
        settings: Settings,
        parts: Vec<String>,
        stamp: FileStamp,
        entry: Option<Entry>,
        has_files: bool,
        checkpoint: Option<bool>,
        same: bool,
        conflict: Option<PathBuf>,
    }

    impl PathCheck for Case {
        fn is_unfinished(&self) -> bool {
            self.checkpoint.unwrap_or_default()
        }

        fn is_same(&self) -> bool {
            self.same
        }

        fn conflict(&self) -> Result<(), Error> {
            self.conflict.clone().map_or(Ok(()), |path| Err(Error::Exists { path }))
        }
    }

    fn done() -> Case {
        let sha256 = "0".repeat(64);
        let entry = serde_json::json!({
            "recording": "a.wav", "status": "done", "size": SIZE, "modified": "1970-01-01T00:00:07Z", "model": wanted().model,
            "settings": TranscribeOptions::default(), "word_timestamps": true, "started": "2026-11-22T08:00:00Z",
            "ended": "2026-11-22T08:00:09Z", "elapsed": 9.0, "files": [{"name": "a.json", "sha256": sha256}],
        });
        Case {
            settings: Settings::default(),
            parts: Vec::new(),
            stamp: FileStamp { size: SIZE, modified: modified(7) },
            entry: Some(serde_json::from_value(entry).expect("an entry")),
            has_files: true,
            checkpoint: None,
            same: false,
            conflict: None,
        }
    }

    fn job(recording: &str) -> Job {
        Job::new(vec![recording.into()], &[Format::Json], Some(Path::new("out")))
    }

    fn decision(case: &Case, wanted: &Wanted) -> Decision {
        let candidate = Candidate {
            job: &job("a.wav"),
            settings: &case.settings,
            parts: &case.parts,
            stamp: Some(case.stamp),
            entry: case.entry.as_ref(),
            has_files: case.has_files,
            has_checkpoint: case.checkpoint.is_some(),
            checks: case,
        };
        decide(&[candidate], wanted).remove(0)
    }

    #[test]
    fn what_is_done_is_skipped_only_if_nothing_differs() {
        let later = FileStamp { size: SIZE, modified: modified(8) };
        for same in [done(), Case { stamp: later, same: true, ..done() }, Case { checkpoint: Some(false), ..done() }] {
            assert_eq!(decision(&same, &wanted()), Decision::Done);
        }
        let (mut translated, mut named) = (Settings::default(), Settings::default());
        translated.transcribe.translate = true;
        named.known.times = vec![(Span::new(0, 5), "Anna".into())];
        let other_files = |entry: Entry| Entry { files: Vec::new(), ..entry };
        for changed in [
            Case { stamp: later, ..done() },
            Case { stamp: FileStamp { size: SIZE + 1, modified: modified(7) }, same: true, ..done() },
            Case { has_files: false, ..done() },
            Case { entry: None, ..done() },
            Case { checkpoint: Some(true), ..done() },
            Case { parts: vec!["1-anna.flac".into()], ..done() },
            Case { settings: translated, ..done() },
            Case { settings: named, ..done() },
            Case { entry: done().entry.map(other_files), ..done() },
        ] {
            assert_eq!(decision(&changed, &wanted()), Decision::Transcribe);
        }
        let model = ModelId { file: "ggml-base.bin".into(), sha256: "other".into() };
        for other in [
            Wanted { model, ..wanted() },
            Wanted { word_timestamps: false, ..wanted() },
            Wanted { overwrite: true, ..wanted() },
        ] {
            assert_eq!(decision(&done(), &other), Decision::Transcribe);
        }
    }

    #[test]
    fn what_failed_is_tried_again() {
        let retry = Wanted { retry_failed: true, ..wanted() };
        for status in [Status::Failed, Status::Partial] {
            let failed = Case { entry: done().entry.map(|entry| Entry { status, ..entry }), ..done() };
            assert_eq!(decision(&failed, &wanted()), Decision::Transcribe);
            assert_eq!(decision(&failed, &retry), Decision::Transcribe);
        }
        // Killed before anybody could write down what became of it.
        assert_eq!(decision(&Case { entry: None, checkpoint: Some(false), ..done() }, &retry), Decision::Transcribe);
        assert!(matches!(decision(&done(), &retry), Decision::Skip(_)));
        assert!(matches!(decision(&Case { entry: None, ..done() }, &retry), Decision::Skip(_)));
    }

    #[test]
    fn other_peoples_files_stay() {
        for entry in [None, done().entry] {
            let later = FileStamp { size: SIZE, modified: modified(8) };
            let conflict = Case { entry, stamp: later, conflict: Some("out/a.json".into()), ..done() };
            assert!(matches!(decision(&conflict, &wanted()), Decision::Skip(why) if why.contains("out/a.json")));
            assert_eq!(decision(&conflict, &Wanted { overwrite: true, ..wanted() }), Decision::Transcribe);
        }
    }

    #[test]
    fn a_transcript_is_no_manifest() {
        let refused = |recording: &str, format: Format| {
            let job = Job::new(vec![recording.into()], &[format], Some(Path::new("out")));
            let (parts, entry) = (&[], None);
            let nothing = Case { entry: None, ..done() };
            let candidate = Candidate {
                job: &job,
                settings: &nothing.settings,
                parts,
                stamp: None,
                entry,
                has_files: false,
                has_checkpoint: false,
                checks: &nothing,
            };
            decide(&[candidate], &Wanted { overwrite: true, ..wanted() }) != [Decision::Transcribe]
        };
        for name in ["transcribe-batch.wav", "transcribe-batch.2-of-3.wav"] {
            assert!(refused(name, Format::Json) && !refused(name, Format::Srt), "{name}");
        }
        assert!(!refused("transcribe-batches.wav", Format::Json));
    }

    #[test]
    fn two_recordings_for_one_file_are_both_refused() {
        let jobs = [job("a.wav"), job("a.mp3"), job("b.mp3")];
        let nothing = Case { entry: None, ..done() };
        let candidate = |job| Candidate {
            job,
            settings: &nothing.settings,
            parts: &[],
            stamp: None,
            entry: None,
            has_files: false,
            has_checkpoint: false,
            checks: &nothing,
        };
        let decisions = decide(&jobs.iter().map(candidate).collect::<Vec<_>>(), &wanted());
        assert!(
            matches!(decisions[..], [Decision::Refuse(_), Decision::Refuse(_), Decision::Transcribe]),
            "{decisions:?}"
        );
    }
}
