//! Who speaks in each frame: every window votes for the speakers of its runs, and the windows' mean says how many speak at once.

use super::cluster::dot;
use super::{Run, VOICES};
use crate::embedding::Vector;
use crate::listener::WINDOW_STEP;

/// How much the other runs of the same local speaker count for a run.
const LOCAL: f32 = 0.25;

/// Frames around a run in which a speaker is looked for who could be the one.
const NEAR: usize = 600;

/// Frames that another speaker must be known for to cut a run, 0.8 s.
const STEADY: usize = 48;

/// The vote of a run that only has its window's evidence.
const WEAK: f32 = 1e-3;

/// Whether each speaker speaks in each frame: rows of `speakers.len()` values.
pub(super) fn vote(windows: &[Vec<u8>], runs: &[Run], speakers: &[Vector], frames: usize) -> Vec<Vec<bool>> {
    let count = speakers.len();
    let mut active = vec![vec![false; frames]; count];
    if count == 0 {
        return active;
    }
    let known = known_speakers(runs, speakers, frames);
    let mut votes = vec![vec![0u16; frames]; count];
    let (mut heard, mut covered) = (vec![0u32; frames], vec![0u32; frames]);
    for (number, window) in windows.iter().enumerate() {
        let begin = number * WINDOW_STEP;
        let length = window.len().min(frames.saturating_sub(begin));
        let window = &window[..length];
        for (at, who) in window.iter().enumerate() {
            heard[begin + at] += who.count_ones();
            covered[begin + at] += 1;
        }
        for (start, end, speaker) in assign(window, begin, &known, count) {
            votes[speaker][begin + start..begin + end].iter_mut().for_each(|votes| *votes += 1);
        }
    }
    for frame in 0..frames {
        if covered[frame] == 0 {
            continue;
        }
        let at_once = (2 * heard[frame] + covered[frame]) / (2 * covered[frame]);
        let mut order: Vec<usize> = (0..count).filter(|speaker| votes[*speaker][frame] > 0).collect();
        order.sort_by_key(|speaker| std::cmp::Reverse(votes[*speaker][frame]));
        for speaker in order.into_iter().take(at_once as usize) {
            active[speaker][frame] = true;
        }
    }
    active
}

/// For each frame the speaker of the run with a vector that covers it.
fn known_speakers(runs: &[Run], speakers: &[Vector], frames: usize) -> Vec<Option<usize>> {
    let mut known = vec![None; frames];
    // Runs of a window lie side by side.
    for window in runs.chunk_by(|one, other| one.window == other.window) {
        let scores: Vec<Option<Vec<f32>>> = window
            .iter()
            .map(|run| {
                let weight = run.frames() as f32;
                let vector = run.vector.as_deref()?;
                Some(speakers.iter().map(|speaker| weight * dot(speaker, vector)).collect())
            })
            .collect();
        for (run, own) in window.iter().zip(&scores) {
            let Some(own) = own else { continue };
            let mut sum = own.clone();
            for (_, other) in window.iter().zip(&scores).filter(|(other, _)| other.voice == run.voice) {
                let Some(other) = other else { continue };
                sum.iter_mut().zip(other.iter().zip(own)).for_each(|(sum, (other, _))| *sum += LOCAL * other);
            }
            sum.iter_mut().zip(own).for_each(|(sum, own)| *sum -= LOCAL * own);
            let best = best(&sum);
            let end = run.end.min(frames);
            known[run.start.min(end)..end].iter_mut().for_each(|known| *known = best);
        }
    }
    known
}

/// The runs of a window, first frame and end within it, with the speaker of each. Two who speak at once are two.
fn assign(window: &[u8], begin: usize, known: &[Option<usize>], count: usize) -> Vec<(usize, usize, usize)> {
    let mut runs: Vec<(usize, usize, usize, Vec<f32>)> = Vec::new();
    for voice in 0..VOICES {
        let speaks = |who: &u8| who >> voice & 1 == 1;
        let evidence = |from: usize, to: usize| {
            let mut sums = vec![0.0; count];
            for at in from..to {
                if let (true, Some(speaker)) = (window[at] == 1 << voice, known[begin + at]) {
                    sums[speaker] += 1.0;
                }
            }
            sums
        };
        let whole = evidence(0, window.len());
        let mut start = 0;
        for part in window.chunk_by(|one, other| speaks(one) == speaks(other)) {
            let end = start + part.len();
            if speaks(&part[0]) {
                let label = |at: usize| if window[at] == 1 << voice { known[begin + at] } else { None };
                let labels: Vec<Option<usize>> = (start..end).map(label).collect();
                for (from, to) in split(&labels) {
                    let (from, to) = (start + from, start + to);
                    let mut sums = evidence(from, to);
                    if sums.iter().all(|sum| *sum == 0.0) {
                        sums = whole.iter().map(|sum| sum * WEAK).collect();
                    }
                    runs.push((from, to, voice, sums));
                }
            }
            start = end;
        }
    }
    let strength = |sums: &[f32]| sums.iter().copied().fold(0.0, f32::max);
    runs.sort_by(|one, other| strength(&other.3).total_cmp(&strength(&one.3)));
    let mut done: Vec<(usize, usize, usize, usize)> = Vec::new();
    for (start, end, voice, mut sums) in runs {
        let taken: Vec<usize> = done
            .iter()
            .filter(|(from, to, other, _)| *other != voice && *from < end && start < *to)
            .map(|(.., speaker)| *speaker)
            .collect();
        let free = |speaker: &usize| !taken.contains(speaker);
        if (0..count).any(|speaker| free(&speaker)) {
            taken.iter().for_each(|speaker| sums[*speaker] = 0.0);
        }
        let found = best(&sums).filter(|speaker| sums[*speaker] > 0.0).or_else(|| {
            // No evidence: who was heard nearest in time.
            let middle = begin + (start + end) / 2;
            let distance = |speaker: &usize| {
                let from = begin.saturating_sub(NEAR);
                let to = (begin + window.len() + NEAR).min(known.len());
                let near = (from..to).filter(|frame| known[*frame] == Some(*speaker));
                near.map(|frame| frame.abs_diff(middle)).min().unwrap_or(usize::MAX)
            };
            (0..count).filter(free).min_by_key(distance)
        });
        if let Some(speaker) = found {
            done.push((start, end, voice, speaker));
        }
    }
    done.into_iter().map(|(start, end, _, speaker)| (start, end, speaker)).collect()
}

/// Parts of a run: where another speaker is known for long enough, there is a cut in the middle between the two.
fn split(labels: &[Option<usize>]) -> Vec<(usize, usize)> {
    let mut parts: Vec<(usize, usize, usize)> = Vec::new();
    let mut start = 0;
    for part in labels.chunk_by(|one, other| one == other) {
        let end = start + part.len();
        if let Some(speaker) = part[0] {
            match parts.last_mut() {
                Some(last) if last.2 == speaker => last.1 = end,
                _ if part.len() >= STEADY => parts.push((start, end, speaker)),
                _ => {}
            }
        }
        start = end;
    }
    let mut found = Vec::new();
    let mut from = 0;
    for pair in parts.windows(2) {
        let cut = (pair[0].1 + pair[1].0) / 2;
        found.push((from, cut));
        from = cut;
    }
    found.push((from, labels.len()));
    found
}

/// The place of the largest value, the first of equals.
fn best(values: &[f32]) -> Option<usize> {
    let most = values.iter().enumerate().reduce(|most, one| if one.1 > most.1 { one } else { most });
    most.map(|(place, _)| place)
}
