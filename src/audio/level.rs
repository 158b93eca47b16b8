//! Sound beyond full scale, as floating point allows it, is made quieter instead of being clipped, and very quiet sound louder, as
//! the detectors and the model know it.

use super::RATE;
use crate::WarningKind;

/// Samples of a window whose peak is taken: 20 ms.
const WINDOW: usize = RATE as usize / 50;
/// So many windows must be as loud: a click is clipped and does not make everything else quiet.
const WINDOWS: usize = 4;
/// Less than this above full scale, in dB, is usual after lossy compression, and not told.
const USUAL: f32 = 2.0;
/// Peak below which sound is made louder: −30 dBFS. Then its peak is at −10 dBFS.
const QUIET: f32 = 0.03;
const RAISED: f32 = 0.3;
/// Peak below which sound is silence: −66 dBFS.
const SILENT: f32 = 5e-4;
/// Samples in which the level changes, so that it does not click: 10 ms.
const FALL: usize = RATE as usize / 100;

/// A gain that follows the loudest sound so far, and is the same for all streams: it rises only where quiet sound ends silence.
pub(super) struct Leveller {
    /// The highest peaks of windows, the highest first.
    peaks: [f32; WINDOWS],
    /// Peak of the window that is not complete, and samples in it.
    window: (f32, usize),
    gain: f32,
    /// Whether any sound was returned.
    begun: bool,
    /// Whether quiet sound was made louder.
    raised: bool,
    /// Whether each was told: that sound was turned down, and up.
    told: [bool; 2],
}

impl Default for Leveller {
    fn default() -> Leveller {
        Leveller { peaks: [0.0; WINDOWS], window: (0.0, 0), gain: 1.0, begun: false, raised: false, told: [false; 2] }
    }
}

impl Leveller {
    /// Takes note of streams of the same length that will be [levelled](Leveller::level) later.
    pub(super) fn hear(&mut self, streams: &[Vec<f32>]) {
        for at in 0..streams.first().map_or(0, Vec::len) {
            let peak = streams.iter().fold(self.window.0, |peak, stream| peak.max(stream[at].abs()));
            self.window = (peak, self.window.1 + 1);
            if self.window.1 == WINDOW {
                self.window = (0.0, 0);
                let place = self.peaks.iter().position(|higher| peak > *higher);
                if let Some(place) = place {
                    self.peaks[place..].rotate_right(1);
                    self.peaks[place] = peak;
                }
            }
        }
    }

    /// Makes the next streams as quiet, or as loud, as the loudest that were heard require.
    pub(super) fn level(&mut self, streams: &mut [Vec<f32>]) {
        let target = match self.peaks[WINDOWS - 1] {
            peak if (SILENT..QUIET).contains(&peak) => {
                self.raised = true;
                RAISED / peak
            }
            // Slightly louder sound must not become much quieter.
            peak if self.raised && peak < RAISED => RAISED / peak.max(QUIET),
            peak => 1.0 / peak.max(1.0),
        };
        if !std::mem::replace(&mut self.begun, true) {
            self.gain = target;
        }
        if self.gain == 1.0 && target == 1.0 {
            return;
        }
        let (from, length) = (self.gain, streams.first().map_or(0, Vec::len));
        let gain = |at: usize| from + (target - from) * (at as f32 / FALL as f32).min(1.0);
        for stream in streams {
            stream.iter_mut().enumerate().for_each(|(at, sample)| *sample *= gain(at));
        }
        self.gain = gain(length);
    }

