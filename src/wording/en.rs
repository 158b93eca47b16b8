//! English.

mod participation;
#[cfg(feature = "summarise")]
mod summary;
pub(super) use participation::PARTICIPATION;
#[cfg(feature = "summarise")]
pub(super) use summary::SUMMARY;

use super::pages::ReviewPage;
#[cfg(feature = "page")]
use super::pages::{LivePage, Refusal};
use super::{Cow, GapReason, Labels, Millis, PartialReason, RemovalReason, WarningKind};

pub(super) fn gap(reason: GapReason) -> &'static str {
    match reason {
        GapReason::Unrecognised => "inaudible",
        GapReason::Overlapped => "two at once, one of them inaudible",
        GapReason::Music => "music",
        GapReason::Paused => "paused, not recorded",
        GapReason::Lost => "no sound from the microphone",
        GapReason::Missed => "no sound, computer asleep or a dropout",
    }
}

pub(super) fn removal(reason: &RemovalReason) -> Cow<'_, str> {
    Cow::Borrowed(match reason {
        RemovalReason::Repetition => "the text repeats itself",
        RemovalReason::Noise => "it sounds more like noise than like speech, and the model is unsure of the text",
        RemovalReason::LowConfidence => "the model is very unsure of the text",
        RemovalReason::HallucinationNoSpeech => "a known hallucination, and nobody speaks there",
        RemovalReason::HallucinationDoubtfulSpeech => {
            "a known hallucination, and the model doubts that anybody speaks there"
        }
        RemovalReason::HallucinationTooShort => "a known hallucination, and too short for what is said there",
        RemovalReason::HallucinationLowConfidence => "a known hallucination, and the model is unsure of it",
        RemovalReason::Bleed => "the microphone of somebody else hears the same more loudly",
        RemovalReason::Other(text) => text,
    })
}

pub(super) fn partial(reason: &PartialReason) -> Cow<'_, str> {
    Cow::Borrowed(match reason {
        PartialReason::Interrupted => "interrupted",
        PartialReason::RecordingChanged => "the recording was changed while it was read",
        PartialReason::SessionRunning => "the session is still running",
        PartialReason::SessionUnfinished => "the end of the session was not transcribed",
        PartialReason::SessionKilled => "the session was killed",
        PartialReason::Failed(message) => message,
    })
}

