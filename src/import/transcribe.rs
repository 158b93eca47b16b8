//! JSON of this program: everything that was written is read.

use super::parsing::misplaced;
use super::rows::{Row, collect, millis, span};
use super::sentences;
use super::voices::Voices;
use super::whisper::{JsonSegment, Root, rows};
use crate::format::json::extension::TranscribeExtension;
use crate::{
    Completeness, Correction, Coverage, Edit, Error, Gap, Marker, ModelId, RecordingId, Removal, Segment, Span,
    Transcript, Warning,
};
use std::path::Path;

pub(super) fn transcript(root: Root<TranscribeExtension<JsonSegment>>, path: &Path) -> Result<Transcript, Error> {
    let Some(extension) = root.transcribe else { return Err(misplaced(path, "`transcribe`".into(), "it is empty")) };
    let wrong = |place: String| misplaced(path, format!("`transcribe.{place}`"), "that is no time in seconds");
    let time = |seconds: f64, place: &str| millis(seconds).ok_or_else(|| wrong(place.into()));
    let stretch = |start, end, list: &str, n: usize| span(start, end).ok_or_else(|| wrong(format!("{list}[{n}]")));
    let language = root.language.unwrap_or_default();
    let completeness = match (extension.complete, extension.until) {
        (false, until) => Completeness::Partial {
            until: time(until.unwrap_or_default(), "until")?,
            reason: sentences::partial(&extension.reason.unwrap_or_default(), extension.message),
        },
        _ => Completeness::Complete,
    };
    let recording = extension.recording;
    let transcript = Transcript {
        language: language.clone(),
        duration: time(root.duration.unwrap_or(recording.duration), "recording.duration")?,
        gaps: each(extension.gaps, |n, gap| {
            Ok(Gap { span: stretch(gap.start, gap.end, "gaps", n)?, reason: sentences::gap(&gap.reason) })
        })?,
        markers: each(extension.markers, |n, marker| {
            Ok(Marker { at: stretch(marker.time, marker.time, "markers", n)?.start, kind: marker.kind })
        })?,
        removed: each(extension.removed, |n, removal| {
            let span = stretch(removal.start, removal.end, "removed", n)?;
            let reason = sentences::removal(&removal.reason, removal.message);
            Ok(Removal { span, text: removal.text, reason, uncertain: removal.uncertain })
        })?,
        corrections: each(extension.corrections, |n, correction| {
            let span = stretch(correction.start, correction.end, "corrections", n)?;
            Ok(Correction { span, from: correction.from, to: correction.to })
        })?,
        coverage: Coverage {
            speech: time(extension.coverage.speech, "coverage.speech")?,
            with_text: time(extension.coverage.with_text, "coverage.with_text")?,
        },
        warnings: each(extension.warnings, |n, warning| {
            let at = warning.time.map(|time| stretch(time, time, "warnings", n)).transpose()?;
            Ok(Warning { at: at.map(|span| span.start), file: warning.file, kind: sentences::warning(warning.kind) })
        })?,
        completeness,
        recording: RecordingId {
            name: recording.name,
            size: recording.size,
            sha256: recording.sha256,
            parts: recording.parts,
            started: recording.started,
        },
        model: ModelId { file: extension.model.file, sha256: extension.model.sha256 },
        settings: extension.settings,
        ..Transcript::default()
    };
    let segments = rows(root.segments.unwrap_or_default(), &language, "segments", path)?;
    let edits = each(extension.edits, |n, edit| {
        let machine = rows(edit.machine, &language, &format!("transcribe.edits[{n}].machine"), path)?;
        Ok((stretch(edit.start, edit.end, "edits", n)?, machine))
    })?;
    Ok(with_segments(transcript, segments, edits))
}

/// The transcript with its segments, its edits and the names of those who speak in them.
fn with_segments(mut transcript: Transcript, segments: Vec<Row>, edits: Vec<(Span, Vec<Row>)>) -> Transcript {
    let mut voices = Voices::default();
    let named = edits.iter().flat_map(|(_, machine)| machine).chain(&segments).flat_map(|row| &row.voice);
    named.for_each(|name| voices.meet(name));
    collect(&mut transcript, segments, &mut voices);
    for (span, machine) in edits {
        let segment = |row: Row| Segment { speaker: row.voice.and_then(|name| voices.id(&name)), ..row.segment };
        transcript.edits.push(Edit { span, machine: machine.into_iter().map(segment).collect() });
    }
    transcript.names = voices.names();
    transcript
}

fn each<T, U>(list: Vec<T>, one: impl Fn(usize, T) -> Result<U, Error>) -> Result<Vec<U>, Error> {
    list.into_iter().enumerate().map(|(n, item)| one(n, item)).collect()
}
