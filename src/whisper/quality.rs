//! Is what the model wrote worth keeping? The two tests of openai-whisper: text that compresses too well repeats
//! itself, and a low mean log probability means that the model was guessing.

use std::io::Write;

use crate::Segment;

/// Above it, text repeats itself (openai-whisper's `compression_ratio_threshold`).
const MAX_COMPRESSION: f32 = 2.4;
/// Below it, the model was guessing (openai-whisper's `logprob_threshold`).
const MIN_LOGPROB: f32 = -1.0;

/// Bytes over zlib-compressed bytes, as openai-whisper counts; 0 for no text.
pub(super) fn compression_ratio(text: &str) -> f32 {
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    let packed = zlib.write_all(text.as_bytes()).and_then(|()| zlib.finish()).map_or(0, |bytes| bytes.len());
    match packed {
        0 => 0.0,
        _ => text.len() as f32 / packed as f32,
    }
}

/// How good the text of a whole clip is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Quality {
    logprob: f32,
    compression: f32,
}

impl Quality {
    /// Of all segments of a clip; silence is good.
    pub(super) fn of(segments: &[Segment]) -> Quality {
        let text: Vec<&str> = segments.iter().map(|s| s.text.as_str()).collect();
        let weight: usize = segments.iter().map(|s| s.text.len()).sum();
        let sum: f32 = segments.iter().map(|s| s.avg_logprob * s.text.len() as f32).sum();
        Quality {
            logprob: if weight == 0 { 0.0 } else { sum / weight as f32 },
            compression: compression_ratio(&text.join(" ")),
        }
    }

    pub(super) fn is_good(&self) -> bool {
        !self.repeats() && self.logprob >= MIN_LOGPROB
    }

    fn repeats(&self) -> bool {
        self.compression > MAX_COMPRESSION
    }

    /// Text that does not repeat itself is better; then the likelier one.
    pub(super) fn is_better_than(&self, other: &Quality) -> bool {
        match (self.repeats(), other.repeats()) {
            (false, true) => true,
            (true, false) => false,
            _ => self.logprob > other.logprob,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quality(text: &str, logprob: f32) -> Quality {
        Quality::of(&[Segment { text: text.into(), avg_logprob: logprob, ..Segment::default() }])
    }

    #[test]
    fn loops_and_guesses_are_not_good() {
        assert!(quality("Ich eröffne die Sitzung und begrüße alle Anwesenden.", -0.3).is_good());
        assert!(!quality(&"Vielen Dank. ".repeat(20), -0.1).is_good());
        assert!(!quality("Ich eröffne die Sitzung.", -1.4).is_good());
        assert!(Quality::of(&[]).is_good());
    }

    #[test]
    fn a_guess_is_better_than_a_loop() {
        let (a_loop, guess) = (quality(&"ja ".repeat(90), -0.1), quality("Ich eröffne die Sitzung.", -1.4));
        assert!(guess.is_better_than(&a_loop));
        assert!(!a_loop.is_better_than(&guess));
    }
}
