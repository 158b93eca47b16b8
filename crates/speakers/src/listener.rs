//! From samples to evidence: windows go through the segmentation, and each piece of speech of one voice through the embedding once.

use std::ops::Range;

use rayon::prelude::*;

use crate::embedding::Vector;
use crate::evidence::{Evidence, LONGEST, Run, alone};
use crate::networks::Networks;
use crate::segmentation::{CLASSES, FILTER_HOP, FRAME_STEP, FRAMES, Filters, WINDOW, Window};

use agreement::between;

mod agreement;

/// Frames from one window to the next, about a second.
pub(crate) const WINDOW_STEP: usize = 60;

/// Windows that are heard at once: a multiple of [`RUN_WINDOWS`].
const BATCH: usize = 50;

/// Of so many windows one always goes through the segmentation, and gives runs for the embedding; the others only where those around
/// them disagree.
const RUN_WINDOWS: usize = 5;

/// The frames of such a window that give runs: those in its middle.
const CORE: [usize; 2] = [(FRAMES - RUN_WINDOWS * WINDOW_STEP) / 2, (FRAMES + RUN_WINDOWS * WINDOW_STEP) / 2];

/// Samples from the first of a frame to the first of its runs, half of what a frame hears less half of what a frame of the
/// filter bank hears; and from the last of them to the end.
const LEAD: usize = 288;
const TAIL: usize = 240;

/// While fewer runs are known, about two minutes of speech, long ones are heard whole, in pieces; later their middle tells enough.
const THOROUGH: usize = 60;

/// The shortest run that has a vector, in frames: 0.4 s.
const SHORTEST: usize = 24;

/// Collects [`Evidence`] from the samples of a recording, in one pass; holds about a minute of them.
pub struct Listener<'a> {
    networks: &'a Networks,
    /// The samples from `first` on, and what the filters gave for them.
    samples: Vec<f32>,
    filtered: Vec<f32>,
    first: usize,
    length: usize,
    /// The most probable class of each frame of each window.
    windows: Vec<Vec<u8>>,
    runs: Vec<Run>,
    /// The first frame that no run covers yet.
    covered: usize,
}

impl<'a> Listener<'a> {
    /// Begins with an empty recording.
    pub fn new(networks: &'a Networks) -> Listener<'a> {
        Listener {
            networks,
            samples: Vec::new(),
            filtered: Vec::new(),
            first: 0,
            length: 0,
            windows: Vec::new(),
            runs: Vec::new(),
            covered: 0,
        }
    }

    /// Hears the next samples, 16 kHz, mono, within ±1. What is no number counts as silence.
    ///
    /// Works on the threads of the rayon pool in which it is called; a minute of sound takes about a second.
    pub fn push(&mut self, samples: &[f32]) {
        // In pieces, so that little more than a batch is held however much comes at once.
        for piece in samples.chunks(WINDOW) {
            self.samples
                .extend(piece.iter().map(|sample| if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }));
            self.length += piece.len();
            // The last of a batch is one that always goes through the segmentation.
            while let next = (self.windows.len() / BATCH + 1) * BATCH
                && self.start(next) + WINDOW <= self.first + self.samples.len()
            {
                self.hear(next + 1 - self.windows.len());
            }
        }
    }

    /// Hears what is left, and gives what is known.
    pub fn finish(mut self) -> Evidence {
        if self.length > 0 {
            // The last window is filled up with silence.
            let rest = self.length.saturating_sub(self.start(0) + WINDOW).div_ceil(WINDOW_STEP * FRAME_STEP) + 1;
            self.samples.resize(self.start(rest - 1) + WINDOW - self.first, 0.0);
            while self.windows.len() < rest {
                self.hear(rest - self.windows.len());
            }
            let frames = self.length.div_ceil(FRAME_STEP).max(self.covered);
            let end = frames.min((rest - 1) * WINDOW_STEP + FRAMES);
            self.embed(vec![(rest - 1, self.covered, end)]);
        }
        Evidence::new(self.windows, self.runs, self.length)
    }

    /// The first sample of a window.
    fn start(&self, window: usize) -> usize {
        window * WINDOW_STEP * FRAME_STEP
    }

