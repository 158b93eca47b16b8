//! Damaged packets: silence in their place, and how many there are.

use symphonia::core::units::Duration;

use super::{Decoder, frames};
use crate::audio::outliers;
use crate::{Millis, Warning, WarningKind};

/// After so many damaged packets in a row, the rest of the file is given up.
const MOST_DAMAGED: u32 = 1_000;

impl Decoder {
    /// Why less than half of what was read could be decoded; `None` if that is not so.
    pub(in crate::audio) fn most_failed(&self) -> Option<String> {
        if 2 * self.broken > self.packets {
            return Some(format!("{} of {} packets are damaged", self.broken, self.packets));
        }
        // Of a file that is cut off and else whole, what is there counts.
        // An edit list can play several parts of one packet, each of which counts.
        let good = self.now().0 * self.packets.saturating_sub(self.broken) / self.packets.max(1);
        let missing = self.promised.is_some_and(|length| 2 * good < length.0);
        if self.ended && missing && outliers::is_damaged(self.broken, self.packets) {
            return Some(format!("{} of {} packets are damaged, and others are missing", self.broken, self.packets));
        }
        let early = self.promised.is_some_and(|length| 2 * self.now().0 < length.0);
        self.damage.clone().filter(|_| self.ended && self.is_damaged && early)
    }

    /// Whether some packets could be decoded: the kind of sound is known then.
    pub(in crate::audio) fn is_known(&self) -> bool {
        20 * self.broken < 19 * self.packets
    }

    /// Silence of the length `heard` in place of a packet that can't be decoded for this reason; `None` if the rest is given up.
    pub(super) fn damaged(&mut self, detail: &str, heard: Duration) -> Option<Vec<Vec<f32>>> {
        self.broken_in_a_row += 1;
        self.count_damage(detail, self.now());
        if self.broken_in_a_row > MOST_DAMAGED {
            self.end(Some(WarningKind::RestDamaged { detail: String::new() }));
            return None;
        }
        let heard = frames(heard.get().try_into().unwrap_or(0), self.time_base, self.rate);
        let length = usize::try_from(heard.clamp(0, i128::from(self.rate))).unwrap_or(0);
        Some(vec![vec![0.0; length]; self.streams])
    }

    pub(super) fn count_damage(&mut self, detail: &str, at: Millis) {
        self.broken += 1;
        if self.broken == 1 {
            let kind = WarningKind::PacketDamaged { detail: detail.to_owned() };
            self.warnings.push(Warning::new(Some(at), kind));
        }
    }

    /// Passes on the sound of which enough is known; if `all` is, the rest.
    pub(super) fn judge(&mut self, all: bool) {
        while let Some((mut block, is_outlier)) =
            self.outliers.pop(all, outliers::is_damaged(self.broken, self.packets))
        {
            if is_outlier && self.is_lossy {
                self.count_damage(outliers::GARBAGE, Millis((block.start + block.gap) * 1000 / u64::from(block.rate)));
                block.silence();
            }
            self.waiting.push_back(block);
        }
    }
}
