//! The files of a job.

use std::path::PathBuf;

use super::queue::QueuedJob;
use super::render::{Rendering, render};
use super::{Job, is_stdin};
use crate::app::store::checkpoint::Checkpoint;
use crate::app::store::{PendingFile, Readers, WrittenFile, file_name, link, write_all};
use crate::format::{Format, Style};
use crate::{Completeness, Error, Transcript};

/// What became of the files.
#[derive(Default)]
pub(super) struct Outputs {
    pub(super) written: Vec<WrittenFile>,
    /// The content for standard output.
    pub(super) stdout: Option<Vec<u8>>,
    pub(super) checkpoint: Option<Checkpoint>,
    /// The files of an earlier run have more, and stay.
    pub(super) earlier_has_more: bool,
    pub(super) errors: Vec<Error>,
}

/// Writes the files that the job asks for. `parts`: the files of the recording; `written`: what was written of it just now, which may
/// be replaced.
pub(super) fn write_outputs(
    queued: &QueuedJob,
    parts: &[PathBuf],
    transcript: &Transcript,
    checkpoint: Option<Checkpoint>,
    written: &[WrittenFile],
) -> Outputs {
    let QueuedJob { job, settings, .. } = queued;
    let mut outputs = Outputs { checkpoint, ..Outputs::default() };
    let until = match &transcript.completeness {
        Completeness::Complete => None,
        Completeness::Partial { until, .. } => Some(*until),
    };
    let has_more =
        |until| job.was_done || outputs.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.has_more_than(until));
    outputs.earlier_has_more = until.is_some_and(has_more) && !settings.overwrite;
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
