//! What windows hear, from those around them, if these agree: in a long turn all hear the same, and need not be asked.

use super::WINDOW_STEP;
use crate::evidence::SPEAKERS;
use crate::segmentation::FRAMES;

/// Frames in which two windows that agree may differ, for each step from one to the other.
const TOLERANCE: usize = 4;

/// The orders of three speakers.
const ORDERS: [[u8; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// The classes of the windows between two of which the second begins `steps` steps after the first, if these two hear the same where
/// they overlap.
pub(super) fn between(before: &[u8], after: &[u8], steps: usize) -> Option<Vec<Vec<u8>>> {
    let shift = steps * WINDOW_STEP;
    let (heard, again) = (before.get(shift..)?, after.get(..FRAMES - shift)?);
    let differ =
        |order: &[u8; 3]| heard.iter().zip(again).filter(|(one, other)| **one != renamed(**other, order)).count();
    let (differences, order) = ORDERS.iter().map(|order| (differ(order), order)).min()?;
    let later: Vec<u8> = after.iter().map(|class| renamed(*class, order)).collect();
    // A speaker who is heard only before and only after may be two.
    let speakers = |classes: &[u8]| classes.iter().fold(0, |all, class| all | SPEAKERS[usize::from(*class)]);
    let both = speakers(heard) | speakers(&later[..FRAMES - shift]);
    let two = speakers(&before[..shift]) & speakers(&later[FRAMES - shift..]) & !both;
    if differences > TOLERANCE * steps || two != 0 {
        return None;
    }
    // The first half is of the one, and the second of the other: far from their edges.
    let half = FRAMES / 2;
    let window = |step: usize| {
        let (first, second) = (step * WINDOW_STEP, (steps - step) * WINDOW_STEP);
        [&before[first..first + half], &later[half - second..FRAMES - second]].concat()
    };
    Some((1..steps).map(window).collect())
}

/// The class of the same speakers in another order.
fn renamed(class: u8, order: &[u8; 3]) -> u8 {
    let speakers = SPEAKERS[usize::from(class)];
    let others = (0..3).filter(|at| speakers >> at & 1 == 1).fold(0, |all, at| all | 1 << order[at]);
    SPEAKERS.iter().position(|speakers| *speakers == others).unwrap_or_default() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The classes of a window that begins at a frame, of who speaks in each frame, numbered as the window does.
    fn window(begin: usize, speakers: impl Fn(usize) -> u8) -> Vec<u8> {
        let class = |frame| SPEAKERS.iter().position(|known| *known == speakers(frame)).unwrap_or_default() as u8;
        (begin..begin + FRAMES).map(class).collect()
    }

    /// The first speaks until frame 500, then both, from frame 550 on the second.
    fn talk([one, other]: [u8; 2]) -> impl Fn(usize) -> u8 {
        move |frame| {
            if frame < 500 {
                one
            } else if frame < 550 {
                one | other
            } else {
                other
            }
        }
    }

    #[test]
    fn windows_that_agree_say_what_is_between_them() {
        // The second numbers the speakers otherwise.
        let (before, mut after) = (window(0, talk([1, 4])), window(300, talk([2, 1])));
        let wanted: Vec<Vec<u8>> = (1..5).map(|step| window(step * WINDOW_STEP, talk([1, 4]))).collect();
        assert_eq!(between(&before, &after, 5), Some(wanted.clone()));
        // A few frames more or less don't matter: near the edges of a window they are not taken from it.
        after[..TOLERANCE * 5].fill(0);
        assert_eq!(between(&before, &after, 5), Some(wanted));
        after[TOLERANCE * 5] = 0;
        assert_eq!(between(&before, &after, 5), None);
    }

    #[test]
    fn who_is_not_heard_by_both_may_be_two() {
        let talk = |speaker: u8| move |frame: usize| if (280..600).contains(&frame) { 1 } else { speaker };
        assert_eq!(between(&window(0, talk(2)), &window(300, talk(2)), 5), None);
        assert!(between(&window(0, talk(1)), &window(300, talk(2)), 5).is_some());
    }
}
