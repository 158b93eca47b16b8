//! What reading formats put into one paragraph: what one voice says without a long pause.
//!
//! A paragraph ends where the speaker changes, where somebody pauses after a sentence, at the end of a sentence once
//! it is long, and where something else is to be told. Segments without anything to see are left out. Knows no format.

use super::text;
use crate::{Gap, Marker, Millis, Segment, Span, SpeakerId, Transcript};

/// A pause after a sentence from which on a new thought begins, in milliseconds.
const PAUSE: u64 = 2000;
/// A pause that ends a paragraph even within a sentence, in milliseconds.
const SILENCE: u64 = 5000;
/// Characters after which the next end of a sentence ends the paragraph too.
const LONG: usize = 600;
/// Characters after which the next end of a segment does: models at times write no full stops.
const TOO_LONG: usize = 1500;
/// No paragraph of several segments takes longer, in milliseconds: Dresing & Pehl want a time mark that often.
const LATE: u64 = 180_000;

/// What follows one another when a transcript is read from the beginning to the end.
pub(super) enum Passage<'a> {
    /// What somebody says.
    Paragraph(Paragraph<'a>),
    /// What is told between.
    Stop(Stop<'a>),
}

/// What stands between paragraphs.
#[derive(Clone, Copy)]
pub(super) enum Stop<'a> {
    /// Where there is no text.
    Gap(&'a Gap),
    /// What somebody marked.
    Marker(&'a Marker),
}

impl Stop<'_> {
    /// When; a marker takes no time.
    pub(super) fn span(self) -> Span {
        match self {
            Stop::Gap(gap) => gap.span,
            Stop::Marker(marker) => Span { start: marker.at, end: marker.at },
        }
    }

    /// Without brackets, in the transcript's language.
    pub(super) fn words(self, transcript: &Transcript) -> String {
        match self {
            Stop::Gap(gap) => text::gap(transcript, gap),
            Stop::Marker(marker) => text::marker(transcript, marker),
        }
    }
}

/// What one voice says in one go.
#[derive(Clone, Copy)]
pub(super) struct Paragraph<'a> {
    /// `None`: nobody knows.
    pub(super) speaker: Option<SpeakerId>,
    /// Is it not just the next paragraph of the same voice? True after a [`Stop`], too.
    pub(super) turn: bool,
    /// The first and the last have something to see.
    segments: &'a [Segment],
}

impl<'a> Paragraph<'a> {
    /// Its segments, in order, without those that have nothing to see.
    pub(super) fn segments(&self) -> impl Iterator<Item = &'a Segment> + use<'a> {
        self.segments.iter().filter(|segment| shows(segment))
    }

    /// From the first sound to the last; in damaged order, too, nothing lies outside.
    pub(super) fn span(&self) -> Span {
        let start = self.segments().map(|segment| segment.span.start.0).min().unwrap_or_default();
        let end = self.segments().map(|segment| segment.span.end.0).max().unwrap_or_default();
        Span::new(start, end)
    }

    /// On one line.
    pub(super) fn text(&self) -> String {
        self.text_with(|segment| text::line(&segment.text).into_owned())
    }

    /// On one line, where `shown` says what stands for a segment.
    pub(super) fn text_with(&self, mut shown: impl FnMut(&Segment) -> String) -> String {
        let mut text = String::new();
        for segment in self.segments() {
            if !text.is_empty() && text::blank_before(segment) {
                text.push(' ');
            }
            text.push_str(&shown(segment));
        }
        text
    }
}

/// All segments that have something to see.
pub(super) fn visible(transcript: &Transcript) -> impl Iterator<Item = &Segment> {
    transcript.segments.iter().filter(|segment| shows(segment))
}

/// Paragraphs, gaps and markers by time.
pub(super) fn passages(transcript: &Transcript) -> impl Iterator<Item = Passage<'_>> {
    let gaps = transcript.gaps.iter().map(Stop::Gap);
    let mut stops: Vec<Stop<'_>> = gaps.chain(transcript.markers.iter().map(Stop::Marker)).collect();
    stops.sort_by_key(|stop| stop.span().start);
    let mut stops = stops.into_iter().peekable();
    let mut segments = &transcript.segments[..];
    // Who spoke last, `None` if nobody has since the beginning or the last stop.
    let mut voice: Option<Option<SpeakerId>> = None;
    std::iter::from_fn(move || {
        while let [first, rest @ ..] = segments
            && !shows(first)
        {
            segments = rest;
        }
        let comes_first = |stop: &Stop<'_>| segments.first().is_none_or(|s| stop.span().start < s.span.start);
        if let Some(stop) = stops.next_if(comes_first) {
            voice = None;
            return Some(Passage::Stop(stop));
        }
        let first = segments.first()?;
        let end = paragraph(segments, stops.peek().map(|stop| stop.span().start));
        let paragraph;
        (paragraph, segments) = segments.split_at(end);
        let turn = voice.replace(first.speaker) != Some(first.speaker);
        Some(Passage::Paragraph(Paragraph { speaker: first.speaker, turn, segments: paragraph }))
    })
}