// Long because every kind has its text.
pub(super) fn warning(kind: &WarningKind) -> String {
    match kind {
        WarningKind::FileTruncated { expected: None } => "the file is cut off: its end is missing".into(),
        WarningKind::FileTruncated { expected: Some(length) } => {
            format!("the file is cut off: it should last {length} and ends here")
        }
        WarningKind::HeaderDamaged => "the header of the file is damaged; its sizes were taken from the file".into(),
        WarningKind::PacketDamaged { detail } => format!("a damaged packet was skipped: {detail}"),
        WarningKind::PacketsDamaged { count } => format!("{count} damaged packets were skipped in all"),
        WarningKind::RestDamaged { detail } if detail.is_empty() => "the rest of the file is damaged".into(),
        WarningKind::RestDamaged { detail } => format!("the file is damaged here and can't be read further: {detail}"),
        WarningKind::RestUndecodable { detail } => format!("the rest of the file can't be decoded: {detail}"),
        WarningKind::ChannelsChanged { from, to } => {
            format!("the number of channels changes here from {from} to {to}")
        }
        WarningKind::SpeedChanged => {
            "a player plays this part faster or slower than it was recorded; from here on times differ from a player's"
                .into()
        }
        WarningKind::TimesJump => "the times in the file jump here; later times may differ from a player's".into(),
        WarningKind::ChannelsOpposed => {
            "the channels have opposite phase; their signs were aligned, so that they don't cancel each other out"
                .into()
        }
        WarningKind::SamplesInvalid => "samples that are no numbers were replaced by silence".into(),
        WarningKind::LevelReduced { decibels } => {
            format!("the sound goes beyond full scale; it was made {decibels} dB quieter")
        }
        WarningKind::LevelRaised { decibels } => {
            format!("the sound is very quiet; it was made {decibels} dB louder")
        }
        WarningKind::SeveralTracks { tracks, track } => {
            format!("the file has {tracks} audio tracks; track {track} was transcribed")
        }
        WarningKind::TrackSilent { silent, track } => {
            format!("audio track {silent} is silent; track {track} was transcribed")
        }
        WarningKind::TrackUndecodable { undecodable, track, detail } => {
            format!("audio track {undecodable} can't be read here ({detail}); track {track} was transcribed")
        }
        WarningKind::SingleChannel => {
            "there is only one channel; speakers can't be told apart by channels".into()
        }
        WarningKind::ChannelsAlike { channels } => {
            format!("all {channels} channels hold the same sound; it was transcribed once, without speakers")
        }
        WarningKind::ChannelRepeated { channel, of } => {
            format!("channel {channel} holds the same sound as channel {of}, and was not transcribed")
        }
        WarningKind::TrackMissing { detail } => format!("what is said in this track is missing: {detail}"),
        WarningKind::NothingHeard => "nothing is heard in this track".into(),
        WarningKind::SpeakerShared { of } => format!("this track is of the same speaker as {of}"),
        WarningKind::NamesOutOfRange => {
            "nobody is named: no time of the list of names lies within the recording".into()
        }
        WarningKind::TrackUnaligned => {
            "no sound was found that this track shares with others, so it is taken to begin together with them".into()
        }
        WarningKind::BesideMissing { pattern, files, detail } => match (files.as_slice(), &**detail) {
            ([], "") => format!("no usable file beside it: there is no `{pattern}` for it"),
            ([], detail) => format!("no usable file beside it: {detail}"),
            (files, _) => format!("no usable file beside it: several may be meant, `{}`", files.join("`, `")),
        },
        WarningKind::ChannelSilent { channel } => format!("nothing is heard in channel {channel}"),
        WarningKind::FfmpegDamage { detail } => format!("ffmpeg found damage in it: {detail}"),
        WarningKind::FileSkipped { detail } => detail.clone(),
        WarningKind::LanguageDetectionFailed { detail } => {
            format!("from here on the language is detected for whole clips only: {detail}")
        }
        WarningKind::RecordingRemoved => "the recording was removed while it was transcribed".into(),
        WarningKind::CaptionsOnly => "from here on the text is that of the live captions".into(),
        WarningKind::CharactersDamaged => "some characters of the file are damaged".into(),
        WarningKind::EncodingGuessed { encoding } => format!("the file is not UTF-8; it was read as {encoding}"),
        WarningKind::SegmentsSorted => "segments were out of order, and were sorted by their start".into(),
        WarningKind::CuesSkipped { skipped, total } => {
            format!("{skipped} of {total} cues have broken times and were left out")
        }
        WarningKind::CuesOutOfRange { skipped, total } => {
            format!("{skipped} of {total} cues begin after 1000 hours and were left out")
        }
        WarningKind::CuesGuessed { guessed, total } => {
            format!("{guessed} of {total} cues do not follow the format, and were read as they seem to be meant")
        }
        WarningKind::RepeatsRemoved { lines } => {
            format!("lines that the captions show again were left out: {lines}")
        }
        WarningKind::SpeakersUnclear => {
            "some texts begin like the name of a speaker, but not all, or not clearly; they stay text, and no speaker is set"
                .into()
        }
        WarningKind::SpeakersEstimated => "who speaks is an estimate from the voices; check it before you rely on it".into(),
        WarningKind::LanguageUnknown => "the language that the file names is not known".into(),
        WarningKind::TimesOutOfRange { count } => {
            format!("times that cannot be right (before zero, after 1000 hours, an end before its start, or a word outside of its segment) count as not known: {count}")
        }
        WarningKind::TimesUnknown => "the file has text without times; all of it is one segment".into(),
        WarningKind::NumbersUnknown { count } => {
            format!("values that are no numbers (NaN, Infinity) count as not known: {count}")
        }
        WarningKind::Other { message } => message.clone(),
    }
}

pub(super) fn incomplete(until: Millis, reason: &str) -> String {
    format!("incomplete: transcribed up to {until}, {reason}")
}

pub(super) fn origin(length: Millis, model: &str) -> String {
    let by = if model.is_empty() { String::new() } else { format!(" by {model}") };
    format!("{length}, transcribed automatically{by}. It may contain errors: the recording is authoritative.")
}

pub(super) fn first_of(count: usize, names: &str) -> String {
    format!("The recording consists of {count} files ({names}); this page plays the first.")
}

pub(super) fn track_of(count: usize, played: &str) -> String {
    format!(
        "The recording consists of {count} tracks, one for each person; this page plays {played}. It plays all where the audio is embedded."
    )
}

#[cfg(feature = "page")]
pub(super) fn refusal(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::OtherAddress => "not for this address: open the one that transcribe shows",
        Refusal::Method => "there is nothing to send here",
        Refusal::Token => "the token is missing or wrong: open the address that transcribe shows",
        Refusal::NoPage => "there is no such page",
        Refusal::Full => "too many viewers",
    }
}

/// Labels of documents.
pub(super) const LABELS: Labels = Labels {
    title: "Transcript",
    date: "Date",
    length: "Length",
    model: "Model",
    draft: "Machine draft, unchecked",
    edited_draft: "Machine draft, changed by hand in parts",
    note: "note",
    speaker: "Speaker",
    speech: "Speech",
    gaps: "Gaps",
    words: "words",
    marker: "Marker",
    agenda_item: "Agenda item",
    decision: "Decision",
};

