//! What is asked of the queue: to transcribe something, to stop a job or let it go on, to delete a recording.

use std::io;
use std::sync::{MutexGuard, PoisonError};
use std::time::Instant;

use super::child::{GIVEN_UP, Stop};
use super::queue::{BUSY_WAIT, Queue, Running, State};
use super::{Job, JobKey, JobSettings, JobState, LibraryError, Received, RecordingKey};
use crate::Error;

/// Who asks for a transcription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requester {
    /// A person: the job goes on until a person stops it.
    Person,
    /// A program that waits for the transcript, and may give the job up: see [`Queue::give_up`].
    Client,
}

/// What became of a request to transcribe something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The job.
    pub key: JobKey,
    /// Whether it is done, or was in the queue already: the same bytes with the same settings.
    pub joined: bool,
}

impl Queue {
    /// Transcribes what was received, under the name that people gave it. The same bytes with the same settings join the job that is
    /// there; one that was cancelled or failed goes on.
    ///
    /// # Errors
    /// [`LibraryError::Settings`] if the settings make no sense, [`LibraryError::Folder`] or [`LibraryError::Database`] if it can't be
    /// kept.
    pub fn submit(
        &self,
        received: Received,
        name: &str,
        settings: &JobSettings,
        requester: Requester,
    ) -> Result<Submitted, LibraryError> {
        settings.check()?;
        // Two requests at once must not both find nothing.
        let mut state = self.state();
        let same = self.library.same_job(&received.sha256, settings)?;
        let submitted = match same.filter(|job| is_of_use(job) && !state.deleting.contains(&job.recording.key)) {
            Some(job) => {
                // It has come before, and could not be put in its place.
                if job.state == JobState::Arriving {
                    self.library.finish_arrival(&job)?;
                }
                let stopped = self.go_on(&mut state, &job, &[JobState::Cancelled, JobState::Failed])?;
                Submitted { key: job.key, joined: !stopped }
            }
            None => Submitted { key: self.library.take_in(received, name, settings, requester)?, joined: false },
        };
        if requester == Requester::Person {
            self.library.keep(self.library.job(submitted.key)?.recording.key)?;
            state.wanted.insert(submitted.key);
        }
        drop(state);
        self.changed(submitted.key);
        Ok(submitted)
    }

    /// Transcribes a recording again, with other settings. Until that is done, and if it fails, its transcript stays.
    ///
    /// # Errors
    /// [`LibraryError::Settings`] if the settings make no sense, those of [`check_again`](super::Library::check_again).
    pub fn transcribe_again(&self, recording: RecordingKey, settings: &JobSettings) -> Result<JobKey, LibraryError> {
        let mut state = self.state();
        if state.deleting.contains(&recording) {
            return Err(LibraryError::Unknown);
        }
        let key = self.library.add_again(recording, settings)?;
        self.library.keep(recording)?;
        state.wanted.insert(key);
        drop(state);
        self.changed(key);
        Ok(key)
    }

    /// Stops a job for the time being.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`].
    pub fn pause(&self, key: JobKey) -> Result<(), LibraryError> {
        let mut state = self.state();
        state.wanted.insert(key);
        self.end_as(state, key, JobState::Paused).map(drop)
    }

    /// Stops a job. What was done is kept.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`].
    pub fn cancel(&self, key: JobKey) -> Result<(), LibraryError> {
        let mut state = self.state();
        state.wanted.remove(&key);
        self.end_as(state, key, JobState::Cancelled).map(drop)
    }

    /// Stops a job that no client waits for any more, unless a person has asked for it; whether it was in the queue and is stopped.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`].
    pub fn give_up(&self, key: JobKey) -> Result<bool, LibraryError> {
        let state = self.state();
        Ok(!state.wanted.contains(&key) && self.end_as(state, key, JobState::Cancelled)?)
    }

