//! The texts that a chunk may have, and the best of them.
//!
//! The whole chunk is decoded in the cheapest way first. Where that leaves doubts, so is the same sound in another way, and one of
//! the two texts is taken whole: words of one are never put between those of the other, since neither knows exactly when its
//! words were said.

use super::languages;
use super::pieces;
use super::quality::{self, Quality};
use crate::speech::Chunk;
use crate::transcript::text_of;
use crate::{DecodingOptions, Error, Observer, Recogniser, Removal, RemovalReason, Segment, Span};

/// Hypotheses for the whole chunk if one was not enough, and for its pieces: as many as whisper.cpp follows. It draws the tokens that
/// each tries, so more of them try more; short pieces gain the most.
const BEAM_SIZE: u8 = 5;
const BEAM_SIZE_OF_PIECES: u8 = 8;

/// How often a piece is halved that has speech without text: to about a second.
const HALVINGS: u32 = 2;
/// Share of words in which two texts of the same sound may differ.
const MAX_DIFFERENT: f64 = 0.4;
/// How much longer the second of them may be.
const MAX_LONGER: f64 = 1.1;

/// A text of a chunk.
pub(super) struct Candidate {
    pub(super) segments: Vec<Segment>,
    /// Loops that were taken out of it.
    pub(super) removed: Vec<Removal>,
    /// ISO 639-1 code in which it was decoded; empty if unknown.
    language: String,
    quality: Quality,
}

/// A chunk to decode, and how.
pub(super) struct Candidates<'a, 'r> {
    pub(super) recogniser: &'a mut (dyn Recogniser + 'r),
    pub(super) chunk: &'a Chunk,
    /// The beam size is taken from the field below.
    pub(super) options: &'a DecodingOptions,
    /// As [`TranscribeOptions::beam_size`](super::TranscribeOptions::beam_size).
    pub(super) beam_size: Option<u8>,
    /// Languages that may be spoken, empty for any; `None` if the language is known.
    pub(super) languages: Option<&'a [String]>,
    pub(super) observer: &'a dyn Observer,
}

impl Candidates<'_, '_> {
    /// The best text of the chunk. What is certainly speech is decoded a second time if the first text leaves doubts: in pieces if
    /// words may be missing or may have been repeated by mistake, and with more hypotheses if it is only unlikely. Only pieces
    /// in which speech has no text are decoded again.
    pub(super) fn best(mut self) -> Result<Candidate, Error> {
        let chunk = self.chunk;
        let first = DecodingOptions { beam_size: self.beam_size.unwrap_or(1), ..self.options.clone() };
        let whole = self.attempt(chunk, &first)?;
        if !chunk.certain || !whole.quality.is_doubtful() {
            return Ok(whole.without_loops(None));
        }
        // All attempts are in the language of the first.
        let language = Some(whole.language.clone()).filter(|code| !code.is_empty()).or(first.language);
        let more = |usual: u8| DecodingOptions {
            beam_size: self.beam_size.unwrap_or(usual),
            language: language.clone(),
            ..self.options.clone()
        };
        let (other, confirmed) = if whole.quality.is_good() && !whole.quality.may_be_wrong_about_repetitions() {
            if self.beam_size.is_some() {
                return Ok(whole);
            }
            (self.attempt(chunk, &more(BEAM_SIZE))?.without_loops(Some(&whole.quality)), false)
        } else {
            let pieces = self.by_pieces(&more(BEAM_SIZE_OF_PIECES), &whole.quality)?;
            // A whole text that lacks nothing and that the pieces confirm has the better words: it was written with the others in
            // mind.
            let confirmed = whole.quality.is_complete() && confirms(&pieces.segments, &whole.segments);
            (pieces, confirmed)
        };
        Ok(match !confirmed && other.quality.is_better_than(&whole.quality) {
            true => other,
            false => whole.without_loops(Some(&other.quality)),
        })
    }

