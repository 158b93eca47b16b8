//! Is what the model wrote worth keeping? The tests of openai-whisper (text that compresses too well repeats itself, and a
//! low mean log probability means that the model was guessing), and two of our own: the same words in a row again and
//! again, and more text than anybody can say.

use std::io::Write;
use std::ops::Range;

use crate::{Segment, Span};

/// Above it, text repeats itself (openai-whisper's `compression_ratio_threshold`).
const MAX_COMPRESSION: f32 = 2.4;
/// Below it, the model was guessing (openai-whisper's `logprob_threshold`).
pub(super) const MIN_LOGPROB: f32 = -1.0;
/// Below it, or with speech left without text, more hypotheses may hear better.
const DOUBTFUL_LOGPROB: f32 = -0.25;
/// Words that the repetitions of a loop have altogether, at least.
const LOOP_WORDS: usize = 12;
/// Characters in a second of speech; fast talkers reach 25.
pub(super) const MAX_RATE: f64 = 40.0;

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
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Quality {
    logprob: f32,
    repeats: bool,
    too_fast: bool,
    /// The words of a loop, once; empty if there is none.
    phrase: Vec<String>,
    /// Speech without text, in milliseconds.
    missing: u64,
}

impl Quality {
    /// Of all segments of a clip in which there is `speech` (unknown if empty); silence is good.
    pub(super) fn of(segments: &[Segment], speech: &[Span]) -> Quality {
        let text: Vec<&str> = segments.iter().map(|s| s.text.as_str()).collect();
        let text = text.join(" ");
        let weight: usize = segments.iter().map(|s| s.text.len()).sum();
        let sum: f32 = segments.iter().map(|s| s.avg_logprob * s.text.len() as f32).sum();
        let seconds: f64 = speech.iter().map(|s| s.length().seconds()).sum();
        let too_fast = !speech.is_empty() && text.chars().count() as f64 > MAX_RATE * seconds.max(2.0);
        let words: Vec<String> = plain(&text).split(' ').map(str::to_owned).collect();
        let phrase = repetition(&words).map_or_else(Vec::new, |(run, length)| words[run][..length].to_vec());
        Quality {
            too_fast,
            logprob: if weight == 0 { 0.0 } else { sum / weight as f32 },
            repeats: compression_ratio(&text) > MAX_COMPRESSION || !phrase.is_empty() || too_fast,
            phrase,
            missing: super::coverage::holes(speech, segments).iter().map(|hole| hole.length().0).sum(),
        }
    }

    /// Neither a loop nor a guess.
    pub(super) fn is_good(&self) -> bool {
        !self.repeats && self.logprob >= MIN_LOGPROB
    }

    /// Good, but trying harder may pay.
    pub(super) fn is_doubtful(&self) -> bool {
        !self.is_good() || self.logprob < DOUBTFUL_LOGPROB || self.missing > 0
    }

    pub(super) fn repeats(&self) -> bool {
        self.repeats
    }

    /// Are both loops of the same words, slow enough to be said?
    pub(super) fn repeats_as(&self, other: &Quality) -> bool {
        let mut sorted = [self.phrase.clone(), other.phrase.clone()];
        sorted.iter_mut().for_each(|phrase| phrase.sort());
        !self.phrase.is_empty() && sorted[0] == sorted[1] && !self.too_fast && !other.too_fast
    }

    /// Text that does not repeat itself is better; then what leaves less speech out; then the likelier one.
    pub(super) fn is_better_than(&self, other: &Quality) -> bool {
        (!self.repeats, std::cmp::Reverse(self.missing / 1000))
            .cmp(&(!other.repeats, std::cmp::Reverse(other.missing / 1000)))
            .then(self.logprob.total_cmp(&other.logprob))
            .is_gt()
    }
}

/// The words of a loop but for the first time that they are said: the same one to ten words at least four times in a row,
/// and twelve words at least; and how many words are repeated. `words` as [`plain`] has them.
pub(super) fn repetition(words: &[String]) -> Option<(Range<usize>, usize)> {
    (1..=10).find_map(|length| {
        let needed = LOOP_WORDS.div_ceil(length).max(4) * length;
        // Runs of words that are the same as `length` words before.
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

/// Letters and digits in lower case, one blank between words.
pub(super) fn plain(text: &str) -> String {
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
    fn loops_and_guesses_are_not_good() {
        assert!(quality("Ich eröffne die Sitzung und begrüße alle Anwesenden.", -0.3).is_good());
        assert!(!quality(&"Vielen Dank. ".repeat(20), -0.1).is_good());
        assert!(!quality("Ich eröffne die Sitzung.", -1.4).is_good());
        assert!(Quality::of(&[], &[]).is_good());
    }

    fn is_loop(text: &str) -> bool {
        let words: Vec<String> = plain(text).split(' ').map(str::to_owned).collect();
        repetition(&words).is_some()
    }

    #[test]
    fn loops_by_their_words() {
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
    fn a_loop_is_what_comes_after_the_first_time() {
        let words = |text: &str| plain(text).split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(repetition(&words("Also gut, ja so, ja so, ja so, ja so, ja so, ja so. Ende")), Some((4..14, 2)));
        assert_eq!(repetition(&words("a b c")), None);
        assert_eq!(repetition(&[]), None);
    }

    #[test]
    fn more_than_anybody_can_say() {
        let text =
            "Meine sehr verehrten Damen und Herren, ich darf Sie heute recht herzlich zu unserer Sitzung begrüßen.";
        let said = |seconds: u64| {
            let segment = Segment { text: text.into(), span: Span::new(0, seconds * 1000), ..Segment::default() };
            Quality::of(&[segment], &[Span::new(0, seconds * 1000)])
        };
        assert!(said(5).is_good());
        assert!(!said(1).is_good());
    }

    #[test]
    fn a_guess_is_better_than_a_loop() {
        let (a_loop, detected) = (quality(&"ja ".repeat(90), -0.1), quality("Ich eröffne die Sitzung.", -1.4));
        assert!(detected.is_better_than(&a_loop));
        assert!(!a_loop.is_better_than(&detected));
    }
}