/// How many of the segments the first paragraph takes; `stop` is when the next one is.
fn paragraph(segments: &[Segment], stop: Option<Millis>) -> usize {
    let first = &segments[0];
    let (mut before, mut end, mut length) = (first, 1, characters(first));
    for (at, next) in segments.iter().enumerate().skip(1).filter(|(_, segment)| shows(segment)) {
        let interrupted = stop.is_some_and(|stop| stop < next.span.start);
        let late = (next.span.end - first.span.start).0 > LATE;
        if interrupted || late || next.speaker != first.speaker || ends_paragraph(before, next, length) {
            break;
        }
        (before, end) = (next, at + 1);
        length += characters(next);
    }
    end
}

fn ends_paragraph(before: &Segment, next: &Segment, length: usize) -> bool {
    let pause = (text::spoken(next).start - text::spoken(before).end).0;
    let sentence = text::ends_sentence(before.text.trim_end());
    pause >= SILENCE || length >= TOO_LONG || sentence && (pause >= PAUSE || length >= LONG)
}

fn shows(segment: &Segment) -> bool {
    text::parts(&segment.text).next().is_some()
}

fn characters(segment: &Segment) -> usize {
    text::line(&segment.text).chars().count()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn paragraphs(segments: impl IntoIterator<Item = (u64, u64, String)>) -> usize {
        let segment = |(start, end, text)| Segment { span: Span::new(start, end), text, ..Segment::default() };
        let segments = segments.into_iter().map(segment).collect();
        passages(&Transcript { segments, ..Transcript::default() }).count()
    }

    #[test]
    fn paragraphs_end_with_a_thought() {
        let pair = |end: &str, pause: u64| [(0, 1000, format!("Eins{end}")), (1000 + pause, 9000, "zwei.".to_owned())];
        assert_eq!(paragraphs(pair(".", 1999)), 1);
        assert_eq!(paragraphs(pair(".", 2000)), 2);
        assert_eq!(paragraphs(pair("", 4999)), 1, "a pause for thought within a sentence");
        assert_eq!(paragraphs(pair("", 5000)), 2);
        let talk = |end: &str| (0..20).map(move |n| (n, n, format!("{}{end}", "x".repeat(100)))).collect::<Vec<_>>();
        assert_eq!(paragraphs(talk(".")), 4);
        assert_eq!(paragraphs(talk("")), 2, "nobody can read an endless paragraph");
        let slow = (0..10).map(|n| (n * 29_000, n * 29_000 + 28_000, "langsam".to_owned()));
        assert_eq!(paragraphs(slow), 2, "nor find a place in one of five minutes");
    }

    #[test]
    fn gaps_and_markers_part_paragraphs_and_nothing_to_see_is_none() {
        let mut transcript = council();
        transcript.markers.push(crate::Marker { at: Millis(2_450), kind: crate::MarkerKind::Decision });
        transcript.gaps.push(Gap { span: Span::new(18_000, 19_000), ..Gap::default() });
        transcript.segments[2].text = "\u{0} \u{feff}".into();
        transcript.segments[3].speaker = Some(SpeakerId(1));
        let shown: Vec<_> = passages(&transcript)
            .map(|passage| match passage {
                Passage::Paragraph(p) => {
                    format!("{}–{} {} {}", p.span().start.0, p.span().end.0, p.turn, p.segments().count())
                }
                Passage::Stop(stop) => format!("{} {}", stop.words(&transcript), stop.span().start.0),
            })
            .collect();
        let expected = [
            "340–2400 true 1",
            "Beschluss 00:02 2450",
            "2500–9100 true 1",
            "unverständlich 00:09–00:11 9600",
            "16800–17200 true 1",
            "unverständlich 00:18–00:19 18000",
        ];
        assert_eq!(shown, expected);
    }
}