    /// Lets a job go on that was given up.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`].
    pub fn take_up(&self, key: JobKey) -> Result<(), LibraryError> {
        let mut state = self.state();
        self.go_on(&mut state, &self.library.job(key)?, &[JobState::Cancelled])?;
        drop(state);
        self.changed(key);
        Ok(())
    }

    /// Lets a job go on that was paused, cancelled or failed.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`].
    pub fn resume(&self, key: JobKey) -> Result<(), LibraryError> {
        let mut state = self.state();
        let stopped = [JobState::Paused, JobState::Cancelled, JobState::Failed];
        let job = self.library.job(key)?;
        self.go_on(&mut state, &job, &stopped)?;
        // Only people ask for it here.
        self.library.keep(job.recording.key)?;
        state.wanted.insert(key);
        drop(state);
        self.changed(key);
        Ok(())
    }

    /// Puts a job before all others that wait, or behind them.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`].
    pub fn reorder(&self, key: JobKey, first: bool) -> Result<(), LibraryError> {
        self.library.set_rank(key, first)?;
        self.changed(key);
        Ok(())
    }

    /// Deletes a recording, with its files if they are the library's own, once the process has ended that works on it. Meanwhile it is
    /// gone for everybody else: nobody lets it go on, and who sends the same again has it taken in anew.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`], [`LibraryError::Folder`] if its files can't be deleted, or if the system can't end the process;
    /// [`Error::Busy`] while a live session makes it.
    pub fn delete(&self, recording: RecordingKey) -> Result<(), LibraryError> {
        if !self.state().deleting.insert(recording) {
            return Err(LibraryError::Unknown);
        }
        let deleted = self.end_and_delete(recording);
        self.state().deleting.remove(&recording);
        self.changed(JobKey(0));
        deleted
    }

    fn end_and_delete(&self, recording: RecordingKey) -> Result<(), LibraryError> {
        let end = Instant::now() + GIVEN_UP;
        let mut state = self.state();
        loop {
            let job = match self.library.job_of(recording) {
                Ok(job) => job,
                Err(LibraryError::Unknown) => break,
                Err(error) => return Err(error),
            };
            if job.state == JobState::Live {
                let holder = Some("a live session".to_owned());
                return Err(Error::Busy { path: job.recording.media_path(), holder }.into());
            }
            if job.state.is_open() && !state.running.contains_key(&job.key) {
                self.library.set_state(job.key, JobState::Cancelled, None)?;
            }
            let Some(running) = state.running.get_mut(&job.key) else { break };
            running.requested = Some(JobState::Cancelled);
            running.stop.iter_mut().for_each(Stop::ask);
            if Instant::now() >= end {
                let (folder, source) = (job.recording.folder, io::ErrorKind::TimedOut.into());
                return Err(LibraryError::Folder { folder, source });
            }
            state = self.wake.wait_timeout(state, BUSY_WAIT).unwrap_or_else(PoisonError::into_inner).0;
        }
        self.library.delete(recording)
    }

    /// Ends a job; whether it was in the queue.
    fn end_as(&self, mut state: MutexGuard<'_, State>, key: JobKey, requested: JobState) -> Result<bool, LibraryError> {
        match state.running.get_mut(&key) {
            Some(running) => {
                running.requested = Some(requested);
                running.stop.iter_mut().for_each(Stop::ask);
            }
            None if self.library.job(key)?.state.is_open() => self.library.set_state(key, requested, None)?,
            None => return Ok(false),
        }
        drop(state);
        self.changed(key);
        Ok(true)
    }

