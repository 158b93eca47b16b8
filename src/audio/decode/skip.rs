//! Skipping to a time, packet by packet: fast, since nothing is decoded, and exact, since nothing is estimated.

use std::collections::VecDeque;

use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::packet::Packet;

use super::{Block, Decoder, WARM_UP, frames};
use crate::Millis;

impl Decoder {
    /// Skips what is before `time`, without decoding it. Returns the first sound from a second or more before it, or
    /// silence from it to the first sound after it; `None` if there is no sound. In a file that ends before `time`, that is the sound of
    /// the last second: decoding it tells where the end really is.
    ///
    /// Reads packet by packet, because seeking in containers is sometimes off by seconds.
    pub(in crate::audio) fn skip_to(&mut self, time: Millis) -> Option<Block> {
        let (base, rate) = (self.time_base, self.rate);
        let place = |time: Millis| i128::from(time.0) * i128::from(rate) / 1000;
        let start = |packet: &Packet| frames(packet.pts.get(), base, rate);
        let end = match &self.edits {
            Some(edits) => edits.frame_at(place(time), rate),
            None => place(time) + self.origin,
        };
        let mut kept = VecDeque::new();
        loop {
            let packet =
                match self.ahead.pop_front().map_or_else(|| self.reader.next_packet(), |packet| Ok(Some(packet))) {
                    Ok(Some(packet)) => packet,
                    // The next of a chain has a clock of its own. Decoding the end of this one tells where that begins.
                    Err(SymphoniaError::ResetRequired) => {
                        self.is_reset = true;
                        break;
                    }
                    _ => break,
                };
            if packet.track_id != self.track {
                continue;
            }
            let now = start(&packet);
            kept.push_back(packet);
            // Also where a broken clock jumps back, or there would be no end to what is kept.
            while kept.get(1).is_some_and(|second| (now - start(second)).abs() >= place(WARM_UP)) {
                kept.pop_front();
            }
            if now >= end {
                break;
            }
        }
        self.ahead = kept;
        self.lost = true;
        loop {
            let block = self.next()?;
            if block.len() > 0 {
                // If there is no sound at `time`, there is silence until it comes.
                let begins = block.start + block.gap;
                let start = begins.min(u64::try_from(place(time)).unwrap_or(u64::MAX));
                return Some(Block { start, gap: begins - start, ..block });
            }
        }
    }
}
