//! The sound of all tracks together, to listen to.

use super::Clock;
use crate::audio::{self, RATE, Recording, Samples};

/// Samples that are made at once.
const PIECE: u64 = RATE as u64;

/// One of the tracks that are mixed.
struct Source {
    recording: Recording,
    clock: Clock,
    /// What was read and is still needed, and its first sample.
    held: Vec<f32>,
    from: u64,
    ended: bool,
}

/// A recording of all tracks at once, by the clock of the conversation. Where a track can't be read any further, it is silent.
pub fn mixed(tracks: Vec<(Recording, Clock)>) -> Recording {
    let source = |(recording, clock)| Source { recording, clock, held: Vec::new(), from: 0, ended: false };
    let mut sources: Vec<Source> = tracks.into_iter().map(source).collect();
    let mut position = 0;
    audio::arriving(std::iter::from_fn(move || {
        if sources.iter().all(|source| source.ended && source.held.is_empty()) {
            return None;
        }
        let mut sum = vec![0.0; PIECE as usize];
        sources.iter_mut().for_each(|source| source.add(position, &mut sum));
        position += PIECE;
        Some(Samples::from_mono_16k(sum))
    }))
}

impl Source {
    /// Adds its part of the sound at `position` of the conversation.
    fn add(&mut self, position: u64, sum: &mut [f32]) {
        // Clocks differ by parts per million: a sample more or less now and then can't be heard.
        let local = |at: u64| self.clock.sample(position + at);
        let (first, last) = (local(0).max(0) as u64, local(sum.len() as u64).max(0) as u64);
        let places: Vec<Option<u64>> = (0..sum.len() as u64).map(|at| u64::try_from(local(at)).ok()).collect();
        while !self.ended && self.from + (self.held.len() as u64) <= last {
            match self.recording.read() {
                Ok(Some(samples)) => self.held.extend_from_slice(&samples),
                _ => self.ended = true,
            }
        }
        for (sum, place) in sum.iter_mut().zip(places) {
            let sample = place.and_then(|place| self.held.get(usize::try_from(place.checked_sub(self.from)?).ok()?));
            *sum += sample.copied().unwrap_or_default();
        }
        let done = (first.saturating_sub(self.from) as usize).min(self.held.len());
        self.held.drain(..done);
        self.from += done as u64;
        // What is left after the end is of this piece.
        if self.ended && self.from + (self.held.len() as u64) <= last {
            self.held.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(sound: Vec<f32>) -> Recording {
        let pieces: Vec<Samples> = sound.chunks(700).map(|piece| Samples::from_mono_16k(piece.to_vec())).collect();
        audio::arriving(pieces.into_iter())
    }

    #[test]
    fn tracks_are_heard_when_they_begin() {
        let tracks = vec![
            (recording(vec![0.25; 20_000]), Clock::default()),
            (recording(vec![0.5; 30_000]), Clock { offset: 1.5, drift: 0.0 }),
            (recording(vec![0.125; 16_000]), Clock { offset: -0.5, drift: 0.0 }),
        ];
        let (mut all, mut mix) = (Vec::new(), mixed(tracks));
        while let Ok(Some(samples)) = mix.read() {
            all.extend_from_slice(&samples);
        }
        let at = |seconds: f64| all[(seconds * 16_000.0) as usize];
        assert_eq!([at(0.1), at(0.6), at(1.3), at(1.6), at(3.3)], [0.375, 0.25, 0.0, 0.5, 0.5]);
        assert_eq!(all.iter().filter(|sample| **sample != 0.0).count(), 20_000 + 30_000);
        assert!(all.len() < 5 * 16_000, "{}", all.len());
    }
}