    /// Lets a job go on that has ended in one of these states, or is about to; whether it has.
    fn go_on(&self, state: &mut State, job: &Job, ended: &[JobState]) -> Result<bool, LibraryError> {
        if state.deleting.contains(&job.recording.key) {
            return Err(LibraryError::Unknown);
        }
        match state.running.get_mut(&job.key) {
            // Its process ends all the same, and another one goes on.
            Some(Running { requested: Some(requested), .. }) if ended.contains(requested) => {
                *requested = JobState::Waiting;
            }
            None if ended.contains(&job.state) => self.library.begin_anew(job)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Whether a job spares another of the same content: it has what it is to be made of, or what it has made.
fn is_of_use(job: &Job) -> bool {
    match job.state {
        JobState::Done => job.recording.transcript_path().is_file(),
        JobState::Cancelled | JobState::Failed => job.recording.media_path().is_file(),
        _ => true,
    }
}

#[cfg(test)]
#[cfg(unix)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::Arc;
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::app::library::testing::{EDITS, WINDOW, transcript};
    use crate::app::library::{Library, LiveRequest, LiveSession, Runner, StandIn};
    use crate::app::session::SessionTokens;

    /// No test waits longer.
    const LIMIT: Duration = Duration::from_secs(60);

    /// A queue whose jobs run this shell script.
    fn queue(folder: &Path, script: &str) -> Arc<Queue> {
        let arguments = vec!["-c".into(), script.into()];
        let runner = Runner {
            program: "/bin/sh".into(),
            arguments,
            needs_model: false,
            most_at_once: Some(1),
            keep_uploads: Duration::ZERO,
        };
        Queue::start(Arc::new(Library::open(&folder.join("data")).unwrap()), runner).unwrap()
    }

    fn submit(queue: &Queue) -> Submitted {
        let mut incoming = queue.library().receive().unwrap();
        incoming.write(b"a recording").unwrap();
        let received = incoming.finish().unwrap();
        queue.submit(received, "talk.wav", &JobSettings::default(), Requester::Person).unwrap()
    }

    fn until(queue: &Queue, key: JobKey, expected: JobState) {
        let end = Instant::now() + LIMIT;
        let mut state = queue.state();
        while queue.library().job(key).unwrap().state != expected {
            assert!(Instant::now() < end, "{:?}", queue.library().job(key));
            state = queue.wake.wait_timeout(state, Duration::from_millis(20)).unwrap().0;
        }
    }

    /// It does not hear that it is asked to end, and what it has started holds its output open for longer than it lives.
    const DEAF: &str = "sleep 8 &\nexec sleep 100";

    #[test]
    fn a_process_that_does_not_end_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path(), DEAF);
        let job = submit(&queue).key;
        until(&queue, job, JobState::Running);
        queue.pause(job).unwrap();
        until(&queue, job, JobState::Paused);
        queue.resume(job).unwrap();
        until(&queue, job, JobState::Running);
        let begun = Instant::now();
        queue.delete(queue.library().job(job).unwrap().recording.key).unwrap();
        assert!(begun.elapsed() < GIVEN_UP, "{:?}", begun.elapsed());
        assert!(matches!(queue.library().job(job), Err(LibraryError::Unknown)));
        queue.close();
    }

