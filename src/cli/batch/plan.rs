//! What to do with each recording, and why. Pure: the same facts give the same plan.

use std::path::PathBuf;

use jiff::Timestamp;
use transcribe::{ModelId, Settings};

use super::manifest::{Entry, Status};
use crate::cli::jobs::{self, Job};
use crate::cli::work::Stamp;

/// What there is of a recording.
pub(super) struct Candidate {
    pub(super) job: Job,
    /// `None`: it can't be looked at.
    pub(super) stamp: Option<Stamp>,
    /// Are all files of the job there?
    pub(super) has_files: bool,
    /// A file of that name is there that is not ours.
    pub(super) conflict: Option<PathBuf>,
    /// What an earlier run did.
    pub(super) entry: Option<Entry>,
}

/// What is wanted of all.
pub(super) struct Wanted {
    pub(super) model: ModelId,
    pub(super) settings: Settings,
    pub(super) word_timestamps: bool,
    pub(super) overwrite: bool,
    /// Only what failed or was interrupted.
    pub(super) retry_failed: bool,
}

/// What to do with a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Transcribe,
    /// Its time has changed and nothing else is known to have: is its content the same? Then it is done.
    Compare,
    Skip(String),
    Refuse(String),
}

/// One decision for each candidate.
pub(super) fn decide(candidates: &[Candidate], wanted: &Wanted) -> Vec<Decision> {
    let mut decisions: Vec<Decision> = candidates.iter().map(|candidate| one(candidate, wanted)).collect();
    let all: Vec<Job> = candidates.iter().map(|candidate| candidate.job.clone()).collect();
    for (first, second, file) in jobs::clashes(&all) {
        for (this, other) in [(first, second), (second, first)] {
            decisions[this] = Decision::Refuse(format!(
                "`{}` would be written for `{}`, too",
                file.display(),
                candidates[other].job.name
            ));
        }
    }
    decisions
}

fn one(candidate: &Candidate, wanted: &Wanted) -> Decision {
    let entry = candidate.entry.as_ref();
    let unfinished = entry.is_some_and(|entry| entry.status != Status::Done);
    if wanted.retry_failed && !unfinished {
        return Decision::Skip("it did not fail".into());
    }
    if wanted.overwrite {
        return Decision::Transcribe;
    }
    if let Some(entry) = entry.filter(|entry| entry.status == Status::Done && candidate.has_files) {
        let same_work = entry.model.as_ref() == Some(&wanted.model)
            && entry.settings.as_ref() == Some(&wanted.settings)
            && entry.word_timestamps == wanted.word_timestamps;
        match candidate.stamp {
            Some(stamp) if same_work && stamp.size == entry.size => {
                return match entry.modified == Timestamp::try_from(stamp.modified).ok() {
                    true => Decision::Skip("done".into()),
                    false => Decision::Compare,
                };
            }
            _ => {}
        }
    }
    match &candidate.conflict {
        Some(file) => {
            Decision::Skip(format!("`{}` is there already, and not from this batch as it is", file.display()))
        }
        None => Decision::Transcribe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::time::{Duration, SystemTime};
    use transcribe::format::Format;

    const SIZE: u64 = 1_000;

    fn modified(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn wanted() -> Wanted {
        Wanted {
            model: ModelId { file: "ggml-base.bin".into(), sha256: "m".into() },
            settings: Settings::default(),
            word_timestamps: true,
            overwrite: false,
            retry_failed: false,
        }
    }

    /// One that was done at second 7.
    fn done() -> Candidate {
        let entry = serde_json::json!({
            "recording": "a.wav", "status": "done", "size": SIZE, "modified": "1970-01-01T00:00:07Z", "model": wanted().model,
            "settings": wanted().settings, "word_timestamps": true, "started": "2026-11-22T08:00:00Z",
            "ended": "2026-11-22T08:00:09Z", "elapsed": 9.0,
        });
        Candidate {
            job: Job::new(vec!["a.wav".into()], &[Format::Json], Some(Path::new("out"))),
            stamp: Some(Stamp { size: SIZE, modified: modified(7) }),
            has_files: true,
            conflict: None,
            entry: Some(serde_json::from_value(entry).expect("an entry")),
        }
    }

    #[test]
    fn what_is_done_is_skipped_only_if_nothing_differs() {
        let skip = Decision::Skip("done".into());
        assert_eq!(one(&done(), &wanted()), skip);
        let stamp = |size, seconds| Some(Stamp { size, modified: modified(seconds) });
        assert_eq!(one(&Candidate { stamp: stamp(SIZE, 8), ..done() }, &wanted()), Decision::Compare);
        for changed in [
            Candidate { stamp: stamp(SIZE + 1, 7), ..done() },
            Candidate { has_files: false, ..done() },
            Candidate { entry: None, ..done() },
        ] {
            assert_eq!(one(&changed, &wanted()), Decision::Transcribe);
        }
        let model = ModelId { file: "ggml-base.bin".into(), sha256: "other".into() };
        for other in [
            Wanted { model, ..wanted() },
            Wanted { settings: Settings { translate: true, ..Settings::default() }, ..wanted() },
            Wanted { word_timestamps: false, ..wanted() },
            Wanted { overwrite: true, ..wanted() },
        ] {
            assert_eq!(one(&done(), &other), Decision::Transcribe);
        }
    }

    #[test]
    fn what_failed_is_tried_again() {
        let failed = |status| Candidate { entry: done().entry.map(|entry| Entry { status, ..entry }), ..done() };
        for status in [Status::Failed, Status::Partial] {
            assert_eq!(one(&failed(status), &wanted()), Decision::Transcribe);
            assert_eq!(one(&failed(status), &Wanted { retry_failed: true, ..wanted() }), Decision::Transcribe);
        }
        assert!(matches!(one(&done(), &Wanted { retry_failed: true, ..wanted() }), Decision::Skip(_)));
    }

    #[test]
    fn other_peoples_files_stay() {
        let conflict = Candidate { entry: None, conflict: Some("out/a.json".into()), ..done() };
        assert!(matches!(one(&conflict, &wanted()), Decision::Skip(why) if why.contains("out/a.json")));
        assert_eq!(one(&conflict, &Wanted { overwrite: true, ..wanted() }), Decision::Transcribe);
    }

    #[test]
    fn two_recordings_for_one_file_are_both_refused() {
        let other =
            Candidate { job: Job::new(vec!["a.mp3".into()], &[Format::Json], Some(Path::new("out"))), ..done() };
        let decisions = decide(&[done(), other], &wanted());
        assert!(decisions.iter().all(|d| matches!(d, Decision::Refuse(_))), "{decisions:?}");
    }
}
