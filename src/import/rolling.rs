//! Captions that repeat what they have shown: rolling ones, as YouTube has them, where each cue shows the line before once more
//! above its own, and those of whisper programs that show a sentence again for each word that they underline.

use super::cues::Cue;
use crate::Millis;

/// Two cues are on the screen one after the other without a pause.
const TOUCHING: Millis = Millis(100);
/// YouTube shows each line once more for 10 ms.
const FLASH: Millis = Millis(50);
/// Lines that a cue may show again.
const MOST_LINES: usize = 10;

/// Leaves out lines that the cue before has shown, if the file is of that kind, and returns how many were left out; `plain` is a
/// line without markup. A line keeps the time at which it appears first.
pub(super) fn remove_repeats(cues: &mut Vec<Cue<'_>>, plain: impl Fn(&str) -> String) -> usize {
    let shown: Vec<Vec<String>> = cues.iter().map(|cue| cue.lines.iter().map(|line| plain(line)).collect()).collect();
    let repeated = |n: usize| {
        let (before, now) = (&shown[n - 1], &shown[n]);
        let (last, next) = (cues[n - 1].span, cues[n].span);
        let touching = next.start >= last.start && next.start <= last.end + TOUCHING;
        let most = if touching { before.len().min(now.len()).min(MOST_LINES) } else { 0 };
        (1..=most).rev().find(|count| before[before.len() - count..] == now[..*count]).unwrap_or(0)
    };
    let repeats: Vec<usize> = (0..cues.len()).map(|n| if n == 0 { 0 } else { repeated(n) }).collect();
    if !is_rolling(cues, &repeats) {
        return 0;
    }
    let all = std::mem::take(cues);
    for (mut cue, count) in all.into_iter().zip(&repeats) {
        cue.lines.drain(..count);
        match cues.last_mut().filter(|_| cue.lines.is_empty() && *count > 0) {
            Some(last) if cue.span.length() > FLASH => last.span.end = last.span.end.max(cue.span.end),
            Some(_) => {}
            None => cues.push(cue),
        }
    }
    repeats.iter().sum()
}

/// People repeat themselves, too: most cues must repeat lines, and either some show a new line below or they mark single words.
fn is_rolling(cues: &[Cue<'_>], repeats: &[usize]) -> bool {
    let repeating = repeats.iter().filter(|count| **count > 0).count();
    let growing = cues.iter().zip(repeats).any(|(cue, count)| *count > 0 && cue.lines.len() > *count);
    let marked = cues.iter().filter(|cue| cue.lines.iter().any(|line| marks_a_word(line))).count();
    repeating > 1 && repeating * 2 >= cues.len() && (growing || marked * 2 >= cues.len())
}

/// Whether a tag is around a part of the line, or a time within it.
fn marks_a_word(line: &str) -> bool {
    let lower = line.trim().to_ascii_lowercase();
    let at = ["<u>", "<b>", "<i>", "<c>", "<c.", "<font", "<00:"].iter().filter_map(|mark| lower.find(mark)).min();
    let end = |at: usize| lower[at..].find("</").and_then(|end| lower[at + end..].split_once('>'));
    at.is_some_and(|at| at > 0 || lower.starts_with("<00:") || end(at).is_some_and(|(_, rest)| !rest.is_empty()))
}
