//! Of what one network found, what the other confirms: pure, without sound.

use super::Stretch;

/// A stretch is kept as far as a confirmation is not farther away: 5 s, in samples.
pub(super) const REACH: u64 = 80_000;

/// Stretches in, those with a confirmation nearby out. Holds nothing that is older than [`REACH`].
#[derive(Default)]
pub(super) struct SpeechConfirmer {
    /// What confirmations reach, in order, not touching each other.
    near: Vec<Stretch>,
    /// Up to here it is known whether there is a confirmation.
    heard: u64,
    /// Stretches, in order, as far as they are not decided. Nothing in `near` comes later.
    pending: Vec<Stretch>,
}

impl SpeechConfirmer {
    /// What comes next, up to sample `end`, is a confirmation or is none.
    pub(super) fn hear(&mut self, end: u64, confirmed: bool) {
        let start = std::mem::replace(&mut self.heard, end).saturating_sub(REACH);
        if confirmed {
            match self.near.last_mut() {
                Some(last) if start <= last.end => last.end = end + REACH,
                _ => self.near.push(Stretch { start, end: end + REACH }),
            }
        }
    }

    /// A stretch to be judged; it begins no earlier than the one before.
    pub(super) fn take(&mut self, stretch: Stretch) {
        match self.pending.last_mut() {
            Some(last) if stretch.start <= last.end => last.end = last.end.max(stretch.end),
            _ => self.pending.push(stretch),
        }
    }

    /// What is confirmed since the last call; `last`: no confirmation comes any more. No stretch will begin before
    /// `earliest`.
    pub(super) fn decide(&mut self, earliest: u64, last: bool) -> Vec<Stretch> {
        let known = if last { u64::MAX } else { self.heard.saturating_sub(REACH) };
        let from = self.near.last().map_or(known, |near| near.end.max(known));
        let mut confirmed = Vec::new();
        for stretch in std::mem::take(&mut self.pending) {
            for near in &self.near {
                let (start, end) = (stretch.start.max(near.start), stretch.end.min(near.end));
                if start < end {
                    confirmed.push(Stretch { start, end });
                }
            }
            if stretch.end > from {
                self.pending.push(Stretch { start: stretch.start.max(from), end: stretch.end });
            }
        }
        let needed = self.undecided().map_or(earliest, |start| start.min(earliest));
        self.near.retain(|near| near.end > needed);
        confirmed
    }

    /// Where the first stretch begins that is not decided.
    pub(super) fn undecided(&self) -> Option<u64> {
        self.pending.first().map(|stretch| stretch.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: u64 = 16_000;

    #[test]
    fn a_soft_stretch_near_a_confirmed_one_is_kept() {
        let mut confirmer = SpeechConfirmer::default();
        confirmer.hear(3 * SECOND, false);
        confirmer.take(Stretch { start: SECOND, end: 2 * SECOND });
        assert_eq!(confirmer.decide(3 * SECOND, false), []);
        confirmer.hear(5 * SECOND, true);
        confirmer.take(Stretch { start: 4 * SECOND, end: 5 * SECOND });
        let kept = [Stretch { start: SECOND, end: 2 * SECOND }, Stretch { start: 4 * SECOND, end: 5 * SECOND }];
        assert_eq!(confirmer.decide(5 * SECOND, false), kept);
        confirmer.hear(11 * SECOND, false);
        confirmer.take(Stretch { start: 9 * SECOND, end: 11 * SECOND });
        assert_eq!(confirmer.decide(11 * SECOND, false), [Stretch { start: 9 * SECOND, end: 10 * SECOND }]);
        assert_eq!(confirmer.undecided(), Some(10 * SECOND));
    }

    #[test]
    fn it_waits_for_five_seconds_and_no_longer() {
        let mut confirmer = SpeechConfirmer::default();
        confirmer.take(Stretch { start: 0, end: SECOND });
        confirmer.hear(SECOND, false);
        assert_eq!((confirmer.decide(SECOND, false), confirmer.undecided()), (vec![], Some(0)));
        confirmer.hear(SECOND + REACH, false);
        assert_eq!((confirmer.decide(SECOND + REACH, false), confirmer.undecided()), (vec![], None));
    }

    proptest! {
        /// The same as with everything known from the start, and no more than the reach is remembered.
        #[test]
        fn each_sample_is_judged_by_what_is_near(
            windows in proptest::collection::vec((0_u32..100, any::<bool>(), 1_u64..8), 1..300),
            often in 1_u32..30,
        ) {
            // Windows of 2,000 samples: is it a confirmation, is it part of a stretch.
            let windows: Vec<(bool, bool)> =
                windows.iter().flat_map(|(c, found, n)| vec![(*c < often, *found); *n as usize]).collect();
            let mut confirmer = SpeechConfirmer::default();
            let mut kept = vec![false; windows.len()];
            let mut mark = |stretches: Vec<Stretch>| {
                for stretch in stretches {
                    assert!(stretch.start % 2_000 == 0 && stretch.end % 2_000 == 0);
                    kept[(stretch.start / 2_000) as usize..(stretch.end / 2_000) as usize].fill(true);
                }
            };
            for (n, (confirmed, found)) in windows.iter().enumerate() {
                let (start, end) = (n as u64 * 2_000, (n as u64 + 1) * 2_000);
                confirmer.hear(end, *confirmed);
                if *found {
                    confirmer.take(Stretch { start, end });
                }
                mark(confirmer.decide(end, false));
                prop_assert!(confirmer.undecided().is_none_or(|at| end - at <= REACH));
                prop_assert!(confirmer.pending.len() <= 41 && confirmer.near.len() <= 41);
            }
            mark(confirmer.decide(u64::MAX, true));
            for (n, kept) in kept.iter().enumerate() {
                let near = &windows[n.saturating_sub(40)..windows.len().min(n + 41)];
                prop_assert_eq!(*kept, windows[n].1 && near.iter().any(|(confirmed, _)| *confirmed), "window {}", n);
            }
        }
    }
}
