//! Which look at the running speech to take next, and what it settles: pure, without threads, clocks or a model.
//!
//! Lines follow each other, one for each utterance. While one is spoken, looks at its sound are asked for as long as
//! somebody is free to take them; what two in a row agree on is settled ([`agreement`](super::agreement)), and later looks begin
//! in a pause within the settled words, so that they stay short. As soon as it is quiet a look at all that is left is
//! taken; if the pause lasts, it settles the rest of the line.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::agreement;
use super::caption::Caption;
use super::notes::Speakers;
use crate::audio::{RATE, samples_before};
use crate::speech::{Chunk, Utterances, VadOptions};
use crate::transcript::text_of;
use crate::{DetectedLanguage, Millis, Segment, SpeakerId, Word};

/// New sound between two looks, at least: 400 ms.
const STEP: u64 = 6_400;
/// Likewise as long as the line has no text yet: 250 ms.
const FIRST_STEP: u64 = 4_000;
/// Sound of an utterance before the first look: 600 ms, of which 200 ms are padding.
const FIRST: u64 = 9_600;
/// So long nobody must have spoken before a look at the whole of what is left is taken: 250 ms.
const QUIET: u64 = 4_000;
/// From here on no other look is begun, for that one may come: 100 ms.
const HUSH: u64 = 1_600;
/// The longest look: 20 s. If more waits, the model is slower than speech.
const LONGEST: u64 = 20 * RATE as u64;
/// From here on a look does not begin at the start of its line if it need not: 5 s.
const LONG: Millis = Millis(5_000);
/// Settled sound that a look begins with, at least, so that the place where it goes on is found.
const OVERLAP: Millis = Millis(1_200);
/// Nobody waits longer for agreement: words that are this much older than the end of a look are settled by it.
const OLD: Millis = Millis(2_500);
/// Likewise at the end of a look that is as long as can be.
const CERTAIN: Millis = Millis(2_000);
/// Words that end so shortly before the end of a look are often cut in two, and not shown yet.
const CUT_OFF: Millis = Millis(250);
/// Below this confidence a tentative word is not shown, nor what follows it.
const GUESS: f32 = 0.3;
/// A sentence that ends after so long ends the line,
const LONG_LINE: Millis = Millis(8_000);
/// and after so long any word does.
const ENDLESS: Millis = Millis(30_000);
/// Words of the line that a look is told, if it does not begin with it; reading them takes the model time.
const TOLD: usize = 12;
/// Sound that is needed to tell the language.
const ENOUGH: Millis = Millis(2_000);
/// A language is believed from this probability on.
const SURE: f32 = 0.7;

/// A look to be taken.
#[derive(Debug)]
pub(super) struct Pass {
    /// Of which utterance.
    pub(super) utterance: u64,
    /// The sound.
    pub(super) chunk: Chunk,
    /// Its end, in samples from the start of the session.
    pub(super) end: u64,
    /// Sound that would follow is left for the next look.
    pub(super) full: bool,
    /// Nobody speaks any more: as good as the model can.
    pub(super) last: bool,
    /// `None`: to be told first.
    pub(super) language: Option<String>,
    /// What was said before on the line.
    pub(super) before: String,
    /// Set when nobody waits for it any more.
    pub(super) stale: Arc<AtomicBool>,
}

/// What a look gave.
#[derive(Debug)]
pub(super) struct PassResult {
    pub(super) pass: Pass,
    /// If it was to be told.
    pub(super) detected: Option<DetectedLanguage>,
    /// `None` if the model failed.
    pub(super) segments: Option<Vec<Segment>>,
}

/// What is to be told.
#[derive(Debug, PartialEq)]
pub(super) enum CaptionEvent {
    Caption(Caption),
    /// A line that is done, as it was shown.
    Line(Segment),
}

/// The line that is being shown.
#[derive(Default)]
struct Line {
    settled: Vec<Word>,
    /// So many of these are on lines that are done.
    done: usize,
    /// What the newest look has after it.
    tail: Vec<Word>,
    /// What was last told to be tentative.
    shown: String,
    language: Option<String>,
    /// Sound up to here is in a look that was asked for, and in one that came back.
    asked: u64,
    result: u64,
    /// Likewise for looks that were the last as far as was known then.
    last_asked: Option<u64>,
    last_seen: Option<u64>,
}

