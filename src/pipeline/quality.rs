//! How good a text is: the criteria of openai-whisper (text that compresses too well repeats itself, and a low mean log
//! probability means that the model was guessing), and more: the same words again and again, more text than anybody can say in
//! the time, and speech without text.

use std::collections::HashSet;
use std::io::Write;
use std::ops::Range;

use crate::{Segment, Span};

/// Compression ratio above which text repeats itself (openai-whisper's `compression_ratio_threshold`).
const MAX_COMPRESSION: f32 = 2.4;
/// Mean log probability below which the model was guessing (openai-whisper's `logprob_threshold`).
pub(super) const MIN_LOGPROB: f32 = -1.0;
/// Mean log probability below which more hypotheses may give a better text.
const DOUBTFUL_LOGPROB: f32 = -0.25;
/// Words in a row that are hardly ever said twice by chance.
const SAID_AGAIN: usize = 4;
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

/// Quality of the text of a clip.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Quality {
    /// Mean log probability, weighted by length; 0 for an empty text.
    avg_logprob: f32,
    /// Whether it is a loop, or longer than can be said.
    repeats: bool,
    /// Whether it is longer than can be said in the time.
    too_fast: bool,
    /// The words that a loop repeats; empty if there is none.
    loop_words: Vec<String>,
    /// Whether [`SAID_AGAIN`] words in a row occur twice.
    says_again: bool,
    /// Speech without text, in milliseconds.
    uncovered: u64,
    /// How much text there is, weighted by how far it is from a guess: characters times log probability above
    /// [`MIN_LOGPROB`]. What the same attempt has said before does not count, since a model that has written a sentence is
    /// sure to have heard it again.
    evidence: f32,
}

impl Quality {
    /// Quality of all segments that one attempt gave for a clip with `speech` (empty if unknown). No text is good.
    pub(super) fn of(segments: &[Segment], speech: &[Span]) -> Quality {
        let text: Vec<&str> = segments.iter().map(|s| s.text.as_str()).collect();
        let text = text.join(" ");
        let weight: usize = segments.iter().map(|s| s.text.len()).sum();
        let sum: f32 = segments.iter().map(|s| s.avg_logprob * s.text.len() as f32).sum();
        let seconds: f64 = speech.iter().map(|s| s.length().seconds()).sum();
        let too_fast = !speech.is_empty() && text.chars().count() as f64 > MAX_CHARS_PER_SECOND * seconds.max(2.0);
        let words: Vec<String> = normalised(&text).split(' ').map(str::to_owned).collect();
        let loop_words = repetition(&words).map_or_else(Vec::new, |(run, length)| words[run][..length].to_vec());
        let (evidence, says_again) = evidence(segments);
        Quality {
            too_fast,
            avg_logprob: if weight == 0 { 0.0 } else { sum / weight as f32 },
            repeats: compression_ratio(&text) > MAX_COMPRESSION || !loop_words.is_empty() || too_fast,
            loop_words,
            says_again,
            uncovered: super::coverage::gaps(speech, segments).iter().map(|gap| gap.length().0).sum(),
            evidence,
        }
    }

    /// Quality of the segments that several attempts gave, each for a part of the `speech`.
    pub(super) fn of_parts(segments: &[Segment], speech: &[Span], parts: &[Quality]) -> Quality {
        Quality { evidence: parts.iter().map(|part| part.evidence).sum(), ..Quality::of(segments, speech) }
    }

    /// Whether it is neither a loop nor a guess.
    pub(super) fn is_good(&self) -> bool {
        !self.repeats && self.avg_logprob >= MIN_LOGPROB
    }

    /// Whether more effort may give a better text, even if this one is good.
    pub(super) fn is_doubtful(&self) -> bool {
        !self.is_good() || self.avg_logprob < DOUBTFUL_LOGPROB || self.may_be_wrong_about_repetitions()
    }

    /// Whether words may be missing, or may stand there again although they were not said again. The model leaves out sentences
    /// that somebody repeats, and repeats others by mistake.
    pub(super) fn may_be_wrong_about_repetitions(&self) -> bool {
        self.repeats || self.says_again || !self.is_covered()
    }

    /// Whether it is good, and all speech has text.
    pub(super) fn is_complete(&self) -> bool {
        self.is_good() && self.is_covered()
    }

    /// Whether all speech has text.
    pub(super) fn is_covered(&self) -> bool {
        self.uncovered == 0
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

    /// Better is text that can be said in the time; then text with more evidence.
    pub(super) fn is_better_than(&self, other: &Quality) -> bool {
        (!self.too_fast).cmp(&!other.too_fast).then(self.evidence.total_cmp(&other.evidence)).is_gt()
    }
}

/// [`Quality::evidence`] of the segments of one attempt, and [`Quality::says_again`].
fn evidence(segments: &[Segment]) -> (f32, bool) {
    let words = segments.iter().flat_map(|segment| {
        let above = (segment.avg_logprob - MIN_LOGPROB).max(0.0);
        normalised(&segment.text).split_whitespace().map(|word| (word.to_owned(), above)).collect::<Vec<_>>()
    });
    let words: Vec<(String, f32)> = words.collect();
    let mut again = vec![false; words.len()];
    let mut said = HashSet::new();
    for (at, run) in words.windows(SAID_AGAIN).enumerate() {
        if !said.insert(run.iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>()) {
            again[at..at + SAID_AGAIN].fill(true);
        }
    }
    let new = words.iter().zip(&again).filter(|(_, again)| !**again);
    // The space before a word counts, too.
    let evidence = new.map(|((word, above), _)| (word.chars().count() + 1) as f32 * above).sum();
    (evidence, again.contains(&true))
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
        let (a_loop, unlikely) = (quality(&"ja ".repeat(90), -0.1), quality("Ich eröffne die Sitzung.", -0.8));
        assert!(unlikely.is_better_than(&a_loop));
        assert!(!a_loop.is_better_than(&unlikely));
    }

    #[test]
    fn what_an_attempt_says_again_is_no_further_evidence() {
        let once = quality("Wer ist dafür, den bitte ich um das Handzeichen.", -0.4);
        let twice = quality(&"Wer ist dafür, den bitte ich um das Handzeichen. ".repeat(2), -0.1);
        assert!(!once.may_be_wrong_about_repetitions() && twice.may_be_wrong_about_repetitions());
        let text = "Wer ist dafür, den bitte ich um das Handzeichen.";
        let segments: Vec<Segment> =
            (0..2).map(|_| Segment { text: text.into(), avg_logprob: -0.4, ..Segment::default() }).collect();
        let both = Quality::of_parts(&segments, &[], &[once.clone(), once.clone()]);
        assert!(both.is_better_than(&once) && both.is_better_than(&twice), "two attempts have heard it");
    }
}
