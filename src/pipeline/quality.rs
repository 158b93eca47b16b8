//! How good a text is: the criteria of openai-whisper (text that compresses too well repeats itself, and a low mean log
//! probability means that the model was guessing), and two more: the same words again and again, and more text than
//! anybody can say in the time.

use std::io::Write;
use std::ops::Range;

use crate::{Segment, Span};

/// Compression ratio above which text repeats itself (openai-whisper's `compression_ratio_threshold`).
const MAX_COMPRESSION: f32 = 2.4;
/// Mean log probability below which the model was guessing (openai-whisper's `logprob_threshold`).
pub(super) const MIN_LOGPROB: f32 = -1.0;
/// Mean log probability below which more hypotheses may give a better text.
const DOUBTFUL_LOGPROB: f32 = -0.25;
/// Least number of words in a loop, all its repetitions together.
const MIN_LOOP_WORDS: usize = 12;
/// Characters that can be said in a second; fast speakers reach 25.
pub(super) const MAX_CHARS_PER_SECOND: f64 = 40.0;

/// Bytes of the text divided by its zlib-compressed bytes, as in openai-whisper; 0 for an empty text.
pub(super) fn compression_ratio(text: &str) -> f32 {
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    let compressed = zlib.write_all(text.as_bytes()).and_then(|()| zlib.finish()).map_or(0, |bytes| bytes.len());
    match compressed {
        0 => 0.0,
        _ => text.len() as f32 / compressed as f32,
    }
}

/// Quality of the text of a whole clip.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Quality {
    /// Mean log probability, weighted by length; 0 for an empty text.
    avg_logprob: f32,
    /// Whether it is a loop, or longer than can be said.
    repeats: bool,
    /// Whether it is longer than can be said in the time.
    too_fast: bool,
    /// The words that a loop repeats; empty if there is none.
    loop_words: Vec<String>,
    /// Speech without text, in milliseconds.
    uncovered: u64,
}

impl Quality {
    /// Quality of all segments of a clip with `speech` (empty if unknown). No text is good.
    pub(super) fn of(segments: &[Segment], speech: &[Span]) -> Quality {
        let text: Vec<&str> = segments.iter().map(|s| s.text.as_str()).collect();
        let text = text.join(" ");
        let weight: usize = segments.iter().map(|s| s.text.len()).sum();
        let sum: f32 = segments.iter().map(|s| s.avg_logprob * s.text.len() as f32).sum();
        let seconds: f64 = speech.iter().map(|s| s.length().seconds()).sum();
        let too_fast = !speech.is_empty() && text.chars().count() as f64 > MAX_CHARS_PER_SECOND * seconds.max(2.0);
        let words: Vec<String> = normalised(&text).split(' ').map(str::to_owned).collect();
        let loop_words = repetition(&words).map_or_else(Vec::new, |(run, length)| words[run][..length].to_vec());
        Quality {
            too_fast,
            avg_logprob: if weight == 0 { 0.0 } else { sum / weight as f32 },
            repeats: compression_ratio(&text) > MAX_COMPRESSION || !loop_words.is_empty() || too_fast,
            loop_words,
            uncovered: super::coverage::gaps(speech, segments).iter().map(|gap| gap.length().0).sum(),
        }
    }

    /// Whether it is neither a loop nor a guess.
    pub(super) fn is_good(&self) -> bool {
        !self.repeats && self.avg_logprob >= MIN_LOGPROB
    }

    /// Whether more effort may give a better text, even if this one is good.
    pub(super) fn is_doubtful(&self) -> bool {
        !self.is_good() || self.avg_logprob < DOUBTFUL_LOGPROB || self.uncovered > 0
    }

    /// Whether it repeats itself, or is longer than can be said.
    pub(super) fn repeats(&self) -> bool {
        self.repeats
    }

    /// Whether both are loops of the same words, in any order, that can be said in the time.
    pub(super) fn repeats_as(&self, other: &Quality) -> bool {
        let mut sorted = [self.loop_words.clone(), other.loop_words.clone()];
        sorted.iter_mut().for_each(|words| words.sort());
        !self.loop_words.is_empty() && sorted[0] == sorted[1] && !self.too_fast && !other.too_fast
    }

