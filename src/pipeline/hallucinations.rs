//! Finds text that nobody said. Whisper was trained on many subtitles, whose last lines often stand over music and
//! silence, so it writes such lines where nobody speaks. They are removed only with further evidence, because people do
//! say most of them.

use super::quality::{MAX_CHARS_PER_SECOND, MIN_LOGPROB, normalised};
use crate::speech::Chunk;
use crate::{Millis, RemovalReason, Segment, Span};

/// How the credits of films and videos begin, which hardly anybody says in a meeting. Collected from reports of
/// Whisper's users; as [`normalised`].
const CREDITS: [&str; 22] = [
    "ard text im auftrag",
    "copyright wdr",
    "don t forget to subscribe",
    "like and subscribe",
    "mehr untertitel",
    "ondertiteld door",
    "please subscribe",
    "see you in the next video",
    "sottotitoli",
    "sous titrage",
    "sous titres",
    "subscribe to my channel",
    "subtitles by",
    "subtítulos",
    "swr 20",
    "transcription by",
    "untertitel der amara",
    "untertitel im auftrag",
    "untertitel von",
    "untertitelung",
    "vielen dank fürs zuschauen",
    "wdr 20",
];
/// Characters of the longest credit; a longer line is a sentence that somebody said.
const MAX_CREDIT_CHARS: usize = 60;
/// Whole lines that Whisper invents and people say, too; as [`normalised`].
const PHRASES: [&str; 27] = [
    "applause",
    "bis zum nächsten mal",
    "bye",
    "bye bye",
    "danke",
    "danke schön",
    "das wars für heute",
    "hmm",
    "ja",
    "mhm",
    "music",
    "musik",
    "oh",
    "okay",
    "so",
    "thank you",
    "thank you for watching",
    "thank you so much for watching",
    "thank you very much",
    "thanks",
    "thanks for watching",
    "tschüss",
    "uh",
    "vielen dank",
    "vielen dank für die aufmerksamkeit",
    "vielen dank für eure aufmerksamkeit",
    "you",
];

/// `no_speech_prob` above which the model itself expects no speech (openai-whisper's `no_speech_threshold`).
const NO_SPEECH_THRESHOLD: f32 = 0.6;
/// Share of the speech around a text that must be certain; below it, the sound may be noise or music. Clear speech has
/// a share of 0.3 and more, whispering 0.5, music 0.1 and less.
const MIN_CERTAIN_SHARE: f64 = 0.1;
/// Mean log probability below which text over what may be noise is a hallucination. Less than a tenth of such words are
/// right even if there is speech so deep in noise that none of it is certain.
const NOISE_LOGPROB: f32 = -0.4;
/// Mean log probability below which a credit is removed even if somebody may speak there.
const CREDIT_LOGPROB: f32 = -0.6;
/// Words of the longest text that may be an unusual name, which is kept despite a low probability.
const MAX_NAME_WORDS: usize = 2;
/// Characters per second below which nobody speaks for [`SLOW_SPEECH`] or longer.
const MIN_CHARS_PER_SECOND: f64 = 4.0;
/// Speech from which on [`MIN_CHARS_PER_SECOND`] applies.
const SLOW_SPEECH: Millis = Millis(3_000);
/// Less speech than this is a click or a breath.
const MIN_SPEECH: Millis = Millis(150);

/// Why a text is removed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Evidence {
    /// The sound is noise, or somebody very far away: removing the text leaves no gap.
    Noise,
    /// Somebody speaks there, but the model is guessing: removing the text leaves a gap.
    LowConfidence,
    /// A line that the model is known to invent, with the further evidence.
    KnownLine(Doubt),
}

