//! Reasons and warnings: codes, or the English sentences that JSON of schema 1 has instead.

use crate::{GapReason, PartialReason, RemovalReason, WarningKind};
use serde_json::{Map, Value};

const GAPS: [(&str, GapReason); 4] = [
    ("nothing was recognised", GapReason::Unrecognised),
    ("paused", GapReason::Paused),
    ("no sound came from the microphone", GapReason::Lost),
    ("the computer slept, or the microphone left something out", GapReason::Missed),
];

const REMOVALS: [(&str, RemovalReason); 7] = [
    ("the text repeats itself", RemovalReason::Repetition),
    ("it sounds more like a noise than like speech, and the text is a guess", RemovalReason::Noise),
    ("the text is a guess", RemovalReason::LowConfidence),
    ("a line that the model is known to invent, and nobody speaks there", RemovalReason::HallucinationNoSpeech),
    (
        "a line that the model is known to invent, and it doubts that anybody speaks there",
        RemovalReason::HallucinationDoubtfulSpeech,
    ),
    (
        "a line that the model is known to invent, and too short for what is said there",
        RemovalReason::HallucinationTooShort,
    ),
    ("a line that the model is known to invent, and it is in doubt", RemovalReason::HallucinationLowConfidence),
];

const PARTIALS: [(&str, PartialReason); 4] = [
    ("the recording was changed while it was read", PartialReason::RecordingChanged),
    ("the session is not over", PartialReason::SessionRunning),
    ("the record was not finished", PartialReason::SessionUnfinished),
    ("the session was killed", PartialReason::SessionKilled),
];

const WARNINGS: [(&str, WarningKind); 7] = [
    ("the file is cut off: its end is missing", WarningKind::FileTruncated { expected: None }),
    ("the header of the file is damaged; its sizes were taken from the file", WarningKind::HeaderDamaged),
    ("the rest of the file is damaged", WarningKind::RestDamaged { detail: String::new() }),
    ("the times in the file jump here; later times may differ from a player's", WarningKind::TimesJump),
    ("the recording was taken away while it was transcribed", WarningKind::RecordingRemoved),
    ("from here on it is what the captions showed", WarningKind::CaptionsOnly),
    ("segments were out of order, and were sorted by their start", WarningKind::SegmentsSorted),
];

/// A warning with a detail.
type Detailed = fn(String) -> WarningKind;

/// Sentences of schema 1 that end with a detail.
const DETAILED: [(&str, Detailed); 5] = [
    ("a damaged packet was skipped: ", |detail| WarningKind::PacketDamaged { detail }),
    ("the file is damaged here and can't be read further: ", |detail| WarningKind::RestDamaged { detail }),
    ("the rest of the file can't be decoded: ", |detail| WarningKind::RestUndecodable { detail }),
    ("ffmpeg found damage in it: ", |detail| WarningKind::FfmpegDamage { detail }),
    ("from there on the language is told for whole clips only: ", |detail| WarningKind::LanguageDetectionFailed {
        detail,
    }),
];

/// A reason that is not known counts as [`GapReason::Unrecognised`].
pub(super) fn gap(reason: &str) -> GapReason {
    let code = GapReason::ALL.into_iter().find(|known| known.code() == reason);
    code.or_else(|| find(&GAPS, reason)).unwrap_or_default()
}

/// `message`: the text of a reason without a code.
pub(super) fn removal(reason: &str, message: Option<String>) -> RemovalReason {
    let code = RemovalReason::KNOWN.into_iter().find(|known| known.code() == reason);
    let known = code.or_else(|| find(&REMOVALS, reason));
    known.unwrap_or_else(|| RemovalReason::Other(message.unwrap_or_else(|| reason.to_owned())))
}

/// `message`: the text of a reason without a code.
pub(super) fn partial(reason: &str, message: Option<String>) -> PartialReason {
    let code = PartialReason::KNOWN.into_iter().find(|known| known.code() == reason);
    let known = code.or_else(|| find(&PARTIALS, reason));
    known.unwrap_or_else(|| PartialReason::Failed(message.unwrap_or_else(|| reason.to_owned())))
}

/// `fields`: code, data and message, or a message alone.
pub(super) fn warning(fields: Map<String, Value>) -> WarningKind {
    let message = fields.get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = serde_json::from_value(Value::Object(fields)).ok();
    let detailed = || {
        let found = DETAILED.iter().find_map(|(start, kind)| Some((message.strip_prefix(start)?, kind)));
        found.map(|(detail, kind)| kind(detail.to_owned()))
    };
    kind.or_else(|| find(&WARNINGS, &message)).or_else(detailed).unwrap_or(WarningKind::Other { message })
}

fn find<T: Clone>(table: &[(&str, T)], sentence: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == sentence).map(|(_, code)| code.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(fields: Value) -> WarningKind {
        match fields {
            Value::Object(fields) => warning(fields),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn codes_and_old_sentences_are_read() {
        assert_eq!(gap("microphone_lost"), GapReason::Lost);
        assert_eq!(gap("no sound came from the microphone"), GapReason::Lost);
        assert_eq!(gap("something new"), GapReason::Unrecognised);
        assert_eq!(removal("noise", None), RemovalReason::Noise);
        assert_eq!(removal("the text is a guess", None), RemovalReason::LowConfidence);
        assert_eq!(partial("interrupted", None), PartialReason::Interrupted);
        assert_eq!(partial("the session was killed", None), PartialReason::SessionKilled);
        assert_eq!(read(json!({"message": "from here on it is what the captions showed"})), WarningKind::CaptionsOnly);
        assert_eq!(
            read(json!({"message": "a damaged packet was skipped: bad checksum"})),
            WarningKind::PacketDamaged { detail: "bad checksum".into() }
        );
        assert_eq!(
            read(json!({"code": "packets_damaged", "count": 3, "message": "x"})),
            WarningKind::PacketsDamaged { count: 3 }
        );
    }

    #[test]
    fn unknown_sentences_are_kept() {
        assert_eq!(removal("music", None), RemovalReason::Other("music".into()));
        assert_eq!(removal("other", Some("music".into())), RemovalReason::Other("music".into()));
        assert_eq!(partial("no space", None), PartialReason::Failed("no space".into()));
        assert_eq!(partial("failed", Some("no space".into())), PartialReason::Failed("no space".into()));
        let other = WarningKind::Other { message: "a storm".into() };
        assert_eq!(read(json!({"message": "a storm"})), other);
        assert_eq!(read(json!({"code": "weather", "message": "a storm"})), other);
    }
}
