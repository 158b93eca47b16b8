//! The files of a job.

use std::path::PathBuf;

use super::queue::QueuedJob;
use super::render::{Rendering, render};
use super::{Job, is_stdin};
use crate::app::store::checkpoint::Checkpoint;
use crate::app::store::{PendingFile, Readers, WrittenFile, file_name, link, write_all};
use crate::format::{Format, Style};
use crate::{Completeness, Error, Millis, Transcript};

/// What became of the files.
#[derive(Default)]
pub(super) struct Outputs {
    /// Those that the job wrote, which it may replace.
    pub(super) written: Vec<WrittenFile>,
    /// The content for standard output.
    pub(super) stdout: Option<Vec<u8>>,
    pub(super) checkpoint: Option<Checkpoint>,
    /// The files of an earlier run have more, and stay.
    pub(super) earlier_has_more: bool,
    pub(super) errors: Vec<Error>,
}

/// Writes the files that the job asks for. `parts`: the files of the recording; `earlier`: the transcript of it that lay where this one
/// will; `before`: what the job has written so far.
pub(super) fn write_outputs(
    queued: &QueuedJob,
    parts: &[PathBuf],
    transcript: &Transcript,
    earlier: Option<&Transcript>,
    before: Outputs,
) -> Outputs {
    let QueuedJob { job, settings, .. } = queued;
    let Outputs { checkpoint, written, .. } = before;
    let mut outputs = Outputs { checkpoint, ..Outputs::default() };
    let until = match &transcript.completeness {
        Completeness::Complete => None,
        Completeness::Partial { until, .. } => Some(*until),
    };
    let has_more = |until| {
        job.was_done
            || earlier.is_some_and(|earlier| goes_beyond(earlier, until))
            || outputs.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.has_more_than(until))
    };
    outputs.earlier_has_more = until.is_some_and(has_more);
    let mut pending = Vec::new();
    if !outputs.earlier_has_more {
        for (format, path) in &job.files {
            let (content, error) = content(queued, parts, transcript, *format);
            outputs.errors.extend(error);
            pending.push(PendingFile::new(path.clone(), content));
        }
    }
    // Before they are recorded, for then all of them are.
    let pending: Vec<(PendingFile, bool)> = pending
        .into_iter()
        .map(|file| {
            let just_written = written.iter().any(|own| own.is_at(&file.path));
            let replace = settings.overwrite || just_written || is_own(job, outputs.checkpoint.as_ref(), &file);
            (file, replace)
        })
        .collect();
    let records: Vec<WrittenFile> = pending.iter().map(|(file, _)| file.record.clone()).collect();
    if let Some(checkpoint) = outputs.checkpoint.as_mut().filter(|_| !records.is_empty()) {
        // Without it, a run that is killed between two files can't replace the first.
        let _ = checkpoint.add_files(&records, until);
    }
    // Of standard input, nothing is known.
    let readers = if is_stdin(job.recording()) { Readers::AsUsual } else { Readers::Of(parts) };
    let (written, errors) = write_all(pending, readers);
    outputs.written = written;
    outputs.errors.extend(errors);
    if let Some(format) = settings.stdout {
        let (content, error) = content(queued, parts, transcript, format);
        outputs.stdout = Some(content);
        outputs.errors.extend(error);
    }
    outputs
}

/// Whether a transcript goes further than `until`.
fn goes_beyond(transcript: &Transcript, until: Millis) -> bool {
    match transcript.completeness {
        Completeness::Complete => transcript.settings.to.is_none_or(|to| to > until),
        Completeness::Partial { until: end, .. } => end > until,
    }
}

/// Whether the file that stands at this path was written by this program.
fn is_own(job: &Job, checkpoint: Option<&Checkpoint>, file: &PendingFile) -> bool {
    job.own_files.iter().any(|own| own.is_at(&file.path))
        || checkpoint.is_some_and(|checkpoint| checkpoint.owns(&file.path))
}

/// The transcript in a format. A page whose recording can't be embedded is written without it, and the error comes along.
fn content(queued: &QueuedJob, parts: &[PathBuf], transcript: &Transcript, format: Format) -> (Vec<u8>, Option<Error>) {
    let QueuedJob { job, settings, cancel, .. } = queued;
    let played = job.parts.iter().find(|part| job.tracks && file_name(part) == transcript.recording.media());
    let media =
        link(played.map_or(job.recording(), PathBuf::as_path), &job.folder).filter(|_| !is_stdin(job.recording()));
    let style = Style { media, ..settings.style.clone() };
    let embed = Some(parts).filter(|_| settings.embed_audio);
    let rendering = Rendering { style: &style, word_times: settings.words, embed };
    match render(format, transcript, &rendering, cancel) {
        Ok(content) => (content, None),
        Err(error) => {
            let rendering = Rendering { embed: None, ..rendering };
            (render(format, transcript, &rendering, cancel).unwrap_or_default(), Some(error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PartialReason, TranscribeOptions};

    #[test]
    fn a_transcript_goes_as_far_as_its_settings_or_its_interruption_let_it() {
        let partial = |until| Completeness::Partial { until: Millis(until), reason: PartialReason::Interrupted };
        for (completeness, to, goes_beyond_9) in [
            (Completeness::Complete, None, true),
            (Completeness::Complete, Some(9), false),
            (Completeness::Complete, Some(10), true),
            (partial(9), None, false),
            (partial(10), None, true),
        ] {
            let settings = TranscribeOptions { to: to.map(Millis), ..TranscribeOptions::default() };
            let transcript = Transcript { completeness, settings, ..Transcript::default() };
            assert_eq!(goes_beyond(&transcript, Millis(9)), goes_beyond_9, "{transcript:?}");
        }
    }
}
