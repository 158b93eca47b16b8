//! A transcript as it is read from beginning to end: paragraphs, and gaps and markers between them.
//!
//! A paragraph is part of a turn. It ends where the speaker changes, at a pause after a sentence, at the end of a sentence once it
//! is long, and before a gap or a marker. Segments without visible text are left out. Knows no format.

use super::text;
use crate::transcript::{is_blank, turns};
use crate::{Gap, Marker, Millis, Segment, Span, SpeakerId, Transcript};

/// A pause after a sentence from which on a new thought begins, in milliseconds.
const PAUSE: u64 = 2000;
/// A pause that ends a paragraph even within a sentence, in milliseconds.
const SILENCE: u64 = 5000;
/// Characters after which the next end of a sentence ends the paragraph too.
const LONG: usize = 600;
/// Characters after which the next end of a segment does: models at times write no full stops.
const TOO_LONG: usize = 1500;
/// No paragraph of several segments takes longer, in milliseconds: Dresing & Pehl want a time mark at least that often.
const LATE: u64 = 180_000;

/// A paragraph, or what stands between paragraphs.
pub(super) enum Passage<'a> {
    /// What one speaker says.
    Paragraph(Paragraph<'a>),
    /// A gap or a marker.
    Stop(Stop<'a>),
}

/// A gap or a marker between paragraphs.
#[derive(Clone, Copy)]
pub(super) enum Stop<'a> {
    /// A time span without text.
    Gap(&'a Gap),
    /// A place that somebody marked.
    Marker(&'a Marker),
}

impl Stop<'_> {
    /// When it is; a marker has no length.
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

/// What one speaker says in one go.
#[derive(Clone)]
pub(super) struct Paragraph<'a> {
    /// `None`: not known.
    pub(super) speaker: Option<SpeakerId>,
    /// Does a turn begin here? False for another paragraph of the same speaker; true after a [`Stop`].
    pub(super) turn: bool,
    /// Never empty; all have visible text.
    segments: Vec<&'a Segment>,
}

impl<'a> Paragraph<'a> {
    /// Its segments, in order.
    pub(super) fn segments(&self) -> impl Iterator<Item = &'a Segment> {
        self.segments.iter().copied()
    }

    /// From the earliest start to the latest end of its segments.
    pub(super) fn span(&self) -> Span {
        let start = self.segments().map(|segment| segment.span.start.0).min().unwrap_or_default();
        let end = self.segments().map(|segment| segment.span.end.0).max().unwrap_or_default();
        Span::new(start, end)
    }

    /// On one line.
    pub(super) fn text(&self) -> String {
        self.text_with(|segment| text::line(&segment.text).into_owned())
    }

    /// On one line, with the text that `text_of` gives for each segment.
    pub(super) fn text_with(&self, mut text_of: impl FnMut(&Segment) -> String) -> String {
        let mut text = String::new();
        for segment in self.segments() {
            if !text.is_empty() && text::blank_before(segment) {
                text.push(' ');
            }
            text.push_str(&text_of(segment));
        }
        text
    }
}

/// All segments with visible text.
pub(super) fn visible(transcript: &Transcript) -> impl Iterator<Item = &Segment> {
    transcript.segments.iter().filter(|segment| !is_blank(&segment.text))
}

/// Paragraphs, gaps and markers by time.
pub(super) fn passages(transcript: &Transcript) -> impl Iterator<Item = Passage<'_>> {
    let gaps = transcript.gaps.iter().map(Stop::Gap);
    let mut stops: Vec<Stop<'_>> = gaps.chain(transcript.markers.iter().map(Stop::Marker)).collect();
    stops.sort_by_key(|stop| stop.span().start);
    let mut stops = stops.into_iter().peekable();
    let all: Vec<&Segment> = visible(transcript).collect();
    // How many segments are done, and how many when the turn is over.
    let (mut done, mut turn_end) = (0, 0);
    // Who spoke last; `None` if nobody has since the beginning or the last stop.
    let mut voice: Option<Option<SpeakerId>> = None;
    std::iter::from_fn(move || {
        let segments = &all[done..];
        let comes_first = |stop: &Stop<'_>| segments.first().is_none_or(|s| stop.span().start < s.span.start);
        if let Some(stop) = stops.next_if(comes_first) {
            voice = None;
            return Some(Passage::Stop(stop));
        }
        if done == turn_end {
            turn_end += turns(segments).next()?.len();
        }
        let turn = &all[done..turn_end];
        let segments = turn[..paragraph(turn, stops.peek().map(|stop| stop.span().start))].to_vec();
        done += segments.len();
        let speaker = segments[0].speaker;
        let turn = voice.replace(speaker) != Some(speaker);
        Some(Passage::Paragraph(Paragraph { speaker, turn, segments }))
    })
}

/// How many segments of a turn the first paragraph takes; `stop` is when the next gap or marker begins.
fn paragraph(turn: &[&Segment], stop: Option<Millis>) -> usize {
    let first = turn[0];
    let mut length = 0;
    let ends = |pair: &[&Segment]| {
        let (before, next) = (pair[0], pair[1]);
        length += characters(before);
        let interrupted = stop.is_some_and(|stop| stop < next.span.start);
        let late = (next.span.end - first.span.start).0 > LATE;
        interrupted || late || ends_paragraph(before, next, length)
    };
    turn.windows(2).position(ends).map_or(turn.len(), |n| n + 1)
}

fn ends_paragraph(before: &Segment, next: &Segment, length: usize) -> bool {
    let pause = (text::spoken(next).start - text::spoken(before).end).0;
    let sentence = text::ends_sentence(before.text.trim_end());
    pause >= SILENCE || length >= TOO_LONG || sentence && (pause >= PAUSE || length >= LONG)
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
