//! Who speaks in each frame: every window votes for the speakers of its runs, and the windows' mean says how many speak at once.

use std::cmp::Reverse;
use std::ops::Range;

use super::cluster::dot;
use super::{Run, VOICES};
use crate::embedding::Vector;
use crate::listener::WINDOW_STEP;

/// How much the other speech of the same local speaker counts for a run.
const LOCAL: f32 = 0.2;

/// Frames that another speaker must be known for to cut a run, 0.8 s.
const STEADY: usize = 48;

/// Frames around a window in which a speaker is looked for who could be the one: 10 s.
const NEAR: usize = 600;

/// A run of a window: its frames in the window, the local speaker, and how many frames speak for each speaker.
struct Candidate {
    frames: Range<usize>,
    voice: usize,
    evidence: Vec<f32>,
}

/// For each speaker, whether they speak in each of the frames.
pub(super) fn vote(windows: &[Vec<u8>], runs: &[Run], speakers: &[Vector], frames: usize) -> Vec<Vec<bool>> {
    let count = speakers.len();
    let mut active = vec![vec![false; frames]; count];
    if count == 0 {
        return active;
    }
    let known = known_speakers(runs, speakers, frames);
    let mut votes = vec![vec![0u8; frames]; count];
    // How many speakers all windows together hear in a frame, and how many windows there are.
    let mut heard = vec![(0, 0); frames];
    for (number, window) in windows.iter().enumerate() {
        let begin = number * WINDOW_STEP;
        let window = &window[..window.len().min(frames.saturating_sub(begin))];
        for (who, (speakers, windows)) in window.iter().zip(&mut heard[begin.min(frames)..]) {
            *speakers += who.count_ones();
            *windows += 1;
        }
        for (part, speaker) in assign(candidates(window, begin, &known, count), begin, &known) {
            votes[speaker][begin + part.start..begin + part.end].iter_mut().for_each(|votes| *votes += 1);
        }
    }
    for (frame, (sum, windows)) in heard.into_iter().enumerate().filter(|(_, (_, windows))| *windows > 0) {
        let at_once = (2 * sum + windows) / (2 * windows);
        let mut order: Vec<usize> = (0..count).filter(|speaker| votes[*speaker][frame] > 0).collect();
        order.sort_by_key(|speaker| Reverse(votes[*speaker][frame]));
        order.into_iter().take(at_once as usize).for_each(|speaker| active[speaker][frame] = true);
    }
    active
}

/// For each frame the speaker of the run that covers it.
fn known_speakers(runs: &[Run], speakers: &[Vector], frames: usize) -> Vec<Option<usize>> {
    let mut known = vec![None; frames];
    for run in runs {
        let similarities: Vec<f32> = speakers.iter().map(|speaker| dot(speaker, &run.vector)).collect();
        known[run.frames.start.min(frames)..run.frames.end.min(frames)].fill(best(&similarities));
    }
    known
}

/// The runs of a window that begins at frame `begin`.
fn candidates(window: &[u8], begin: usize, known: &[Option<usize>], count: usize) -> Vec<Candidate> {
    let mut found = Vec::new();
    for voice in 0..VOICES {
        // Whose voice it is where it is heard alone.
        let labels: Vec<Option<usize>> = window
            .iter()
            .zip(&known[begin.min(known.len())..])
            .map(|(who, known)| known.filter(|_| *who == 1 << voice))
            .collect();
        let evidence = |frames: Range<usize>| {
            let mut sums = vec![0.0; count];
            labels[frames].iter().flatten().for_each(|speaker| sums[*speaker] += 1.0);
            sums
        };
        let whole = evidence(0..window.len());
        let speaks = |who: &u8| who >> voice & 1 == 1;
        let mut start = 0;
        for run in window.chunk_by(|one, other| speaks(one) == speaks(other)) {
            if speaks(&run[0]) {
                for part in parts(&labels[start..start + run.len()]) {
                    let frames = start + part.start..start + part.end;
                    let mut evidence = evidence(frames.clone());
                    evidence.iter_mut().zip(&whole).for_each(|(own, whole)| *own += LOCAL * whole);
                    found.push(Candidate { frames, voice, evidence });
                }
            }
            start += run.len();
        }
    }
    found
}

/// Parts of a run: where another speaker is known for long enough, there is a cut in the middle between the two.
fn parts(labels: &[Option<usize>]) -> Vec<Range<usize>> {
    let mut steady: Vec<(Range<usize>, usize)> = Vec::new();
    let mut start = 0;
    for part in labels.chunk_by(|one, other| one == other) {
        let end = start + part.len();
        if let Some(speaker) = part[0] {
            match steady.last_mut() {
                Some((last, same)) if *same == speaker => last.end = end,
                _ if part.len() >= STEADY => steady.push((start..end, speaker)),
                _ => {}
            }
        }
        start = end;
    }
    let cuts = steady.windows(2).map(|pair| (pair[0].0.end + pair[1].0.start) / 2);
    let mut from = 0;
    cuts.chain([labels.len()]).map(|cut| std::mem::replace(&mut from, cut)..cut).collect()
}

/// The speaker of each run, the surest first. Two who speak at once are two.
fn assign(mut candidates: Vec<Candidate>, begin: usize, known: &[Option<usize>]) -> Vec<(Range<usize>, usize)> {
    let strength = |candidate: &Candidate| candidate.evidence.iter().copied().fold(0.0, f32::max);
    candidates.sort_by(|one, other| strength(other).total_cmp(&strength(one)));
    let mut done: Vec<(Range<usize>, usize, usize)> = Vec::new();
    for Candidate { frames, voice, evidence } in candidates {
        let at_once = |other: &Range<usize>| other.start < frames.end && frames.start < other.end;
        let taken = done.iter().filter(|(other, of, _)| *of != voice && at_once(other)).map(|(.., speaker)| *speaker);
        let taken: Vec<usize> = taken.collect();
        let mut free: Vec<usize> = (0..evidence.len()).filter(|speaker| !taken.contains(speaker)).collect();
        if free.is_empty() {
            free = (0..evidence.len()).collect();
        }
        let heard: Vec<f32> = free.iter().map(|speaker| evidence[*speaker]).collect();
        let found = best(&heard).filter(|at| heard[*at] > 0.0).map(|at| free[at]);
        // No evidence: who was heard nearest in time.
        let middle = begin + (frames.start + frames.end) / 2;
        let found = found.or_else(|| free.into_iter().min_by_key(|speaker| distance(known, middle, *speaker)));
        done.extend(found.map(|speaker| (frames, voice, speaker)));
    }
    done.into_iter().map(|(frames, _, speaker)| (frames, speaker)).collect()
}

/// Frames from the frame `at` to the nearest in which a speaker is known.
fn distance(known: &[Option<usize>], at: usize, speaker: usize) -> usize {
    let near = at.saturating_sub(NEAR)..known.len().min(at + NEAR);
    near.filter(|frame| known[*frame] == Some(speaker)).map(|frame| frame.abs_diff(at)).min().unwrap_or(usize::MAX)
}

/// The place of the largest value, the first of equals.
fn best(values: &[f32]) -> Option<usize> {
    let most = values.iter().enumerate().reduce(|most, one| if one.1 > most.1 { one } else { most });
    most.map(|(place, _)| place)
}
