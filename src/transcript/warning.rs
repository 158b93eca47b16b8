//! What a reader must know about how a transcript came to be: stable codes with their data. The sentences that people read are in the
//! `wording` module.

use super::Millis;
use serde::{Deserialize, Serialize};

/// What a [`Warning`](super::Warning) is about. `detail` is what a decoder or an error says, in English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum WarningKind {
    /// The end of the file is missing.
    FileTruncated {
        /// How long the recording should last, in seconds in JSON; `None` if the file does not say.
        #[serde(default, with = "seconds", skip_serializing_if = "Option::is_none")]
        expected: Option<Millis>,
    },
    /// The sizes in the header are wrong; those of the file were used.
    HeaderDamaged,
    /// The first damaged packet, which was skipped.
    PacketDamaged {
        /// What the decoder says.
        detail: String,
    },
    /// How many damaged packets were skipped, if several.
    PacketsDamaged {
        /// At least 2.
        count: u64,
    },
    /// The rest of the file is damaged.
    RestDamaged {
        /// What the reader says; may be empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        detail: String,
    },
    /// The rest of the file cannot be decoded.
    RestUndecodable {
        /// What the decoder says.
        detail: String,
    },
    /// The file's own clock jumps; later times may differ from a player's.
    TimesJump,
    /// A player plays this faster or slower than it was recorded; later times differ from a player's.
    SpeedChanged,
    /// The number of channels changes here, while channels are read one by one.
    ChannelsChanged {
        /// Before.
        from: u64,
        /// From here on.
        to: u64,
    },
    /// Channels have opposite phase here; some were turned, so that they do not cancel each other out.
    ChannelsOpposed,
    /// Samples that are no numbers were replaced by silence.
    SamplesInvalid,
    /// The sound goes beyond full scale and was made quieter.
    LevelReduced {
        /// By how much, in dB.
        decibels: u64,
    },
    /// The sound is very quiet and was made louder.
    LevelRaised {
        /// By how much, in dB.
        decibels: u64,
    },
    /// The file has several audio tracks.
    SeveralTracks {
        /// How many; at least 2.
        tracks: u64,
        /// The one that was read, counted from 1.
        track: u64,
    },
    /// The default track is silent, and another was read.
    TrackSilent {
        /// The silent one, counted from 1.
        silent: u64,
        /// The one that was read.
        track: u64,
    },
    /// The default track can't be decoded, and another was read.
    TrackUndecodable {
        /// The one that can't, counted from 1.
        undecodable: u64,
        /// The one that was read.
        track: u64,
        /// Why.
        detail: String,
    },
    /// There is only one channel, so that channels can't tell speakers apart.
    SingleChannel,
    /// All channels hold the same sound, which was transcribed once, without speakers.
    ChannelsAlike {
        /// How many; at least 2.
        channels: u64,
    },
    /// A channel holds the same sound as an earlier one, and was not transcribed.
    ChannelRepeated {
        /// Which, counted from 1.
        channel: u64,
        /// The earlier one.
        of: u64,
    },
    /// What one of several tracks has is missing, since it could not be transcribed.
    TrackMissing {
        /// The error.
        detail: String,
    },
    /// Nothing is heard in one of several tracks.
    NothingHeard,
    /// One of several tracks has the same speaker as another.
    SpeakerShared {
        /// The file of the other.
        of: String,
    },
    /// How one of several tracks lies in time could not be found out.
    TrackUnaligned,
    /// No time of the list that was to say who speaks lies within the recording.
    NamesOutOfRange,
    /// A file beside the recording, which was to say who speaks or what the meeting is about, is missing or can't be used.
    BesideMissing {
        /// The name or pattern that was looked for.
        #[serde(default)]
        pattern: String,
        /// Names of several files that may be meant; empty: there is none, or one that can't be used.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<String>,
        /// Why the one that there is can't be used; may be empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        detail: String,
    },
    /// Nothing is heard in a channel.
    ChannelSilent {
        /// Which, counted from 1.
        channel: u64,
    },
    /// ffmpeg reports damage.
    FfmpegDamage {
        /// What ffmpeg says.
        detail: String,
    },
    /// One of several files could not be used.
    FileSkipped {
        /// The error.
        detail: String,
    },
    /// From here on the language is detected for whole clips only.
    LanguageDetectionFailed {
        /// The error.
        detail: String,
    },
    /// The recording was removed while it was transcribed.
    RecordingRemoved,
    /// From here on the text is that of the live captions.
    CaptionsOnly,
    /// Some characters of the file are damaged; the rest is UTF-8.
    CharactersDamaged,
    /// An imported file is not UTF-8.
    EncodingGuessed {
        /// The encoding it was read in, as the WHATWG calls it.
        encoding: String,
    },
    /// The segments of an imported file were not in order of time, and were sorted.
    SegmentsSorted,
    /// Cues of an imported file have broken times and were skipped.
    CuesSkipped {
        /// How many.
        skipped: usize,
        /// Of how many.
        total: usize,
    },
    /// Cues of an imported file begin after 1000 hours and were skipped.
    CuesOutOfRange {
        /// How many.
        skipped: usize,
        /// Of how many.
        total: usize,
    },
    /// Cues of an imported file do not keep to its format, so that their times or texts were guessed.
    CuesGuessed {
        /// How many.
        guessed: usize,
        /// Of how many.
        total: usize,
    },
    /// Captions of an imported file show lines again, which were left out.
    RepeatsRemoved {
        /// How many lines.
        lines: usize,
    },
    /// Texts of an imported file begin like names of speakers, but not all, or not surely, so that none was taken for a speaker.
    SpeakersUnclear,
    /// Who speaks is an estimate from the voices of the recording.
    SpeakersEstimated,
    /// An imported file names a language that is not known.
    LanguageUnknown,
    /// Times in an imported file cannot be right: before zero, after 1000 hours, an end before its start, or a word outside
    /// of its segment or out of order.
    TimesOutOfRange {
        /// How many.
        count: u64,
    },
    /// An imported file has text without times; it is one segment.
    TimesUnknown,
    /// An imported file has values such as NaN in the place of numbers.
    NumbersUnknown {
        /// How many.
        count: u64,
    },
    /// Another warning, as a sentence from an older or newer file.
    Other {
        /// The sentence.
        message: String,
    },
}

