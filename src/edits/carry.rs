//! From a transcript that people have edited to a newer one of the same recording.

use super::{Applied, Change, Edits, Said, apply::within, joined};
use crate::{Edit, Segment, SpeakerId, Transcript};
use std::collections::BTreeMap;

/// Puts what people changed in `old` into `new`.
///
/// Voices that somebody has named keep their name where `new` hears mostly one voice while they speak.
pub fn carry(old: &Transcript, new: &mut Transcript) -> Applied {
    for (voice, name) in &old.names {
        let heard = heard_in(new, old, *voice);
        let said: u64 = old.segments.iter().filter(|s| s.speaker == Some(*voice)).map(|s| s.span.length().0).sum();
        let most = heard.into_iter().max_by_key(|(_, time)| *time).filter(|(_, time)| time * 2 > said);
        if let Some((voice, _)) = most.filter(|(voice, _)| !new.names.contains_key(voice)) {
            new.names.insert(voice, name.clone());
        }
    }
    Edits::of(old).apply(new, true)
}

/// How long, in milliseconds, each voice of `new` speaks while `voice` speaks in `old`.
fn heard_in(new: &Transcript, old: &Transcript, voice: SpeakerId) -> BTreeMap<SpeakerId, u64> {
    let mut times = BTreeMap::new();
    for was in old.segments.iter().filter(|segment| segment.speaker == Some(voice)) {
        let from = new.segments.partition_point(|segment| segment.span.end <= was.span.start);
        for is in new.segments[from..].iter().take_while(|segment| segment.span.start < was.span.end) {
            let shared = was.span.end.min(is.span.end) - was.span.start.max(is.span.start);
            if let Some(voice) = is.speaker {
                *times.entry(voice).or_default() += shared.0;
            }
        }
    }
    times
}

impl Edits {
    /// Those that a transcript holds.
    pub fn of(transcript: &Transcript) -> Edits {
        let name = |segment: &Segment| segment.speaker.map(|id| transcript.name(id).into_owned());
        let change = |edit: &Edit| Change {
            span: edit.span,
            before: joined(&edit.machine),
            after: (transcript.segments.iter())
                .filter(|segment| segment.edited && within(segment.span, edit.span))
                .map(|segment| Said { span: segment.span, speaker: name(segment), text: segment.text.clone() })
                .collect(),
        };
        Edits {
            recording: transcript.recording.name.clone(),
            sha256: transcript.recording.sha256.clone(),
            names: BTreeMap::new(),
            changes: transcript.edits.iter().map(change).collect(),
        }
    }
}
