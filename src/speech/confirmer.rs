//! Keeps the regions of speech from one network that another network confirms nearby. Pure functions of their scores.

use super::SpeechRegion;

/// How far a confirmation reaches before and after itself: 5 s, in samples.
pub(super) const REACH: u64 = 80_000;

/// Takes regions of speech and confirmations, and returns the parts of regions that are near a confirmation. Holds
/// nothing that is older than [`REACH`].
#[derive(Default)]
pub(super) struct SpeechConfirmer {
    /// What confirmations reach, in order and not touching each other.
    confirmed: Vec<SpeechRegion>,
    /// Confirmations before this sample are known.
    known_until: u64,
    /// Undecided parts of regions, in order. They begin no later than the end of `confirmed`.
    pending: Vec<SpeechRegion>,
}

impl SpeechConfirmer {
    /// Records whether the samples since the last call, up to `end`, are a confirmation.
    pub(super) fn mark(&mut self, end: u64, confirms: bool) {
        let start = std::mem::replace(&mut self.known_until, end).saturating_sub(REACH);
        if confirms {
            match self.confirmed.last_mut() {
                Some(last) if start <= last.end => last.end = end + REACH,
                _ => self.confirmed.push(SpeechRegion { start, end: end + REACH }),
            }
        }
    }

    /// Adds a region to decide on; it must not begin before the previous one.
    pub(super) fn push(&mut self, region: SpeechRegion) {
        match self.pending.last_mut() {
            Some(last) if region.start <= last.end => last.end = last.end.max(region.end),
            _ => self.pending.push(region),
        }
    }

    /// Returns what was confirmed since the last call. `earliest`: no later region begins before this sample; `last`:
    /// no more confirmations will come.
    pub(super) fn decide(&mut self, earliest: u64, last: bool) -> Vec<SpeechRegion> {
        let known = if last { u64::MAX } else { self.known_until.saturating_sub(REACH) };
        let undecided_from = self.confirmed.last().map_or(known, |range| range.end.max(known));
        let mut decided = Vec::new();
        for region in std::mem::take(&mut self.pending) {
            for range in &self.confirmed {
                let (start, end) = (region.start.max(range.start), region.end.min(range.end));
                if start < end {
                    decided.push(SpeechRegion { start, end });
                }
            }
            if region.end > undecided_from {
                self.pending.push(SpeechRegion { start: region.start.max(undecided_from), end: region.end });
            }
        }
        let needed = self.undecided().map_or(earliest, |start| start.min(earliest));
        self.confirmed.retain(|range| range.end > needed);
        decided
    }

    /// Start of the first undecided region; `None` if all are decided.
    pub(super) fn undecided(&self) -> Option<u64> {
        self.pending.first().map(|region| region.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: u64 = 16_000;

    #[test]
    fn a_soft_region_near_a_confirmed_one_is_kept() {
        let mut confirmer = SpeechConfirmer::default();
        confirmer.mark(3 * SECOND, false);
        confirmer.push(SpeechRegion { start: SECOND, end: 2 * SECOND });
        assert_eq!(confirmer.decide(3 * SECOND, false), []);
        confirmer.mark(5 * SECOND, true);
        confirmer.push(SpeechRegion { start: 4 * SECOND, end: 5 * SECOND });
        let kept =
            [SpeechRegion { start: SECOND, end: 2 * SECOND }, SpeechRegion { start: 4 * SECOND, end: 5 * SECOND }];
        assert_eq!(confirmer.decide(5 * SECOND, false), kept);
        confirmer.mark(11 * SECOND, false);
        confirmer.push(SpeechRegion { start: 9 * SECOND, end: 11 * SECOND });
        assert_eq!(confirmer.decide(11 * SECOND, false), [SpeechRegion { start: 9 * SECOND, end: 10 * SECOND }]);
        assert_eq!(confirmer.undecided(), Some(10 * SECOND));
    }

    #[test]
    fn it_waits_for_five_seconds_and_no_longer() {
        let mut confirmer = SpeechConfirmer::default();
        confirmer.push(SpeechRegion { start: 0, end: SECOND });
        confirmer.mark(SECOND, false);
        assert_eq!((confirmer.decide(SECOND, false), confirmer.undecided()), (vec![], Some(0)));
        confirmer.mark(SECOND + REACH, false);
        assert_eq!((confirmer.decide(SECOND + REACH, false), confirmer.undecided()), (vec![], None));
    }

    proptest! {
        /// Streaming decides as if all scores were known from the start, and remembers no more than the reach.
        #[test]
        fn each_sample_is_decided_by_confirmations_nearby(
            windows in proptest::collection::vec((0_u32..100, any::<bool>(), 1_u64..8), 1..300),
            often in 1_u32..30,
        ) {
            // Windows of 2,000 samples: whether it is a confirmation, and whether it is speech.
            let windows: Vec<(bool, bool)> =
                windows.iter().flat_map(|(c, speech, n)| vec![(*c < often, *speech); *n as usize]).collect();
            let mut confirmer = SpeechConfirmer::default();
            let mut kept = vec![false; windows.len()];
            let mut mark = |regions: Vec<SpeechRegion>| {
                for region in regions {
                    assert!(region.start % 2_000 == 0 && region.end % 2_000 == 0);
                    kept[(region.start / 2_000) as usize..(region.end / 2_000) as usize].fill(true);
                }
            };
            for (n, (confirms, speech)) in windows.iter().enumerate() {
                let (start, end) = (n as u64 * 2_000, (n as u64 + 1) * 2_000);
                confirmer.mark(end, *confirms);
                if *speech {
                    confirmer.push(SpeechRegion { start, end });
                }
                mark(confirmer.decide(end, false));
                prop_assert!(confirmer.undecided().is_none_or(|at| end - at <= REACH));
                prop_assert!(confirmer.pending.len() <= 41 && confirmer.confirmed.len() <= 41);
            }
            mark(confirmer.decide(u64::MAX, true));
            for (n, kept) in kept.iter().enumerate() {
                let near = &windows[n.saturating_sub(40)..windows.len().min(n + 41)];
                prop_assert_eq!(*kept, windows[n].1 && near.iter().any(|(confirms, _)| *confirms), "window {}", n);
            }
        }
    }
}
