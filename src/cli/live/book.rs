//! What a session has given so far, and the transcript of it: pure.
//!
//! It is a list of entries, each of which is a line of the session's journal. What the record has not come to yet is taken from the
//! captions, so at any time nothing is missing.

use serde::{Deserialize, Serialize};
use transcribe::format::Captions;
use transcribe::live::Notes;
use transcribe::{
    CheckpointRecord, Completeness, Gap, Marker, Millis, ModelId, PartialReason, RecordingId, Segment, Settings, Span,
    SpeakerId, Transcript, Warning, WarningKind, pipeline,
};

use crate::cli::output::Written;

/// Of the journal's layout.
pub(super) const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Entry {
    Begin(Box<Begin>),
    /// A piece of the record.
    CheckpointRecord(CheckpointRecord),
    /// A line of the captions that is done.
    Line(Segment),
    Marker(Marker),
    Speaker(Millis, Option<SpeakerId>),
    Gap(Gap),
    /// Sound came up to here.
    Heard(Millis),
    /// Files that are about to be written.
    Files(Vec<Written>),
}

/// The first entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Begin {
    pub(super) version: u32,
    pub(super) program: String,
    /// File name of the transcript, without extension.
    pub(super) name: String,
    /// Extensions of the files.
    pub(super) formats: Vec<String>,
    /// Words in JSON.
    pub(super) words: bool,
    #[serde(default)]
    pub(super) captions: Captions,
    pub(super) model: ModelId,
    pub(super) settings: Settings,
    pub(super) recording: RecordingId,
}

pub(super) struct SessionLog {
    pub(super) begin: Begin,
    steps: Vec<CheckpointRecord>,
    lines: Vec<Segment>,
    pub(super) notes: Notes,
    heard: Millis,
    /// Files that are ours.
    pub(super) ours: Vec<Written>,
}

impl SessionLog {
    pub(super) fn new(begin: Begin) -> SessionLog {
        SessionLog {
            begin,
            steps: Vec::new(),
            lines: Vec::new(),
            notes: Notes::default(),
            heard: Millis(0),
            ours: Vec::new(),
        }
    }

    pub(super) fn enter(&mut self, entry: Entry) {
        match entry {
            Entry::Begin(begin) => self.begin = *begin,
            Entry::CheckpointRecord(step) => self.steps.push(step),
            Entry::Line(segment) => self.lines.push(segment),
            Entry::Marker(marker) => self.notes.markers.push(marker),
            Entry::Speaker(at, speaker) => self.notes.speakers.0.push((at, speaker)),
            // One that goes on is told again.
            Entry::Gap(gap) => match self.notes.gaps.last_mut() {
                Some(last) if last.span.start == gap.span.start => *last = gap,
                _ => self.notes.gaps.push(gap),
            },
            Entry::Heard(heard) => self.heard = self.heard.max(heard),
            // Each is the last version, or the one before if that could not be written.
            Entry::Files(files) => {
                for file in files {
                    let older = self.ours.iter().rposition(|ours| ours.name == file.name);
                    let oldest = self.ours.iter().position(|ours| ours.name == file.name);
                    if let Some(oldest) = oldest.filter(|_| oldest != older) {
                        self.ours.remove(oldest);
                    }
                    self.ours.push(file);
                }
            }
        }
    }

    /// As it is now; `reason` says why it is not complete.
    pub(super) fn so_far(&mut self, reason: PartialReason) -> Transcript {
        let mut transcript = pipeline::so_far(&self.steps);
        let until = match transcript.completeness {
            Completeness::Partial { until, .. } => until,
            Completeness::Complete => Millis(0),
        };
        // What the record has come to is not asked for again.
        self.lines.retain(|line| after(line, until).is_some());
        let before = transcript.segments.len();
        transcript.segments.extend(self.lines.iter().filter_map(|line| after(line, until)));
        if transcript.segments.len() > before {
            transcript.warnings.push(Warning::new(Some(until), WarningKind::CaptionsOnly));
        }
        if transcript.language.is_empty() {
            transcript.language = transcript.segments.first().map_or_else(String::new, |s| s.language.clone());
        }
        transcript.duration = self.heard.max(transcript.duration);
        transcript.completeness = Completeness::Partial { until: transcript.duration, reason };
        self.complete(&mut transcript);
        transcript
    }

    /// Fills in what the record does not know.
    pub(super) fn complete(&self, transcript: &mut Transcript) {
        self.notes.enter(transcript);
        transcript.recording = self.begin.recording.clone();
        transcript.model = self.begin.model.clone();
        transcript.settings = self.begin.settings.clone();
    }
}

/// What of a line lies after `until`.
fn after(line: &Segment, until: Millis) -> Option<Segment> {
    let later = |span: Span| span.start.0 + span.end.0 >= 2 * until.0;
    let words: Vec<_> = line.words.iter().filter(|word| later(word.span)).cloned().collect();
    if words.len() == line.words.len() {
        return later(line.span).then(|| line.clone());
    }
    line.clone().with_words(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use transcribe::Word;

    fn line(start: u64, text: &str) -> Segment {
        let word = |(n, text): (u64, &str)| Word {
            span: Span::new(start + 500 * n, start + 500 * (n + 1)),
            text: text.into(),
            spaced: true,
            confidence: 0.9,
        };
        let words: Vec<Word> = (0..).zip(text.split(' ')).map(word).collect();
        let span = Span::new(start, start + 500 * words.len() as u64);
        Segment { span, text: text.into(), words, ..Segment::default() }
    }

    #[test]
    fn captions_stand_where_the_record_has_not_come_to() {
        assert_eq!(after(&line(0, "ein Satz"), Millis(2_000)), None);
        assert_eq!(after(&line(2_000, "ein Satz"), Millis(2_000)), Some(line(2_000, "ein Satz")));
        assert_eq!(after(&line(1_500, "ein langer Satz"), Millis(2_000)), Some(line(2_000, "langer Satz")));
    }
}
