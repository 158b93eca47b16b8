//! Detects which language is spoken where, if the user did not say.
//!
//! A chunk may hold several turns in different languages, so the language of its pieces between pauses is detected; but
//! not of every piece as long as nothing changes, because detection takes as long as decoding. A short or unclear piece
//! does not change the language: two words of greeting are often mistaken for a similar language.

use crate::speech::Chunk;
use crate::{DetectedLanguage, Error, Millis, Recogniser, Span};

/// Shortest pause between two pieces.
const PAUSE: Millis = Millis(300);
/// Least speech of a piece, and for a change of language.
const MIN_SPEECH: Millis = Millis(2_500);
/// Shortest pause after which somebody else may speak.
const NEW_SPEAKER_PAUSE: Millis = Millis(400);
/// Longest time for which one language is assumed without detection.
const MAX_UNDETECTED: Millis = Millis(6_000);
/// Least probability for a change of language.
const MIN_PROBABILITY: f32 = 0.7;

/// Follows the language of a recording from chunk to chunk.
#[derive(Debug)]
pub(super) struct LanguageTracker<'a> {
    /// Languages that may be spoken; empty for any.
    candidates: &'a [String],
    current: Option<String>,
}

impl<'a> LanguageTracker<'a> {
    pub(super) fn new(candidates: &'a [String]) -> LanguageTracker<'a> {
        LanguageTracker { candidates, current: None }
    }

    /// The language that is being spoken; `None` as long as it is not clear.
    pub(super) fn current(&self) -> Option<String> {
        self.current.clone()
    }

    /// Continues as if `current` were the language that is being spoken.
    pub(super) fn resume(&mut self, current: Option<String>) {
        self.current = current;
    }

    /// The languages in a chunk, each with the span in which it is spoken, in order.
    ///
    /// # Errors
    /// As [`Recogniser::detect_language`].
    pub(super) fn detect(
        &mut self,
        chunk: &Chunk,
        recogniser: &mut (dyn Recogniser + '_),
    ) -> Result<Vec<(Span, String)>, Error> {
        let mut pieces = pieces(&speech_between_pauses(chunk));
        if pieces.is_empty() {
            let whole = chunk.clip().span();
            pieces.push(Piece { span: whole, speech: whole.length(), detected: None });
        }
        let mut detect = |piece: &mut Piece| -> Result<(), Error> {
            let around = Span { start: piece.span.start - PAUSE, end: piece.span.end + PAUSE };
            piece.detected = Some(recogniser.detect_language(chunk.clip().part(around), self.candidates)?);
            Ok(())
        };
        let sampled = pieces_to_sample(&pieces);
        for n in &sampled {
            detect(&mut pieces[*n])?;
        }
        // Between two pieces in different languages, all are detected.
        for two in sampled.windows(2) {
            if pieces[two[0]].language() != pieces[two[1]].language() {
                pieces[two[0] + 1..two[1]].iter_mut().try_for_each(&mut detect)?;
            }
        }
        let mut spans: Vec<(Span, String)> = Vec::new();
        for piece in pieces {
            let language = match piece.detected {
                Some(detected) => self.decide(piece.speech, detected),
                None => spans.last().map_or_else(String::new, |(_, language)| language.clone()),
            };
            match spans.last_mut() {
                Some((span, last)) if *last == language => span.end = piece.span.end,
                _ => spans.push((piece.span, language)),
            }
        }
        Ok(spans)
    }

    /// The language of a piece with so much speech, which may become the current one.
    fn decide(&mut self, speech: Millis, detected: DetectedLanguage) -> String {
        let clear = speech >= MIN_SPEECH && detected.probability >= MIN_PROBABILITY;
        match &self.current {
            Some(current) if !clear => current.clone(),
            // An unclear beginning does not decide what follows.
            None if !clear => detected.language,
            _ => self.current.insert(detected.language).clone(),
        }
    }
}

/// The language of a piece, which may differ from that of its chunk; `None` if it is unclear.
///
/// # Errors
/// As [`Recogniser::detect_language`].
pub(super) fn of_piece(
    piece: &Chunk,
    candidates: &[String],
    recogniser: &mut (dyn Recogniser + '_),
) -> Result<Option<String>, Error> {
    if piece.clip().span().length() < MIN_SPEECH {
        return Ok(None);
    }
    let detected = recogniser.detect_language(piece.clip(), candidates)?;
    Ok((detected.probability >= MIN_PROBABILITY).then_some(detected.language))
}

/// The speech of a chunk, divided at pauses that only Silero detects, because earshot takes the echo of a word for
/// speech. Where Silero detects no speech at all, earshot's answer counts, because Silero misses soft voices.
fn speech_between_pauses(chunk: &Chunk) -> Vec<Span> {
    let mut spans = Vec::new();
    for speech in &chunk.speech {
        let overlaps = |span: &&Span| span.start < speech.end && span.end > speech.start;
        let within: Vec<&Span> = chunk.certain_speech.iter().filter(overlaps).collect();
        let mut from = speech.start;
        for two in within.windows(2) {
            if two[1].start - two[0].end >= PAUSE {
                spans.push(Span { start: from, end: two[0].end });
                from = two[1].start;
            }
        }
        spans.push(Span { start: from, end: speech.end });
    }
    spans
}

/// Speech between two pauses.
struct Piece {
    span: Span,
    /// How much of the span is speech and not short pauses.
    speech: Millis,
    /// `None` if it was not detected.
    detected: Option<DetectedLanguage>,
}

impl Piece {
    fn language(&self) -> Option<&str> {
        self.detected.as_ref().map(|detected| detected.language.as_str())
    }
}

/// Joins spans of speech to pieces with at least [`MIN_SPEECH`], divided at pauses; the last may have less.
fn pieces(speech: &[Span]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for span in speech {
        match pieces.last_mut() {
            Some(last) if last.speech < MIN_SPEECH || span.start - last.span.end < PAUSE => {
                last.span.end = span.end;
                last.speech = last.speech + span.length();
            }
            _ => pieces.push(Piece { span: *span, speech: span.length(), detected: None }),
        }
    }
    pieces
}

/// Indices of the pieces whose language is detected in any case: the first and the last, one after each
/// [`MAX_UNDETECTED`], and those after which somebody else may have begun to speak.
fn pieces_to_sample(pieces: &[Piece]) -> Vec<usize> {
    let mut sampled: Vec<usize> = Vec::new();
    for (n, piece) in pieces.iter().enumerate() {
        let undetected = sampled.last().map(|last| piece.span.end - pieces[*last].span.end);
        let pause = n.checked_sub(1).map(|before| piece.span.start - pieces[before].span.end);
        let last = n + 1 == pieces.len();
        if last
            || undetected.is_none_or(|time| time >= MAX_UNDETECTED)
            || pause.is_some_and(|pause| pause >= NEW_SPEAKER_PAUSE)
        {
            sampled.push(n);
        }
    }
    sampled
}

/// Splits a chunk where the language changes, in the middle of the pause.
pub(super) fn split(chunk: Chunk, spans: Vec<(Span, String)>) -> Vec<(Chunk, Option<String>)> {
    let mut rest = chunk;
    let mut chunks = Vec::new();
    let mut spans = spans.into_iter().peekable();
    while let Some((span, language)) = spans.next() {
        match spans.peek() {
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
    use crate::Clip;
    use crate::{DecodingOptions, Observer, Recognition, Samples};

    /// Detects the language of the line that contains the middle of a clip, and counts the calls.
    struct Scheduled(Vec<(u64, u64, &'static str, f32)>, usize);

    impl Recogniser for Scheduled {
        fn detect_language(&mut self, clip: Clip<'_>, _: &[String]) -> Result<DetectedLanguage, Error> {
            self.1 += 1;
            let middle = (clip.start.0 + clip.end().0) / 2;
            let (.., language, probability) = *self.0.iter().find(|l| l.0 <= middle && middle < l.1).expect("a line");
            Ok(DetectedLanguage { language: language.into(), probability })
        }

        fn recognise(&mut self, _: Clip<'_>, _: &DecodingOptions, _: &dyn Observer) -> Result<Recognition, Error> {
            Ok(Recognition::default())
        }
    }

    /// The parts of a chunk of 28 s with `speech`, each in one language, and how often the language was detected.
    fn detect(
        tracker: &mut LanguageTracker<'_>,
        speech: &[(u64, u64)],
        lines: &[(u64, u64, &'static str, f32)],
    ) -> (Vec<(u64, u64, String)>, usize) {
        let speech = speech.iter().map(|(start, end)| Span::new(*start, *end)).collect();
        let chunk = Chunk { samples: Samples::from_mono_16k(vec![0.0; 16_000 * 28]), speech, ..Chunk::default() };
        let mut recogniser = Scheduled(lines.to_vec(), 0);
        let spans = tracker.detect(&chunk, &mut recogniser).expect("it does not fail");
        let chunks = split(chunk, spans)
            .into_iter()
            .map(|(chunk, language)| (chunk.start.0, chunk.clip().end().0, language.expect("each has one")));
        (chunks.collect(), recogniser.1)
    }

    #[test]
    fn a_turn_in_another_language_is_a_chunk_of_its_own() {
        let speech = [(0, 9_000), (9_500, 15_000), (15_400, 27_000)];
        let lines = [(0, 9_200, "de", 0.9), (9_200, 15_200, "en", 0.9), (15_200, 28_000, "de", 0.9)];
        let (parts, _) = detect(
            &mut LanguageTracker::new(&[]),
            &[(0, 4_000), (4_400, 9_000), (10_000, 15_000), (16_000, 27_000)],
            &lines,
        );
        let expected = [(0, 9_500, "de".to_owned()), (9_500, 15_500, "en".into()), (15_500, 28_000, "de".into())];
        assert_eq!(parts, expected);
        let (parts, _) =
            detect(&mut LanguageTracker::new(&[]), &speech, &[(0, 9_200, "de", 0.9), (9_200, 28_000, "en", 0.9)]);
        assert_eq!(parts, [(0, 9_250, "de".to_owned()), (9_250, 28_000, "en".into())]);
    }

    #[test]
    fn two_words_or_a_low_probability_do_not_change_the_language() {
        let mut tracker = LanguageTracker::new(&[]);
        detect(&mut tracker, &[(0, 20_000)], &[(0, 28_000, "de", 0.9)]);
        assert_eq!(detect(&mut tracker, &[(0, 1_000)], &[(0, 28_000, "nl", 0.9)]).0, [(0, 28_000, "de".to_owned())]);
        assert_eq!(detect(&mut tracker, &[(0, 9_000)], &[(0, 28_000, "nl", 0.5)]).0, [(0, 28_000, "de".to_owned())]);
    }

    #[test]
    fn a_long_turn_is_detected_however_short_the_pause_before_it() {
        let lines = [(0, 3_100, "de", 0.9), (3_100, 13_500, "en", 0.9), (13_500, 28_000, "de", 0.9)];
        let parts = detect(&mut LanguageTracker::new(&[]), &[(0, 3_000), (3_310, 13_000), (14_000, 20_000)], &lines).0;
        let expected = [(0, 3_155, "de".to_owned()), (3_155, 13_500, "en".into()), (13_500, 28_000, "de".into())];
        assert_eq!(parts, expected);
    }

    #[test]
    fn a_pause_that_only_one_network_detects_counts() {
        let speech = vec![Span::new(0, 9_000), Span::new(9_400, 12_000)];
        let certain_speech = vec![Span::new(100, 2_000), Span::new(2_100, 4_000), Span::new(4_500, 8_800)];
        let chunk = Chunk { speech, certain_speech, ..Chunk::default() };
        assert_eq!(
            speech_between_pauses(&chunk),
            [Span::new(0, 4_000), Span::new(4_500, 9_000), Span::new(9_400, 12_000)]
        );
        assert_eq!(speech_between_pauses(&Chunk { certain_speech: Vec::new(), ..chunk.clone() }), chunk.speech);
    }

    #[test]
    fn pauses_are_not_counted_as_speech() {
        let mut tracker = LanguageTracker::new(&[]);
        detect(&mut tracker, &[(0, 20_000)], &[(0, 28_000, "de", 0.9)]);
        let two_words = [(0, 300), (2_500, 2_800)];
        assert_eq!(detect(&mut tracker, &two_words, &[(0, 28_000, "nl", 0.9)]).0, [(0, 28_000, "de".to_owned())]);
    }

    #[test]
    fn an_unclear_beginning_does_not_decide_what_follows() {
        let mut tracker = LanguageTracker::new(&[]);
        let mut one = |seconds: u64, language, p| {
            detect(&mut tracker, &[(0, seconds * 1_000)], &[(0, 28_000, language, p)]).0[0].2.clone()
        };
        assert_eq!([one(1, "nl", 0.4), one(1, "de", 0.6), one(20, "de", 0.9)], ["nl", "de", "de"]);
    }

    #[test]
    fn one_language_is_detected_now_and_then() {
        let speech: Vec<(u64, u64)> = (0..9).map(|n| (n * 3_000, n * 3_000 + 2_650)).collect();
        let (parts, detections) = detect(&mut LanguageTracker::new(&[]), &speech, &[(0, 28_000, "de", 0.9)]);
        assert_eq!((parts.len(), detections), (1, 5));
    }
}