    /// How much it was turned down or up, once each, if that is more than usual.
    pub(super) fn take_warning(&mut self) -> Option<WarningKind> {
        let up = 20.0 * self.gain.log10();
        let due = up.abs() > USUAL && !std::mem::replace(&mut self.told[usize::from(up > 0.0)], true);
        let decibels = up.abs().round() as u64;
        due.then_some(if up > 0.0 {
            WarningKind::LevelRaised { decibels }
        } else {
            WarningKind::LevelReduced { decibels }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(amplitude: f32, length: usize) -> Vec<f32> {
        (0..length).map(|at| amplitude * (at as f32 * 0.3).sin()).collect()
    }

    fn levelled(pieces: &[Vec<f32>]) -> (Vec<f32>, Option<WarningKind>) {
        let mut leveller = Leveller::default();
        pieces.iter().for_each(|piece| leveller.hear(std::slice::from_ref(piece)));
        let mut all = Vec::new();
        for piece in pieces {
            let mut streams = [piece.clone()];
            leveller.level(&mut streams);
            all.extend_from_slice(&streams[0]);
        }
        (all, leveller.take_warning())
    }

    #[test]
    fn sound_far_above_full_scale_is_the_same_sound_scaled_back() {
        let (made, warning) = levelled(&[tone(30.0, 8_000), tone(100.0, 8_000)]);
        assert_eq!(warning, Some(WarningKind::LevelReduced { decibels: 40 }));
        let want = [tone(0.3, 8_000), tone(1.0, 8_000)].concat();
        assert!(made.iter().zip(want).all(|(made, want)| (made - want).abs() < 2e-3));
    }

    #[test]
    fn usual_sound_and_single_clicks_change_nothing() {
        let mut sound = tone(0.9, 16_000);
        assert_eq!(levelled(&[sound.clone()]), (sound.clone(), None));
        sound[4_000..4_300].fill(250.0);
        assert_eq!(levelled(&[sound.clone()]), (sound, None));
        assert_eq!(levelled(&[tone(1.2, 16_000)]).1, None);
    }

    #[test]
    fn very_quiet_sound_becomes_louder_and_silence_does_not() {
        let (made, warning) = levelled(&[tone(0.003, 8_000)]);
        assert_eq!(warning, Some(WarningKind::LevelRaised { decibels: 40 }));
        assert!(made.iter().zip(tone(0.3, 8_000)).all(|(made, want)| (made - want).abs() < 2e-3));
        for usual in [tone(0.04, 8_000), tone(4e-4, 8_000), vec![0.0; 8_000]] {
            assert_eq!(levelled(std::slice::from_ref(&usual)), (usual, None));
        }
        let mut leveller = Leveller::default();
        let mut last = Vec::new();
        for piece in [tone(0.003, 8_000), tone(0.5, 8_000)] {
            leveller.hear(std::slice::from_ref(&piece));
            let mut streams = [piece];
            leveller.level(&mut streams);
            [last] = streams;
        }
        assert_eq!(last[FALL..], tone(0.5, 8_000)[FALL..], "as soon as something louder is heard");
    }

    #[test]
    fn what_was_raised_becomes_quieter_no_faster_than_the_sound_gets_louder() {
        let mut leveller = Leveller::default();
        let mut peaks = Vec::new();
        for amplitude in [0.01, 0.028, 0.032, 0.1, 0.29, 0.5] {
            let piece = tone(amplitude, 8_000);
            leveller.hear(std::slice::from_ref(&piece));
            let mut streams = [piece];
            leveller.level(&mut streams);
            peaks.push(streams[0][FALL..].iter().fold(0.0_f32, |peak, sample| peak.max(*sample)));
        }
        assert!(
            peaks.iter().zip([0.3, 0.3, 0.3, 0.3, 0.3, 0.5]).all(|(peak, want)| (peak - want).abs() < 0.01),
            "{peaks:?}"
        );
    }

    #[test]
    fn the_level_falls_without_a_step_and_stays() {
        let mut leveller = Leveller::default();
        let mut made = Vec::new();
        for piece in [vec![0.5; 4_000], vec![2.0; 4_000], vec![0.5; 4_000]] {
            leveller.hear(std::slice::from_ref(&piece));
            let mut streams = [piece];
            leveller.level(&mut streams);
            made.extend_from_slice(&streams[0]);
        }
        assert_eq!((made[3_999], made[4_000], made[7_999], made[11_999]), (0.5, 2.0, 1.0, 0.25));
        assert!(made[4_000..4_170].windows(2).all(|two| two[0] >= two[1] && two[0] - two[1] < 0.01));
    }
}
