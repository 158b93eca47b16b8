//! Music, by tones that stay where they are: the continuous frequency activation of Seyerlehner, Pohle, Schedl and Widmer
//! (“Automatic Music Detection in Television Productions”, DAFx 2007). The pitch of a voice glides, that of a note does not.

use super::SpeechRegion;
use realfft::{RealFftPlanner, RealToComplex};
use std::collections::VecDeque;
use std::sync::Arc;

/// Samples of a spectrum, and between the starts of two: 96 and 24 ms.
const WINDOW: usize = 1536;
const HOP: usize = 384;
/// Bins of a spectrum that are looked at, of 10.4 Hz each: up to 4.2 kHz.
const BINS: usize = 410;
/// Bins in which a tone counts: 100 Hz to 4.1 kHz. Below is the hum of machines.
const TONES: std::ops::Range<usize> = 10..400;
/// Half of the bins with whose mean a bin is compared.
const AROUND: usize = 10;
/// How far above that mean a bin counts as active, in decibels.
const ACTIVE: f32 = 8.0;
/// Added to the energy of each bin, so that what remains of rounding where there is no sound is no tone: 14 dB above the noise of 16 bits.
const FLOOR: f32 = 1e-6;
/// Spectra of a quarter of a block, and its samples: 0.6 s.
const SPECTRA: usize = 25;
pub(super) const QUARTER: u64 = (SPECTRA * HOP) as u64;
/// Quarters of a block.
const BLOCK: usize = 4;
/// Strongest tones of a block, and their sum from which on it is music. Of 41 minutes of speech, most of it read or spoken freely
/// into a microphone, no block reaches it, and 57 to 91 % of the blocks in six collections of music do.
const STRONGEST: usize = 5;
const MUSIC: f32 = 2.0;
/// Share of a neighbouring block in which a bin is active if its tone is the hum or whistle of a machine.
const STEADY: f32 = 0.9;
/// Windows of 32 ms that are certainly speech, of the 56 in a quarter and those beside it, from which on somebody speaks there if
/// the tones are just strong enough, how many more are needed for each unit above, and the most. Silero takes some instruments for a voice;
/// where somebody speaks to music that is as loud, the tones are weaker and nearly all windows are certain.
const SPOKEN: f32 = 3.0;
const SPOKEN_MORE: f32 = 30.0;
const SPOKEN_MOST: f32 = 36.0;
/// Quarters of the shortest piece of music, 3 s, which is longer than the longest pause within a chunk.
const SHORTEST: u64 = 5;
/// Quarters without tones that are part of the music, such as those of drums.
const BRIDGED: u64 = 4;

/// Finds music in a stream of 16 kHz sound, where nobody certainly speaks. Knows it about 5 s later.
pub(super) struct MusicDetector {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// Samples from the start of the next spectrum on.
    rest: Vec<f32>,
    /// Spectra in the last quarter, which is not complete.
    spectra: usize,
    /// In how many spectra each bin was active, for each quarter from `first` on; the last is not complete.
    quarters: VecDeque<[u8; BINS]>,
    first: u64,
    /// Windows of certain speech for each quarter from `first` on.
    spoken: VecDeque<u32>,
    /// [Strength](Self::strength) of the two last blocks that were decided.
    blocks: [f32; 2],
    /// The next quarter to be decided.
    next: u64,
    run: Option<Run>,
}

/// Quarters that may be music.
struct Run {
    /// The first that was not returned, and the one after the last with tones.
    start: u64,
    end: u64,
    /// How many have tones.
    tonal: u64,
}

impl MusicDetector {
    pub(super) fn new() -> MusicDetector {
        let hann = |n: usize| (std::f32::consts::PI * n as f32 / WINDOW as f32).sin().powi(2);
        MusicDetector {
            fft: RealFftPlanner::new().plan_fft_forward(WINDOW),
            window: (0..WINDOW).map(hann).collect(),
            rest: Vec::new(),
            spectra: 0,
            quarters: VecDeque::from([[0; BINS]]),
            first: 0,
            spoken: VecDeque::new(),
            blocks: [0.0; 2],
            next: 0,
            run: None,
        }
    }

    /// Takes the next samples, and the first samples of the windows in them that are certainly speech. Returns the music that was
    /// decided, in order; one that begins where the last ended continues it.
    pub(super) fn push(&mut self, samples: &[f32], certain_windows: &[u64]) -> Vec<SpeechRegion> {
        for at in certain_windows {
            let Some(quarter) = (at / QUARTER).checked_sub(self.first) else { continue };
            self.spoken.resize(self.spoken.len().max(quarter as usize + 1), 0);
            self.spoken[quarter as usize] += 1;
        }
        self.rest.extend_from_slice(samples);
        let mut music = Vec::new();
        let mut at = 0;
        while self.rest.len() - at >= WINDOW {
            self.add_spectrum(at);
            at += HOP;
            if self.spectra == SPECTRA {
                self.spectra = 0;
                // A block is decided with the one after it.
                if self.quarters.len() as u64 + self.first >= self.next.max(1) + 2 * BLOCK as u64 - 1 {
                    music.extend(self.decide());
                }
                self.quarters.push_back([0; BINS]);
            }
        }
        self.rest.drain(..at);
        music
    }

