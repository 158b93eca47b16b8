//! The work on one job: its process is started, followed, and what it leaves is taken into the library.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

use super::child::{ChildEvent, JobFiles, Process};
use super::queue::{BUSY_WAIT, FOLDER, Progress, Queue};
use super::{Failure, Job, JobKey, JobState};

impl Queue {
    /// Works on one job, until its process has ended.
    pub(super) fn work(&self, job: &Job, threads: usize) {
        self.tell(job.key, false);
        let (files, before) = (self.files(job), self.library.before(job));
        let end =
            files.as_ref().map_err(|error| self.failure(error)).and_then(|files| self.follow(job, files, threads));
        if let Ok(JobFiles { glossary: Some(path), .. }) = files {
            let _ = fs::remove_file(path);
        }
        // What was transcribed counts, also if the end was not reached. Without a transcript there is nothing to take in.
        let _ = self.library.adopt(job.recording.key);
        let is_overwritten = || before.and_then(|before| self.library.is_overwritten(job, &before)).unwrap_or_default();
        let again = end.is_ok() && is_overwritten();
        let mut state = self.state();
        let requested = state.running.remove(&job.key).and_then(|running| running.requested);
        let (outcome, failure) = match end {
            // Nobody asked for it, but its text is gone.
            Ok(()) if again => (JobState::Waiting, None),
            Ok(()) => (JobState::Done, None),
            Err(failure) => match (requested, failure.code.as_str()) {
                (Some(requested), _) => (requested, None),
                (None, "busy" | "interrupted") => {
                    state.later.insert(job.key, Instant::now() + BUSY_WAIT);
                    (JobState::Waiting, None)
                }
                (None, _) => (JobState::Failed, Some(failure)),
            },
        };
        // If the database fails, the job is found running when it is opened again.
        let _ = self.library.set_state(job.key, outcome, failure.as_ref());
        drop(state);
        self.changed(job.key);
    }

    /// Starts the process of a job and follows what it says.
    fn follow(&self, job: &Job, files: &JobFiles, threads: usize) -> Result<(), Failure> {
        let unusable = |error: crate::Error| Failure { code: error.code().into(), message: error.to_string() };
        job.recording.check_meeting().map_err(unusable)?;
        let started = Process::start(&self.runner, job, files, threads);
        let (process, mut stop) = started.map_err(|error| self.failure(&error))?;
        if let Some(running) = self.state().running.get_mut(&job.key) {
            if running.requested.is_some() {
                stop.ask();
            }
            running.stop = Some(stop);
        }
        let mut failure = None;
        while let Some(event) = process.next() {
            match event {
                ChildEvent::Failed(found) => failure = failure.or(Some(found)),
                ChildEvent::Transcribed { speed } => drop(self.library.set_speed(job.key, speed)),
                ChildEvent::Opened { length } => {
                    if let Some(length) = length {
                        let _ = self.library.set_length(job.key, length);
                    }
                    self.advance(job.key, |progress| Progress { begun: true, length, ..progress });
                }
                ChildEvent::Progress { position, left, voices } => {
                    self.advance(job.key, |progress| Progress { position, left, voices, ..progress });
                }
            }
        }
        let crashed = |message: String| Failure { code: "crashed".into(), message };
        match process.end() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) if status.code() == Some(130) => {
                Err(Failure { code: "interrupted".into(), message: String::new() })
            }
            Ok(status) => Err(failure.unwrap_or_else(|| crashed(status.to_string()))),
            Err(error) => Err(crashed(error.to_string())),
        }
    }

    fn advance(&self, key: JobKey, change: impl FnOnce(Progress) -> Progress) {
        if let Some(running) = self.state().running.get_mut(&key) {
            running.progress = change(running.progress);
        }
        self.tell(key, true);
    }

    /// Writes what the process of a job reads.
    fn files(&self, job: &Job) -> io::Result<JobFiles> {
        let folder = self.library.folder().join(FOLDER);
        let glossary = match job.settings.glossary.trim() {
            "" => None,
            terms => {
                let path: PathBuf = folder.join(format!("{}-glossary.txt", job.key.0));
                fs::write(&path, terms)?;
                Some(path)
            }
        };
        Ok(JobFiles { config: folder.join("none.toml"), glossary })
    }

    fn failure(&self, error: &io::Error) -> Failure {
        let code = if error.kind() == io::ErrorKind::StorageFull { "disk_full" } else { "not_writable" };
        Failure { code: code.into(), message: error.to_string() }
    }
}