    /// Decodes the pieces of the chunk one by one, so that none is mistaken for the repetition of another. `whole`: quality of the
    /// text of the whole chunk.
    fn by_pieces(&mut self, options: &DecodingOptions, whole: &Quality) -> Result<Candidate, Error> {
        let mut all = Candidate {
            segments: Vec::new(),
            removed: Vec::new(),
            language: options.language.clone().unwrap_or_default(),
            quality: Quality::default(),
        };
        let mut parts = Vec::new();
        for piece in pieces::pieces(self.chunk) {
            let language = match self.languages {
                Some(languages) => languages::of_piece(&piece, languages, self.recogniser)?,
                None => None,
            };
            // The prompt may be the cause of what is wrong.
            let options = DecodingOptions {
                language: language.or(options.language.clone()),
                prompt: String::new(),
                ..options.clone()
            };
            let part = self.piece(piece, &options, whole, HALVINGS)?;
            all.segments.extend(part.segments);
            all.removed.extend(part.removed);
            parts.push(part.quality);
        }
        all.quality = Quality::of_parts(&all.segments, &self.chunk.speech, &parts);
        Ok(all)
    }

    /// The text of a piece of the chunk, or that of its halves if it leaves speech without text and they have more evidence. So
    /// often may the halves be halved.
    fn piece(
        &mut self,
        piece: Chunk,
        options: &DecodingOptions,
        whole: &Quality,
        halvings: u32,
    ) -> Result<Candidate, Error> {
        let part = self.attempt(&piece, options)?.without_loops(Some(whole));
        if part.quality.is_covered() || halvings == 0 {
            return Ok(part);
        }
        let speech = piece.speech.clone();
        let Some((first, second)) = pieces::halves(piece) else { return Ok(part) };
        let first = self.piece(first, options, whole, halvings - 1)?;
        let second = self.piece(second, options, whole, halvings - 1)?;
        let segments = [first.segments, second.segments].concat();
        let quality = Quality::of_parts(&segments, &speech, &[first.quality, second.quality]);
        let removed = [first.removed, second.removed].concat();
        let halves = Candidate { segments, removed, language: first.language, quality };
        Ok(if halves.quality.is_better_than(&part.quality) { halves } else { part })
    }

    /// Decodes the chunk or a piece of it once.
    fn attempt(&mut self, chunk: &Chunk, options: &DecodingOptions) -> Result<Candidate, Error> {
        let mut recognition = self.recogniser.recognise(chunk.clip(), options, self.observer)?;
        for segment in &mut recognition.segments {
            segment.compression_ratio = quality::compression_ratio(&segment.text);
        }
        let quality = Quality::of(&recognition.segments, &chunk.speech);
        Ok(Candidate { segments: recognition.segments, removed: Vec::new(), language: recognition.language, quality })
    }
}

impl Candidate {
    /// Without the loops of the model. What another attempt at the same sound repeats in the same words, as often as there is time
    /// for, somebody said again and again.
    fn without_loops(mut self, other: Option<&Quality>) -> Candidate {
        if self.quality.repeats() && !other.is_some_and(|other| self.quality.repeats_as(other)) {
            self.removed.extend(remove_loops(&mut self.segments));
        }
        self
    }
}

/// Whether `other` says nearly the same as `whole`, and hardly more.
fn confirms(other: &[Segment], whole: &[Segment]) -> bool {
    let words = |segments: &[Segment]| -> Vec<String> {
        let text: Vec<String> = segments.iter().map(|segment| quality::normalised(&segment.text)).collect();
        text.join(" ").split_whitespace().map(str::to_owned).collect()
    };
    let (other, whole) = (words(other), words(whole));
    let different = strsim::generic_levenshtein(&other, &whole);
    different as f64 <= MAX_DIFFERENT * whole.len() as f64 && other.len() as f64 <= MAX_LONGER * whole.len() as f64
}

fn repetition(span: Span, text: String) -> Removal {
    Removal { span, text, reason: RemovalReason::Repetition, uncertain: false }
}