impl Line {
    fn has_text(&self) -> bool {
        !(self.settled.is_empty() && self.tail.is_empty())
    }
}

pub(super) struct Captioner {
    utterances: Utterances,
    /// Counted from 0.
    utterance: u64,
    /// Likewise, without those that gave no text.
    number: u64,
    line: Line,
    /// Looks at the same time, at most.
    at_once: usize,
    /// Looks that did not come back yet.
    away: usize,
    /// The flags of those that somebody waits for.
    under_way: Vec<Arc<AtomicBool>>,
    languages: Vec<String>,
    spoken: Option<String>,
    speakers: Speakers,
}

impl Captioner {
    /// `languages`: those that may be spoken; empty: any. `at_once`: how many looks can be taken at the same time.
    pub(super) fn new(rules: VadOptions, pause: Millis, languages: Vec<String>, at_once: usize) -> Captioner {
        let spoken = Some(&languages).filter(|all| all.len() == 1).map(|all| all[0].clone());
        Captioner {
            utterances: Utterances::new(rules, pause),
            utterance: 0,
            number: 0,
            line: Line::default(),
            at_once,
            away: 0,
            under_way: Vec::new(),
            languages,
            spoken,
            speakers: Speakers::default(),
        }
    }

    pub(super) fn hear(&mut self, samples: &[f32]) {
        self.utterances.push(samples);
    }

    pub(super) fn finish(&mut self) {
        self.utterances.finish();
    }

    /// How many looks may be taken at the same time from now on.
    pub(super) fn take_at_once(&mut self, count: usize) {
        self.at_once = count;
    }

    /// From now on `speaker` speaks.
    pub(super) fn speaker(&mut self, speaker: Option<SpeakerId>) {
        self.speakers.0.push((self.now(), speaker));
    }

    fn now(&self) -> Millis {
        Utterances::time(self.utterances.heard())
    }

    /// How far captions are behind the sound: the oldest sound of speech that no look has seen.
    pub(super) fn lag(&self) -> Millis {
        match self.utterances.first() {
            Some(first) => self.now() - Utterances::time(self.line.result.max(first.start)),
            None => Millis(0),
        }
    }

    /// Is a look being taken?
    pub(super) fn is_away(&self) -> bool {
        self.away > 0
    }

    /// The next look to take; each must come back through [`take`](Self::take). `None`: not now.
    pub(super) fn next(&mut self) -> Option<Pass> {
        let first = self.utterances.first()?;
        let from = first.start;
        let heard = self.utterances.heard();
        let ended = first.over || self.utterances.quiet() >= QUIET;
        let target = if ended { first.end.min(heard) } else { heard };
        let end = target.min(from + LONGEST);
        let full = end < target;
        let last = ended && !full;
        let wanted = match last {
            // The padding after the last word must have come.
            true => heard >= end && self.line.last_asked != Some(end),
            false => {
                let step = match (self.line.asked, self.line.has_text()) {
                    (0, _) => FIRST,
                    (_, false) => FIRST_STEP,
                    (_, true) => STEP,
                };
                full && end > self.line.asked
                    || self.utterances.quiet() < HUSH && end >= self.line.asked.max(from) + step
            }
        };
        // The last one waits for nobody.
        if !wanted || self.away >= self.at_once && !last {
            return None;
        }
        let chunk = self.utterances.chunk(from, end);
        if !chunk.certain && !first.over && !full {
            return None;
        }
        self.line.asked = end;
        self.line.last_asked = last.then_some(end);
        self.away += 1;
        let stale = Arc::<AtomicBool>::default();
        if last {
            self.under_way.drain(..).for_each(|stale| stale.store(true, Ordering::Relaxed));
        }
        self.under_way.push(stale.clone());
        let length = chunk.samples.duration();
        let language = self.line.language.clone().or_else(|| {
            // The first words are not waited for.
            let known = self.languages.len() == 1 || length < ENOUGH;
            self.spoken.clone().filter(|_| known)
        });
        let begin = Utterances::time(from);
        let before = self.line.settled.partition_point(|w| w.span.end <= begin);
        let before = text_of(&self.line.settled[before.saturating_sub(TOLD)..before]);
        Some(Pass { utterance: self.utterance, chunk, end, full, last, language, before, stale })
    }

