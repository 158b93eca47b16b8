//! Decodes a clip in the cheapest way first, and with more effort only if the text is not good enough: Whisper's
//! `decode_with_fallback`, with more steps.

use super::quality::Quality;
use crate::{AudioContext, Clip, DecodingOptions, Error, Observer, Recogniser, Recognition, Span};

/// Sampling temperatures after the first attempts: openai-whisper's scale in fewer steps.
const TEMPERATURES: [f32; 3] = [0.4, 0.8, 1.0];
/// Hypotheses if one was not enough.
pub(super) const BEAM_SIZE: u8 = 5;

/// The best text of a clip.
pub(super) struct Decoded {
    pub(super) recognition: Recognition,
    pub(super) quality: Quality,
    /// Whether the model repeats the same words even when it samples at random: then somebody may really have said them
    /// again and again.
    pub(super) repeats_when_sampled: bool,
}

/// A clip to decode, and with what.
pub(super) struct ClipDecoder<'a, 'r> {
    pub(super) recogniser: &'a mut (dyn Recogniser + 'r),
    pub(super) clip: Clip<'a>,
    /// Speech in the clip; empty if unknown.
    pub(super) speech: &'a [Span],
    /// Whether it certainly is speech; what may be noise is not worth more than one attempt.
    pub(super) certain: bool,
    /// Hypotheses to keep, instead of [`DecodingOptions::beam_size`]; `None` for one, and more if its text is doubtful.
    pub(super) beam_size: Option<u8>,
    pub(super) observer: &'a dyn Observer,
}

impl ClipDecoder<'_, '_> {
    /// Decodes until the text is good, and returns the best of all attempts: first with one hypothesis (or
    /// `beam_size`), then with [`BEAM_SIZE`], then in the full audio context, and at last at rising temperatures. The
    /// temperature rises only if the text repeats itself: randomness breaks a loop, but does not make an uncertain text
    /// better.
    pub(super) fn decode_with_fallback(mut self, options: &DecodingOptions) -> Result<Decoded, Error> {
        let mut options = DecodingOptions { beam_size: self.beam_size.unwrap_or(1), ..options.clone() };
        let mut best = self.attempt(&options)?;
        if !self.certain {
            return Ok(best);
        }
        // All attempts are in the language of the first.
        options.language = Some(best.recognition.language.clone()).filter(|l| !l.is_empty()).or(options.language);
        let mut last_quality = best.quality.clone();
        let beam_size = self.beam_size;
        let mut retry = |options: &DecodingOptions, best: Decoded| -> Result<Decoded, Error> {
            let next = self.attempt(options)?;
            last_quality = next.quality.clone();
            Ok(if next.quality.is_better_than(&best.quality) { next } else { best })
        };
        if beam_size.is_none() && options.temperature == 0.0 && best.quality.is_doubtful() {
            options.beam_size = BEAM_SIZE;
            best = retry(&options, best)?;
        }
        if !best.quality.is_good() && options.audio_context != AudioContext::Full {
            options.audio_context = AudioContext::Full;
            best = retry(&options, best)?;
        }
        let start = options.temperature;
        for temperature in TEMPERATURES.into_iter().filter(|t| *t > start) {
            if !best.quality.repeats() {
                break;
            }
            // The prompt may be the cause of the loop.
            options.prompt.clear();
            options.temperature = temperature;
            best = retry(&options, best)?;
        }
        best.repeats_when_sampled = best.quality.repeats_as(&last_quality);
        Ok(best)
    }

    /// Decodes once.
    fn attempt(&mut self, options: &DecodingOptions) -> Result<Decoded, Error> {
        let mut recognition = self.recogniser.recognise(self.clip, options, self.observer)?;
        for segment in &mut recognition.segments {
            segment.compression_ratio = super::quality::compression_ratio(&segment.text);
        }
        let quality = Quality::of(&recognition.segments, self.speech);
        Ok(Decoded { recognition, quality, repeats_when_sampled: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DetectedLanguage, Millis, Segment};

    /// Returns the same text with the same log probability each time, and records the temperatures.
    struct Constant(&'static str, f32, Vec<f32>);

    impl Recogniser for Constant {
        fn detect_language(&mut self, _: Clip<'_>, _: &[String]) -> Result<DetectedLanguage, Error> {
            Ok(DetectedLanguage::default())
        }

        fn recognise(
            &mut self,
            _: Clip<'_>,
            options: &DecodingOptions,
            _: &dyn Observer,
        ) -> Result<Recognition, Error> {
            self.2.push(options.temperature);
            let segment = Segment { text: self.0.into(), avg_logprob: self.1, ..Segment::default() };
            Ok(Recognition { segments: vec![segment], ..Recognition::default() })
        }
    }

    fn temperatures(text: &'static str, logprob: f32) -> Vec<f32> {
        let (mut recogniser, clip) = (Constant(text, logprob, Vec::new()), Clip { start: Millis(0), samples: &[] });
        let decoder = ClipDecoder {
            recogniser: &mut recogniser,
            clip,
            speech: &[],
            certain: true,
            beam_size: None,
            observer: &(),
        };
        decoder.decode_with_fallback(&DecodingOptions::default()).expect("an answer");
        recogniser.2
    }

    #[test]
    fn the_temperature_rises_for_a_loop_and_not_for_an_uncertain_text() {
        assert_eq!(temperatures("Die Sitzung ist geschlossen.", -0.1), [0.0]);
        assert_eq!(temperatures("Die Sitzung ist geschlossen.", -0.5), [0.0, 0.0]);
        assert_eq!(temperatures("Die Sitzung ist geschlossen.", -1.5), [0.0, 0.0, 0.0]);
        assert_eq!(temperatures("no no no no no no no no no no no no no no", -0.1), [0.0, 0.0, 0.0, 0.4, 0.8, 1.0]);
    }
}