/// Removes the repetitions from text that repeats itself in the best of all attempts. If no words repeat, removes the
/// segments that are too long for their time or compress as only loops do.
pub(super) fn remove_loops(segments: &mut Vec<Segment>) -> Vec<Removal> {
    let words: Vec<String> = segments.iter().flat_map(|s| &s.words).map(|w| quality::normalised(&w.text)).collect();
    let repeated = quality::repetition(&words).map_or(0..0, |(run, _)| run);
    let mut removed = Vec::new();
    let mut number = 0;
    segments.retain_mut(|segment| {
        let mut repeats = Vec::new();
        segment.words.retain(|word| {
            number += 1;
            let keep = !repeated.contains(&(number - 1));
            if !keep {
                repeats.push(word.clone());
            }
            keep
        });
        if let (Some(first), Some(last)) = (repeats.first(), repeats.last()) {
            let span = Span { start: first.span.start, end: last.span.end };
            removed.push(repetition(span, text_of(&repeats)));
            segment.span.end = segment.words.last().map_or(segment.span.end, |w| w.span.end);
            segment.text = text_of(&segment.words);
        } else if repeated.is_empty() && quality::Quality::of(std::slice::from_ref(segment), &[segment.span]).repeats()
        {
            removed.push(repetition(segment.span, segment.text.clone()));
            return false;
        }
        !segment.text.is_empty()
    });
    removed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::words_of;
    use crate::{Clip, DetectedLanguage, Millis, Recognition, Samples};

    /// What is written for clips of at least, and of at most, so many milliseconds that contain its start.
    #[derive(Clone)]
    struct Line {
        clip: std::ops::RangeInclusive<u64>,
        beams: std::ops::RangeInclusive<u8>,
        start: u64,
        text: &'static str,
        logprob: f32,
    }

    /// Writes the lines, 400 ms for each word, in the language that is requested; records how it was asked.
    #[derive(Default)]
    struct Writer {
        lines: Vec<Line>,
        asked: Vec<(Span, DecodingOptions)>,
    }

    impl Recogniser for Writer {
        fn detect_language(&mut self, clip: Clip<'_>, candidates: &[String]) -> Result<DetectedLanguage, Error> {
            let language = if clip.start < Millis(3_000) { "en" } else { "de" };
            assert!(candidates.is_empty() || candidates.iter().any(|code| code == language));
            Ok(DetectedLanguage { language: language.into(), probability: 0.9 })
        }

        fn recognise(
            &mut self,
            clip: Clip<'_>,
            options: &DecodingOptions,
            _: &dyn Observer,
        ) -> Result<Recognition, Error> {
            let span = clip.span();
            self.asked.push((span, options.clone()));
            let language = options.language.clone().unwrap_or_else(|| "en".into());
            let here = self.lines.iter().filter(|line| {
                line.clip.contains(&span.length().0)
                    && line.beams.contains(&options.beam_size)
                    && span.start.0 <= line.start
                    && line.start < span.end.0
            });
            let segment = |line: &Line| {
                let segment = Segment::of_words(words_of(line.start, 400, line.text)).expect("words");
                Segment { avg_logprob: line.logprob, language: language.clone(), ..segment }
            };
            Ok(Recognition { segments: here.map(segment).collect(), language: language.clone() })
        }
    }

    const ANY: std::ops::RangeInclusive<u64> = 0..=u64::MAX;
    const WHOLE: std::ops::RangeInclusive<u64> = 8_000..=u64::MAX;
    const PIECE: std::ops::RangeInclusive<u64> = 0..=7_999;

    fn line(clip: &std::ops::RangeInclusive<u64>, start: u64, text: &'static str, logprob: f32) -> Line {
        Line { clip: clip.clone(), beams: 1..=8, start, text, logprob }
    }

    /// The best text of three turns of 2.4 s each with pauses of 600 ms, and how the recogniser was asked.
    fn best(
        lines: Vec<Line>,
        certain: bool,
        beam_size: Option<u8>,
        languages: Option<&[String]>,
    ) -> (Candidate, Vec<(Span, DecodingOptions)>) {
        let samples = Samples::from_mono_16k(vec![0.0; 9_000 * 16]);
        let speech = vec![Span::new(0, 2_400), Span::new(3_000, 5_400), Span::new(6_000, 8_400)];
        let chunk = Chunk { certain, samples, speech: speech.clone(), certain_speech: speech, ..Chunk::default() };
        let options =
            DecodingOptions { language: Some("en".into()), prompt: "Names".into(), ..DecodingOptions::default() };
        let mut writer = Writer { lines, ..Writer::default() };
        let candidates = Candidates {
            recogniser: &mut writer,
            chunk: &chunk,
            options: &options,
            beam_size,
            languages,
            observer: &(),
        };
        (candidates.best().expect("decoded"), writer.asked)
    }

    fn texts(candidate: &Candidate) -> Vec<&str> {
        candidate.segments.iter().map(|segment| segment.text.as_str()).collect()
    }

    #[test]
    fn a_complete_text_that_the_pieces_confirm_is_kept() {
        let twice = |second: &'static str| {
            let lines = vec![
                line(&WHOLE, 0, FIRST, -0.1),
                line(&WHOLE, 3_000, FIRST, -0.01),
                line(&WHOLE, 6_000, SECOND, -0.1),
                line(&PIECE, 0, FIRST, -0.2),
                line(&PIECE, 3_000, second, -0.2),
                line(&PIECE, 6_000, SECOND, -0.2),
            ];
            texts(&best(lines, true, None, None).0).join("|")
        };
        assert_eq!(twice("and so my yellow Americans ask"), format!("{FIRST}|{FIRST}|{SECOND}"));
        assert_eq!(twice("no we shall not do that"), format!("{FIRST}|{FIRST}|{SECOND}"), "most of it is the same");
        assert!(
            !twice("no we shall not do that whatever they may say to us all").contains(&format!("{FIRST}|{FIRST}"))
        );
    }

    #[test]
    fn a_piece_with_speech_without_text_is_halved() {
        let third = line(&ANY, 6_000, "we will not do so at all", -0.2);
        let missing = |longest: u64| line(&(0..=longest), 3_000, SECOND, -0.3);
        let lines = |longest| vec![line(&ANY, 0, FIRST, -0.2), missing(longest), third.clone()];
        let (found, asked) = best(lines(1_200), true, None, None);
        assert_eq!(texts(&found), [FIRST, SECOND, "we will not do so at all"]);
        // The whole, three pieces, and both halves of the second.
        assert_eq!(asked.len(), 6, "{asked:?}");
        let (found, asked) = best(lines(0), true, None, None);
        assert_eq!(texts(&found), [FIRST, "we will not do so at all"]);
        assert!(asked.len() <= 8, "{asked:?}");
    }

    #[test]
    fn a_guess_is_not_kept_because_it_is_confirmed() {
        let lines = [FIRST, SECOND, "no we will not do so"].into_iter().zip([0, 3_000, 6_000]);
        let lines = lines.flat_map(|(text, at)| [line(&WHOLE, at, text, -1.1), line(&PIECE, at, text, -0.4)]);
        let (found, _) = best(lines.collect(), true, None, None);
        assert_eq!(found.segments.iter().map(|segment| segment.avg_logprob).collect::<Vec<_>>(), [-0.4; 3]);
    }

    #[test]
    fn a_loop_in_the_second_attempt_is_removed() {
        const LOOP: &str = "no no no no no no no no no no no no no no";
        let lines = [(FIRST, 0), (SECOND, 3_000), ("we will not do so at all", 6_000)];
        let mut lines: Vec<Line> = lines.map(|(text, at)| line(&ANY, at, text, -0.5)).into();
        lines.push(Line { beams: BEAM_SIZE..=8, ..line(&ANY, 8_000, LOOP, -0.1) });
        let (found, _) = best(lines, true, None, None);
        assert_eq!(texts(&found), [FIRST, SECOND, "we will not do so at all", "no"]);
        assert_eq!(found.removed.len(), 1);
    }

    #[test]
    fn more_hypotheses_replace_one_if_they_are_likelier() {
        let lines = [(FIRST, 0), ("watch your country can do for", 3_000), ("we will not do so at all", 6_000)];
        let mut lines: Vec<Line> = lines.map(|(text, at)| Line { beams: 1..=1, ..line(&ANY, at, text, -0.5) }).into();
        let more = [(FIRST, 0), (SECOND, 3_000), ("we will not do so at all", 6_000)];
        lines.extend(more.map(|(text, at)| Line { beams: BEAM_SIZE..=BEAM_SIZE, ..line(&ANY, at, text, -0.4) }));
        assert_eq!(texts(&best(lines, true, None, None).0)[1], SECOND);
    }

    const FIRST: &str = "and so my fellow Americans ask";
    const SECOND: &str = "what your country can do for";

    #[test]
    fn clear_text_is_decoded_once() {
        let lines = || {
            vec![
                line(&ANY, 0, FIRST, -0.1),
                line(&ANY, 3_000, SECOND, -0.1),
                line(&ANY, 6_000, "no we will not do so", -0.1),
            ]
        };
        let (_, asked) = best(lines(), true, None, None);
        assert_eq!(asked.iter().map(|(_, options)| options.beam_size).collect::<Vec<_>>(), [1]);
        let (_, asked) = best(lines(), true, Some(3), None);
        assert_eq!(asked.iter().map(|(_, options)| options.beam_size).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn unlikely_text_gets_more_hypotheses_once() {
        let lines = || {
            vec![
                line(&ANY, 0, FIRST, -0.5),
                line(&ANY, 3_000, SECOND, -0.5),
                line(&ANY, 6_000, "no we will not do so", -0.5),
            ]
        };
        let beams = |certain, beam_size| {
            let (_, asked) = best(lines(), certain, beam_size, None);
            asked.into_iter().map(|(_, options)| options.beam_size).collect::<Vec<_>>()
        };
        assert_eq!(beams(true, None), [1, BEAM_SIZE]);
        assert_eq!(beams(true, Some(2)), [2], "as many as requested");
        assert_eq!(beams(false, None), [1], "it may be noise");
    }

    #[test]
    fn a_sentence_that_is_missing_is_found_in_its_piece() {
        let lines = vec![
            line(&ANY, 0, FIRST, -0.2),
            line(&PIECE, 3_000, SECOND, -0.4),
            line(&ANY, 6_000, "no we will not do so", -0.2),
        ];
        let (found, asked) = best(lines, true, None, None);
        assert_eq!(texts(&found), [FIRST, SECOND, "no we will not do so"]);
        let spans: Vec<_> = asked.iter().map(|(span, _)| (span.start.0, span.end.0)).collect();
        assert_eq!(spans, [(0, 9_000), (0, 2_700), (2_700, 5_700), (5_700, 9_000)]);
        assert!(
            asked[1..].iter().all(|(_, options)| options.prompt.is_empty() && options.beam_size == BEAM_SIZE_OF_PIECES)
        );
    }

    #[test]
    fn what_three_people_say_in_the_same_words_stays() {
        let lines = vec![
            line(&WHOLE, 0, FIRST, -0.1),
            line(&WHOLE, 3_000, FIRST, -0.01),
            line(&PIECE, 0, FIRST, -0.4),
            line(&PIECE, 3_000, FIRST, -0.4),
            line(&PIECE, 6_000, FIRST, -0.4),
        ];
        let (found, _) = best(lines, true, None, None);
        assert_eq!((texts(&found), found.removed.len()), (vec![FIRST; 3], 0));
    }

    #[test]
    fn a_sentence_that_the_model_repeats_is_not_taken_from_it() {
        let lines = vec![
            line(&WHOLE, 0, FIRST, -0.1),
            line(&WHOLE, 3_000, FIRST, -0.01),
            line(&WHOLE, 6_000, FIRST, -0.01),
            line(&PIECE, 0, FIRST, -0.4),
            line(&PIECE, 3_000, SECOND, -0.4),
            line(&PIECE, 6_000, "no we will not do so", -0.4),
        ];
        let (found, _) = best(lines, true, None, None);
        assert_eq!(texts(&found), [FIRST, SECOND, "no we will not do so"]);
    }

    #[test]
    fn guesses_do_not_replace_what_is_clear() {
        let lines = vec![
            line(&ANY, 0, FIRST, -0.2),
            line(&PIECE, 3_000, SECOND, -1.2),
            line(&WHOLE, 6_000, "no we will not do so", -0.2),
        ];
        let (found, _) = best(lines, true, None, None);
        assert_eq!(texts(&found), [FIRST, "no we will not do so"]);
    }

    #[test]
    fn a_loop_is_removed_unless_it_is_heard_in_the_pieces_too() {
        const LOOP: &str = "no no no no no no no no no no no no no no";
        let (found, _) = best(vec![line(&WHOLE, 0, LOOP, -0.1)], true, None, None);
        assert_eq!((texts(&found), found.removed.len()), (vec!["no"], 1));
        let (found, _) = best(vec![line(&WHOLE, 0, LOOP, -0.1)], false, None, None);
        assert_eq!((texts(&found), found.removed.len()), (vec!["no"], 1));
        let (found, _) = best(vec![line(&ANY, 0, LOOP, -0.1)], true, None, None);
        assert_eq!((texts(&found), found.removed.len()), (vec![LOOP], 0));
    }

    #[test]
    fn a_piece_may_be_in_another_language() {
        // The recogniser of these tests detects German from 3 s on: in the third piece.
        let languages = |candidates: Option<&[String]>| {
            let lines = vec![line(&ANY, 0, FIRST, -0.2), line(&PIECE, 6_000, SECOND, -0.2)];
            let (found, _) = best(lines, true, None, candidates);
            found.segments.into_iter().map(|segment| segment.language).collect::<Vec<_>>()
        };
        assert_eq!(languages(Some(&[])), ["en", "de"]);
        assert_eq!(languages(Some(&["de".into(), "en".into()])), ["en", "de"]);
        assert_eq!(languages(None), ["en", "en"], "the user chose English");
    }
}