    /// Better is text that does not repeat itself; then text that leaves out fewer seconds of speech; then likelier
    /// text.
    pub(super) fn is_better_than(&self, other: &Quality) -> bool {
        (!self.repeats, std::cmp::Reverse(self.uncovered / 1000))
            .cmp(&(!other.repeats, std::cmp::Reverse(other.uncovered / 1000)))
            .then(self.avg_logprob.total_cmp(&other.avg_logprob))
            .is_gt()
    }
}

/// Finds a loop: the same one to ten words at least four times in a row, and at least twelve words in all. Returns the
/// range of its words without their first occurrence, and how many words are repeated. `words` are [`normalised`].
pub(super) fn repetition(words: &[String]) -> Option<(Range<usize>, usize)> {
    (1..=10).find_map(|length| {
        let needed = MIN_LOOP_WORDS.div_ceil(length).max(4) * length;
        // A run is of words that equal those `length` words before.
        let mut start = length;
        (length..=words.len()).find_map(|at| {
            if at < words.len() && words[at] == words[at - length] {
                return None;
            }
            let run = start..at;
            start = at + 1;
            (run.len() + length >= needed).then_some((run, length))
        })
    })
}

/// Letters and digits in lower case, with one space between words.
pub(super) fn normalised(text: &str) -> String {
    let letters: String =
        text.chars().flat_map(char::to_lowercase).map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quality(text: &str, logprob: f32) -> Quality {
        Quality::of(&[Segment { text: text.into(), avg_logprob: logprob, ..Segment::default() }], &[])
    }

    #[test]
    fn loops_and_unlikely_texts_are_not_good() {
        assert!(quality("Ich eröffne die Sitzung und begrüße alle Anwesenden.", -0.3).is_good());
        assert!(!quality(&"Vielen Dank. ".repeat(20), -0.1).is_good());
        assert!(!quality("Ich eröffne die Sitzung.", -1.4).is_good());
        assert!(Quality::of(&[], &[]).is_good());
    }

    fn is_loop(text: &str) -> bool {
        let words: Vec<String> = normalised(text).split(' ').map(str::to_owned).collect();
        repetition(&words).is_some()
    }

    #[test]
    fn a_loop_is_recognised_by_its_words() {
        for text in [
            "nein ".repeat(12),
            "Ja, ja. ".repeat(6),
            "Das ist gut so. ".repeat(4),
            format!("Ich sage mal so: {} und damit gut.", "wir müssen das machen, ".repeat(4)),
        ] {
            assert!(is_loop(&text), "{text}");
        }
        for text in [
            "Nein, nein, nein, nein, so geht das nicht.",
            "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn",
            "Wer ist dafür? Wer ist dagegen? Wer enthält sich? Wer ist dafür? Wer ist dagegen? Wer enthält sich?",
            "ja ja ja ja ja ja ja ja",
            "",
        ] {
            assert!(!is_loop(text), "{text}");
        }
    }

    #[test]
    fn the_first_occurrence_is_not_part_of_the_loop() {
        let words = |text: &str| normalised(text).split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(repetition(&words("Also gut, ja so, ja so, ja so, ja so, ja so, ja so. Ende")), Some((4..14, 2)));
        assert_eq!(repetition(&words("a b c")), None);
        assert_eq!(repetition(&[]), None);
    }

    #[test]
    fn more_text_than_can_be_said_is_not_good() {
        let text =
            "Meine sehr verehrten Damen und Herren, ich darf Sie heute recht herzlich zu unserer Sitzung begrüßen.";
        let within = |seconds: u64| {
            let segment = Segment { text: text.into(), span: Span::new(0, seconds * 1000), ..Segment::default() };
            Quality::of(&[segment], &[Span::new(0, seconds * 1000)])
        };
        assert!(within(5).is_good());
        assert!(!within(1).is_good());
    }

    #[test]
    fn an_unlikely_text_is_better_than_a_loop() {
        let (a_loop, unlikely) = (quality(&"ja ".repeat(90), -0.1), quality("Ich eröffne die Sitzung.", -1.4));
        assert!(unlikely.is_better_than(&a_loop));
        assert!(!a_loop.is_better_than(&unlikely));
    }
}