    /// What a look gave. Appends what changed to `news`.
    pub(super) fn take(&mut self, result: PassResult, news: &mut Vec<CaptionEvent>) {
        self.away -= 1;
        let PassResult { pass, detected, segments } = result;
        self.under_way.retain(|stale| !Arc::ptr_eq(stale, &pass.stale));
        if pass.stale.load(Ordering::Relaxed) {
            return;
        }
        // The line may be done without it, and a newer look may have overtaken it; but the last one ends before the silence that
        // others have seen.
        if pass.utterance != self.utterance || pass.end < self.line.result && !pass.last {
            return;
        }
        self.line.result = pass.end.max(self.line.result);
        if let Some(detected) = detected.filter(|_| pass.chunk.samples.duration() >= ENOUGH) {
            let clear = detected.probability >= SURE;
            if clear {
                self.spoken = Some(detected.language.clone());
            }
            self.line.language = Some(detected.language).filter(|_| clear).or_else(|| self.spoken.clone());
        }
        if pass.last {
            self.line.last_seen = Some(pass.end);
        }
        let end = Utterances::time(pass.end);
        let old = end - if pass.full { CERTAIN } else { OLD };
        if let Some(segments) = segments {
            let words: Vec<Word> = segments.into_iter().flat_map(words_of).collect();
            let tail = words[agreement::known(&self.line.settled, &words)..].to_vec();
            let settled = agreement::agreed(&self.line.tail, &tail).max(tail.partition_point(|w| w.span.end < old));
            self.line.tail = tail;
            self.settle(settled, news);
        }
        self.go_on(pass.full.then_some(old));
        let shown = match pass.last {
            true => self.line.tail.len(),
            false => {
                // The first words of a line are better than nothing.
                let cut_off =
                    if self.line.settled.is_empty() && self.line.shown.is_empty() { Millis(0) } else { CUT_OFF };
                let shown = |w: &Word| w.span.end + cut_off <= end && w.confidence >= GUESS;
                self.line.tail.iter().take_while(|w| shown(w)).count()
            }
        };
        self.show(shown, news);
    }

    /// Ends the line if its utterance is over and the last look at it is back.
    pub(super) fn end_lines(&mut self, news: &mut Vec<CaptionEvent>) {
        while let Some(first) = self.utterances.first()
            && first.over
            && self.line.last_seen == Some(first.end.min(self.utterances.heard()))
        {
            self.settle(self.line.tail.len(), news);
            self.utterances.forget_first();
            self.utterance += 1;
            self.end_line(news);
            self.line = Line::default();
        }
        // Who speaks without a pause gets a new line all the same.
        let words = &self.line.settled[self.line.done..];
        if let (Some(first), Some(last)) = (words.first(), words.last()) {
            let length = last.span.end - first.span.start;
            if length >= ENDLESS || length >= LONG_LINE && last.text.ends_with(['.', '!', '?', '…']) {
                self.end_line(news);
            }
        }
    }

    /// What is settled is a line.
    fn end_line(&mut self, news: &mut Vec<CaptionEvent>) {
        let words = self.line.settled[self.line.done..].to_vec();
        self.line.done = self.line.settled.len();
        let Some(line) = Segment::of_words(words) else { return };
        news.push(CaptionEvent::Caption(Caption::Done { line: self.number }));
        self.number += 1;
        self.line.shown.clear();
        let language = self.line.language.clone().or_else(|| self.spoken.clone()).unwrap_or_default();
        let segments = self.speakers.split(Segment { language, ..line });
        news.extend(segments.into_iter().map(CaptionEvent::Line));
    }