    #[test]
    fn a_process_that_closes_its_output_and_goes_on_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path(), "exec 2>&-\nexec sleep 100");
        let job = submit(&queue).key;
        until(&queue, job, JobState::Failed);
        queue.close();
    }

    #[test]
    fn what_is_being_stopped_goes_on_if_somebody_asks_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path(), DEAF);
        let job = submit(&queue).key;
        until(&queue, job, JobState::Running);
        queue.cancel(job).unwrap();
        // Its process has not ended yet.
        assert_eq!(submit(&queue), Submitted { key: job, joined: false });
        let begun = Instant::now();
        let requested = || queue.state().running.get(&job).map(|running| running.requested);
        while requested() != Some(None) {
            assert!(begun.elapsed() < LIMIT, "{:?}", requested());
            drop(queue.wake.wait_timeout(queue.state(), Duration::from_millis(20)).unwrap());
        }
        queue.cancel(job).unwrap();
        until(&queue, job, JobState::Cancelled);
        // Once it has ended, the same job goes on, too; and whoever comes then joins it.
        assert_eq!(submit(&queue), Submitted { key: job, joined: false });
        assert_eq!(submit(&queue), Submitted { key: job, joined: true });
        queue.close();
        assert_eq!(queue.library().job(job).unwrap().state, JobState::Waiting);
    }

    #[test]
    fn what_is_sent_again_while_it_is_deleted_is_there_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path(), DEAF);
        let job = submit(&queue).key;
        until(&queue, job, JobState::Running);
        let recording = queue.library().job(job).unwrap().recording.key;
        let deleting = thread::spawn({
            let queue = queue.clone();
            move || queue.delete(recording)
        });
        let begun = Instant::now();
        while !queue.state().deleting.contains(&recording) {
            assert!(begun.elapsed() < LIMIT, "it is not being deleted");
            drop(queue.wake.wait_timeout(queue.state(), Duration::from_millis(5)).unwrap());
        }
        // Its process has not ended yet. Nobody lets it go on, and nobody joins it.
        assert!(matches!(queue.resume(job), Err(LibraryError::Unknown)));
        assert!(matches!(queue.delete(recording), Err(LibraryError::Unknown)));
        let sent = submit(&queue);
        assert!(sent.key != job && !sent.joined, "{sent:?}");
        while !deleting.is_finished() {
            assert!(begun.elapsed() < LIMIT, "it is still there");
            drop(queue.wake.wait_timeout(queue.state(), Duration::from_millis(5)).unwrap());
        }
        deleting.join().unwrap().unwrap();
        assert!(matches!(queue.library().job(job), Err(LibraryError::Unknown)));
        let kept = queue.library().job(sent.key).unwrap().recording;
        assert_eq!(fs::read(kept.media_path()).unwrap(), b"a recording");
        queue.close();
    }

    #[test]
    fn a_job_whose_text_was_overwritten_while_it_was_written_is_done_again() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        fs::write(folder.path().join("new.json"), transcript("Der Anfang.")).unwrap();
        // What it writes the first time is gone, as if somebody had saved in that moment.
        let script = format!(
            "cd '{at}'; echo >> runs; until [ -e go ]; do sleep 0.02; done; \
            [ $(wc -l < runs) = 1 ] || cp new.json data/recordings/*/talk.json"
        );
        let queue = queue(folder.path(), &script);
        queue.hold(true);
        let first = submit(&queue).key;
        let recording = queue.library().job(first).unwrap().recording;
        fs::write(recording.transcript_path(), transcript("Anfang.")).unwrap();
        queue.hold(false);
        until(&queue, first, JobState::Running);
        queue.library().save(recording.key, &WINDOW, EDITS).unwrap();
        fs::write(folder.path().join("go"), "").unwrap();
        until(&queue, first, JobState::Done);
        assert_eq!(fs::read_to_string(folder.path().join("runs")).unwrap().len(), 2);
        let now = queue.library().current(recording.key).unwrap().transcript;
        assert_eq!((&*now.segments[0].text, &*now.edits[0].machine[0].text), ("Anfang!", "Der Anfang."));
        queue.close();
    }

    /// A session with a second of silence, and the answers of an empty script.
    fn session(folder: &Path, queue: &Queue) -> LiveSession {
        let (script, input) = (folder.join("script.json"), folder.join("silence.wav"));
        fs::write(&script, "[]").unwrap();
        let (rate, bytes) = (16_000_u32, 32_000_u32);
        let mut wav = b"RIFF".to_vec();
        wav.extend((36 + bytes).to_le_bytes());
        wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        wav.extend([rate.to_le_bytes(), (2 * rate).to_le_bytes()].concat());
        wav.extend(b"\x02\0\x10\0data");
        wav.extend(bytes.to_le_bytes());
        wav.extend(vec![0; bytes as usize]);
        fs::write(&input, wav).unwrap();
        let stand_in = StandIn { script: Some(script), input: Some(input), speed: Some(0.0) };
        let settings = JobSettings::default().with("language", "en");
        queue.library().open_session(&LiveRequest { settings, ..LiveRequest::default() }, &stand_in, &()).unwrap()
    }

    #[test]
    fn a_session_that_never_runs_leaves_nothing_and_holds_up_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path(), "exit 0");
        let session = session(folder.path(), &queue);
        assert_eq!(queue.library().count(&[JobState::Live]).unwrap(), 1);
        let job = submit(&queue).key;
        let begun = queue.begin_next(&mut queue.state());
        assert!(!begun, "it waits for the session");
        // As if no thread could be started for it.
        drop(session);
        until(&queue, job, JobState::Done);
        assert_eq!(queue.library().count(&[JobState::Live]).unwrap(), 0);
        assert_eq!(fs::read_dir(folder.path().join("data/recordings")).unwrap().count(), 1);
        queue.close();
    }

    #[test]
    fn a_session_whose_end_the_database_could_not_take_holds_up_nothing_and_is_put_right() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path(), "exit 0");
        let session = session(folder.path(), &queue);
        let database = |change: &str| queue.library().database().execute_batch(change).unwrap();
        database(
            "CREATE TRIGGER broken BEFORE UPDATE OF state ON jobs WHEN OLD.state = 'live' \
            BEGIN SELECT RAISE(ABORT, 'broken'); END",
        );
        let ended = session.run(&SessionTokens::default(), &());
        assert!(matches!(ended, Err(LibraryError::Database(_))), "{ended:?}");
        let row = queue.library().jobs_where("WHERE jobs.state = 'live'", []).unwrap().remove(0);
        let job = submit(&queue).key;
        until(&queue, job, JobState::Done);
        assert_eq!(queue.library().job(row.key).unwrap().state, JobState::Live);
        database("DROP TRIGGER broken");
        until(&queue, row.key, JobState::Done);
        assert!(row.recording.transcript_path().is_file() && row.recording.media_path().is_file());
        queue.close();
    }

    #[test]
    fn a_recording_that_was_lost_on_its_way_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let library = Library::open(&data).unwrap();
        let mut keys = Vec::new();
        for content in [b"lost", b"kept"] {
            let mut incoming = library.receive().unwrap();
            incoming.write(content).unwrap();
            let (received, settings) = (incoming.finish().unwrap(), JobSettings::default());
            keys.push(library.take_in(received, "talk.wav", &settings, Requester::Person).unwrap());
        }
        // As if the process had been killed before the files were moved, and one had been lost since.
        let arriving = |key: JobKey| {
            let update = "UPDATE jobs SET state = 'arriving', arriving = 'x' || id WHERE id = ?1";
            library.database().execute(update, [key.0]).unwrap();
            fs::rename(library.job(key).unwrap().recording.media_path(), data.join(format!("incoming/x{}", key.0)))
                .unwrap();
        };
        keys.iter().copied().for_each(arriving);
        fs::remove_file(data.join("incoming/x1")).unwrap();
        fs::write(data.join("incoming/other"), "of no job").unwrap();
        drop(library);
        let library = Library::open(&data).unwrap();
        let states: Vec<JobState> = keys.iter().map(|key| library.job(*key).unwrap().state).collect();
        assert_eq!(states, [JobState::Failed, JobState::Waiting]);
        assert_eq!(library.job(keys[0]).unwrap().failure.unwrap().code, "unreadable");
        assert_eq!(fs::read(library.job(keys[1]).unwrap().recording.media_path()).unwrap(), b"kept");
        assert_eq!(fs::read_dir(data.join("incoming")).unwrap().count(), 0);
        // One that can't be moved now stays where it is.
        let place = library.job(keys[1]).unwrap().recording.folder;
        let update = "UPDATE jobs SET state = 'arriving', arriving = 'x' WHERE id = 2";
        library.database().execute(update, []).unwrap();
        fs::write(data.join("incoming/x"), "kept").unwrap();
        fs::remove_dir_all(&place).unwrap();
        fs::write(&place, "in the way").unwrap();
        drop(library);
        let library = Library::open(&data).unwrap();
        assert_eq!(library.job(keys[1]).unwrap().state, JobState::Arriving);
        assert_eq!(fs::read(data.join("incoming/x")).unwrap(), b"kept");
    }
}
