//! JSON of this program: everything that was written is read.

use super::parsing::misplaced;
use super::rows::{Row, TimeCheck, collect, millis, span};
use super::sentences;
use super::voices::{Voices, canonical};
use super::whisper::{JsonSegment, Root, rows};
use crate::format::json::extension::{Recording, Speaker, TranscribeExtension};
use crate::transcript::is_blank;
use crate::{
    Completeness, Correction, Coverage, Edit, Error, Gap, Marker, ModelId, RecordingId, Removal, Segment, Span,
    SpeakerId, TrackId, Transcript, VoiceEstimate, Warning,
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
    let mut transcript = Transcript {
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
        checked: each(extension.checked, |n, place| stretch(place.start, place.end, "checked", n))?,
        coverage: Coverage {
            speech: time(extension.coverage.speech, "coverage.speech")?,
            with_text: time(extension.coverage.with_text, "coverage.with_text")?,
        },
        warnings: each(extension.warnings, |n, warning| {
            let at = warning.time.map(|time| stretch(time, time, "warnings", n)).transpose()?;
            Ok(Warning { at: at.map(|span| span.start), file: warning.file, kind: sentences::warning(warning.kind) })
        })?,
        completeness,
        recording: recording_id(recording, path)?,
        model: ModelId { file: extension.model.file, sha256: extension.model.sha256 },
        settings: extension.settings,
        ..Transcript::default()
    };
    let mut check = TimeCheck::default();
    let segments = rows(root.segments.unwrap_or_default(), &language, &mut check);
    let edits = each(extension.edits, |n, edit| {
        Ok((stretch(edit.start, edit.end, "edits", n)?, rows(edit.machine, &language, &mut check)))
    })?;
    transcript.warnings.extend(check.warning(path)?);
    Ok(with_segments(transcript, extension.speakers, segments, edits))
}

/// Where the transcript comes from.
fn recording_id(recording: Recording, path: &Path) -> Result<RecordingId, Error> {
    Ok(RecordingId {
        name: file_name(&recording.name),
        size: recording.size,
        sha256: recording.sha256,
        parts: recording.parts.iter().map(|part| file_name(part)).filter(|part| !part.is_empty()).collect(),
        tracks: each(recording.tracks, |n, track| {
            let wrong = || misplaced(path, format!("`transcribe.recording.tracks[{n}]`"), "that is no time in seconds");
            let start = millis(track.start).ok_or_else(wrong)?;
            let speaker = track.speaker.filter(|id| *id > 0).map(SpeakerId);
            let drift = (track.drift * 1000.0).round() as i64;
            Ok(TrackId { file: file_name(&track.file), speaker, start, drift })
        })?,
        started: recording.started,
    })
}

/// The transcript with its speakers, its segments and its edits.
fn with_segments(
    mut transcript: Transcript,
    mut speakers: Vec<Speaker>,
    segments: Vec<Row>,
    edits: Vec<(Span, Vec<Row>)>,
) -> Transcript {
    let mut voices = Voices::default();
    speakers.iter_mut().for_each(|speaker| speaker.name = speaker.name.trim().to_owned());
    speakers.retain(|speaker| !is_blank(&speaker.name));
    speakers.iter().for_each(|speaker| voices.meet_as(&speaker.name, Some(SpeakerId(speaker.id))));
    let named = edits.iter().flat_map(|(_, machine)| machine).chain(&segments).flat_map(|row| &row.voice);
    named.for_each(|name| voices.meet(name));
    for speaker in &speakers {
        let (Some(id), Some(certainty)) = (voices.id(&speaker.name), speaker.certainty) else { continue };
        let perhaps = speaker.perhaps.filter(|other| *other > 0 && *other != id.0).map(SpeakerId);
        let certainty = certainty.clamp(0.0, 1.0) as f32;
        transcript.voices.insert(id, VoiceEstimate { certainty, perhaps });
    }
    for speaker in speakers {
        let Some(id) = voices.id(&speaker.name).filter(|_| !speaker.former_names.is_empty()) else { continue };
        let names = speaker.former_names.iter().map(|name| canonical(name).into_owned());
        transcript.former_names.entry(id).or_default().extend(names);
    }
    collect(&mut transcript, segments, &mut voices);
    for (span, machine) in edits {
        let segment = |row: Row| Segment { speaker: row.voice.and_then(|name| voices.id(&name)), ..row.segment };
        transcript.edits.push(Edit { span, machine: machine.into_iter().map(segment).collect() });
    }
    transcript.names = voices.names();
    transcript
}

/// The file name in what a transcript says about its recording, on any system; empty if there is none.
///
/// Whoever wrote the file may have written anything: folders, drives and addresses lead to other people's files, and the names of
/// Windows' devices to no file at all.
fn file_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let drive = name.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && name[1..].starts_with(':');
    let name = if drive { &name[2..] } else { name };
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    let numbered = |device: &str| {
        let number = stem.strip_prefix(device).map(str::chars);
        number.is_some_and(|mut number| {
            matches!((number.next(), number.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    let device =
        ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&&*stem) || numbered("COM") || numbered("LPT");
    let nothing = name.chars().all(|c| c == '.' || c.is_whitespace()) || name.contains(char::is_control);
    if device || nothing { String::new() } else { name.to_owned() }
}

fn each<T, U>(list: Vec<T>, mut one: impl FnMut(usize, T) -> Result<U, Error>) -> Result<Vec<U>, Error> {
    list.into_iter().enumerate().map(|(n, item)| one(n, item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_a_recording_counts() {
        for (given, name) in [
            ("Sitzung.wav", "Sitzung.wav"),
            ("12:30 Uhr: Sitzung.wav", "12:30 Uhr: Sitzung.wav"),
            ("/etc/passwd", "passwd"),
            ("../../geheim.wav", "geheim.wav"),
            (r"..\..\geheim.wav", "geheim.wav"),
            (r"C:\Users\a\b.wav", "b.wav"),
            ("c:b.wav", "b.wav"),
            (r"\\server\share\x.wav", "x.wav"),
            ("https://example.org/x.mp3?y", "x.mp3?y"),
            ("file:///etc/passwd", "passwd"),
            ("..", ""),
            (". ", ""),
            ("a/", ""),
            ("a\0b.wav", ""),
            ("NUL", ""),
            ("con.wav", ""),
            ("Com1 .wav", ""),
            ("LPT\u{b2}.wav", ""),
            ("console.wav", "console.wav"),
            ("com10.wav", "com10.wav"),
        ] {
            assert_eq!(file_name(given), name, "{given}");
        }
    }
}
