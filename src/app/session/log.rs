//! The log of a live session, and the transcript that it makes at any time: pure.
//!
//! Each entry is a line of the session's journal. Where the transcript lags behind, the captions stand in for it, so nothing is
//! missing at any time.

use crate::app::speaker_name;
use crate::app::store::{WrittenFile, is_name};
use crate::format::{Captions, Format};
use crate::live::Notes;
use crate::{
    CheckpointRecord, Completeness, Gap, Marker, Millis, ModelId, PartialReason, RecordingId, Segment, Span, SpeakerId,
    TranscribeOptions, Transcript, Warning, WarningKind, pipeline,
};
use serde::{Deserialize, Serialize};

/// Version of the journal's layout.
pub(super) const VERSION: u32 = 2;

/// A line of the journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Entry {
    Header(Box<Header>),
    /// A piece of the transcript.
    Record(CheckpointRecord),
    /// A line of the captions that is done.
    Line(Segment),
    Marker(Marker),
    Speaker(Millis, Option<SpeakerId>),
    Gap(Gap),
    /// Something to be known about the sound, and when.
    Warning(Option<Millis>, WarningKind),
    /// Sound was captured up to here.
    Captured(Millis),
    /// Files that are about to be written.
    Files(Vec<WrittenFile>),
}

/// The first entry: what the session is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Header {
    /// 0: not known.
    pub(super) version: u32,
    pub(super) program: String,
    /// File name of the transcript, without extension.
    pub(super) name: String,
    /// Extensions of the files.
    pub(super) formats: Vec<String>,
    /// Whether JSON has words.
    pub(super) words: bool,
    #[serde(default)]
    pub(super) captions: Captions,
    pub(super) model: ModelId,
    pub(super) settings: TranscribeOptions,
    pub(super) recording: RecordingId,
    /// What the speakers 1, 2, … are called, for those that somebody says who speaks.
    #[serde(default)]
    pub(super) names: Vec<String>,
}

impl Header {
    /// Why the session can't be finished; `None`: it can.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let is_format = |format: &String| format.parse::<Format>().is_ok();
        if self.version != VERSION {
            Some("it is of another version of this program")
        } else if !is_name(&self.name) {
            Some("the name in it is no name of a file")
        } else if self.formats.is_empty() || !self.formats.iter().all(is_format) {
            Some("it names formats that do not exist")
        } else {
            None
        }
    }
}

/// Everything that a session has given so far.
pub(super) struct SessionLog {
    pub(super) header: Header,
    records: Vec<CheckpointRecord>,
    /// Lines of the captions behind the transcript.
    lines: Vec<Segment>,
    pub(super) notes: Notes,
    /// About the sound.
    warnings: Vec<Warning>,
    /// Sound was captured up to here.
    captured: Millis,
    /// Files that this session wrote.
    pub(super) own_files: Vec<WrittenFile>,
}

impl SessionLog {
    pub(super) fn new(header: Header) -> SessionLog {
        SessionLog {
            header,
            records: Vec::new(),
            lines: Vec::new(),
            notes: Notes::default(),
            warnings: Vec::new(),
            captured: Millis(0),
            own_files: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Header(header) => self.header = *header,
            Entry::Record(record) => self.records.push(record),
            Entry::Line(segment) => self.lines.push(segment),
            Entry::Marker(marker) => self.notes.markers.push(marker),
            Entry::Speaker(at, speaker) => self.notes.speakers.0.push((at, speaker)),
            Entry::Warning(at, kind) => self.warnings.push(Warning::new(at, kind)),
            // A gap that continues is entered again.
            Entry::Gap(gap) => match self.notes.gaps.last_mut() {
                Some(last) if last.span.start == gap.span.start => *last = gap,
                _ => self.notes.gaps.push(gap),
            },
            Entry::Captured(captured) => self.captured = self.captured.max(captured),
            // The last two versions of each file: the newer may not have been written.
            Entry::Files(files) => {
                for file in files {
                    let newer = self.own_files.iter().rposition(|own| own.name == file.name);
                    let older = self.own_files.iter().position(|own| own.name == file.name);
                    if let Some(older) = older.filter(|_| older != newer) {
                        self.own_files.remove(older);
                    }
                    self.own_files.push(file);
                }
            }
        }
    }

    /// The transcript as it is now, which is not complete for this reason.
    pub(super) fn partial(&mut self, reason: PartialReason) -> Transcript {
        let mut transcript = pipeline::partial_transcript(&self.records);
        let until = match transcript.completeness {
            Completeness::Partial { until, .. } => until,
            Completeness::Complete => Millis(0),
        };
        // Lines that the transcript covers are needed no more.
        self.lines.retain(|line| after(line, until).is_some());
        let before = transcript.segments.len();
        transcript.segments.extend(self.lines.iter().filter_map(|line| after(line, until)));
        if transcript.segments.len() > before {
            transcript.warnings.push(Warning::new(Some(until), WarningKind::CaptionsOnly));
        }
        if transcript.language.is_empty() {
            transcript.language = transcript.segments.first().map_or_else(String::new, |s| s.language.clone());
        }
        transcript.duration = self.captured.max(transcript.duration);
        transcript.completeness = Completeness::Partial { until: transcript.duration, reason };
        self.complete(&mut transcript);
        transcript
    }

    /// Fills in what the transcript does not contain.
    pub(super) fn complete(&self, transcript: &mut Transcript) {
        self.notes.apply_to(transcript);
        transcript.warnings.extend(self.warnings.iter().cloned());
        transcript.recording = self.header.recording.clone();
        transcript.model = self.header.model.clone();
        transcript.settings = self.header.settings.clone();
        for speaker in transcript.speakers() {
            // A journal may be anybody's.
            let name = usize::from(speaker.0).checked_sub(1).and_then(|n| self.header.names.get(n));
            if let Some(name) = name.and_then(|name| speaker_name(name).ok()) {
                transcript.names.insert(speaker, name);
            }
        }
    }
}

/// The part of a line that lies after `until`; `None` if nothing does.
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
    use crate::Word;

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
    fn a_header_names_files_beside_its_journal() {
        let header = |name: &str, formats: &[&str]| Header {
            version: VERSION,
            name: name.into(),
            formats: formats.iter().map(|format| (*format).to_owned()).collect(),
            ..Header::default()
        };
        assert_eq!(header("2024.05.03 Sitzung", &["json", "srt"]).fault(), None);
        for name in ["../x", "/etc/x", "", "..", "a/b", "a\\b", ".bashrc"] {
            assert_eq!(header(name, &["json"]).fault(), Some("the name in it is no name of a file"), "{name}");
        }
        for formats in [&["json", "../x"][..], &["exe"], &[]] {
            assert_eq!(header("a", formats).fault(), Some("it names formats that do not exist"), "{formats:?}");
        }
        assert_eq!(Header::default().fault(), Some("it is of another version of this program"));
    }

    #[test]
    fn captions_stand_where_the_record_has_not_come_to() {
        assert_eq!(after(&line(0, "ein Satz"), Millis(2_000)), None);
        assert_eq!(after(&line(2_000, "ein Satz"), Millis(2_000)), Some(line(2_000, "ein Satz")));
        assert_eq!(after(&line(1_500, "ein langer Satz"), Millis(2_000)), Some(line(2_000, "langer Satz")));
    }
}
