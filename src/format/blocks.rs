//! A transcript as a document: the recording, what readers must know, and what was said. In the transcript's language (German,
//! else English). Knows no format.

use super::passages::{Paragraph, Passage, Stop, passages};
use super::text;
use crate::document::{Aside, Block, Document, Run, Source};
use crate::wording::Labels;
use crate::{Segment, Transcript};

/// The whole transcript.
pub(super) fn document(transcript: &Transcript) -> Document {
    let mut blocks = heading(transcript);
    blocks.extend(body(transcript));
    Document { language: transcript.language.clone(), blocks }
}

/// What stands above the text: the title, facts about the recording, and notices.
fn heading(transcript: &Transcript) -> Vec<Block> {
    let labels = Labels::of(text::language(transcript));
    let title = match text::line(&transcript.recording.name) {
        name if name.is_empty() => labels.title.to_owned(),
        name => name.into_owned(),
    };
    let mut facts = Vec::new();
    if let Some(started) = &transcript.recording.started {
        facts.push((labels.date.to_owned(), date(&text::line(started))));
    }
    facts.push((labels.length.to_owned(), transcript.duration.to_string()));
    match text::line(&transcript.model.file) {
        model if model.is_empty() => {}
        model => facts.push((labels.model.to_owned(), model.into_owned())),
    }
    let draft = if transcript.edits.is_empty() { labels.draft } else { labels.edited_draft };
    let mut blocks = vec![Block::Heading { level: 1, text: title }, Block::Facts(facts)];
    blocks.push(Block::Notice { text: draft.to_owned(), strong: true });
    blocks.extend(text::notes(transcript).map(|text| Block::Notice { text, strong: false }));
    blocks
}

/// What was said, and what stands between.
pub(super) fn body(transcript: &Transcript) -> impl Iterator<Item = Block> {
    passages(transcript).map(|passage| match passage {
        Passage::Stop(stop) => aside(transcript, stop),
        Passage::Paragraph(paragraph) => quote(transcript, &paragraph),
    })
}

fn aside(transcript: &Transcript, stop: Stop<'_>) -> Block {
    let kind = match stop {
        Stop::Gap(gap) if gap.reason.is_speech() => Aside::Inaudible,
        Stop::Gap(_) => Aside::Gap,
        Stop::Marker(_) => Aside::Marker,
    };
    Block::Aside { at: stop.span().start, text: stop.words(transcript), kind }
}

fn quote(transcript: &Transcript, paragraph: &Paragraph<'_>) -> Block {
    let run = |(n, segment): (usize, &Segment)| {
        let blank = if n > 0 && text::blank_before(segment) { " " } else { "" };
        let source = Source {
            span: segment.span,
            speaker: segment.speaker,
            language: (segment.language != transcript.language).then(|| segment.language.clone()),
            edited: segment.edited,
            uncertain: segment.is_uncertain(),
        };
        Run { text: [blank, &text::line(&segment.text)].concat(), source: Some(source), ..Run::default() }
    };
    let speaker = paragraph.speaker.filter(|_| paragraph.turn);
    Block::Quote {
        at: paragraph.span().start,
        speaker: speaker.map(|speaker| text::speaker_name(transcript, speaker)),
        turn: paragraph.turn,
        runs: paragraph.segments().enumerate().map(run).collect(),
    }
}

/// `2026-11-22 13:56` of `2026-11-22T13:56:45+01:00`; anything else as it is.
fn date(rfc3339: &str) -> String {
    match rfc3339.split_once('T').and_then(|(day, time)| Some((day, time.get(..5)?))) {
        Some((day, time)) => format!("{day} {time}"),
        None => rfc3339.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn lines(blocks: Vec<Block>) -> String {
        let line = |block| match block {
            Block::Heading { level, text } => format!("{level} {text}"),
            Block::Facts(facts) => {
                facts.into_iter().map(|(label, value)| format!("{label}: {value}")).collect::<Vec<_>>().join("\n")
            }
            Block::Notice { text, strong } => format!("{strong} {text}"),
            other => format!("{other:?}"),
        };
        blocks.into_iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn headings_in_german_and_in_english() {
        let mut transcript = interrupted(council());
        transcript.recording.started = Some("2026-11-22T18:00:45+01:00".into());
        insta::assert_snapshot!(lines(heading(&transcript)), @r"
        1 ratssitzung.m4a
        Datum: 2026-11-22 18:00
        Länge: 0:00:20
        Modell: ggml-base-q8_0.bin
        true Maschineller Entwurf, ungeprüft
        false unvollständig: transkribiert bis 0:12:34, abgebrochen
        false Hinweis, 00:09: ein beschädigtes Datenpaket wurde übersprungen: bad checksum
        false Hinweis: the file is shorter than its header says
        ");
        let edited = Transcript { edits: vec![Default::default()], ..Transcript::default() };
        insta::assert_snapshot!(lines(heading(&edited)), @r"
        1 Transcript
        Length: 0:00:00
        true Machine draft, changed by hand in parts
        ");
    }
}
