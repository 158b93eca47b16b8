//! What is known of a recording before it is decided who speaks: pure data, from which any number of speakers can be made.

use std::ops::Range;

use cluster::{Group, Piece, dot};

use crate::SAMPLE_RATE;
use crate::diarization::{Diarization, SpeakerCount, Voice};
use crate::embedding::Vector;
use crate::segmentation::FRAME_STEP;

mod cluster;
mod split;
mod vote;

/// Frames in a second.
const FRAMES_PER_SECOND: f32 = SAMPLE_RATE as f32 / FRAME_STEP as f32;

/// Local speakers of a window.
pub(crate) const VOICES: usize = 3;

/// The most of a run that goes through the embedding, in frames: 2 s.
pub(crate) const LONGEST: usize = 118;

/// How much nearer to one speaker than to the next a voice must be to be clear.
const CLEAR: f32 = 0.1;

/// Who speaks in a frame of a class, as bits: nobody, one of three, two of them.
pub(crate) const SPEAKERS: [u8; 7] = [0, 0b001, 0b010, 0b100, 0b011, 0b101, 0b110];

/// What the networks heard in a recording. Holds biometric data, and gives none of it away.
pub struct Evidence {
    /// For each frame of each window who speaks, as bits.
    windows: Vec<Vec<u8>>,
    runs: Vec<Run>,
    /// Samples of the recording.
    samples: usize,
}

/// A piece of speech in which one speaker speaks alone.
pub(crate) struct Run {
    /// Frames of the recording.
    pub(crate) frames: Range<usize>,
    pub(crate) vector: Box<Vector>,
}

/// Where one speaker of a window speaks alone, given its frames as classes; the first is frame `at` of the recording. Stretches of more
/// than 2 s are cut into equal parts; those of more than 4 s only if `thorough`.
pub(crate) fn alone(classes: &[u8], at: usize, thorough: bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = at;
    for part in classes.chunk_by(|one, other| one == other) {
        if SPEAKERS[usize::from(part[0])].count_ones() == 1 {
            let count = match part.len().div_ceil(LONGEST) {
                3.. if !thorough => 1,
                count => count,
            };
            let cut = |number: usize| start + part.len() * number / count;
            found.extend((0..count).map(|number| cut(number)..cut(number + 1)));
        }
        start += part.len();
    }
    found
}

impl Evidence {
    pub(crate) fn new(windows: Vec<Vec<u8>>, runs: Vec<Run>, samples: usize) -> Evidence {
        let of_class = |class: u8| SPEAKERS[usize::from(class)];
        let windows = windows.into_iter().map(|window| window.into_iter().map(of_class).collect()).collect();
        Evidence { windows, runs, samples }
    }

    /// What the segmentation heard: windows of 589 frames, of which each begins 60 frames after the one before, and for each frame who
    /// of up to three speakers of the window speaks, as bits. The numbers mean nothing outside of the window. For measuring.
    pub fn windows(&self) -> &[Vec<u8>] {
        &self.windows
    }

    /// Who spoke when. The same evidence and the same `count` always give the same answer.
    pub fn diarize(&self, count: SpeakerCount) -> Diarization {
        let pieces: Vec<Piece> = self.runs.iter().map(Piece::new).collect();
        let speakers: Vec<Vector> = cluster::groups(&pieces, count).iter().map(Group::centre).collect();
        let frames = self.samples.div_ceil(FRAME_STEP);
        let active = vote::vote(&self.windows, &self.runs, &speakers, frames);
        Diarization::new(&active, &voices(&pieces, &speakers), self.samples)
    }
}

/// How sure each speaker is, and who is similar.
fn voices(pieces: &[Piece], speakers: &[Vector]) -> Vec<Voice> {
    let mut seconds = vec![(0.0, 0.0); speakers.len()];
    for piece in pieces {
        let mut near: Vec<(usize, f32)> =
            speakers.iter().map(|speaker| dot(speaker, piece.vector)).enumerate().collect();
        near.sort_by(|one, other| other.1.total_cmp(&one.1));
        let Some((speaker, best)) = near.first() else { continue };
        let (clear, all) = &mut seconds[*speaker];
        *all += piece.seconds;
        if near.get(1).is_none_or(|(_, next)| best - next >= CLEAR) {
            *clear += piece.seconds;
        }
    }
    let voice = |(at, speaker): (usize, &Vector)| {
        let (clear, all): (f32, f32) = seconds[at];
        let mut similar: Vec<usize> = (0..speakers.len()).filter(|other| *other != at).collect();
        let likeness = |other: &usize| dot(&speakers[*other], speaker);
        similar.sort_by(|one, other| likeness(other).total_cmp(&likeness(one)));
        Voice { certainty: if all > 0.0 { clear / all } else { 0.0 }, similar }
    };
    speakers.iter().enumerate().map(voice).collect()
}

#[cfg(test)]
mod tests;
