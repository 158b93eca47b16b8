//! From samples to evidence: windows go through the segmentation, and each piece of speech of one voice through the embedding once.

use std::ops::Range;

use rayon::prelude::*;

use crate::embedding::Vector;
use crate::evidence::{Evidence, Run, alone};
use crate::networks::Networks;
use crate::segmentation::{CLASSES, FILTER_HOP, FRAME_STEP, FRAMES, Filters, WINDOW, Window};

/// Frames from one window to the next, about a second.
pub(crate) const WINDOW_STEP: usize = 60;

/// Windows that go through the segmentation at once.
const BATCH: usize = 24;

/// Of so many windows one gives runs for the embedding.
const RUN_WINDOWS: usize = 5;

/// The frames of such a window that give runs: those in its middle.
const CORE: [usize; 2] = [(FRAMES - RUN_WINDOWS * WINDOW_STEP) / 2, (FRAMES + RUN_WINDOWS * WINDOW_STEP) / 2];

/// Samples from the first of a frame to the first of its runs, half of what a frame hears less half of what a frame of the
/// filter bank hears; and from the last of them to the end.
const LEAD: usize = 288;
const TAIL: usize = 240;

/// The shortest run that has a vector, in frames: 0.4 s.
const SHORTEST: usize = 24;

/// Collects [`Evidence`] from the samples of a recording, in one pass; holds less than a minute of them.
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
        // In pieces, so that no more than a batch is held however much comes at once.
        for piece in samples.chunks(WINDOW) {
            self.samples
                .extend(piece.iter().map(|sample| if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }));
            self.length += piece.len();
            while self.start(self.windows.len() + BATCH - 1) + WINDOW <= self.first + self.samples.len() {
                self.hear(BATCH);
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
                self.hear((rest - self.windows.len()).min(BATCH));
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

    /// Passes the next windows through the networks.
    fn hear(&mut self, count: usize) {
        let segmentation = &self.networks.segmentation;
        let begin = self.windows.len();
        let known = self.filtered.len() / Filters::values_per_hop() * FILTER_HOP;
        self.filtered.extend(segmentation.filters().apply(&self.samples[known..]));
        let windows: Vec<Window> = (begin..begin + count)
            .map(|window| {
                let from = self.start(window) - self.first;
                let filtered =
                    &self.filtered[from / FILTER_HOP * Filters::values_per_hop()..][..Filters::values(WINDOW)];
                Window { samples: &self.samples[from..][..WINDOW], filtered }
            })
            .collect();
        let answers = segmentation.apply(&windows);
        self.windows.extend(answers.iter().map(|answer| answer.chunks_exact(CLASSES).map(most_probable).collect()));
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

    /// Adds the runs in the cores of windows: window, first frame, end.
    fn embed(&mut self, cores: Vec<(usize, usize, usize)>) {
        let found = cores.into_iter().flat_map(|(window, from, to)| {
            let begin = window * WINDOW_STEP;
            alone(&self.windows[window][from - begin..to - begin], from)
        });
        let found: Vec<Range<usize>> = found.filter(|frames| frames.len() >= SHORTEST).collect();
        let embedded = found.into_par_iter().filter_map(|frames| {
            let vector = Box::new(self.vector(&frames)?);
            Some(Run { frames, vector })
        });
        let embedded: Vec<Run> = embedded.collect();
        self.runs.extend(embedded);
    }

    /// The vector of what is said in some frames; `None` if that is silence.
    fn vector(&self, frames: &Range<usize>) -> Option<Vector> {
        let from = frames.start * FRAME_STEP + LEAD - self.first;
        let to = (frames.end * FRAME_STEP + LEAD + TAIL).min(self.length).saturating_sub(self.first);
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