impl WarningKind {
    /// The code in JSON: `file_truncated`.
    pub fn code(&self) -> &'static str {
        match self {
            WarningKind::FileTruncated { .. } => "file_truncated",
            WarningKind::HeaderDamaged => "header_damaged",
            WarningKind::PacketDamaged { .. } => "packet_damaged",
            WarningKind::PacketsDamaged { .. } => "packets_damaged",
            WarningKind::RestDamaged { .. } => "rest_damaged",
            WarningKind::RestUndecodable { .. } => "rest_undecodable",
            WarningKind::TimesJump => "times_jump",
            WarningKind::SpeedChanged => "speed_changed",
            WarningKind::ChannelsChanged { .. } => "channels_changed",
            WarningKind::ChannelsOpposed => "channels_opposed",
            WarningKind::SamplesInvalid => "samples_invalid",
            WarningKind::LevelReduced { .. } => "level_reduced",
            WarningKind::LevelRaised { .. } => "level_raised",
            WarningKind::SeveralTracks { .. } => "several_tracks",
            WarningKind::TrackSilent { .. } => "track_silent",
            WarningKind::TrackUndecodable { .. } => "track_undecodable",
            WarningKind::SingleChannel => "single_channel",
            WarningKind::ChannelsAlike { .. } => "channels_alike",
            WarningKind::ChannelRepeated { .. } => "channel_repeated",
            WarningKind::TrackMissing { .. } => "track_missing",
            WarningKind::NothingHeard => "nothing_heard",
            WarningKind::SpeakerShared { .. } => "speaker_shared",
            WarningKind::TrackUnaligned => "track_unaligned",
            WarningKind::NamesOutOfRange => "names_out_of_range",
            WarningKind::BesideMissing { .. } => "beside_missing",
            WarningKind::ChannelSilent { .. } => "channel_silent",
            WarningKind::FfmpegDamage { .. } => "ffmpeg_damage",
            WarningKind::FileSkipped { .. } => "file_skipped",
            WarningKind::LanguageDetectionFailed { .. } => "language_detection_failed",
            WarningKind::RecordingRemoved => "recording_removed",
            WarningKind::CaptionsOnly => "captions_only",
            WarningKind::CharactersDamaged => "characters_damaged",
            WarningKind::EncodingGuessed { .. } => "encoding_guessed",
            WarningKind::SegmentsSorted => "segments_sorted",
            WarningKind::CuesSkipped { .. } => "cues_skipped",
            WarningKind::CuesOutOfRange { .. } => "cues_out_of_range",
            WarningKind::CuesGuessed { .. } => "cues_guessed",
            WarningKind::RepeatsRemoved { .. } => "repeats_removed",
            WarningKind::SpeakersUnclear => "speakers_unclear",
            WarningKind::SpeakersEstimated => "speakers_estimated",
            WarningKind::LanguageUnknown => "language_unknown",
            WarningKind::TimesOutOfRange { .. } => "times_out_of_range",
            WarningKind::TimesUnknown => "times_unknown",
            WarningKind::NumbersUnknown { .. } => "numbers_unknown",
            WarningKind::Other { .. } => "other",
        }
    }
}

/// Milliseconds as seconds.
mod seconds {
    use super::Millis;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Option<Millis>, serializer: S) -> Result<S::Ok, S::Error> {
        time.map(Millis::seconds).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Millis>, D::Error> {
        let seconds = Option::<f64>::deserialize(deserializer)?;
        Ok(seconds.map(|seconds| Millis((seconds.max(0.0) * 1000.0).round() as u64)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_holds_its_data_beside_its_code() {
        let kind = WarningKind::FileTruncated { expected: Some(Millis(1_500)) };
        let json = serde_json::to_value(&kind).unwrap();
        assert_eq!(json["code"], kind.code());
        assert_eq!(json, serde_json::json!({"code": "file_truncated", "expected": 1.5}));
        assert_eq!(serde_json::from_value::<WarningKind>(json).unwrap(), kind);
    }
}
