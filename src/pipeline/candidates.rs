//! The texts that a chunk may have, and the best of them.
//!
//! The whole chunk is decoded in the cheapest way first. Where that leaves doubts, so is the same sound in another way, and one of
//! the two texts is taken whole: words of one are never put between those of the other, since neither knows exactly when its
//! words were said.

use super::languages;
use super::pieces::pieces;
use super::quality::{self, Quality};
use crate::speech::Chunk;
use crate::transcript::text_of;
use crate::{AudioContext, DecodingOptions, Error, Observer, Recogniser, Removal, RemovalReason, Segment, Span};

/// Hypotheses if one was not enough.
const BEAM_SIZE: u8 = 5;

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
    /// words may be missing or may have been repeated by mistake, and with more hypotheses if it is only unlikely. Two
    /// attempts are the most, so hard sound costs little more than twice what easy sound does.
    pub(super) fn best(mut self) -> Result<Candidate, Error> {
        let (chunk, beam_size) = (self.chunk, self.beam_size.unwrap_or(BEAM_SIZE));
        let first = DecodingOptions { beam_size: self.beam_size.unwrap_or(1), ..self.options.clone() };
        let whole = self.attempt(chunk, &first)?;
        if !chunk.certain || !whole.quality.is_doubtful() {
            return Ok(whole.without_loops(None));
        }
        // All attempts are in the language of the first.
        let language = Some(whole.language.clone()).filter(|code| !code.is_empty()).or(first.language);
        let more = DecodingOptions { beam_size, language, ..self.options.clone() };
        let other = if whole.quality.is_good() && !whole.quality.may_be_wrong_about_repetitions() {
            if self.beam_size.is_some() {
                return Ok(whole);
            }
            self.attempt(chunk, &more)?
        } else {
            self.by_pieces(&more, &whole.quality)?
        };
        Ok(match other.quality.is_better_than(&whole.quality) {
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
        for piece in pieces(self.chunk) {
            let language = match self.languages {
                Some(languages) => languages::of_piece(&piece, languages, self.recogniser)?,
                None => None,
            };
            // The prompt may be the cause of what is wrong.
            let options = DecodingOptions {
                language: language.or(options.language.clone()),
                audio_context: AudioContext::Tight,
                prompt: String::new(),
                ..options.clone()
            };
            let part = self.attempt(&piece, &options)?.without_loops(Some(whole));
            all.segments.extend(part.segments);
            all.removed.extend(part.removed);
            parts.push(part.quality);
        }
        all.quality = Quality::of_parts(&all.segments, &self.chunk.speech, &parts);
        Ok(all)
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
