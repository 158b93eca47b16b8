//! How tracks of different recorders lie in time: when each began, and how fast its clock runs.
//!
//! Two microphones in one room hear the same people, one of them more quietly. First the rises of their levels are compared, in
//! stretches of ten minutes against the whole of the other track (cross-correlation), then their waves at several places (generalised
//! cross-correlation with phase transform, GCC-PHAT). A line through what is found at these places is the clock. Where they share no
//! sound, nothing is found.

use super::{Clock, Levels};
use crate::Error;
use crate::audio::{RATE, Recording};

mod coarse;
mod fine;
mod line;

use line::Line;

/// Clocks of recorders differ by less, in seconds for each second.
const MOST_DRIFT: f64 = 5e-4;

/// A track that is to be aligned.
pub struct Unaligned<'a> {
    /// How loud it is.
    pub levels: &'a Levels,
    /// Opens its sound from the beginning.
    pub open: &'a dyn Fn() -> Result<Recording, Error>,
    /// Its clock, if that is known.
    pub clock: Option<Clock>,
}

/// The clock of each track, that of the first with a known one, or of the first, being that of the conversation. `None`: it shares no
/// sound with others.
pub fn align(tracks: &[Unaligned<'_>]) -> Vec<Option<Clock>> {
    let mut clocks: Vec<Option<Clock>> = tracks.iter().map(|track| track.clock).collect();
    if clocks.iter().all(Option::is_none)
        && let Some(first) = clocks.first_mut()
    {
        *first = Some(Clock::default());
    }
    // A track may share sound only with one that had to be found itself.
    loop {
        let mut found = false;
        for at in 0..tracks.len() {
            if clocks[at].is_some() {
                continue;
            }
            let known = clocks.iter().enumerate().filter_map(|(other, clock)| Some((other, (*clock)?)));
            let clock =
                known.into_iter().find_map(|(other, clock)| Some(between(&tracks[other], &tracks[at])?.within(&clock)));
            found |= clock.is_some();
            clocks[at] = clock;
        }
        if !found {
            return clocks;
        }
    }
}

/// The clock of `other` against that of `one`.
fn between(one: &Unaligned<'_>, other: &Unaligned<'_>) -> Option<Clock> {
    let rough = coarse::line(one.levels, other.levels)?;
    let places = fine::places(one.levels, other.levels, &rough);
    let [mut first, mut second] = [(one.open)().ok()?, (other.open)().ok()?];
    let near = |place: &fine::Place| place.start + rough.at(place.start);
    let firsts = fine::cut(&mut first, &places.iter().map(|place| (near(place), place.length)).collect::<Vec<_>>());
    let seconds = fine::cut(&mut second, &places.iter().map(|place| (place.start, place.length)).collect::<Vec<_>>());
    let delays = places.iter().zip(firsts.iter().zip(&seconds)).filter_map(|(place, (first, second))| {
        let delay = fine::delay(first, second)? / f64::from(RATE);
        Some((place.start + place.length / 2.0, rough.at(place.start) + delay))
    });
    Line::through(&delays.collect::<Vec<_>>(), fine::TOLERANCE, MOST_DRIFT).map(Line::clock)
}

impl Line {
    fn clock(self) -> Clock {
        Clock { offset: self.offset, drift: self.slope * 1e6 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{self, Samples, Selection};
    use std::path::Path;

    /// What several people say one after the other, 3 minutes.
    fn speech() -> Vec<Vec<f32>> {
        let read = |name: &str| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/recordings").join(name);
            let mut recording = audio::open(&path, Selection::default()).expect("a recording");
            let mut all = Vec::new();
            while let Ok(Some(samples)) = recording.read() {
                all.extend_from_slice(&samples);
            }
            all
        };
        ["phone-en.m4a", "phone-fr.ogg", "jfk.flac", "phone-it.mp3", "phone-es.wav"].map(read).to_vec()
    }

    /// Two tracks: who speaks first, third and fifth, and the others, each with what the other one's microphone hears, 15 dB down.
    fn tracks(speech: &[Vec<f32>]) -> [Vec<f32>; 2] {
        let mut tracks = [Vec::new(), Vec::new()];
        // Turns of 6 s.
        let turns = speech.iter().flat_map(|voice| voice.chunks(96_000));
        for (n, turn) in turns.enumerate() {
            tracks[n % 2].extend_from_slice(turn);
            tracks[(n + 1) % 2].extend(turn.iter().map(|sample| sample * 0.178));
        }
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) as f32 / (1 << 24) as f32 - 0.5) * 2e-3
        };
        tracks.iter_mut().flatten().for_each(|sample| *sample += noise());
        tracks
    }

    /// The track of a recorder that begins `offset` seconds later, and whose clock is slow by so many parts per million.
    fn recorded(track: &[f32], Clock { offset, drift }: Clock) -> Vec<f32> {
        let at = |n: usize| {
            let place = offset * 16_000.0 + n as f64 * (1.0 + drift * 1e-6);
            let (whole, part) = (place.floor(), place.fract() as f32);
            let sample =
                |place: f64| if place < 0.0 { 0.0 } else { track.get(place as usize).copied().unwrap_or_default() };
            sample(whole) * (1.0 - part) + sample(whole + 1.0) * part
        };
        let end = ((track.len() as f64 - offset * 16_000.0) / (1.0 + drift * 1e-6)) as usize;
        (0..end).map(at).collect()
    }

    fn found(tracks: &[Vec<f32>]) -> Vec<Option<Clock>> {
        let levels: Vec<Levels> = tracks
            .iter()
            .map(|sound| {
                let mut levels = Levels::default();
                levels.push(sound);
                levels
            })
            .collect();
        let open = |at: usize| {
            move || {
                let pieces: Vec<Samples> =
                    tracks[at].chunks(16_000).map(|piece| Samples::from_mono_16k(piece.to_vec())).collect();
                Ok(audio::arriving(pieces.into_iter()))
            }
        };
        let opens: Vec<_> = (0..tracks.len()).map(open).collect();
        let unaligned: Vec<Unaligned<'_>> =
            levels.iter().zip(&opens).map(|(levels, open)| Unaligned { levels, open, clock: None }).collect();
        align(&unaligned)
    }

    #[test]
    fn shift_and_drift_are_found_to_20_ms() {
        let [anna, bert] = tracks(&speech());
        let length = anna.len() as f64 / 16_000.0;
        for (offset, drift) in [(30.0, 100.0), (-30.0, -100.0), (1.35, 0.0), (0.0, 0.0), (-0.2, 50.0)] {
            let made = Clock { offset, drift };
            let clocks = found(&[anna.clone(), recorded(&bert, made)]);
            let clock = clocks[1].unwrap_or_else(|| panic!("nothing is found for {made:?}"));
            let error = |local: f64| (clock.seconds(local) - made.seconds(local)).abs() * 1000.0;
            let worst = error(0.0).max(error(length - offset));
            println!("{offset:+} s, {drift:+} ppm: found {clock:?}, at most {worst:.1} ms wrong");
            assert!(worst <= 20.0, "{made:?}: {clock:?}, {worst} ms");
            assert_eq!(clocks[0], Some(Clock::default()));
        }
    }

    #[test]
    fn where_no_sound_is_shared_nothing_is_found() {
        let all = speech();
        let apart = [[all[0].clone(), all[2].clone()].concat(), [all[1].clone(), all[3].clone()].concat()];
        assert_eq!(found(&apart)[1], None);
        assert_eq!(found(&[all[0].clone(), vec![0.0; 800_000]])[1], None);
        assert_eq!(found(&[all[0].clone(), Vec::new()])[1], None);
        assert_eq!(found(&[]), []);
    }
}
