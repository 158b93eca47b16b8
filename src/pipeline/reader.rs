//! The thread that reads a recording: decodes it, cuts it, tells the language, and hands the clips to the workers.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::sync::{Arc, PoisonError};

use super::languages::{self, Languages};
use super::queue::Queue;
use super::{Answer, Detector, News, Stop, Task, Wishes};
use crate::audio::Recording;
use crate::speech::{Cut, Cutter};
use crate::step::{Found, Kind};
use crate::{Error, Observer as _, Span, Step, Warning};

/// The languages of a cut, and the one that is being spoken after it.
type Told = (Vec<(Span, String)>, Option<String>);

/// What an earlier run has done.
#[derive(Default)]
pub(super) struct Known {
    languages: BTreeMap<usize, Told>,
    clips: BTreeMap<usize, (Span, Found)>,
}

impl FromIterator<Step> for Known {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Known {
        let mut known = Known::default();
        for Step(step) in steps {
            match step {
                Kind::Languages { cut, stretches, spoken } => {
                    known.languages.insert(cut, (stretches, spoken));
                }
                Kind::Clip { number, span, found, .. } => {
                    known.clips.insert(number, (span, found));
                }
            }
        }
        known
    }
}

pub(super) struct Reader<'a, 'd> {
    /// Which recording, in the order in which they were begun.
    pub(super) recording: usize,
    pub(super) wishes: Arc<Wishes>,
    /// `None`: the language is known, or the workers tell it.
    pub(super) detector: Option<&'a Detector<'d>>,
    pub(super) known: Known,
    pub(super) queue: &'a Queue<Task>,
    pub(super) news: Sender<News>,
    pub(super) stop: Stop,
}

impl Reader<'_, '_> {
    /// Reads to the end. Whatever goes wrong, there is an end.
    pub(super) fn run(mut self, recording: Recording) {
        let work = AssertUnwindSafe(|| self.read(recording));
        if catch_unwind(work).is_err() {
            self.tell(News::End(0, Err(Error::Recognise("the program made a mistake while it read".into()))));
        }
    }

    fn read(&mut self, mut recording: Recording) {
        let wishes = self.wishes.clone();
        let mut languages = Languages::new(&wishes.languages);
        let mut cutter: Option<Cutter> = None;
        let mut ready = Vec::new();
        let (mut cuts, mut clips) = (0, 0);
        let result = loop {
            if self.stop.cancelled() {
                break Err(Error::Cancelled);
            }
            let read = recording.read();
            for warning in recording.take_warnings() {
                self.tell(News::Warning(warning));
            }
            match read {
                Ok(Some(samples)) => {
                    let origin = recording.position() - samples.duration();
                    cutter.get_or_insert_with(|| Cutter::new(wishes.rules, origin)).push(&samples, &mut ready);
                }
                Ok(None) => cutter.iter_mut().for_each(|cutter| cutter.finish(&mut ready)),
                Err(error) => break Err(error),
            }
            if ready.is_empty() {
                self.tell(News::Read(recording.position()));
            }
            for cut in ready.drain(..) {
                for (cut, language) in self.languages(cuts, cut, &mut languages) {
                    self.hand_over(clips, cut, language);
                    clips += 1;
                }
                cuts += 1;
            }
            if recording.is_ended() {
                break Ok(recording.position());
            }
        };
        self.tell(News::End(clips, result));
    }

    /// To a worker, or back at once if it is done already.
    fn hand_over(&mut self, number: usize, cut: Cut, language: Option<String>) {
        let (span, seam) = (cut.clip().span(), cut.seam);
        match self.known.clips.remove(&number).filter(|(known, _)| *known == span) {
            Some((_, found)) => {
                let answer = Answer { number, span, seam, found: Ok(found), known: true };
                self.tell(News::Clip(Box::new(answer)));
            }
            None => {
                let (wishes, news, stop) = (self.wishes.clone(), self.news.clone(), self.stop.clone());
                self.queue.push(self.recording, number, Task { number, cut, language, wishes, news, stop });
            }
        }
    }

    /// Fails when the caller is gone, and with it everybody who wants to know.
    fn tell(&self, news: News) {
        let _ = self.news.send(news);
    }

    /// A clip, in several where the language changes.
    fn languages(&mut self, number: usize, cut: Cut, languages: &mut Languages<'_>) -> Vec<(Cut, Option<String>)> {
        let Some(detector) = self.detector else { return vec![(cut, None)] };
        if let Some((stretches, spoken)) = self.known.languages.remove(&number) {
            languages.go_on(spoken);
            return languages::split(cut, stretches);
        }
        let mut detector = detector.lock().unwrap_or_else(PoisonError::into_inner);
        let told = catch_unwind(AssertUnwindSafe(|| languages.tell(&cut, *detector)));
        match told {
            Ok(Ok(stretches)) => {
                let spoken = languages.spoken();
                self.tell(News::Step(Step(Kind::Languages { cut: number, stretches: stretches.clone(), spoken })));
                languages::split(cut, stretches)
            }
            Ok(Err(Error::Cancelled)) => vec![(cut, None)],
            // It is left to the workers, and told once.
            failed => {
                let reason = match failed {
                    Ok(Err(error)) => error.to_string(),
                    _ => "the recogniser crashed".to_owned(),
                };
                let message = format!("from there on the language is told for whole clips only: {reason}");
                self.tell(News::Warning(Warning { at: Some(cut.start), message }));
                self.detector = None;
                vec![(cut, None)]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_can_come_in_any_order_and_twice() {
        let clip = |number| Step(Kind::Clip { number, span: Span::new(0, 1), seam: None, found: Found::default() });
        let known: Known = [clip(2), clip(0), clip(2)].into_iter().collect();
        assert_eq!(known.clips.keys().copied().collect::<Vec<_>>(), [0, 2]);
    }
}
