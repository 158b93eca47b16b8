//! What Whisper writes where nobody speaks: it has seen many subtitles, and their last lines stand over music and silence.
//! A line that it is known to invent is taken out only with evidence, for people do say most of them.

use super::quality::{MAX_RATE, MIN_LOGPROB, plain};
use crate::speech::Chunk;
use crate::{Millis, RemovalReason, Segment, Span};

/// How the credits of films and videos begin, which hardly anybody says in a meeting. From reports of users of Whisper.
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
/// Longer ones are sentences that somebody made, in letters.
const LONGEST_CREDIT: usize = 60;
/// Whole lines that it invents and people say, too.
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

/// Above it, the model itself says that nobody speaks (openai-whisper's `no_speech_threshold`).
const NO_SPEECH: f32 = 0.6;
/// Share of the speech around a text that must be a voice for certain, or else it may be a noise or music. Clear speech has
/// 0.3 and more, somebody who whispers 0.5, music 0.1 and less.
const VOICED: f64 = 0.1;
/// Mean log probability below which a text without a voice is an invention. Where speech is as deep in noise that no voice is
/// certain, less than a tenth of such words are right.
const GUESSED: f32 = -0.4;
/// Mean log probability below which a text where somebody may speak is in doubt.
const DOUBTED: f32 = -0.6;
/// Words of a name, which may be rare and right.
const NAME: usize = 2;
/// Nobody speaks as slowly: characters in a second of speech, over at least [`LONG`].
const SLOW: f64 = 4.0;
const LONG: Millis = Millis(3_000);
/// Speech within a text that is a click or a breath.
const NO_SPEECH_AT_ALL: Millis = Millis(150);

/// Why a text is to be taken out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Evidence {
    /// It stands over a noise, or over somebody very far away: nothing that can be understood is missing without it.
    Noise,
    /// What is said there can't be understood: the text is a guess.
    Guess,
    /// A line that the model is known to invent, and what speaks against it.
    Known(Doubt),
}

impl Evidence {
    pub(super) fn reason(self) -> RemovalReason {
        match self {
            Evidence::Noise => RemovalReason::Noise,
            Evidence::Guess => RemovalReason::LowConfidence,
            Evidence::Known(Doubt::NoSpeech) => RemovalReason::HallucinationNoSpeech,
            Evidence::Known(Doubt::DoubtfulSpeech) => RemovalReason::HallucinationDoubtfulSpeech,
            Evidence::Known(Doubt::TooShort) => RemovalReason::HallucinationTooShort,
            Evidence::Known(Doubt::LowConfidence) => RemovalReason::HallucinationLowConfidence,
        }
    }
}

/// What speaks against a line that the model is known to invent.
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

