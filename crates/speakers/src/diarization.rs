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
    /// All that they say, in milliseconds.
    pub talk: u64,
}

/// Who spoke when.
#[derive(Clone, Debug, PartialEq)]
pub struct Diarization {
    /// By start, then by speaker.
    pub turns: Vec<Turn>,
    /// In the order in which they first speak.
    pub speakers: Vec<Speaker>,
}

impl Diarization {
    /// From whether each speaker speaks in each frame. Speakers who never do are left out.
    pub(crate) fn new(active: &[Vec<bool>], samples: usize) -> Diarization {
        let length = milliseconds(samples);
        let mut turns: Vec<Turn> = Vec::new();
        for (speaker, frames) in active.iter().enumerate() {
            let mut start = 0;
            for part in frames.chunk_by(|one, other| one == other) {
                let end = start + part.len();
                if part[0] {
                    let from = if start == 0 { 0 } else { milliseconds(start * FRAME_STEP + FRAME_LENGTH / 2) };
                    let to = milliseconds(end * FRAME_STEP + FRAME_LENGTH / 2).min(length);
                    if from < to {
                        turns.push(Turn { start: from, end: to, speaker });
                    }
                }
                start = end;
            }
        }
        turns.sort_by_key(|turn| (turn.start, turn.speaker));
        let mut numbers = vec![None; active.len()];
        let mut speakers: Vec<Speaker> = Vec::new();
        for turn in &mut turns {
            let number = *numbers[turn.speaker].get_or_insert(speakers.len());
            if number == speakers.len() {
                speakers.push(Speaker { talk: 0 });
            }
            speakers[number].talk += turn.end - turn.start;
            turn.speaker = number;
        }
        turns.sort_by_key(|turn| (turn.start, turn.speaker));
        Diarization { turns, speakers }
    }
}

fn milliseconds(samples: usize) -> u64 {
    (samples as u64 * 1000 + SAMPLE_RATE as u64 / 2) / SAMPLE_RATE as u64
}
