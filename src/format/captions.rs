//! Limits of captions, by the guidelines of broadcasters.
//!
//! The limits of columns and lines always hold. Whether a cue can be read in its time depends on how fast somebody speaks, since no
//! word is left out.

use crate::Millis;
use serde::{Deserialize, Serialize};

/// The limits that [`cues`](super::cues()) observes and [`quality`](super::quality()) checks. Values outside of a range count as its
/// nearest end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Captions {
    /// Whether text is divided into cues. `false`: one cue per segment, on one line, with the segment's times; the limits are only
    /// checked.
    pub divide: bool,
    /// The most columns of a line, 10 to 500; wide characters count 2. Only a single word that is longer may exceed it.
    pub line_width: usize,
    /// The most lines of a cue, 1 to 3.
    pub line_count: usize,
    /// Columns that can be read in a second, 5 to 100, blanks and punctuation included.
    pub reading_speed: f64,
    /// The shortest time of a cue, up to 5 s, if the following pause allows it.
    pub shortest: Millis,
    /// The longest time of a cue, 1 to 60 s.
    pub longest: Millis,
    /// The shortest time between two cues, up to 1 s; less where it would take more than half of the earlier cue's time.
    pub gap: Millis,
    /// A shorter pause between two cues would flicker, so the earlier one stays until the [`gap`](Self::gap); up to 5 s.
    pub chain: Millis,
    /// The time that a cue may stay after its last word so that it can be read, up to 10 s.
    pub linger: Millis,
    /// A longer pause always ends a cue; up to 60 s.
    pub pause: Millis,
}

impl Captions {
    /// For the web: what most guidelines share.
    ///
    /// Width, lines, speed, longest time and chain are Netflix's, which players on the web are made for; the shortest time is
    /// that of the German broadcasters, and the lingering the BBC's. Players need no gap.
    pub const fn web() -> Captions {
        Captions {
            divide: true,
            line_width: 42,
            line_count: 2,
            reading_speed: 17.0,
            shortest: Millis(1000),
            longest: Millis(7000),
            gap: Millis(0),
            chain: Millis(500),
            linger: Millis(1500),
            pause: Millis(1000),
        }
    }

    /// For German-speaking television: "Untertitel-Standards von ARD, ORF, SRF, ZDF".
    pub const fn ard() -> Captions {
        Captions {
            // "Zeichen": at most 37 in a line. "Form": at most two lines.
            line_width: 37,
            line_count: 2,
            // "Standzeiten": 13 to 15 characters a second, at least one second, one frame between two (25 a second).
            reading_speed: 15.0,
            shortest: Millis(1000),
            gap: Millis(40),
            ..Captions::web()
        }
    }

    /// For British television: the BBC's "Subtitle Guidelines", 1.2.
    pub const fn bbc() -> Captions {
        Captions {
            // 3.1 "Line length": 37 for broadcast, and for what goes to both. 3.3 "Number of lines": two.
            line_width: 37,
            line_count: 2,
            // 4 "Timing": 160 to 180 words a minute, which are 13 to 15 characters a second.
            reading_speed: 15.0,
            // 4.1 "Target minimum timing": 0.3 s a word, which the speed covers. The second is ours.
            shortest: Millis(1000),
            // 4.5 "Gaps": a second at least, or none.
            gap: Millis(0),
            chain: Millis(1000),
            // 5.2 "Match subtitle to pace of speaking": at most 1.5 s after speech has stopped.
            linger: Millis(1500),
            ..Captions::web()
        }
    }

    /// For Netflix in German: "Timed Text Style Guide".
    pub const fn netflix_de() -> Captions {
        Captions {
            // "German", "Character Limitation" and "Reading Speed Limits" (adults); "General Requirements", "Line Treatment".
            line_width: 42,
            line_count: 2,
            reading_speed: 17.0,
            // "General Requirements", "Duration": 5/6 s to 7 s.
            shortest: Millis(834),
            longest: Millis(7000),
            // "General Requirements", "Frame Gap": 2 frames, which are longest at 24 a second.
            gap: Millis(84),
            // "Subtitle Timing Guidelines", "Timing to audio": gaps under half a second are closed to 2 frames, and a cue ends
            // at most half a second after the sound.
            chain: Millis(500),
            linger: Millis(500),
            ..Captions::web()
        }
    }

    /// The segments as they are; the limits are those of [`web`](Self::web).
    pub const fn none() -> Captions {
        Captions { divide: false, ..Captions::web() }
    }

    /// How long it takes to read so many columns, in milliseconds.
    pub(super) fn reading(&self, columns: usize) -> u64 {
        (columns as f64 * 1000.0 / self.reading_speed).ceil() as u64
    }

    /// The same limits with each value in its range.
    pub(super) fn in_range(mut self) -> Captions {
        self.line_width = self.line_width.clamp(10, 500);
        self.line_count = self.line_count.clamp(1, 3);
        let speed = self.reading_speed;
        self.reading_speed = if speed.is_nan() { Captions::web().reading_speed } else { speed.clamp(5.0, 100.0) };
        self.longest.0 = self.longest.0.clamp(1000, 60_000);
        self.shortest.0 = self.shortest.0.min(5000).min(self.longest.0);
        self.gap.0 = self.gap.0.min(1000);
        self.chain.0 = self.chain.0.min(5000);
        self.linger.0 = self.linger.0.min(10_000);
        self.pause.0 = self.pause.0.min(60_000);
        self
    }
}

/// [`Captions::web`].
impl Default for Captions {
    fn default() -> Captions {
        Captions::web()
    }
}
