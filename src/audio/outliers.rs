//! Packets of damaged files that decode to garbage: told from loud sound by being rare and far above the rest.

use std::collections::VecDeque;
use std::time::Duration;

use super::decode::Block;

/// A lossy codec never means a larger sample: 66 dB above full scale.
const LARGEST: f32 = 2e3;
/// Nor do programs that write floating point: integers of 32 bits that were not divided reach half of it.
const LARGEST_NUMBER: f32 = 4.3e9;
/// Less than this above full scale, in dB, is sound wherever it is.
const PLAIN: i32 = 12;
/// The same in a file that is damaged: more is unusual after lossy compression.
const PLAIN_IF_DAMAGED: i32 = 3;
/// How far outliers are above the rest, in dB.
const FAR: i32 = 30;
/// Outliers make up at most this share of the time that is not silent, or as little as [`SHORT`].
pub(super) const RARE: f64 = 0.1;
const SHORT: Duration = Duration::from_millis(500);
/// How long before and after a packet its surroundings are.
const SURROUNDINGS: Duration = Duration::from_secs(15);
/// Samples that wait at most, of all streams together: as many seconds of one at 48 kHz, in 3 MB.
const MOST_WAITING: usize = 720_000;
/// Levels in dB that are told apart; what is below them is silence.
const LEVELS: std::ops::Range<i32> = -80..100;

/// Whether more of it is damaged than is rare.
pub(super) fn is_damaged(damaged: u64, all: u64) -> bool {
    damaged as f64 > RARE * all as f64
}

/// What is told of such packets.
pub(super) const GARBAGE: &str = "it decodes to something that is far too loud for sound";

/// Whether a packet has samples that nobody can have meant.
pub(super) fn is_garbage(samples: &[f32], is_lossy: bool) -> bool {
    match is_lossy {
        true => count_garbage(samples) > 0,
        // What is no number is silence wherever it stands.
        false => samples.iter().any(|sample| sample.is_finite() && sample.abs() > LARGEST_NUMBER),
    }
}

/// How many of these samples a lossy codec can't have meant.
pub(super) fn count_garbage(samples: &[f32]) -> usize {
    // Not a number is not in any range.
    samples.iter().filter(|sample| !(-LARGEST..=LARGEST).contains(*sample)).count()
}

/// Packets that wait until what follows them tells whether they are outliers.
pub(super) struct Outliers {
    waiting: VecDeque<(Block, Packet)>,
    /// Those that were returned, as far as they surround the next.
    past: VecDeque<Packet>,
    /// Time and samples that wait.
    ahead: (Duration, usize),
    behind: Duration,
    /// Time at each of the [`LEVELS`], before and after.
    times: Vec<Duration>,
    /// The highest level so far that was not rare.
    usual: i32,
    /// Whether the last one that was returned was far above that.
    was_far: bool,
}

#[derive(Clone, Copy)]
struct Packet {
    /// In dB.
    level: i32,
    length: Duration,
    samples: usize,
}

impl Outliers {
    pub(super) fn new() -> Outliers {
        Outliers {
            waiting: VecDeque::new(),
            past: VecDeque::new(),
            ahead: (Duration::ZERO, 0),
            behind: Duration::ZERO,
            times: vec![Duration::ZERO; LEVELS.len()],
            usual: LEVELS.start,
            was_far: false,
        }
    }

    /// Appends the sound of a packet.
    pub(super) fn push(&mut self, packet: Block) {
        let peak = packet.streams.iter().flatten().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let noted = Packet {
            // Of silence it is the lowest number.
            level: (20.0 * peak.log10()) as i32,
            length: Duration::from_secs_f64(packet.len() as f64 / f64::from(packet.rate)),
            samples: packet.len() * packet.streams.len(),
        };
        self.ahead = (self.ahead.0 + noted.length, self.ahead.1 + noted.samples);
        if let Some(time) = self.time_at(noted.level) {
            *time += noted.length;
        }
        self.waiting.push_back((packet, noted));
    }

    /// The first packet, and whether it is an outlier; `None` if it waits for what follows. After the `last` was appended none
    /// waits. `is_damaged`: whether more of the file is damaged than is rare; then all that is beyond full scale is one.
    pub(super) fn pop(&mut self, last: bool, is_damaged: bool) -> Option<(Block, bool)> {
        if !last && self.ahead.0 < SURROUNDINGS && self.ahead.1 < MOST_WAITING {
            return None;
        }
        let (packet, noted) = self.waiting.pop_front()?;
        self.usual = self.usual.max(self.level_that_is_not_rare());
        self.ahead = (self.ahead.0 - noted.length, self.ahead.1 - noted.samples);
        self.behind += noted.length;
        self.past.push_back(noted);
        while self.behind > SURROUNDINGS
            && let Some(oldest) = self.past.pop_front()
        {
            self.behind -= oldest.length;
            if let Some(time) = self.time_at(oldest.level) {
                *time -= oldest.length;
            }
        }
        let limit = if is_damaged { PLAIN_IF_DAMAGED } else { PLAIN.max(self.usual + FAR) };
        let is_far = |packet: &Packet| packet.level > limit;
        // The rest of it is in the packets before and after.
        let follows = std::mem::replace(&mut self.was_far, is_far(&noted));
        let beside = follows || self.waiting.front().is_some_and(|(_, next)| is_far(next));
        Some((packet, is_far(&noted) || beside && noted.level > 0))
    }

