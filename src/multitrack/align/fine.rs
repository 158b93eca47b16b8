//! By how much waves are apart at several places: to less than a millisecond.

use realfft::RealFftPlanner;

use super::{Levels, Line, RATE, Recording};

/// Places that are compared, at most.
const MOST: usize = 24;
/// The longest part that is compared at a place, in seconds.
const LONGEST: f64 = 10.0;
/// The shortest.
const SHORTEST: f64 = 3.0;
/// Waves may be so far from where levels have found them, in seconds.
const APART: f64 = 0.15;
/// How much higher the peak must be than the rest.
const CLEAR: f32 = 7.0;
/// The frequencies that are compared: those of speech, in Hz.
const BAND: (usize, usize) = (200, 4_000);

/// Places belong to one clock that are so near a line, in seconds.
pub(super) const TOLERANCE: f64 = 0.01;

/// A part of the second track that is compared, in seconds of its own clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) start: f64,
    pub(super) length: f64,
}

/// Places that both tracks have, evenly spread.
pub(super) fn places(one: &Levels, other: &Levels, line: &Line) -> Vec<Place> {
    let [one_end, other_end] = [one, other].map(|levels| levels.length().seconds());
    let from = other.start().max(one.start() - line.at(0.0)).max(0.0);
    let to = other_end.min(one_end - line.at(other_end));
    let whole = to - from;
    if whole < SHORTEST {
        return Vec::new();
    }
    let length = (whole / MOST as f64).clamp(SHORTEST, LONGEST);
    let count = ((whole / length) as usize).clamp(1, MOST);
    let start = |n: usize| from + (whole - length) * n as f64 / (count - 1).max(1) as f64;
    (0..count).map(|n| Place { start: start(n), length }).collect()
}

/// Cuts parts out of a recording, given by start and length in seconds, in order of start. What it does not have is silent.
pub(super) fn cut(recording: &mut Recording, parts: &[(f64, f64)]) -> Vec<Vec<f32>> {
    recording.keep_level();
    let samples = |seconds: f64| (seconds * f64::from(RATE)).round() as i64;
    let mut cut: Vec<Vec<f32>> = parts.iter().map(|(_, length)| vec![0.0; samples(*length) as usize]).collect();
    let end = parts.iter().map(|(start, length)| samples(start + length)).max().unwrap_or_default();
    let mut position = recording.position().0 as i64 * i64::from(RATE) / 1000;
    while position < end
        && let Ok(Some(sound)) = recording.read()
    {
        for (part, (start, _)) in cut.iter_mut().zip(parts) {
            let begin = position - samples(*start);
            let from = begin.max(0);
            let to = (begin + sound.len() as i64).min(part.len() as i64);
            if from < to {
                let source = (from - begin) as usize..(to - begin) as usize;
                part[from as usize..to as usize].copy_from_slice(&sound[source]);
            }
        }
        position += sound.len() as i64;
    }
    cut
}

/// By how many samples what both parts hold is later in the first; `None` if it is not clear. Only the phase counts (GCC-PHAT), so
/// that neither the voice nor the room does.
pub(super) fn delay(first: &[f32], second: &[f32]) -> Option<f64> {
    let size = (first.len() + second.len()).next_power_of_two();
    let mut planner = RealFftPlanner::new();
    let forward = planner.plan_fft_forward(size);
    let spectrum = |part: &[f32]| {
        let (mut padded, mut spectrum) = (vec![0.0; size], forward.make_output_vec());
        padded[..part.len()].copy_from_slice(part);
        forward.process(&mut padded, &mut spectrum).ok()?;
        Some(spectrum)
    };
    let (mut product, other) = (spectrum(first)?, spectrum(second)?);
    let bin = |hertz: usize| hertz * size / RATE as usize;
    for (at, (value, other)) in product.iter_mut().zip(&other).enumerate() {
        let both = *value * other.conj();
        let length = both.norm();
        let counts = (bin(BAND.0)..bin(BAND.1)).contains(&at) && length > 0.0;
        *value = if counts { both / length } else { 0.0 * both };
    }
    let mut sums = vec![0.0; size];
    planner.plan_fft_inverse(size).process(&mut product, &mut sums).ok()?;
    let most = (APART * f64::from(RATE)) as usize;
    let places = || (0..=most).chain(size - most..size);
    let best = places().max_by(|a, b| sums[*a].total_cmp(&sums[*b]))?;
    let spread = (places().map(|place| sums[place].powi(2)).sum::<f32>() / places().count() as f32).sqrt();
    let delay = if best <= most { best as f64 } else { best as f64 - size as f64 };
    (spread > 0.0 && sums[best] >= CLEAR * spread).then_some(delay)
}
