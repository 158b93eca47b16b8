//! Which language is spoken where, when nobody said.
//!
//! A clip may hold several turns, each in its own language, so its pieces between pauses are listened to; but not every one
//! where nothing changes, since it costs as much as decoding. A short or unclear piece changes nothing, for two words of
//! greeting are often taken for a neighbouring language.

use crate::speech::Chunk;
use crate::{Clip, DetectedLanguage, Error, Millis, Recogniser, Span};

/// A piece ends at a pause of this length.
const PAUSE: Millis = Millis(300);
/// A piece has at least so much speech; a change of language needs it, too.
const LONG_ENOUGH: Millis = Millis(2_500);
/// After a pause of this length somebody else may speak.
const NEW_SPEAKER: Millis = Millis(400);
/// So much is taken for one language without listening.
const UNHEARD: Millis = Millis(6_000);
/// A change of language needs this probability.
const SURE: f32 = 0.7;

/// Remembers the language that is being spoken.
#[derive(Debug)]
pub(super) struct Languages<'a> {
    /// Those that may be spoken; empty: any.
    among: &'a [String],
    current: Option<String>,
}

impl<'a> Languages<'a> {
    pub(super) fn new(among: &'a [String]) -> Languages<'a> {
        Languages { among, current: None }
    }

    /// The one that is being spoken, as far as is known.
    pub(super) fn spoken(&self) -> Option<String> {
        self.current.clone()
    }

    /// Goes on as if it had told so far that `spoken` is being spoken.
    pub(super) fn go_on(&mut self, spoken: Option<String>) {
        self.current = spoken;
    }

    /// The languages of a clip, each with the stretch in which it is spoken.
    pub(super) fn tell(
        &mut self,
        chunk: &Chunk,
        detector: &mut (dyn Recogniser + '_),
    ) -> Result<Vec<(Span, String)>, Error> {
        let pieces = pieces(&spoken(chunk));
        let whole = chunk.clip().span();
        let pieces = if pieces.is_empty() { vec![Piece { span: whole, speech: whole.length() }] } else { pieces };
        let mut guesses: Vec<Option<DetectedLanguage>> = vec![None; pieces.len()];
        let mut listen = |piece: usize, guesses: &mut Vec<Option<DetectedLanguage>>| -> Result<(), Error> {
            if guesses[piece].is_none() {
                let Span { start, end } = pieces[piece].span;
                let around = Span { start: start - PAUSE, end: end + PAUSE };
                guesses[piece] = Some(detector.language(chunk.clip().part(around), self.among)?);
            }
            Ok(())
        };
        let mut heard: Vec<usize> = Vec::new();
        for (n, piece) in pieces.iter().enumerate() {
            let unheard = heard.last().map(|last| piece.span.end - pieces[*last].span.end);
            let pause = n.checked_sub(1).map(|before| piece.span.start - pieces[before].span.end);
            let last = n + 1 == pieces.len();
            if last || unheard.is_none_or(|time| time >= UNHEARD) || pause.is_some_and(|p| p >= NEW_SPEAKER) {
                listen(n, &mut guesses)?;
                heard.push(n);
            }
        }
        // Between two that differ, one listens to all.
        for two in heard.windows(2) {
            let language =
                |n: usize, guesses: &[Option<DetectedLanguage>]| guesses[n].as_ref().map(|g| g.language.clone());
            if language(two[0], &guesses) != language(two[1], &guesses) {
                for n in two[0] + 1..two[1] {
                    listen(n, &mut guesses)?;
                }
            }
        }
        let mut told: Vec<(Span, String)> = Vec::new();
        for (piece, detected) in pieces.into_iter().zip(guesses) {
            let language = match detected {
                Some(detected) => self.decide(piece.speech, detected),
                None => told.last().map_or_else(String::new, |(_, language)| language.clone()),
            };
            match told.last_mut() {
                Some((span, last)) if *last == language => span.end = piece.span.end,
                _ => told.push((piece.span, language)),
            }
        }
        Ok(told)
    }

    fn decide(&mut self, speech: Millis, detected: DetectedLanguage) -> String {
        let clear = speech >= LONG_ENOUGH && detected.probability >= SURE;
        match &self.current {
            Some(current) if !clear => current.clone(),
            // An unclear beginning binds nobody.
            None if !clear => detected.language,
            _ => self.current.insert(detected.language).clone(),
        }
    }
}

/// The language of speech that has no text, perhaps since it was taken for another language; `None`: it can't be told.
pub(super) fn of_hole(
    hole: Clip<'_>,
    among: &[String],
    recogniser: &mut (dyn Recogniser + '_),
) -> Result<Option<String>, Error> {
    if hole.span().length() < LONG_ENOUGH {
        return Ok(None);
    }
    let detected = recogniser.language(hole, among)?;
    Ok((detected.probability >= SURE).then_some(detected.language))
}

/// Where somebody speaks, without the pauses that only one of the two networks hears: earshot goes on into the echo of a word,
/// and Silero is deaf to soft voices. Where it hears none, earshot's word counts.
fn spoken(chunk: &Chunk) -> Vec<Span> {
    let mut spoken = Vec::new();
    for speech in &chunk.speech {
        let within: Vec<&Span> = chunk.voices.iter().filter(|v| v.start < speech.end && v.end > speech.start).collect();
        let mut from = speech.start;
        for two in within.windows(2) {
            if two[1].start - two[0].end >= PAUSE {
                spoken.push(Span { start: from, end: two[0].end });
                from = two[1].start;
            }
        }
        spoken.push(Span { start: from, end: speech.end });
    }
    spoken
}

/// Speech between two pauses.
struct Piece {
    span: Span,
    /// So much of it is speech; the rest are short pauses.
    speech: Millis,
}

/// Speech in pieces of at least [`LONG_ENOUGH`], cut at pauses; the last may be shorter.
fn pieces(speech: &[Span]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for span in speech {
        match pieces.last_mut() {
            Some(last) if last.speech < LONG_ENOUGH || span.start - last.span.end < PAUSE => {
                last.span.end = span.end;
                last.speech = last.speech + span.length();
            }
            _ => pieces.push(Piece { span: *span, speech: span.length() }),
        }
    }
    pieces
}

/// Cuts a clip where the language changes, in the middle of the pause.
pub(super) fn split(chunk: Chunk, told: Vec<(Span, String)>) -> Vec<(Chunk, Option<String>)> {
    let mut rest = chunk;
    let mut chunks = Vec::new();
    let mut told = told.into_iter().peekable();
    while let Some((span, language)) = told.next() {
        match told.peek() {
            Some((next, _)) => {
                let (before, after) = rest.split(Millis((span.end.0 + next.start.0) / 2));
                chunks.push((before, Some(language)));
                rest = after;
            }
            None => {
                chunks.push((rest, Some(language)));
                return chunks;
            }
        }
    }
    vec![(rest, None)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Observer, Recognition, Request, Samples};

    /// Says the language of the line in which a clip's middle lies.
    struct Fake(Vec<(u64, u64, &'static str, f32)>, usize);

    impl Recogniser for Fake {
        fn language(&mut self, clip: Clip<'_>, _: &[String]) -> Result<DetectedLanguage, Error> {
            self.1 += 1;
            let middle = (clip.start.0 + clip.end().0) / 2;
            let (.., language, probability) = *self.0.iter().find(|l| l.0 <= middle && middle < l.1).expect("a line");
            Ok(DetectedLanguage { language: language.into(), probability })
        }

        fn recognise(&mut self, _: Clip<'_>, _: &Request, _: &dyn Observer) -> Result<Recognition, Error> {
            Ok(Recognition::default())
        }
    }

    /// The stretches of a clip of 28 s in which somebody speaks at `speech`, and how often it was listened to.
    fn tell(
        languages: &mut Languages<'_>,
        speech: &[(u64, u64)],
        said: &[(u64, u64, &'static str, f32)],
    ) -> (Vec<(u64, u64, String)>, usize) {
        let speech = speech.iter().map(|(start, end)| Span::new(*start, *end)).collect();
        let chunk = Chunk { samples: Samples::from_mono_16k(vec![0.0; 16_000 * 28]), speech, ..Chunk::default() };
        let mut fake = Fake(said.to_vec(), 0);
        let told = languages.tell(&chunk, &mut fake).expect("a fake does not fail");
        let chunks = split(chunk, told)
            .into_iter()
            .map(|(chunk, language)| (chunk.start.0, chunk.clip().end().0, language.expect("each has one")));
        (chunks.collect(), fake.1)
    }

    #[test]
    fn a_turn_in_another_language_is_a_clip_of_its_own() {
        let speech = [(0, 9_000), (9_500, 15_000), (15_400, 27_000)];
        let said = [(0, 9_200, "de", 0.9), (9_200, 15_200, "en", 0.9), (15_200, 28_000, "de", 0.9)];
        let (told, _) =
            tell(&mut Languages::new(&[]), &[(0, 4_000), (4_400, 9_000), (10_000, 15_000), (16_000, 27_000)], &said);
        let wanted = [(0, 9_500, "de".to_owned()), (9_500, 15_500, "en".into()), (15_500, 28_000, "de".into())];
        assert_eq!(told, wanted);
        let (told, _) = tell(&mut Languages::new(&[]), &speech, &[(0, 9_200, "de", 0.9), (9_200, 28_000, "en", 0.9)]);
        assert_eq!(told, [(0, 9_250, "de".to_owned()), (9_250, 28_000, "en".into())]);
    }

    #[test]
    fn two_words_or_a_guess_change_nothing() {
        let mut languages = Languages::new(&[]);
        tell(&mut languages, &[(0, 20_000)], &[(0, 28_000, "de", 0.9)]);
        assert_eq!(tell(&mut languages, &[(0, 1_000)], &[(0, 28_000, "nl", 0.9)]).0, [(0, 28_000, "de".to_owned())]);
        assert_eq!(tell(&mut languages, &[(0, 9_000)], &[(0, 28_000, "nl", 0.5)]).0, [(0, 28_000, "de".to_owned())]);
    }

    #[test]
    fn a_long_turn_is_heard_however_short_the_pause_before_it() {
        let said = [(0, 3_100, "de", 0.9), (3_100, 13_500, "en", 0.9), (13_500, 28_000, "de", 0.9)];
        let told = tell(&mut Languages::new(&[]), &[(0, 3_000), (3_310, 13_000), (14_000, 20_000)], &said).0;
        let wanted = [(0, 3_155, "de".to_owned()), (3_155, 13_500, "en".into()), (13_500, 28_000, "de".into())];
        assert_eq!(told, wanted);
    }

    #[test]
    fn a_pause_that_only_one_network_hears_is_one() {
        let speech = vec![Span::new(0, 9_000), Span::new(9_400, 12_000)];
        let voices = vec![Span::new(100, 2_000), Span::new(2_100, 4_000), Span::new(4_500, 8_800)];
        let chunk = Chunk { speech, voices, ..Chunk::default() };
        assert_eq!(spoken(&chunk), [Span::new(0, 4_000), Span::new(4_500, 9_000), Span::new(9_400, 12_000)]);
        assert_eq!(spoken(&Chunk { voices: Vec::new(), ..chunk.clone() }), chunk.speech);
    }

    #[test]
    fn pauses_are_not_counted_as_speech() {
        let mut languages = Languages::new(&[]);
        tell(&mut languages, &[(0, 20_000)], &[(0, 28_000, "de", 0.9)]);
        let two_words = [(0, 300), (2_500, 2_800)];
        assert_eq!(tell(&mut languages, &two_words, &[(0, 28_000, "nl", 0.9)]).0, [(0, 28_000, "de".to_owned())]);
    }

    #[test]
    fn an_unclear_beginning_does_not_bind() {
        let mut languages = Languages::new(&[]);
        let mut one = |seconds: u64, language, p| {
            tell(&mut languages, &[(0, seconds * 1_000)], &[(0, 28_000, language, p)]).0[0].2.clone()
        };
        assert_eq!([one(1, "nl", 0.4), one(1, "de", 0.6), one(20, "de", 0.9)], ["nl", "de", "de"]);
    }

    #[test]
    fn one_language_is_listened_to_now_and_then() {
        let speech: Vec<(u64, u64)> = (0..9).map(|n| (n * 3_000, n * 3_000 + 2_650)).collect();
        let (told, listened) = tell(&mut Languages::new(&[]), &speech, &[(0, 28_000, "de", 0.9)]);
        assert_eq!((told.len(), listened), (1, 5));
    }
}
