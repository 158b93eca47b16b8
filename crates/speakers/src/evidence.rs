//! What is known of a recording before it is decided who speaks: pure data, from which any number of speakers can be made.

use cluster::{Group, Piece};

use crate::SAMPLE_RATE;
use crate::diarization::{Diarization, SpeakerCount};
use crate::embedding::Vector;
use crate::segmentation::FRAME_STEP;

mod cluster;
mod split;
mod vote;

/// Frames in a second.
const FRAMES_PER_SECOND: f32 = SAMPLE_RATE as f32 / FRAME_STEP as f32;

/// Local speakers of a window.
pub(crate) const VOICES: usize = 3;

/// The longest run, in frames: 4 s.
const LONGEST: usize = 237;

/// Who speaks in a frame of a class, as bits: nobody, one of three, two of them.
const SPEAKERS: [u8; 7] = [0, 0b001, 0b010, 0b100, 0b011, 0b101, 0b110];

/// What the networks heard in a recording. Holds biometric data, and gives none of it away.
pub struct Evidence {
    /// For each frame of each window who speaks, as bits.
    windows: Vec<Vec<u8>>,
    runs: Vec<Run>,
    /// Samples of the recording.
    samples: usize,
}

/// A piece of speech in which one local speaker of a window speaks, alone or with another.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) window: usize,
    pub(crate) voice: usize,
    /// Frames of the recording.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) alone: bool,
    pub(crate) vector: Option<Box<Vector>>,
}

impl Run {
    pub(crate) fn frames(&self) -> usize {
        self.end - self.start
    }
}

/// The runs in frames of a window, given as classes; the first is frame `at` of the recording. Long ones are cut into equal parts.
pub(crate) fn runs(classes: &[u8], window: usize, at: usize) -> Vec<Run> {
    let mut found = Vec::new();
    for voice in 0..VOICES {
        let state = |class: &u8| {
            let speakers = SPEAKERS[usize::from(*class)];
            (speakers >> voice & 1 == 1).then_some(speakers.count_ones() == 1)
        };
        let mut start = 0;
        for part in classes.chunk_by(|one, other| state(one) == state(other)) {
            if let Some(alone) = state(&part[0]) {
                let count = part.len().div_ceil(LONGEST);
                let cut = |number: usize| at + start + part.len() * number / count;
                found.extend((0..count).map(|number| Run {
                    window,
                    voice,
                    start: cut(number),
                    end: cut(number + 1),
                    alone,
                    vector: None,
                }));
            }
            start += part.len();
        }
    }
    found
}

impl Evidence {
    pub(crate) fn new(windows: Vec<Vec<u8>>, runs: Vec<Run>, samples: usize) -> Evidence {
        let of_class = |class: u8| SPEAKERS[usize::from(class)];
        let windows = windows.into_iter().map(|window| window.into_iter().map(of_class).collect()).collect();
        Evidence { windows, runs, samples }
    }

    /// Who spoke when. The same evidence and the same `count` always give the same answer.
    pub fn diarize(&self, count: SpeakerCount) -> Diarization {
        let pieces: Vec<Piece> = self.runs.iter().filter_map(Piece::new).collect();
        let speakers: Vec<Vector> = cluster::groups(&pieces, count).iter().map(Group::centre).collect();
        let frames = self.samples.div_ceil(FRAME_STEP);
        let active = vote::vote(&self.windows, &self.runs, &speakers, frames);
        Diarization::new(&active, self.samples)
    }
}