    /// The highest level that is reached for more than a short time.
    fn level_that_is_not_rare(&self) -> i32 {
        let all: Duration = self.times.iter().sum();
        let (rare, mut above) = (all.mul_f64(RARE).max(SHORT), Duration::ZERO);
        let levels = LEVELS.rev().zip(self.times.iter().rev());
        let mut reached = levels.map(|(level, time)| {
            above += *time;
            (level, above)
        });
        reached.find(|(_, above)| *above > rare).map_or(LEVELS.start, |(level, _)| level)
    }

    fn time_at(&mut self, level: i32) -> Option<&mut Duration> {
        let level = level.min(LEVELS.end - 1).checked_sub(LEVELS.start)?;
        self.times.get_mut(usize::try_from(level).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 16_000;
    const NONE: [usize; 0] = [];

    /// The numbers of those that are outliers among packets of 20 ms with these amplitudes.
    fn outliers_of(peaks: &[f32]) -> Vec<usize> {
        let mut all = Outliers::new();
        let mut found = Vec::new();
        let mut returned = 0;
        for (number, peak) in peaks.iter().enumerate() {
            let streams = vec![vec![*peak; RATE as usize / 50]];
            all.push(Block { rate: RATE, start: number as u64, gap: 0, streams });
            let last = number + 1 == peaks.len();
            while let Some((packet, is_outlier)) = all.pop(last, false) {
                assert_eq!(packet.start, returned as u64, "in their order");
                found.extend(is_outlier.then_some(returned));
                returned += 1;
            }
        }
        assert_eq!(returned, peaks.len());
        found
    }

    /// Half speech around `level`, with pauses 50 dB below it.
    fn speech(level: f32, packets: usize) -> Vec<f32> {
        let syllable = [1.0, 0.5, 0.7, 0.3, 0.9, 0.2];
        (0..packets).map(|n| level * if n / 60 % 2 == 0 { syllable[n % 6] } else { 0.003 }).collect()
    }

    #[test]
    fn what_is_rare_and_far_above_the_rest_is_an_outlier() {
        let mut sound = speech(0.5, 1_500);
        assert_eq!(outliers_of(&sound), NONE);
        for (at, peak) in [(0, 8_900.0), (77, 20.0), (78, 300.0), (79, 1.5), (500, 3.0), (1_499, 30.0)] {
            sound[at] = peak;
        }
        assert_eq!(outliers_of(&sound), [0, 77, 78, 79, 1_499]);
        // A sector of a disk.
        sound = speech(0.5, 3_000);
        sound[1_000..1_100].fill(900.0);
        assert_eq!(outliers_of(&sound), (1_000..1_100).collect::<Vec<_>>());
        // In silence.
        sound = vec![0.0; 3_000];
        sound[1_000..1_010].fill(900.0);
        assert_eq!(outliers_of(&sound), (1_000..1_010).collect::<Vec<_>>());
    }

    #[test]
    fn sound_that_is_loud_as_a_whole_has_none() {
        for level in [10.0, 100.0, 1_000.0] {
            assert_eq!(outliers_of(&speech(level, 3_000)), NONE);
            assert_eq!(outliers_of(&speech(level, 100)), NONE);
            // It begins after a long time, and becomes sparse.
            let sound = [vec![level * 0.003; 10_000], speech(level, 300), vec![level * 0.003; 3_000], vec![level; 20]];
            assert_eq!(outliers_of(&sound.concat()), NONE, "{level}");
        }
        // Somebody comes near.
        assert_eq!(outliers_of(&[speech(0.3, 3_000), speech(30.0, 300), speech(0.3, 3_000)].concat()), NONE);
    }

    #[test]
    fn in_a_file_that_is_damaged_nothing_is_that_loud() {
        let mut all = Outliers::new();
        for amplitude in [100.0, 0.9] {
            all.push(Block { rate: RATE, start: 0, gap: 0, streams: vec![vec![amplitude; 16_000]] });
        }
        let is_outlier = |popped: Option<(Block, bool)>| popped.map(|(_, is_outlier)| is_outlier);
        assert_eq!([is_outlier(all.pop(true, true)), is_outlier(all.pop(true, true))], [Some(true), Some(false)]);
        assert!(!is_damaged(10, 100) && is_damaged(11, 100) && !is_damaged(0, 0));
    }

    #[test]
    fn numbers_that_no_codec_means_are_garbage() {
        assert_eq!(count_garbage(&[0.0, 1.0, -1_200.0]), 0);
        assert_eq!(count_garbage(&[f32::NAN, f32::INFINITY, 0.0, f32::NEG_INFINITY, 8_900.0, -2_001.0]), 5);
        assert!(is_garbage(&[0.0, 8_900.0], true) && is_garbage(&[0.0, -1e20], false));
        assert!(!is_garbage(&[0.0, -1_200.0], true) && !is_garbage(&[f32::NAN, f32::INFINITY, 2_147_483_648.0], false));
    }
}