impl Evidence {
    /// What the transcript records as the reason.
    pub(super) fn reason(self) -> RemovalReason {
        match self {
            Evidence::Noise => RemovalReason::Noise,
            Evidence::LowConfidence => RemovalReason::LowConfidence,
            Evidence::KnownLine(Doubt::NoSpeech) => RemovalReason::HallucinationNoSpeech,
            Evidence::KnownLine(Doubt::DoubtfulSpeech) => RemovalReason::HallucinationDoubtfulSpeech,
            Evidence::KnownLine(Doubt::TooShort) => RemovalReason::HallucinationTooShort,
            Evidence::KnownLine(Doubt::LowConfidence) => RemovalReason::HallucinationLowConfidence,
        }
    }
}

/// Why a line that the model is known to hallucinate counts as a hallucination.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Doubt {
    /// Nobody speaks there.
    NoSpeech,
    /// The model itself doubts that anybody speaks there.
    DoubtfulSpeech,
    /// Much more is said there.
    TooShort,
    /// The model is unsure of the line.
    LowConfidence,
}

/// Evidence that nobody said the text of a segment of `chunk`; `None` if it is to be kept.
pub(super) fn evidence(segment: &Segment, chunk: &Chunk) -> Option<Evidence> {
    let around = chunk.speech_around(segment.span);
    let noise =
        around.is_some_and(|(speech, certain)| certain.seconds() < MIN_CERTAIN_SHARE * speech.seconds().max(1e-3));
    // If there is no speech nearby at all, the time of the text may be wrong.
    let too_fast = around.is_some_and(|(speech, _)| {
        speech > Millis(0) && segment.text.chars().count() as f64 > MAX_CHARS_PER_SECOND * speech.seconds()
    });
    if noise && (segment.avg_logprob < NOISE_LOGPROB || too_fast) {
        return Some(Evidence::Noise);
    }
    let line = normalised(&segment.text);
    if segment.avg_logprob < MIN_LOGPROB && line.split(' ').count() > MAX_NAME_WORDS {
        return Some(Evidence::LowConfidence);
    }
    let credit = line.chars().count() <= MAX_CREDIT_CHARS && CREDITS.iter().any(|credit| line.starts_with(credit));
    if !credit && !PHRASES.contains(&line.as_str()) {
        return None;
    }
    let within = |s: &Span| Span { start: s.start.max(segment.span.start), end: s.end.min(segment.span.end) }.length();
    let spoken = chunk.speech.iter().fold(Millis(0), |sum, s| sum + within(s));
    if noise || !chunk.speech.is_empty() && spoken < MIN_SPEECH {
        return Some(Evidence::KnownLine(Doubt::NoSpeech));
    }
    if segment.no_speech_prob > NO_SPEECH_THRESHOLD {
        return Some(Evidence::KnownLine(Doubt::DoubtfulSpeech));
    }
    let slow = spoken >= SLOW_SPEECH && (line.chars().count() as f64) < MIN_CHARS_PER_SECOND * spoken.seconds();
    if slow {
        return Some(Evidence::KnownLine(Doubt::TooShort));
    }
    if credit && segment.avg_logprob < CREDIT_LOGPROB {
        return Some(Evidence::KnownLine(Doubt::LowConfidence));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(text: &str, logprob: f32) -> Segment {
        Segment { text: text.into(), avg_logprob: logprob, span: Span::new(1_000, 3_000), ..Segment::default() }
    }

    /// A chunk with clear speech.
    fn clear(speech: &[Span]) -> Chunk {
        Chunk { certain: true, speech: speech.to_vec(), certain_speech: speech.to_vec(), ..Chunk::default() }
    }

    /// A chunk in which none of the speech is certain.
    fn noise(speech: &[Span]) -> Chunk {
        Chunk { certain_speech: Vec::new(), ..clear(speech) }
    }

    #[test]
    fn thanks_that_somebody_said_are_kept() {
        let chunk = clear(&[Span::new(1_000, 2_200)]);
        for text in ["Vielen Dank.", "Thank you.", "Untertitelung des ZDF, 2020", "Ja."] {
            assert_eq!(evidence(&segment(text, -0.3), &chunk), None, "{text}");
        }
        assert_eq!(evidence(&segment("Vielen Dank.", -0.9), &chunk), None, "low confidence alone is not evidence");
    }

    #[test]
    fn sentences_about_subtitles_are_kept() {
        let chunk = clear(&[Span::new(1_000, 3_000)]);
        for text in [
            "We come to copyright and the subtitles by volunteers.",
            "Der Antrag betrifft die Untertitelung im Auftrag des ZDF.",
            "Das wars für heute.",
            "Bis zum nächsten Mal!",
            "Untertitel von Sitzungen sollen künftig immer dann erstellt werden, wenn jemand sie beantragt.",
        ] {
            assert_eq!(evidence(&segment(text, -0.9), &chunk), None, "{text}");
        }
        assert!(evidence(&segment("Untertitel von Stephanie Geiges", -0.9), &chunk).is_some());
    }

    #[test]
    fn known_lines_without_speech_are_removed() {
        let elsewhere = clear(&[Span::new(5_000, 9_000)]);
        for text in ["Vielen Dank.", "Thanks for watching!", "Untertitel im Auftrag des ZDF für funk, 2017"] {
            assert!(evidence(&segment(text, -0.3), &elsewhere).is_some(), "{text}");
            let doubtful = Segment { no_speech_prob: 0.8, ..segment(text, -0.3) };
            assert!(evidence(&doubtful, &Chunk::default()).is_some(), "{text}");
        }
        assert_eq!(evidence(&segment("Die Sitzung ist geschlossen.", -0.3), &elsewhere), None);
    }

    #[test]
    fn a_short_line_for_long_speech_is_removed() {
        let long = Segment { span: Span::new(0, 20_000), ..segment("Thanks for watching!", -0.3) };
        assert!(evidence(&long, &clear(&[Span::new(0, 9_000)])).is_some());
    }

    #[test]
    fn text_over_noise_needs_a_high_probability() {
        let (noise, clear) = (noise(&[Span::new(1_000, 3_000)]), clear(&[Span::new(1_000, 3_000)]));
        let found = |logprob: f32, chunk: &Chunk| evidence(&segment("Die Sitzung ist geschlossen.", logprob), chunk);
        assert_eq!(found(-0.5, &noise), Some(Evidence::Noise));
        assert_eq!(found(-0.3, &noise), None);
        assert_eq!(found(-0.5, &clear), None);
        assert_eq!(found(-0.5, &Chunk { speech: Vec::new(), ..noise }), None, "speech was not looked for");
    }

    #[test]
    fn music_in_a_chunk_with_speech_is_noise() {
        let chunk = Chunk {
            certain_speech: vec![Span::new(5_200, 5_300)],
            ..noise(&[Span::new(0, 3_000), Span::new(5_000, 8_000)])
        };
        let sung = Segment { span: Span::new(5_000, 8_000), ..segment("Thank you, my dear.", -0.5) };
        assert_eq!(evidence(&sung, &chunk), Some(Evidence::Noise));
        let spoken = Chunk { certain_speech: vec![Span::new(5_000, 5_600)], ..chunk };
        assert_eq!(evidence(&sung, &spoken), None);
    }

    #[test]
    fn nobody_says_that_much_during_a_drum_beat() {
        let text = "I'm not going to be able to do that.";
        let found = |speech: u64| evidence(&segment(text, -0.01), &noise(&[Span::new(1_500, 1_500 + speech)]));
        assert_eq!(found(380), Some(Evidence::Noise));
        assert_eq!(found(1_400), None);
    }

    #[test]
    fn text_of_low_confidence_is_removed() {
        let chunk = clear(&[Span::new(1_000, 3_000)]);
        assert_eq!(evidence(&segment("Frau Özdemir?", -1.1), &chunk), None);
        assert_eq!(
            evidence(&segment("Ihr Craft Limit war zu reich hier.", -1.1), &chunk),
            Some(Evidence::LowConfidence)
        );
        assert_eq!(evidence(&segment("Ihr Craft Limit war zu reich hier.", -0.9), &chunk), None);
    }
}