    /// The first `count` words of the tail stay.
    fn settle(&mut self, count: usize, news: &mut Vec<CaptionEvent>) {
        let words: Vec<Word> = self.line.tail.drain(..count).collect();
        let line = self.number;
        let speakers = &self.speakers;
        for run in words.chunk_by(|a, b| speakers.at(a.span) == speakers.at(b.span)) {
            let text = following(&self.line.settled[self.line.done..], run);
            news.push(CaptionEvent::Caption(Caption::Settled { line, text, speaker: speakers.at(run[0].span) }));
            self.line.settled.extend_from_slice(run);
            self.line.shown.clear();
        }
    }

    /// The first `count` words of the tail are tentative.
    fn show(&mut self, count: usize, news: &mut Vec<CaptionEvent>) {
        let text = following(&self.line.settled[self.line.done..], &self.line.tail[..count]);
        if text != self.line.shown {
            self.line.shown.clone_from(&text);
            news.push(CaptionEvent::Caption(Caption::Tentative { line: self.number, text }));
        }
    }

    /// Later looks need not begin where this one did; after one that was `full` up to some time, they must not.
    fn go_on(&mut self, full: Option<Millis>) {
        let Some(first) = self.utterances.first() else { return };
        let begin = Utterances::time(first.start);
        if let Some(full) = full {
            let settled = self.line.settled.last().map_or(Millis(0), |last| last.span.end);
            let place = if settled > begin { full.min(settled) } else { full };
            return self.utterances.forget_before(samples_before(place));
        }
        let Some(last) = self.line.settled.last() else { return };
        if self.now() - begin < LONG {
            return;
        }
        let latest = last.span.end - OVERLAP;
        // The pauses of the last 3 s; if it gets too long, any.
        let place = agreement::begin(&self.line.settled, latest - Millis(3_000), latest)
            .or_else(|| agreement::begin(&self.line.settled, begin, latest));
        if let Some(place) = place.filter(|place| *place > begin) {
            self.utterances.forget_before(samples_before(place));
        }
    }
}

/// A recogniser without word times gives one "word" a segment.
fn words_of(segment: Segment) -> Vec<Word> {
    match segment.words.is_empty() {
        true => {
            vec![Word { span: segment.span, text: segment.text, spaced: true, confidence: segment.avg_logprob.exp() }]
        }
        false => segment.words,
    }
}

