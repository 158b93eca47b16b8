//! Decodes a chunk and checks its text: hallucinations are removed, and speech that has no text is named.

use super::candidates::{Candidates, remove_loops};
use super::hallucinations::Evidence;
use super::{coverage, hallucinations, quality};
use crate::checkpoint_record::ChunkResult;
use crate::speech::Chunk;
use crate::{Coverage, Error, Gap, GapReason, Millis, Removal, Segment, Span};

/// Decodes a chunk, and removes what nobody said.
///
/// # Errors
/// As [`Recogniser::recognise`](crate::Recogniser::recognise).
pub(super) fn decode(candidates: Candidates<'_, '_>) -> Result<ChunkResult, Error> {
    let chunk = candidates.chunk;
    let best = candidates.best()?;
    let mut result = ChunkResult { removed: best.removed, ..ChunkResult::default() };
    let mut noise = Vec::new();
    for segment in best.segments {
        match hallucinations::evidence(&segment, chunk) {
            Some(evidence) => {
                noise.extend((evidence == Evidence::Noise).then_some(segment.span));
                result.removed.push(removal(segment, evidence));
            }
            None => result.segments.push(segment),
        }
    }
    // If the chunk may be noise, it need not have text.
    if chunk.certain {
        let speech = coverage::without(&own_speech(chunk), &noise);
        let gaps = coverage::gaps(&speech, &result.segments);
        result.gaps = gaps.into_iter().map(|span| Gap { span, reason: GapReason::Unrecognised }).collect();
        result.coverage = Coverage {
            speech: Millis(speech.iter().map(|span| span.length().0).sum()),
            with_text: coverage::with_text(&speech, &result.segments),
        };
    }
    Ok(result)
}

/// Removes loops and hallucinations from the segments of a chunk, and keeps no record of them.
pub(super) fn without_hallucinations(mut segments: Vec<Segment>, chunk: &Chunk) -> Vec<Segment> {
    if quality::Quality::of(&segments, &chunk.speech).repeats() {
        remove_loops(&mut segments);
    }
    segments.retain(|segment| hallucinations::evidence(segment, chunk).is_none());
    segments
}

/// The speech of a chunk without what its neighbours are responsible for.
fn own_speech(chunk: &Chunk) -> Vec<Span> {
    let (from, to) = (chunk.overlap.unwrap_or_default(), chunk.next_overlap.unwrap_or(Millis(u64::MAX)));
    let within = |span: &Span| Span { start: span.start.max(from), end: span.end.min(to) };
    chunk.speech.iter().map(within).filter(|span| span.start < span.end).collect()
}

fn removal(segment: Segment, evidence: Evidence) -> Removal {
    let uncertain = evidence == Evidence::Noise;
    Removal { span: segment.span, text: segment.text, reason: evidence.reason(), uncertain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::words_of;
    use crate::{Clip, DecodingOptions, DetectedLanguage, Observer, Recogniser, Recognition, Samples};

    /// Returns the same text with the same log probability for every clip.
    struct Constant(&'static str, f32);

    impl Recogniser for Constant {
        fn detect_language(&mut self, _: Clip<'_>, _: &[String]) -> Result<DetectedLanguage, Error> {
            Ok(DetectedLanguage::default())
        }

        fn recognise(&mut self, clip: Clip<'_>, _: &DecodingOptions, _: &dyn Observer) -> Result<Recognition, Error> {
            let words = words_of(clip.start.0, 500, self.0);
            let span = Span { start: clip.start, end: words[words.len() - 1].span.end };
            let segment = Segment { span, text: self.0.into(), avg_logprob: self.1, words, ..Segment::default() };
            Ok(Recognition { segments: vec![segment], language: "en".into() })
        }
    }

    /// Number of segments, gaps and removals for 4 s of speech.
    fn counts(text: &'static str, logprob: f32, certain_speech: &[Span]) -> (usize, usize, usize) {
        let speech = vec![Span::new(0, 4_000)];
        let samples = Samples::from_mono_16k(vec![0.0; 64_000]);
        let chunk =
            Chunk { certain: true, samples, speech, certain_speech: certain_speech.to_vec(), ..Chunk::default() };
        let candidates = Candidates {
            recogniser: &mut Constant(text, logprob),
            chunk: &chunk,
            options: &DecodingOptions::default(),
            beam_size: None,
            languages: None,
            observer: &(),
        };
        let result = decode(candidates).expect("decoded");
        assert!(
            result.removed.iter().all(|removal| removal.uncertain == certain_speech.is_empty()),
            "may be somebody far away"
        );
        (result.segments.len(), result.gaps.len(), result.removed.len())
    }

    #[test]
    fn an_uncertain_text_leaves_a_gap_and_noise_does_not() {
        let text = "Nobody said a single word of all that.";
        let certain = [Span::new(0, 4_000)];
        assert_eq!(counts(text, -0.5, &certain), (1, 0, 0));
        assert_eq!(counts(text, -1.2, &certain), (0, 1, 1));
        assert_eq!(counts(text, -0.5, &[]), (0, 0, 1));
    }
}
