//! Turns of a transcript, joined where only fillers of others are in between.

use super::fillers::is_filler;
use crate::transcript::{is_blank, unspaced_script};
use crate::{Millis, Segment, Span, SpeakerId, Transcript};

/// After a longer silence somebody begins anew, also if nobody else spoke.
const PAUSE: Millis = Millis(10_000);

/// A word with what is written around it, and when it is said.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) text: String,
    /// Whether a blank precedes it.
    pub(super) spaced: bool,
    pub(super) span: Span,
}

/// What one says in a row.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    pub(super) speaker: Option<SpeakerId>,
    /// ISO 639-1 code of its beginning.
    pub(super) language: String,
    /// Never empty.
    pub(super) tokens: Vec<Token>,
    pub(super) filler: bool,
}

impl Turn {
    fn start(&self) -> Millis {
        self.tokens.first().map_or(Millis(0), |token| token.span.start)
    }

    fn end(&self) -> Millis {
        self.tokens.last().map_or(Millis(0), |token| token.span.end)
    }
}

/// All turns, by start. Segments without visible text are left out.
pub(super) fn turns(transcript: &Transcript) -> Vec<Turn> {
    let segments: Vec<&Segment> = transcript.segments.iter().filter(|segment| !is_blank(&segment.text)).collect();
    let mut turns: Vec<Turn> = Vec::new();
    // Who has the floor: the last turn that is no filler.
    let mut floor = None;
    let goes_on = |a: &&Segment, b: &&Segment| a.speaker == b.speaker && b.span.start - a.span.end < PAUSE;
    for run in segments.chunk_by(goes_on) {
        let tokens: Vec<Token> = run.iter().flat_map(|segment| tokens(segment)).collect();
        let text = run.iter().map(|segment| &*segment.text).collect::<Vec<_>>().join(" ");
        let Some(first) = run.first().filter(|_| !tokens.is_empty()) else { continue };
        let filler = is_filler(&text, &first.language);
        let turn = Turn { speaker: first.speaker, language: first.language.clone(), tokens, filler };
        let goes_on = |at: &usize| {
            let floor = &turns[*at];
            !filler && floor.speaker == turn.speaker && turn.start() - floor.end() < PAUSE
        };
        match floor.filter(goes_on) {
            Some(at) => turns[at].tokens.extend(turn.tokens),
            None => {
                floor = if filler { floor } else { Some(turns.len()) };
                turns.push(turn);
            }
        }
    }
    turns.sort_by_key(Turn::start);
    turns
}

/// The words of a segment. Without times of words, they share its time by their length.
fn tokens(segment: &Segment) -> Vec<Token> {
    let visible = |text: &str| !is_blank(text);
    if !segment.words.is_empty() {
        let token = |(n, word): (usize, &crate::Word)| Token {
            text: plain(&word.text),
            // Segments begin behind a blank, but in scripts without.
            spaced: word.spaced || n == 0 && !word.text.starts_with(unspaced_script),
            span: word.span,
        };
        return segment.words.iter().filter(|word| visible(&word.text)).enumerate().map(token).collect();
    }
    let words: Vec<String> = segment.text.split_whitespace().map(plain).filter(|word| visible(word)).collect();
    let total = words.iter().map(|word| word.len() as u64).sum::<u64>().max(1);
    let (start, time) = (segment.span.start.0, segment.span.length().0);
    let mut done = 0;
    let token = |text: String| {
        let at =
            |done: u64| start + u64::try_from(u128::from(time) * u128::from(done) / u128::from(total)).unwrap_or(time);
        let from = at(done);
        done += text.len() as u64;
        let spaced = !text.starts_with(unspaced_script);
        Token { spaced, span: Span::new(from, at(done)), text }
    };
    words.into_iter().map(token).collect()
}

/// On one line, without control characters and what stands for characters that were lost.
fn plain(text: &str) -> String {
    let kept = |c: &char| {
        !c.is_control() && !matches!(c, '\u{feff}' | '\u{fffd}' | '\u{fffe}' | '\u{ffff}' | '\u{2028}' | '\u{2029}')
    };
    text.chars().filter(kept).collect::<String>().trim().to_owned()
}