/// The text of `words`, as it goes on after `before`.
fn following(before: &[Word], words: &[Word]) -> String {
    let blank = !before.is_empty() && words.first().is_some_and(|w| w.spaced);
    format!("{}{}", if blank { " " } else { "" }, text_of(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::VadOptions;

    /// A session that hears speech all the time: everything counts as such.
    fn captioner() -> Captioner {
        Captioner::new(VadOptions::everything(), Millis(600), vec!["de".into()], 2)
    }

    /// What a look hears of words of 500 ms each, `texts[0]` first.
    fn heard(pass: &Pass, texts: &[&str]) -> Vec<Segment> {
        let clip = pass.chunk.clip().span();
        let mut words = crate::transcript::words_of(0, 500, &texts.join(" "));
        words.retain(|w| clip.start <= w.span.start && w.span.end <= clip.end);
        if words.is_empty() { Vec::new() } else { vec![Segment { words, ..Segment::default() }] }
    }

    /// Hears `blocks` of 100 ms; each look is answered at once by what `texts` says of it.
    fn run(captioner: &mut Captioner, blocks: usize, texts: impl Fn(u64) -> Vec<&'static str>) -> Vec<CaptionEvent> {
        let mut news = Vec::new();
        for _ in 0..blocks {
            captioner.hear(&[0.1; 1_600]);
            while let Some(pass) = captioner.next() {
                let segments = heard(&pass, &texts(pass.end));
                captioner.take(PassResult { pass, detected: None, segments: Some(segments) }, &mut news);
            }
        }
        news
    }

    fn settled(news: &[CaptionEvent]) -> String {
        let text = |one: &CaptionEvent| match one {
            CaptionEvent::Caption(Caption::Settled { text, .. }) => Some(text.clone()),
            _ => None,
        };
        news.iter().filter_map(text).collect()
    }

    #[test]
    fn what_two_looks_agree_on_is_settled() {
        let mut captioner = captioner();
        let news = run(&mut captioner, 30, |_| vec!["eins", "zwei", "drei", "vier", "fünf", "sechs"]);
        assert_eq!(settled(&news), "eins zwei drei vier");
        let mut tentative = news.iter().filter_map(|one| match one {
            CaptionEvent::Caption(Caption::Tentative { text, .. }) => Some(text.as_str()),
            _ => None,
        });
        assert!(tentative.any(|text| text == " vier"), "it was tentative before");
    }

    #[test]
    fn looks_that_differ_settle_a_word_by_its_age() {
        let mut captioner = captioner();
        // The first word is another one each time.
        let texts =
            |end: u64| vec![if end / 1_600 % 8 < 4 { "mein" } else { "dein" }, "zwei", "drei", "vier", "fünf", "sechs"];
        assert_eq!(settled(&run(&mut captioner, 26, texts)), "");
        let later = settled(&run(&mut captioner, 14, texts));
        assert!(later.contains("ein zwei drei"), "{later}");
    }

    #[test]
    fn a_model_that_is_too_slow_takes_longer_looks() {
        let mut captioner = captioner();
        let mut news = Vec::new();
        // No look comes back for half a minute.
        let mut away = Vec::new();
        for _ in 0..300 {
            captioner.hear(&[0.1; 1_600]);
            away.extend(captioner.next());
        }
        assert_eq!(away.len(), 2, "not more than there are workers");
        assert!(captioner.lag() > Millis(28_000));
        for pass in away {
            captioner.take(PassResult { pass, detected: None, segments: Some(Vec::new()) }, &mut news);
        }
        let long = captioner.next().expect("a look");
        assert!(long.full && long.chunk.samples.duration() == Millis(20_000));
        let begin = long.chunk.start;
        // It is not taken twice, and without any text the next one goes on all the same.
        captioner.take(PassResult { pass: long, detected: None, segments: Some(Vec::new()) }, &mut news);
        let next = captioner.next().expect("another");
        assert_eq!(next.chunk.start, begin + Millis(18_000));
        captioner.take(PassResult { pass: next, detected: None, segments: None }, &mut news);
        captioner.finish();
        while let Some(pass) = captioner.next() {
            captioner.take(PassResult { pass, detected: None, segments: Some(Vec::new()) }, &mut news);
            captioner.end_lines(&mut news);
        }
        assert!(!captioner.is_away() && captioner.lag() == Millis(0), "nothing is left");
    }

    #[test]
    fn a_look_that_failed_leaves_what_was_shown() {
        let mut captioner = captioner();
        let mut news = run(&mut captioner, 30, |_| vec!["eins", "zwei", "drei", "vier", "fünf", "sechs"]);
        captioner.finish();
        let last = captioner.next().expect("the last look");
        assert!(last.last);
        captioner.take(PassResult { pass: last, detected: None, segments: None }, &mut news);
        captioner.end_lines(&mut news);
        assert_eq!(settled(&news), "eins zwei drei vier fünf");
        assert!(matches!(
            &news[news.len() - 2..],
            [CaptionEvent::Caption(Caption::Done { line: 0 }), CaptionEvent::Line(_)]
        ));
    }

    #[test]
    fn the_last_look_overtakes_the_others() {
        let mut captioner = captioner();
        for _ in 0..12 {
            captioner.hear(&[0.1; 1_600]);
        }
        let early = captioner.next().expect("a look");
        captioner.finish();
        let last = captioner.next().expect("the last look");
        assert!(early.stale.load(Ordering::Relaxed) && !last.stale.load(Ordering::Relaxed));
        let mut news = Vec::new();
        let segments = heard(&last, &["eins", "zwei"]);
        captioner.take(PassResult { pass: last, detected: None, segments: Some(segments) }, &mut news);
        captioner.end_lines(&mut news);
        // The other comes back from a line that is done.
        captioner.take(PassResult { pass: early, detected: None, segments: Some(Vec::new()) }, &mut news);
        assert_eq!(settled(&news), "eins zwei");
        assert!(!captioner.is_away());
    }
}