    /// Ends the stream and returns the music that is left.
    pub(super) fn finish(&mut self) -> Vec<SpeechRegion> {
        self.quarters.pop_back();
        let end = self.first + self.quarters.len() as u64;
        let mut music = Vec::new();
        while self.next < end {
            music.extend(self.decide());
        }
        // What is left of a quarter is like the one before it.
        if let Some(last) = music.last_mut().filter(|last: &&mut SpeechRegion| last.end == end * QUARTER) {
            last.end += (self.spectra * HOP + self.rest.len()) as u64;
        }
        music
    }

    /// All music before this sample is known.
    pub(super) fn known_until(&self) -> u64 {
        self.run.as_ref().map_or(self.next, |run| run.start) * QUARTER
    }

    /// Marks the bins in which the samples from `at` on have a tone.
    fn add_spectrum(&mut self, at: usize) {
        let mut windowed: Vec<f32> = self.rest[at..at + WINDOW].iter().zip(&self.window).map(|(s, w)| s * w).collect();
        let mut spectrum = self.fft.make_output_vec();
        // Fails only for slices of another length.
        let _ = self.fft.process(&mut windowed, &mut spectrum);
        let levels: Vec<f32> =
            spectrum[..BINS + AROUND].iter().map(|bin| 10.0 * (bin.norm_sqr() + FLOOR).log10()).collect();
        let Some(active) = self.quarters.back_mut() else { return };
        for (bin, active) in active.iter_mut().enumerate().skip(TONES.start) {
            let around = &levels[bin - AROUND..=(bin + AROUND).min(levels.len() - 1)];
            *active += u8::from(levels[bin] > around.iter().sum::<f32>() / around.len() as f32 + ACTIVE);
        }
        self.spectra += 1;
    }

    /// Decides on the next quarter: the block that it is the first but one of is decided before. The middle half of a block is
    /// music if the block is.
    fn decide(&mut self) -> Option<SpeechRegion> {
        let quarter = self.next;
        self.next += 1;
        let latest = self.strength(quarter.saturating_sub(1)).unwrap_or(self.blocks[1]);
        self.blocks = [self.blocks[1], latest];
        let strength = self.blocks[0].max(self.blocks[1]);
        let spoken =
            |at: u64| at.checked_sub(self.first).and_then(|at| self.spoken.get(at as usize)).copied().unwrap_or(0);
        let certain = spoken(quarter) + spoken(quarter + 1) + quarter.checked_sub(1).map_or(0, spoken);
        let needed = SPOKEN + SPOKEN_MORE * (strength - MUSIC).max(0.0);
        let speech = certain as f32 >= needed.min(SPOKEN_MOST);
        // The next block to be decided begins at this quarter, and the one before it is needed, too.
        while self.first + (BLOCK as u64) < quarter {
            self.first += 1;
            self.quarters.pop_front();
            self.spoken.pop_front();
        }
        self.add_to_run(quarter, strength >= MUSIC, speech)
    }

    fn add_to_run(&mut self, quarter: u64, tonal: bool, speech: bool) -> Option<SpeechRegion> {
        if speech || self.run.as_ref().is_some_and(|run| quarter - run.end >= BRIDGED) {
            self.run = None;
        }
        if !tonal || speech {
            return None;
        }
        let run = self.run.get_or_insert(Run { start: quarter, end: quarter, tonal: 0 });
        run.end = quarter + 1;
        run.tonal += 1;
        if run.tonal < SHORTEST {
            return None;
        }
        let start = std::mem::replace(&mut run.start, run.end);
        Some(SpeechRegion { start: start * QUARTER, end: run.end * QUARTER })
    }

    /// How strong the tones of the block that begins at this quarter are, from 0 to about 4, without those of its neighbours; `None` if
    /// the block is not complete.
    fn strength(&self, quarter: u64) -> Option<f32> {
        let block = self.activation(quarter)?;
        let neighbours = [quarter.checked_sub(BLOCK as u64), Some(quarter + BLOCK as u64)];
        let neighbours: Vec<[f32; BINS]> =
            neighbours.into_iter().flatten().filter_map(|at| self.activation(at)).collect();
        let is_steady = |bin: usize| neighbours.iter().any(|other| other[bin] > STEADY);
        let mut peaks: Vec<f32> = TONES
            .filter(|bin| block[*bin] >= block[bin - 1] && block[*bin] > block[bin + 1])
            .filter(|bin| !(bin - 1..=bin + 1).any(is_steady))
            .map(|bin| {
                let around = &block[bin - AROUND..(bin + AROUND + 1).min(BINS)];
                block[bin] - around.iter().sum::<f32>() / around.len() as f32
            })
            .collect();
        peaks.sort_by(|a, b| b.total_cmp(a));
        Some(peaks.iter().take(STRONGEST).sum::<f32>())
    }

