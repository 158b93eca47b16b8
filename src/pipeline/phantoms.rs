//! What Whisper writes where nobody speaks: it has seen many subtitles, and their last lines stand over music and silence.
//! A line that it is known to invent is taken out only with evidence, for people do say most of them.

use super::quality::plain;
use crate::{Millis, Segment, Span};

/// How the credits of films and videos begin, which hardly anybody says in a meeting. From reports of users of Whisper.
const CREDITS: [&str; 19] = [
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
    "transcription by",
    "untertitel der amara",
    "untertitel im auftrag",
    "untertitel von",
    "untertitelung",
    "vielen dank fürs zuschauen",
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
/// Mean log probability below which the text counts as guessed: real whispers and speakers far from the microphone gave
/// -0.2 to -0.5, hiss, hum and rumble -0.6 to -1.3.
const GUESSED: f32 = -0.6;
/// Nobody speaks as slowly: characters in a second of speech, over at least [`LONG`].
const SLOW: f64 = 4.0;
const LONG: Millis = Millis(3_000);
/// Speech within a text that is a click or a breath.
const NO_SPEECH_AT_ALL: Millis = Millis(150);

/// Why `segment` is to be taken out; `None`: it stays. `certain`: somebody surely speaks in its clip. `speech`: where;
/// empty if unknown.
pub(super) fn evidence(segment: &Segment, certain: bool, speech: &[Span]) -> Option<&'static str> {
    let guessed = segment.avg_logprob < GUESSED;
    if !certain && guessed {
        return Some("it sounds more like a noise than like speech, and the text is a guess");
    }
    let line = plain(&segment.text);
    let credit = line.chars().count() <= LONGEST_CREDIT && CREDITS.iter().any(|known| line.starts_with(known));
    if !credit && !PHRASES.contains(&line.as_str()) {
        return None;
    }
    let spoken = |s: &Span| s.end.min(segment.span.end) - s.start.max(segment.span.start);
    let spoken = Millis(speech.iter().map(|s| spoken(s).0).sum());
    if !speech.is_empty() && spoken < NO_SPEECH_AT_ALL {
        return Some("a line that the model is known to invent, and nobody speaks there");
    }
    if segment.no_speech_prob > NO_SPEECH {
        return Some("a line that the model is known to invent, and it doubts that anybody speaks there");
    }
    let slow = spoken >= LONG && (line.chars().count() as f64) < SLOW * spoken.seconds();
    if slow {
        return Some("a line that the model is known to invent, and too short for what is said there");
    }
    if credit && (!certain || guessed) {
        return Some("a line that the model is known to invent, and it is in doubt");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(text: &str, logprob: f32) -> Segment {
        Segment { text: text.into(), avg_logprob: logprob, span: Span::new(1_000, 3_000), ..Segment::default() }
    }

    #[test]
    fn thanks_that_somebody_said_stay() {
        let speech = [Span::new(1_000, 2_200)];
        for text in ["Vielen Dank.", "Thank you.", "Untertitelung des ZDF, 2020", "Ja."] {
            assert_eq!(evidence(&segment(text, -0.3), true, &speech), None, "{text}");
        }
        assert_eq!(evidence(&segment("Vielen Dank.", -0.9), true, &speech), None, "a doubt alone is no evidence");
    }

    #[test]
    fn who_speaks_about_it_is_heard() {
        let speech = [Span::new(1_000, 3_000)];
        for text in [
            "We come to copyright and the subtitles by volunteers.",
            "Der Antrag betrifft die Untertitelung im Auftrag des ZDF.",
            "Das wars für heute.",
            "Bis zum nächsten Mal!",
            "Untertitel von Sitzungen sollen künftig immer dann erstellt werden, wenn jemand sie beantragt.",
        ] {
            assert_eq!(evidence(&segment(text, -0.9), true, &speech), None, "{text}");
        }
        assert!(evidence(&segment("Untertitel von Stephanie Geiges", -0.9), true, &speech).is_some());
    }

    #[test]
    fn without_speech_they_go() {
        let elsewhere = [Span::new(5_000, 9_000)];
        for text in ["Vielen Dank.", "Thanks for watching!", "Untertitel im Auftrag des ZDF für funk, 2017"] {
            assert!(evidence(&segment(text, -0.3), true, &elsewhere).is_some(), "{text}");
            let doubted = Segment { no_speech_prob: 0.8, ..segment(text, -0.3) };
            assert!(evidence(&doubted, true, &[]).is_some(), "{text}");
        }
        assert_eq!(evidence(&segment("Die Sitzung ist geschlossen.", -0.3), true, &elsewhere), None);
    }

    #[test]
    fn two_words_for_a_long_speech_were_not_said() {
        let long = Segment { span: Span::new(0, 20_000), ..segment("Thanks for watching!", -0.3) };
        assert!(evidence(&long, true, &[Span::new(0, 9_000)]).is_some());
    }

    #[test]
    fn a_noise_must_be_understood_well() {
        let speech = [Span::new(1_000, 3_000)];
        assert!(evidence(&segment("Die Sitzung ist geschlossen.", -0.7), false, &speech).is_some());
        assert_eq!(evidence(&segment("Die Sitzung ist geschlossen.", -0.4), false, &speech), None);
        assert_eq!(evidence(&segment("Die Sitzung ist geschlossen.", -0.7), true, &speech), None);
    }
}
