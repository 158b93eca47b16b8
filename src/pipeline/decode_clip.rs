//! From a clip to what may stand in a transcript: nothing lost, nothing invented, and an entry for whatever is not sure.

use super::hallucinations::Evidence;
use super::{coverage, fallback, hallucinations, languages, quality};
use crate::checkpoint_record::ClipResult;
use crate::speech::Chunk;
use crate::transcript::text_of;
use crate::{
    Coverage, Error, Gap, GapReason, Millis, Observer, Recogniser, Removal, RemovalReason, Request, Segment, Span,
    Window,
};

/// Sound around a hole that is decoded with it.
const AROUND: Millis = Millis(300);

/// Recognises a clip, looks again where speech has no text, and takes out what nobody said. `among`: the languages that it may
/// be, empty for any; `None` if it is known.
pub(super) fn check(
    recogniser: &mut (dyn Recogniser + '_),
    chunk: &Chunk,
    beam_size: Option<u8>,
    request: &Request,
    among: Option<&[String]>,
    observer: &dyn Observer,
) -> Result<ClipResult, Error> {
    let mut best =
        fallback::best(recogniser, chunk.clip(), beam_size, request, &chunk.speech, chunk.certain, observer)?;
    let mut found = ClipResult::default();
    if best.quality.repeats() && !best.insists {
        found.removed = without_loops(&mut best.heard.segments);
    }
    let mut noise = Vec::new();
    for segment in best.heard.segments {
        match hallucinations::evidence(&segment, chunk) {
            Some(evidence) => {
                noise.extend((evidence == Evidence::Noise).then_some(segment.span));
                found.removed.push(removal(segment, evidence));
            }
            None => found.segments.push(segment),
        }
    }
    // What may be a noise need not have text.
    if chunk.certain {
        let speech = coverage::without(&own(chunk), &noise);
        let request = Request { language: Some(best.heard.language).filter(|l| !l.is_empty()), ..request.clone() };
        for hole in coverage::holes(&speech, &found.segments) {
            let other =
                among.map(|among| languages::of_hole(chunk.clip().part(hole), among, recogniser)).transpose()?;
            let language = other.flatten().or(request.language.clone());
            let request = Request { language, ..request.clone() };
            found.fill(recogniser, chunk, hole, beam_size.unwrap_or(fallback::BEAM), &request, observer)?;
        }
        let left = coverage::holes(&speech, &found.segments);
        found.gaps = left.into_iter().map(|span| Gap { span, reason: GapReason::Unrecognised }).collect();
        found.coverage = Coverage {
            speech: Millis(speech.iter().map(|s| s.length().0).sum()),
            with_text: coverage::with_text(&speech, &found.segments),
        };
    }
    Ok(found)
}

/// What of a quick look may be shown: no loops, no inventions.
pub(super) fn said(mut segments: Vec<Segment>, chunk: &Chunk) -> Vec<Segment> {
    if quality::Quality::of(&segments, &chunk.speech).repeats() {
        without_loops(&mut segments);
    }
    segments.retain(|segment| hallucinations::evidence(segment, chunk).is_none());
    segments
}

/// The speech of a clip without what a neighbour is to hear.
fn own(chunk: &Chunk) -> Vec<Span> {
    let (from, to) = (chunk.overlap.unwrap_or_default(), chunk.next_overlap.unwrap_or(Millis(u64::MAX)));
    let within = |s: &Span| Span { start: s.start.max(from), end: s.end.min(to) };
    chunk.speech.iter().map(within).filter(|s| s.start < s.end).collect()
}

fn removal(segment: Segment, evidence: Evidence) -> Removal {
    let uncertain = evidence == Evidence::Noise;
    Removal { span: segment.span, text: segment.text, reason: evidence.reason(), uncertain }
}

fn repetition(span: Span, text: String) -> Removal {
    Removal { span, text, reason: RemovalReason::Repetition, uncertain: false }
}

/// The best of all tries repeats itself. Takes out the repetitions, or what can't have been said as fast or compresses
/// as only loops do.
fn without_loops(segments: &mut Vec<Segment>) -> Vec<Removal> {
    let words: Vec<String> = segments.iter().flat_map(|s| &s.words).map(|w| quality::plain(&w.text)).collect();
    let repeated = quality::repetition(&words).map_or(0..0, |(run, _)| run);
    let mut removed = Vec::new();
    let mut number = 0;
    segments.retain_mut(|segment| {
        let mut out = Vec::new();
        segment.words.retain(|word| {
            number += 1;
            let keep = !repeated.contains(&(number - 1));
            if !keep {
                out.push(word.clone());
            }
            keep
        });
        if let (Some(first), Some(last)) = (out.first(), out.last()) {
            let span = Span { start: first.span.start, end: last.span.end };
            removed.push(repetition(span, text_of(&out)));
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

impl ClipResult {
    /// Decodes a hole by itself, with the whole window and `beam_size` hypotheses, and keeps what lies within it.
    fn fill(
        &mut self,
        recogniser: &mut (dyn Recogniser + '_),
        chunk: &Chunk,
        hole: Span,
        beam_size: u8,
        request: &Request,
        observer: &dyn Observer,
    ) -> Result<(), Error> {
        let around = Span { start: hole.start - AROUND, end: hole.end + AROUND };
        let speech: Vec<Span> =
            chunk.speech.iter().copied().filter(|s| s.start < hole.end && s.end > hole.start).collect();
        let request = Request { window: Window::Whole, prompt: String::new(), ..request.clone() };
        let clip = chunk.clip().part(around);
        let best = fallback::best(recogniser, clip, Some(beam_size), &request, &speech, true, observer)?;
        if !best.quality.is_good() {
            return Ok(());
        }
        for mut segment in best.heard.segments {
            let within = |at: Millis| hole.start <= at && at < hole.end;
            segment.words.retain(|w| within(Millis((w.span.start.0 + w.span.end.0) / 2)));
            let words = std::mem::take(&mut segment.words);
            let Some(segment) = segment.with_words(words) else { continue };
            match hallucinations::evidence(&segment, chunk) {
                Some(evidence) => self.removed.push(removal(segment, evidence)),
                None => self.insert(segment),
            }
        }
        Ok(())
    }

    /// A segment that stretched over the hole is cut in two around it, and so is the time of a word that did.
    fn insert(&mut self, segment: Segment) {
        let at = segment.span.start;
        let mut index = self.segments.partition_point(|s| s.span.start <= at);
        if let Some(before) = index.checked_sub(1).map(|n| &mut self.segments[n])
            && before.span.end > at
        {
            let (mut early, late): (Vec<_>, Vec<_>) = before.words.drain(..).partition(|w| w.span.start < at);
            if let Some(last) = early.last_mut() {
                last.span.end = last.span.end.min(at);
            }
            let parts = [early, late].into_iter().filter_map(|words| before.clone().with_words(words));
            let parts: Vec<Segment> = parts.collect();
            if !parts.is_empty() {
                self.segments.splice(index - 1..index, parts);
            }
            index = self.segments.partition_point(|s| s.span.start <= at);
        }
        self.segments.insert(index, segment);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::words_of;
    use crate::{Clip, DetectedLanguage, Recognition};

    /// Says the same with the same log probability wherever it is asked.
    struct Says(&'static str, f32);

    impl Recogniser for Says {
        fn language(&mut self, _: Clip<'_>, _: &[String]) -> Result<DetectedLanguage, Error> {
            Ok(DetectedLanguage::default())
        }

        fn recognise(&mut self, clip: Clip<'_>, _: &Request, _: &dyn Observer) -> Result<Recognition, Error> {
            let words = words_of(clip.start.0, 500, self.0);
            let span = Span { start: clip.start, end: words[words.len() - 1].span.end };
            let segment = Segment { span, text: self.0.into(), avg_logprob: self.1, words, ..Segment::default() };
            Ok(Recognition { segments: vec![segment], language: "en".into() })
        }
    }

    /// What is kept, gaps, and what is taken out, of 4 s of speech.
    fn checked(text: &'static str, logprob: f32, voices: &[Span]) -> (usize, usize, usize) {
        let speech = vec![Span::new(0, 4_000)];
        let samples = crate::Samples::from_mono_16k(vec![0.0; 64_000]);
        let chunk = Chunk { certain: true, samples, speech, voices: voices.to_vec(), ..Chunk::default() };
        let found = check(&mut Says(text, logprob), &chunk, None, &Request::default(), None, &()).expect("checked");
        assert!(
            found.removed.iter().all(|removal| removal.uncertain == voices.is_empty()),
            "somebody far away, or nobody"
        );
        (found.segments.len(), found.gaps.len(), found.removed.len())
    }

    #[test]
    fn a_guess_leaves_a_gap_and_a_noise_none() {
        let text = "Nobody said a single word of all that.";
        let voice = [Span::new(0, 4_000)];
        assert_eq!(checked(text, -0.5, &voice), (1, 0, 0));
        assert_eq!(checked(text, -1.2, &voice), (0, 1, 1), "also when asked for the hole alone");
        assert_eq!(checked(text, -0.5, &[]), (0, 0, 1));
    }

    /// Speaks English in the first 4 s and German after them, and understands nothing in the wrong language.
    struct Bilingual;

    impl Recogniser for Bilingual {
        fn language(&mut self, clip: Clip<'_>, among: &[String]) -> Result<DetectedLanguage, Error> {
            let language = if clip.start < Millis(3_000) { "en" } else { "de" };
            assert!(among.is_empty() || among.iter().any(|code| code == language));
            Ok(DetectedLanguage { language: language.into(), probability: 0.9 })
        }

        fn recognise(&mut self, clip: Clip<'_>, request: &Request, _: &dyn Observer) -> Result<Recognition, Error> {
            let language = request.language.clone().unwrap_or_default();
            let start = if language == "en" { 0 } else { 4_000 };
            let words = words_of(start, 500, "so viele Worte in der einen Sprache");
            let words: Vec<_> = words.into_iter().filter(|word| clip.start <= word.span.start).collect();
            let span = Span::new(start, start + 3_500);
            let text = text_of(&words);
            let segment = Segment { span, text, words, language: language.clone(), ..Segment::default() };
            let segments = Some(segment).filter(|segment| !segment.words.is_empty());
            Ok(Recognition { segments: segments.into_iter().collect(), language })
        }
    }

    #[test]
    fn what_has_no_text_may_be_in_another_language() {
        let (samples, all) = (crate::Samples::from_mono_16k(vec![0.0; 128_000]), vec![Span::new(0, 8_000)]);
        let chunk = Chunk { certain: true, samples, speech: all.clone(), voices: all, ..Chunk::default() };
        let request = Request { language: Some("en".into()), ..Request::default() };
        let languages = |among: Option<&[String]>| {
            let found = check(&mut Bilingual, &chunk, None, &request, among, &()).expect("checked");
            let languages: Vec<String> = found.segments.into_iter().map(|segment| segment.language).collect();
            (languages.join(" "), found.gaps.len())
        };
        assert_eq!(languages(Some(&[])), ("en de".into(), 0));
        assert_eq!(languages(Some(&["de".into(), "en".into()])), ("en de".into(), 0));
        assert_eq!(languages(None), ("en".into(), 1), "the user said that it is English");
    }

    #[test]
    fn a_word_that_stretched_over_the_hole_ends_where_the_new_text_begins() {
        let segment = |words: Vec<crate::Word>| Segment {
            span: Span { start: words[0].span.start, end: words[words.len() - 1].span.end },
            text: text_of(&words),
            words,
            ..Segment::default()
        };
        let mut words = words_of(0, 500, "Simplicius Simplicissimus. eines Vaganten");
        words[1].span = Span::new(500, 8_500);
        words[2..].iter_mut().for_each(|w| w.span = Span::new(w.span.start.0 + 7_500, w.span.end.0 + 7_500));
        let mut found = ClipResult { segments: vec![segment(words)], ..ClipResult::default() };
        found.insert(segment(words_of(2_000, 500, "ist ausführliche Lebensbeschreibung")));
        let told = |s: &Segment| format!("{}-{} {}", s.span.start.0, s.span.end.0, s.text);
        let told: Vec<String> = found.segments.iter().map(told).collect();
        assert_eq!(
            told,
            [
                "0-2000 Simplicius Simplicissimus.",
                "2000-3500 ist ausführliche Lebensbeschreibung",
                "8500-9500 eines Vaganten"
            ]
        );
    }
}
