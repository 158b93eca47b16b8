//! What was published, and which part a viewer has not seen yet. Pure data.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Serialize;

use crate::live::{Caption, State};

/// Events that are kept for viewers who reconnect: at a dozen a minute, more than two hours.
const MOST_EVENTS: usize = 2_000;
/// The most events that a viewer gets at once, so that a slow one takes little memory.
const BATCH: usize = 256;
/// A new viewer gets the last lines: at most so many, and at most so many words.
const LATE_LINES: usize = 4;
const LATE_WORDS: usize = 500;

/// The captions of one session. Everything but tentative text is an event with a number, counted from 1.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The number of the last event; 0 while there is none.
    last: u64,
    /// The last [`MOST_EVENTS`] events, without gaps.
    events: VecDeque<Arc<Caption>>,
    /// Counts all tentative texts.
    tentative_count: u64,
    /// The last of them, unless it was settled.
    tentative: Option<Arc<Caption>>,
    state: State,
}

/// How far a viewer has read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ViewerPosition {
    /// The number of the last event; `None` for a new viewer.
    pub(super) event: Option<u64>,
    /// The count of the last tentative text; 0 for none.
    pub(super) tentative: u64,
}

/// The next part for a viewer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Update {
    Nothing,
    /// Replaces everything that the viewer has; with the number of the last event.
    Reset(u64, Reset),
    /// Events with their numbers, and then the tentative text, unless there are more events.
    More(Vec<(u64, Arc<Caption>)>, Option<Arc<Caption>>),
}

/// The last lines, and the state of the session.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Reset {
    captions: Vec<Caption>,
    state: State,
}

impl History {
    pub(super) fn add(&mut self, caption: &Caption) {
        let caption = Arc::new(caption.clone());
        match &*caption {
            Caption::Tentative { .. } => {
                self.tentative_count += 1;
                self.tentative = Some(caption);
                return;
            }
            Caption::Settled { .. } | Caption::Done { .. } => self.tentative = None,
            Caption::State { state } => self.state = *state,
        }
        self.last += 1;
        self.events.push_back(caption);
        if self.events.len() > MOST_EVENTS {
            self.events.pop_front();
        }
    }

    /// Whether all events after `number` are still there.
    fn reaches(&self, number: u64) -> bool {
        number <= self.last && self.last - number <= self.events.len() as u64
    }

    /// The next part for a viewer; moves its position.
    pub(super) fn next(&self, seen: &mut ViewerPosition) -> Update {
        let Some(event) = seen.event.filter(|event| self.reaches(*event)) else {
            *seen = ViewerPosition { event: Some(self.last), tentative: self.tentative_count };
            return Update::Reset(self.last, self.snapshot());
        };
        let from = self.events.len() - (self.last - event) as usize;
        let events: Vec<_> = (event + 1..).zip(self.events.range(from..).take(BATCH).cloned()).collect();
        let event = event + events.len() as u64;
        seen.event = Some(event);
        let mut tentative = None;
        if event == self.last && seen.tentative < self.tentative_count {
            seen.tentative = self.tentative_count;
            // `None` where it has been settled meanwhile: the viewer knows from the event.
            tentative = self.tentative.clone();
        }
        if events.is_empty() && tentative.is_none() { Update::Nothing } else { Update::More(events, tentative) }
    }