/// What speaks for taking `segment` out of the text of `cut`; `None`: it stays.
pub(super) fn evidence(segment: &Segment, chunk: &Chunk) -> Option<Evidence> {
    let around = chunk.speech_around(segment.span);
    let noise = around.is_some_and(|(spoken, voiced)| voiced.seconds() < VOICED * spoken.seconds().max(1e-3));
    // Without any sound of speech nearby, its time may be wrong.
    let too_fast = around.is_some_and(|(spoken, _)| {
        spoken > Millis(0) && segment.text.chars().count() as f64 > MAX_RATE * spoken.seconds()
    });
    if noise && (segment.avg_logprob < GUESSED || too_fast) {
        return Some(Evidence::Noise);
    }
    let line = plain(&segment.text);
    if segment.avg_logprob < MIN_LOGPROB && line.split(' ').count() > NAME {
        return Some(Evidence::Guess);
    }
    let credit = line.chars().count() <= LONGEST_CREDIT && CREDITS.iter().any(|known| line.starts_with(known));
    if !credit && !PHRASES.contains(&line.as_str()) {
        return None;
    }
    let within = |s: &Span| Span { start: s.start.max(segment.span.start), end: s.end.min(segment.span.end) }.length();
    let spoken = chunk.speech.iter().fold(Millis(0), |sum, s| sum + within(s));
    if noise || !chunk.speech.is_empty() && spoken < NO_SPEECH_AT_ALL {
        return Some(Evidence::Known(Doubt::NoSpeech));
    }
    if segment.no_speech_prob > NO_SPEECH {
        return Some(Evidence::Known(Doubt::DoubtfulSpeech));
    }
    let slow = spoken >= LONG && (line.chars().count() as f64) < SLOW * spoken.seconds();
    if slow {
        return Some(Evidence::Known(Doubt::TooShort));
    }
    if credit && segment.avg_logprob < DOUBTED {
        return Some(Evidence::Known(Doubt::LowConfidence));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(text: &str, logprob: f32) -> Segment {
        Segment { text: text.into(), avg_logprob: logprob, span: Span::new(1_000, 3_000), ..Segment::default() }
    }

    /// Somebody speaks there, clearly.
    fn spoken(speech: &[Span]) -> Chunk {
        Chunk { certain: true, speech: speech.to_vec(), voices: speech.to_vec(), ..Chunk::default() }
    }

    fn noise(speech: &[Span]) -> Chunk {
        Chunk { voices: Vec::new(), ..spoken(speech) }
    }

    #[test]
    fn thanks_that_somebody_said_stay() {
        let chunk = spoken(&[Span::new(1_000, 2_200)]);
        for text in ["Vielen Dank.", "Thank you.", "Untertitelung des ZDF, 2020", "Ja."] {
            assert_eq!(evidence(&segment(text, -0.3), &chunk), None, "{text}");
        }
        assert_eq!(evidence(&segment("Vielen Dank.", -0.9), &chunk), None, "a doubt alone is no evidence");
    }

    #[test]
    fn who_speaks_about_it_is_heard() {
        let chunk = spoken(&[Span::new(1_000, 3_000)]);
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
    fn without_speech_they_go() {
        let elsewhere = spoken(&[Span::new(5_000, 9_000)]);
        for text in ["Vielen Dank.", "Thanks for watching!", "Untertitel im Auftrag des ZDF für funk, 2017"] {
            assert!(evidence(&segment(text, -0.3), &elsewhere).is_some(), "{text}");
            let doubted = Segment { no_speech_prob: 0.8, ..segment(text, -0.3) };
            assert!(evidence(&doubted, &Chunk::default()).is_some(), "{text}");
        }
        assert_eq!(evidence(&segment("Die Sitzung ist geschlossen.", -0.3), &elsewhere), None);
    }

    #[test]
    fn two_words_for_a_long_speech_were_not_said() {
        let long = Segment { span: Span::new(0, 20_000), ..segment("Thanks for watching!", -0.3) };
        assert!(evidence(&long, &spoken(&[Span::new(0, 9_000)])).is_some());
    }

    #[test]
    fn a_noise_must_be_understood_well() {
        let (noise, voice) = (noise(&[Span::new(1_000, 3_000)]), spoken(&[Span::new(1_000, 3_000)]));
        let heard = |logprob: f32, chunk: &Chunk| evidence(&segment("Die Sitzung ist geschlossen.", logprob), chunk);
        assert_eq!(heard(-0.5, &noise), Some(Evidence::Noise));
        assert_eq!(heard(-0.3, &noise), None);
        assert_eq!(heard(-0.5, &voice), None);
        assert_eq!(heard(-0.5, &Chunk { speech: Vec::new(), ..noise }), None, "nobody looked for speech");
    }

    #[test]
    fn music_in_a_clip_with_speech_is_a_noise() {
        let chunk =
            Chunk { voices: vec![Span::new(5_200, 5_300)], ..noise(&[Span::new(0, 3_000), Span::new(5_000, 8_000)]) };
        let sung = Segment { span: Span::new(5_000, 8_000), ..segment("Thank you, my dear.", -0.5) };
        assert_eq!(evidence(&sung, &chunk), Some(Evidence::Noise));
        let said = Chunk { voices: vec![Span::new(5_000, 5_600)], ..chunk };
        assert_eq!(evidence(&sung, &said), None);
    }

    #[test]
    fn nobody_says_that_much_in_a_beat_of_a_drum() {
        let text = "I'm not going to be able to do that.";
        let heard = |speech: u64| evidence(&segment(text, -0.01), &noise(&[Span::new(1_500, 1_500 + speech)]));
        assert_eq!(heard(380), Some(Evidence::Noise));
        assert_eq!(heard(1_400), None);
    }

    #[test]
    fn what_is_no_more_than_a_guess_is_not_written() {
        let chunk = spoken(&[Span::new(1_000, 3_000)]);
        assert_eq!(evidence(&segment("Frau Özdemir?", -1.1), &chunk), None);
        assert_eq!(evidence(&segment("Ihr Craft Limit war zu reich hier.", -1.1), &chunk), Some(Evidence::Guess));
        assert_eq!(evidence(&segment("Ihr Craft Limit war zu reich hier.", -0.9), &chunk), None);
    }
}