    /// The samples of a window, and what the filters gave for them.
    fn window(&self, window: usize) -> Window<'_> {
        let from = self.start(window) - self.first;
        let filtered = &self.filtered[from / FILTER_HOP * Filters::values_per_hop()..][..Filters::values(WINDOW)];
        Window { samples: &self.samples[from..][..WINDOW], filtered }
    }

    /// Passes the next windows through the networks.
    fn hear(&mut self, count: usize) {
        let begin = self.windows.len();
        let known = self.filtered.len() / Filters::values_per_hop() * FILTER_HOP;
        self.filtered.extend(self.networks.segmentation.filters().apply(&self.samples[known..]));
        self.segment(begin + count);
        let cores = (begin..begin + count).filter(|window| window % RUN_WINDOWS == 0).map(|window| {
            let frame = window * WINDOW_STEP;
            (window, if window == 0 { 0 } else { frame + CORE[0] }, frame + CORE[1])
        });
        let cores: Vec<_> = cores.collect();
        if let Some((_, _, end)) = cores.last() {
            self.covered = *end;
        }
        self.embed(cores);
        // Samples before the next window, and before what no run covers, are needed no longer.
        let next = self.start(begin + count).min(self.covered * FRAME_STEP / FILTER_HOP * FILTER_HOP);
        let old = (next - self.first).min(self.samples.len()) / FILTER_HOP * FILTER_HOP;
        self.samples.drain(..old);
        let values = old / FILTER_HOP * Filters::values_per_hop();
        self.filtered.drain(..values.min(self.filtered.len()));
        self.first += old;
    }

    /// Who speaks in the windows before `end`: where two windows agree, those between them are not asked.
    fn segment(&mut self, end: usize) {
        let begin = self.windows.len();
        let last = end - 1;
        self.windows.resize(end, Vec::new());
        let mut wanted: Vec<usize> =
            (begin..=last).filter(|window| window % RUN_WINDOWS == 0 || *window == last).collect();
        let ends = begin.checked_sub(1).into_iter().chain(wanted.iter().copied());
        let mut gaps: Vec<Range<usize>> = ends.clone().zip(ends.skip(1)).map(|(before, after)| before..after).collect();
        while !wanted.is_empty() {
            let windows: Vec<Window> = wanted.iter().map(|window| self.window(*window)).collect();
            let answers = self.networks.segmentation.apply(&windows);
            for (window, answer) in wanted.drain(..).zip(answers) {
                self.windows[window] = answer.chunks_exact(CLASSES).map(most_probable).collect();
            }
            for gap in std::mem::take(&mut gaps).into_iter().filter(|gap| gap.len() > 1) {
                match between(&self.windows[gap.start], &self.windows[gap.end], gap.len()) {
                    Some(windows) => self.windows.splice(gap.start + 1..gap.end, windows).for_each(drop),
                    None => {
                        let middle = gap.start + gap.len() / 2;
                        wanted.push(middle);
                        gaps.extend([gap.start..middle, middle..gap.end]);
                    }
                }
            }
        }
    }

    /// Adds the runs in the cores of windows: window, first frame, end.
    fn embed(&mut self, cores: Vec<(usize, usize, usize)>) {
        let thorough = self.runs.len() < THOROUGH;
        let found = cores.into_iter().flat_map(|(window, from, to)| {
            let begin = window * WINDOW_STEP;
            alone(&self.windows[window][from - begin..to - begin], from, thorough)
        });
        let found: Vec<Range<usize>> = found.filter(|frames| frames.len() >= SHORTEST).collect();
        let embedded = found.into_par_iter().filter_map(|frames| {
            let vector = Box::new(self.vector(&frames)?);
            Some(Run { frames, vector })
        });
        let embedded: Vec<Run> = embedded.collect();
        self.runs.extend(embedded);
    }

    /// The vector of what is said in the middle of some frames; `None` if that is silence.
    fn vector(&self, frames: &Range<usize>) -> Option<Vector> {
        let left_out = frames.len().saturating_sub(LONGEST) / 2;
        let from = (frames.start + left_out) * FRAME_STEP + LEAD - self.first;
        let to = ((frames.end - left_out) * FRAME_STEP + LEAD + TAIL).min(self.length).saturating_sub(self.first);
        self.networks.embedding.apply(self.samples.get(from..to)?)
    }
}

/// The class of the highest log probability.
fn most_probable(classes: &[f32]) -> u8 {
    let best = classes.iter().enumerate().fold(
        (0, f32::MIN),
        |best, (class, value)| {
            if *value > best.1 { (class, *value) } else { best }
        },
    );
    best.0 as u8
}
