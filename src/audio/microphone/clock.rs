//! When sound was recorded, and what is missing between two blocks.

use std::time::Duration;

use crate::{GapReason, Millis};

/// Delays up to this are jitter of the system. More is a gap.
const TOLERANCE: i64 = 500_000_000;
/// A device may take so long for its first sound after it was opened.
const START_UP: i64 = 2_000_000_000;
/// How long a device may deliver irregularly after it was opened: its first blocks late, and then several at once.
const SETTLING: i64 = 3_000_000_000;
/// Clocks of devices are wrong by 0.01 %; up to 0.1 % is drift, and never adds up to a gap.
const DRIFT: i64 = 1000;

/// A clock that continues while the computer sleeps, and that can't be set. Only differences are meaningful.
pub(super) fn now() -> Duration {
    #[cfg(unix)]
    {
        use rustix::time::{ClockId, clock_gettime};
        // On other systems, the monotonic clock continues during sleep.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let clock = ClockId::Boottime;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let clock = ClockId::Monotonic;
        let time = clock_gettime(clock);
        Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
    }
    #[cfg(not(unix))]
    {
        use std::sync::OnceLock;
        use std::time::Instant;
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}

/// Finds gaps by comparing the length of all sound with the time that passed. All times are in nanoseconds.
pub(super) struct Clock {
    /// Time at which the clock is zero.
    start: i64,
    /// Sound and gaps so far.
    position: i64,
    /// How much later than `position` a block usually comes.
    usual: i64,
    since: Since,
}

enum Since {
    /// There was no sound yet.
    Begin,
    /// The device was reopened, and there was no sound yet.
    Reopened(GapReason),
    /// The length of the sound since it was opened.
    Sound(i64),
}

impl Clock {
    /// A clock that begins with the first sound after `begin`, but at most 2 s after it.
    pub(super) fn new(begin: Duration) -> Clock {
        Clock { start: nanos(begin), position: 0, usual: 0, since: Since::Begin }
    }

    /// The time until the next block is a gap.
    pub(super) fn reopened(&mut self, reason: GapReason) {
        self.since = Since::Reopened(reason);
    }

    /// Adds a block of `samples` samples that arrived at `at`, right after its last sample. Returns the gap before it.
    pub(super) fn block(&mut self, at: Duration, samples: usize, rate: u32) -> Option<(Millis, GapReason)> {
        let length = (samples as i64).saturating_mul(1_000_000_000) / i64::from(rate.max(1));
        let late = nanos(at) - self.start - self.position - length;
        let missing = late - self.usual;
        let (gap, reason) = match self.since {
            Since::Begin if late <= START_UP => {
                self.start += late;
                (0, GapReason::Lost)
            }
            Since::Begin => (late, GapReason::Lost),
            Since::Reopened(reason) => (missing.max(0), reason),
            Since::Sound(_) if missing > TOLERANCE => (missing, GapReason::Missed),
            Since::Sound(since) => {
                let step = length / DRIFT;
                self.usual += missing.clamp(if since < SETTLING { i64::MIN } else { -step }, step);
                (0, GapReason::Missed)
            }
        };
        let gap = gap / 1_000_000;
        self.since = match self.since {
            Since::Sound(since) => Since::Sound(since.saturating_add(length)),
            Since::Reopened(_) => {
                self.usual = late - gap * 1_000_000;
                Since::Sound(length)
            }
            Since::Begin => Since::Sound(length),
        };
        self.position += length + gap * 1_000_000;
        (gap > 0).then_some((Millis(gap.unsigned_abs()), reason))
    }
}

fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: usize = 4_800;

    /// Blocks of 100 ms at 48 kHz; times in seconds since the clock was made.
    struct Device {
        clock: Clock,
        at: f64,
        gaps: Vec<(u64, GapReason)>,
    }

    impl Device {
        fn new() -> Device {
            Device { clock: Clock::new(Duration::from_secs(1_000)), at: 0.0, gaps: Vec::new() }
        }

        fn block_after(&mut self, seconds: f64) {
            self.at += seconds;
            let gap = self.clock.block(Duration::from_secs_f64(1_000.0 + self.at), BLOCK, 48_000);
            self.gaps.extend(gap.map(|(length, reason)| (length.0, reason)));
        }

        /// How far the clock is from the truth, in ms: all that was given, and the time since the first sample.
        fn error(&self) -> f64 {
            (self.clock.position - (nanos(Duration::from_secs_f64(1_000.0 + self.at)) - self.clock.start)) as f64 / 1e6
        }
    }

    #[test]
    fn ten_hours_of_drift_and_jitter_make_no_gap() {
        for drift in [-0.0005, -0.0001, 0.0, 0.0001, 0.0005] {
            let mut device = Device::new();
            for n in 0..360_000 {
                let jitter = if n % 7 == 0 { 0.03 } else { -0.005 };
                device.block_after(0.1 * (1.0 + drift) + jitter);
            }
            assert_eq!(device.gaps, [], "{drift}");
        }
    }

    #[test]
    fn sleep_is_a_gap_of_its_length() {
        let mut device = Device::new();
        (0..100).for_each(|_| device.block_after(0.1));
        device.block_after(3_600.1);
        (0..100).for_each(|_| device.block_after(0.1));
        assert_eq!(device.gaps, [(3_600_000, GapReason::Missed)]);
        assert!(device.error().abs() < 2.0, "{}", device.error());
    }

    #[test]
    fn what_comes_late_and_then_all_at_once_does_not_shift_the_clock_for_good() {
        let mut device = Device::new();
        (0..100).for_each(|_| device.block_after(0.1));
        device.block_after(0.4);
        (0..3).for_each(|_| device.block_after(0.0));
        assert_eq!(device.gaps, []);
        // Too late to wait for; but what then comes too much is missing from the next gap.
        device.block_after(0.9);
        (0..8).for_each(|_| device.block_after(0.0));
        (0..100).for_each(|_| device.block_after(0.1));
        device.block_after(2.1);
        assert_eq!(device.gaps.len(), 2, "{:?}", device.gaps);
        assert!(device.error().abs() < 60.0, "{}", device.error());
    }

    #[test]
    fn small_losses_add_up_to_a_gap() {
        let mut device = Device::new();
        for _ in 0..20 {
            (0..10).for_each(|_| device.block_after(0.1));
            device.block_after(0.2);
        }
        let missed: u64 = device.gaps.iter().map(|(length, _)| length).sum();
        assert!((1_400..=2_000).contains(&missed), "{:?}", device.gaps);
    }

    #[test]
    fn a_device_may_begin_late_and_hurry() {
        let mut device = Device::new();
        device.block_after(1.9);
        (0..5).for_each(|_| device.block_after(0.0));
        (0..100).for_each(|_| device.block_after(0.1));
        assert_eq!(device.gaps, []);
        // The unrest is counted from its rhythm, not from its beginning.
        device.block_after(0.8);
        assert_eq!(device.gaps, [(700, GapReason::Missed)]);
    }

    #[test]
    fn pauses_and_losses_are_gaps_of_any_length() {
        let mut device = Device::new();
        device.block_after(10.0);
        assert_eq!(device.gaps, [(9_900, GapReason::Lost)]);
        (0..50).for_each(|_| device.block_after(0.1));
        device.clock.reopened(GapReason::Paused);
        device.block_after(0.35);
        device.clock.reopened(GapReason::Lost);
        device.block_after(60.1);
        assert_eq!(device.gaps[1..], [(250, GapReason::Paused), (60_000, GapReason::Lost)]);
        assert!(device.error().abs() < 2.0, "{}", device.error());
    }
}