/// Buttons and messages of the review page.
pub(super) const REVIEW_PAGE: ReviewPage = ReviewPage {
    listen: "Listen",
    play: "play, pause",
    back: "back 3 s",
    ahead: "ahead 3 s",
    slower: "slower",
    faster: "faster",
    speed: "Speed",
    check: "Check",
    next_place: "next uncertain place",
    last_place: "previous uncertain place",
    places: "Uncertain",
    again: "Listen again",
    again_left: "{n} of {all} places left. Each is played with a second around it.",
    again_all: "All listened to",
    again_next: "listen to the next place of the list",
    again_last: "listen to the previous place of the list",
    again_mark: "this place is done, listen to the next",
    again_done: "Done",
    next_turn: "next turn",
    last_turn: "previous turn",
    next_segment: "next segment",
    last_segment: "previous segment",
    search: "Search",
    searching: "search",
    next_hit: "next match",
    last_hit: "previous match",
    of: "of",
    none: "not found",
    shading: "Mark uncertain text",
    notes: "Show what was removed and corrected",
    timeline: "Who speaks when",
    voices: "Speakers",
    all: "all",
    no_voice: "no speaker",
    rename: "rename",
    undo: "undo",
    redo: "redo",
    download: "download the edits",
    save: "Download",
    open: "Open edits…",
    more: "More",
    help: "Help and keys",
    helping: "this help",
    close: "Close",
    cancel: "Cancel",
    ok: "Apply",
    edit: "change the text",
    leave: "leave the text, close a window",
    split: "split at the cursor",
    join: "join with the next segment",
    remove: "delete the segment",
    split_short: "Split",
    join_short: "Join",
    remove_short: "Delete",
    restore: "reset text and times",
    restore_short: "Reset",
    start: "Start",
    end: "End",
    now: "Now",
    done: "Done",
    voice: "Change the speaker",
    give_voice: "change the speaker",
    toolbar: "Tools",
    segment: "Segment",
    name: "Name",
    everywhere: "everywhere: rename “{name}”",
    turn: "only this turn",
    one: "only this segment",
    several: "the {n} selected segments",
    taken: "“{name}” was somebody else’s name here at first. Please choose another name.",
    no_voices: "No speakers are known.",
    all_voices: "all speakers: names and samples",
    talk_time: "Talks",
    sample: "Sample",
    hear: "hear {name}",
    name_of: "Name of {name}",
    united: "Two voices with the name “{name}” become one.",
    pick_next: "select the next segment, too",
    pick_last: "select the previous segment, too",
    no_time: "This is not a time. Example: 0:12:03.450",
    clamped: "No further: the neighbouring segment begins or ends there.",
    was: "was",
    unsaved: "This browser does not keep your edits. Please download them before you close the page.",
    elsewhere: "This page was changed in another window. Reload to see those changes; if you go on typing here, you replace them.",
    kept: "Your edits from last time are back.",
    foreign: "This file does not belong to this transcript.",
    partly: "{n} edits do not fit this text and were left out.",
    missing: "The recording “{name}” was not found. Put it beside this page, or:",
    pick: "Choose the recording…",
    beyond: "This place is after the end of the recording that is played here.",
    no_places: "There are no more uncertain places in this direction.",
    space: "space",
    always: "everywhere, also while typing",
    reading: "while reading",
    typing: "A double click or Enter edits a segment, a click plays from that word. While editing, Enter splits at the cursor and Backspace at the start joins with the previous segment. Shift and a click select several segments, which can get another speaker together.",
    control: "Ctrl",
    shift: "Shift",
    enter: "Enter",
    delete_key: "Del",
    page_up: "Page up",
    page_down: "Page down",
    saving: "Saving …",
    saved: "Saved",
    not_saved: "Not saved yet: transcribe has ended or was started again. “Download” gives you your changes as a file. Start transcribe, open the transcript there, and then the file with “Open edits…”.",
    not_accepted: "Not saved: the transcript is not there any more, or something in it is not valid. “Download” gives you your changes as a file.",
    changed_elsewhere: "This transcript was changed in another window, too. What contradicts it is not saved.",
    reload: "Reload",
};

/// Buttons and messages of the page with live captions.
#[cfg(feature = "page")]
pub(super) const LIVE_PAGE: LivePage = LivePage {
    title: "Captions",
    notice: "generated automatically, may contain errors",
    paused: "Paused: nobody is listening",
    silent: "No sound from the microphone",
    lost: "Microphone is not connected",
    ended: "End of the captions",
    connection: "Connection lost, reconnecting",
    hidden: "Text is hidden, H shows it again",
    keys: "Keys",
    close: "close",
    space: "space",
    larger: "larger",
    smaller: "smaller",
    rows: "lines",
    light: "dark / light",
    full: "full screen",
    hide: "hide / show",
    help: "this help",
    no_script: "Captions need JavaScript.",
};