    /// In what share of the spectra of a block each bin is active; `None` if they are not all known.
    fn activation(&self, quarter: u64) -> Option<[f32; BINS]> {
        let first = usize::try_from(quarter.checked_sub(self.first)?).ok()?;
        let mut sums = [0.0; BINS];
        for counts in (first..first + BLOCK).map(|at| self.quarters.get(at)) {
            sums.iter_mut().zip(counts?).for_each(|(sum, count)| *sum += f32::from(*count) / (BLOCK * SPECTRA) as f32);
        }
        Some(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: usize = 16_000;

    /// Chords of three notes with three partials each, every two seconds another.
    fn chords(seconds: usize) -> Vec<f32> {
        let notes = [[220.0, 277.2, 329.6], [246.9, 293.7, 370.0], [196.0, 246.9, 293.7], [174.6, 220.0, 261.6]];
        let sample = |at: usize| {
            let time = at as f32 / 16_000.0;
            let chord = notes[at / (2 * SECOND) % 4];
            let partials = chord.iter().flat_map(|note| [(*note, 1.0), (2.0 * note, 0.5), (3.0 * note, 0.3)]);
            partials.map(|(hertz, loud)| loud * (std::f32::consts::TAU * hertz * time).sin()).sum::<f32>() * 0.05
        };
        (0..seconds * SECOND).map(sample).collect()
    }

    /// Harmonics of 50 Hz, as of a transformer.
    fn hum(seconds: usize) -> Vec<f32> {
        let sample = |at: usize| {
            (1..20)
                .map(|n| (std::f32::consts::TAU * 50.0 * n as f32 * at as f32 / 16_000.0).sin() / n as f32)
                .sum::<f32>()
                * 0.05
        };
        (0..seconds * SECOND).map(sample).collect()
    }

    /// Music in the sound, in seconds, and how late it was known at most.
    fn found(sound: &[f32], certain_windows: &[u64]) -> (Vec<(f32, f32)>, u64) {
        let mut detector = MusicDetector::new();
        let (mut music, mut latest) = (Vec::<SpeechRegion>::new(), 0);
        let mut add = |found: Vec<SpeechRegion>| {
            for region in found {
                match music.last_mut() {
                    Some(last) if last.end == region.start => last.end = region.end,
                    _ => music.push(region),
                }
            }
        };
        for (number, block) in sound.chunks(1000).enumerate() {
            let here = number as u64 * 1000..(number as u64 + 1) * 1000;
            let certain: Vec<u64> = certain_windows.iter().copied().filter(|at| here.contains(at)).collect();
            add(detector.push(block, &certain));
            latest = latest.max(here.end.saturating_sub(detector.known_until()));
            assert!(detector.quarters.len() <= 3 * BLOCK + 1 && detector.spoken.len() <= 3 * BLOCK + 2);
        }
        add(detector.finish());
        let seconds = |at: u64| at as f32 / 16_000.0;
        (music.iter().map(|region| (seconds(region.start), seconds(region.end))).collect(), latest)
    }

    #[test]
    fn changing_chords_are_music_and_a_hum_is_none() {
        let (music, latest) = found(&chords(30), &[]);
        assert_eq!(music.len(), 1, "{music:?}");
        assert!(music[0].0 < 0.1 && music[0].1 > 28.0, "{music:?}");
        assert!(latest < 8 * SECOND as u64, "{latest}");
        assert_eq!(found(&hum(30), &[]).0, []);
        assert_eq!(found(&vec![0.0; 30 * SECOND], &[]).0, []);
        assert_eq!(found(&[], &[]).0, []);
        assert_eq!(found(&chords(2), &[]).0, [], "too short");
    }

    #[test]
    fn it_begins_and_ends_where_the_tones_do() {
        let sound = [vec![0.0; 10 * SECOND], chords(10), vec![0.0; 10 * SECOND]].concat();
        let (music, _) = found(&sound, &[]);
        assert_eq!(music.len(), 1, "{music:?}");
        assert!((music[0].0 - 10.0).abs() <= 1.0 && (music[0].1 - 20.0).abs() <= 1.0, "{music:?}");
    }

    #[test]
    fn where_somebody_certainly_speaks_is_no_music() {
        let windows: Vec<u64> = (0..60).map(|n| 12 * SECOND as u64 + n * 512).collect();
        let (music, _) = found(&chords(30), &windows);
        assert_eq!(music.len(), 2, "{music:?}");
        assert!(music[0].1 <= 12.0 && music[1].0 >= 13.7, "{music:?}");
        let stray = [5 * SECOND as u64, 15 * SECOND as u64];
        assert_eq!(found(&chords(30), &stray).0.len(), 1);
    }

    #[test]
    fn speech_is_no_music() {
        let path = "examples/recordings/jfk.flac".as_ref();
        let mut recording = crate::audio::open(path, crate::audio::Selection::default()).expect("a recording");
        let mut sound = Vec::new();
        while let Some(samples) = recording.read().expect("sound") {
            sound.extend_from_slice(&samples);
        }
        assert_eq!(found(&sound, &[]).0, []);
    }
}