    fn snapshot(&self) -> Reset {
        let (mut lines, mut words) = (0, 0);
        let mut newest = None;
        let mut captions: Vec<Caption> = self.tentative.iter().map(|tentative| (**tentative).clone()).collect();
        for caption in self.events.iter().rev() {
            let Caption::Settled { line, text, .. } = &**caption else {
                // The ends of the lines, and none of lines that are not shown.
                captions.extend(matches!(**caption, Caption::Done { .. }).then(|| (**caption).clone()));
                continue;
            };
            lines += usize::from(newest != Some(*line));
            newest = Some(*line);
            if lines > LATE_LINES || words >= LATE_WORDS {
                break;
            }
            words += crate::count_words(text);
            captions.push((**caption).clone());
        }
        captions.reverse();
        let first = captions.iter().position(|caption| !matches!(caption, Caption::Done { .. }));
        captions.drain(..first.unwrap_or(captions.len()));
        Reset { captions, state: self.state }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(line: u64, text: &str) -> Caption {
        Caption::Settled { line, text: text.into(), speaker: None }
    }

    fn tentative(line: u64, text: &str) -> Caption {
        Caption::Tentative { line, text: text.into() }
    }

    fn history(captions: &[Caption]) -> History {
        let mut history = History::default();
        captions.iter().for_each(|caption| history.add(caption));
        history
    }

    fn seen(event: u64) -> ViewerPosition {
        ViewerPosition { event: Some(event), tentative: 0 }
    }

    /// The numbers of the events, and what is tentative.
    fn more(news: Update) -> (Vec<u64>, Option<Caption>) {
        match news {
            Update::Nothing => (Vec::new(), None),
            Update::More(events, tentative) => {
                (events.iter().map(|(n, _)| *n).collect(), tentative.map(|caption| (*caption).clone()))
            }
            Update::Reset(..) => panic!("{news:?}"),
        }
    }

    fn reset(news: Update) -> (u64, Reset) {
        match news {
            Update::Reset(number, reset) => (number, reset),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn who_comes_back_misses_nothing_and_gets_nothing_twice() {
        let history = history(&[settled(0, "a"), tentative(0, " x"), settled(0, " b"), Caption::Done { line: 0 }]);
        let mut back = seen(1);
        assert_eq!(more(history.next(&mut back)), (vec![2, 3], None));
        assert_eq!(history.next(&mut back), Update::Nothing);
        assert_eq!(history.next(&mut seen(3)), Update::Nothing);
        assert_eq!(more(history.next(&mut seen(0))), (vec![1, 2, 3], None));
    }

    #[test]
    fn only_the_last_tentative_text_is_told() {
        let mut history = history(&[settled(0, "a"), tentative(0, " x"), tentative(0, " y")]);
        let mut viewer = seen(1);
        assert_eq!(more(history.next(&mut viewer)), (vec![], Some(tentative(0, " y"))));
        assert_eq!(history.next(&mut viewer), Update::Nothing);
        history.add(&tentative(0, ""));
        assert_eq!(more(history.next(&mut viewer)), (vec![], Some(tentative(0, ""))));
        history.add(&tentative(0, " z"));
        history.add(&settled(0, " z"));
        assert_eq!(more(history.next(&mut viewer)), (vec![2], None));
    }

    #[test]
    fn what_is_too_old_or_not_ours_is_reset() {
        let lines: Vec<Caption> = (0..MOST_EVENTS as u64 + 10).map(|n| settled(n, "a")).collect();
        let history = history(&lines);
        let last = MOST_EVENTS as u64 + 10;
        for strange in [0, 9, last + 1, u64::MAX] {
            assert_eq!(reset(history.next(&mut seen(strange))).0, last, "{strange}");
        }
        // The oldest that is known comes in pieces, and whole.
        let mut viewer = seen(10);
        let mut all = Vec::new();
        loop {
            let (numbers, _) = more(history.next(&mut viewer));
            assert!(numbers.len() <= BATCH);
            if numbers.is_empty() {
                break;
            }
            all.extend(numbers);
        }
        assert_eq!(all, (11..=last).collect::<Vec<_>>());
    }

    #[test]
    fn who_comes_late_gets_the_last_lines() {
        let nothing = Reset { captions: vec![], state: State::Listening };
        assert_eq!(reset(History::default().next(&mut ViewerPosition::default())), (0, nothing));

        let mut captions = Vec::new();
        for line in 0..6 {
            captions.extend([settled(line, "a"), settled(line, " b"), Caption::Done { line }]);
        }
        captions.push(Caption::State { state: State::Paused });
        captions.push(tentative(6, "c"));
        let mut viewer = ViewerPosition::default();
        let (number, shown) = reset(history(&captions).next(&mut viewer));
        assert_eq!(number, 19);
        assert_eq!(shown.state, State::Paused);
        let mut expected = captions[6..18].to_vec();
        expected.push(tentative(6, "c"));
        assert_eq!(shown.captions, expected);
        assert_eq!(history(&captions).next(&mut viewer), Update::Nothing);

        let long = "word ".repeat(100);
        let captions: Vec<Caption> = (0..9).map(|_| settled(0, &long)).collect();
        assert_eq!(reset(history(&captions).next(&mut ViewerPosition::default())).1.captions.len(), 5);
    }
}
