//! The answer: turns of speakers.

use std::num::NonZeroUsize;

use crate::SAMPLE_RATE;
use crate::segmentation::{FRAME_LENGTH, FRAME_STEP};

/// How many speakers to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeakerCount {
    /// As many as the voices tell.
    Auto,
    /// So many, as far as there is speech for them.
    Exactly(NonZeroUsize),
    /// Not fewer than the first and not more than the second; the first wins if it is larger.
    Between(NonZeroUsize, NonZeroUsize),
}

/// A stretch in which somebody speaks without a pause. Those of different speakers may overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// In milliseconds from the beginning of the recording.
    pub start: u64,
    /// In milliseconds, after `start` and not after the end of the recording.
    pub end: u64,
    /// The place of the speaker in [`Diarization::speakers`].
    pub speaker: usize,
}

/// What is known of a speaker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speaker {
    /// All that they say, in milliseconds, also while others speak.
    pub talk: u64,
    /// The share of what they say alone in which the voice is clearly nearer to theirs than to that of any other, 0 to 1; 0 if they
    /// never speak alone for long enough to tell.
    pub certainty: f32,
    /// The speaker with the most similar voice, where this one has so few seconds that it is perhaps no person of their own: a
    /// proposal to merge. The place in [`Diarization::speakers`].
    pub perhaps: Option<usize>,
}

/// Who spoke when.
#[derive(Clone, Debug, PartialEq)]
pub struct Diarization {
    /// By start, then by speaker.
    pub turns: Vec<Turn>,
    /// In the order in which they first speak.
    pub speakers: Vec<Speaker>,
}

/// What is known of the voice of a speaker.
pub(crate) struct Voice {
    pub(crate) certainty: f32,
    /// The others, the most similar first.
    pub(crate) similar: Vec<usize>,
}

/// Speakers with less speech than this, in milliseconds, are perhaps none.
const FEW: u64 = 4000;

impl Diarization {
    /// From whether each speaker speaks in each frame. Speakers who never do are left out.
    pub(crate) fn new(active: &[Vec<bool>], voices: &[Voice], samples: usize) -> Diarization {
        let mut turns: Vec<Turn> =
            active.iter().enumerate().flat_map(|(speaker, frames)| turns(frames, speaker, samples)).collect();
        turns.sort_by_key(|turn| (turn.start, turn.speaker));
        // Places among `active`, in the order in which they first speak.
        let mut order: Vec<usize> = Vec::new();
        for turn in &turns {
            if !order.contains(&turn.speaker) {
                order.push(turn.speaker);
            }
        }
        let place = |speaker: usize| order.iter().position(|other| *other == speaker);
        for turn in &mut turns {
            turn.speaker = place(turn.speaker).unwrap_or_default();
        }
        turns.sort_by_key(|turn| (turn.start, turn.speaker));
        let talk =
            |speaker| turns.iter().filter(|turn| turn.speaker == speaker).map(|turn| turn.end - turn.start).sum();
        let talks: Vec<u64> = (0..order.len()).map(talk).collect();
        let speakers = order.iter().zip(&talks).map(|(speaker, talk)| {
            let voice = &voices[*speaker];
            let real = |other: &usize| talks[*other] >= FEW;
            let perhaps = voice.similar.iter().filter_map(|other| place(*other)).find(real);
            Speaker { talk: *talk, certainty: voice.certainty, perhaps: perhaps.filter(|_| *talk < FEW) }
        });
        let speakers = speakers.collect();
        Diarization { turns, speakers }
    }
}

/// The turns of a speaker, from whether they speak in each frame.
fn turns(frames: &[bool], speaker: usize, samples: usize) -> Vec<Turn> {
    let time = |frame: usize| if frame == 0 { 0 } else { frame * FRAME_STEP + FRAME_LENGTH / 2 };
    let mut found = Vec::new();
    let mut start = 0;
    for part in frames.chunk_by(|one, other| one == other) {
        let end = start + part.len();
        // What ends with the last frame ends with the recording.
        let to = if end == frames.len() { samples } else { time(end).min(samples) };
        let turn = Turn { start: milliseconds(time(start)), end: milliseconds(to), speaker };
        if part[0] && turn.start < turn.end {
            found.push(turn);
        }
        start = end;
    }
    found
}

fn milliseconds(samples: usize) -> u64 {
    (samples as u64 * 1000 + SAMPLE_RATE as u64 / 2) / SAMPLE_RATE as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speakers_are_numbered_as_they_appear() {
        let voice = |similar: &[usize]| Voice { certainty: 1.0, similar: similar.to_vec() };
        let mut active = vec![vec![false; 600], vec![true; 600], vec![false; 600]];
        active[1][..100].fill(false);
        active[2][50..150].fill(true);
        let voices = [voice(&[1, 2]), voice(&[0, 2]), voice(&[0, 1])];
        let found = Diarization::new(&active, &voices, 600 * FRAME_STEP);
        // Frames begin 16.875 ms after each other, and are counted from their middle.
        let turns = [Turn { start: 875, end: 2562, speaker: 0 }, Turn { start: 1718, end: 10125, speaker: 1 }];
        assert_eq!(found.turns, turns);
        // The one who never speaks is left out; the one with less than 4 s may be the other.
        assert_eq!(found.speakers.len(), 2);
        assert_eq!((found.speakers[0].talk, found.speakers[0].perhaps), (1687, Some(1)));
        assert_eq!((found.speakers[1].talk, found.speakers[1].perhaps), (8407, None));
    }
}
