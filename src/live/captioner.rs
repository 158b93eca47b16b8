//! Decides which pass over the running speech to request next, and what its result settles: pure, without threads,
//! clocks or a model.
//!
//! Lines follow each other, one for each utterance. While an utterance is spoken, its sound is decoded again and again,
//! as often as recognisers are free; each such decoding is a **pass**, and its words are a hypothesis. What two
//! hypotheses in a row agree on is settled ([`agreement`](super::agreement)). Later passes begin in a pause between
//! settled words, so that they stay short. As soon as there is silence, a last pass over all that is left is requested;
//! if the pause lasts, it settles the rest of the line.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::agreement;
use super::caption::Caption;
use super::notes::Speakers;
use super::pass::{CaptionEvent, Pass, PassResult};
use crate::audio::{RATE, samples_before};
use crate::speech::{Utterances, VadOptions};
use crate::transcript::text_of;
use crate::{Millis, Segment, SpeakerId, Word};

/// New samples that a pass needs: 400 ms.
const MIN_STEP: u64 = 6_400;
/// New samples that a pass needs while the line has no text: 250 ms.
const MIN_STEP_WITHOUT_TEXT: u64 = 4_000;
/// Samples of an utterance that its first pass needs: 600 ms, of which 200 ms are padding.
const MIN_FIRST_PASS: u64 = 9_600;
/// Samples of silence after which the last pass is requested: 250 ms.
const LAST_PASS_SILENCE: u64 = 4_000;
/// Samples of silence after which no other pass is requested, because the last one may be next: 100 ms.
const MAX_SILENCE: u64 = 1_600;
/// Samples of the longest pass: 20 s. If more waits, the model is slower than speech.
const MAX_PASS: u64 = 20 * RATE as u64;
/// Length from which on a pass begins later than its line, if possible.
const LONG_PASS: Millis = Millis(5_000);
/// Least settled sound at the start of a pass, which is needed to find where new words begin.
const SETTLED_CONTEXT: Millis = Millis(1_200);
/// How far before these pauses between settled words are preferred as the start of a pass.
const START_RANGE: Millis = Millis(3_000);
/// Words that end so long before the end of a pass are settled without agreement.
const MAX_UNSETTLED: Millis = Millis(2_500);
/// Likewise for a pass of [`MAX_PASS`], after which the next one begins later.
const MAX_UNSETTLED_TRUNCATED: Millis = Millis(2_000);
/// Words that end so shortly before the end of a pass are often cut in two, and not shown yet.
const CUT_OFF: Millis = Millis(250);
/// Tentative words below this confidence are not shown, nor those after them.
const MIN_CONFIDENCE: f32 = 0.3;
/// Length from which on the end of a sentence ends the line.
const LONG_LINE: Millis = Millis(8_000);
/// Length from which on any word ends the line.
const MAX_LINE: Millis = Millis(30_000);
/// Most words of the line that are the context of a later pass; reading them takes the model time.
const CONTEXT_WORDS: usize = 12;
/// Sound that language detection needs.
const MIN_LANGUAGE_SOUND: Millis = Millis(2_000);
/// Least probability of a detected language.
const MIN_LANGUAGE_PROBABILITY: f32 = 0.7;

/// The current line. It may be shown as several, if nobody makes a pause.
#[derive(Default)]
struct Line {
    settled: Vec<Word>,
    /// How many of the settled words are on lines that are finished.
    finished: usize,
    /// Words of the newest hypothesis after the settled ones.
    tail: Vec<Word>,
    /// The tentative text that is shown.
    tentative: String,
    language: Option<String>,
    /// End of the newest requested pass, in samples.
    requested: u64,
    /// End of the newest pass that has a result, in samples.
    decoded: u64,
    /// Likewise for last passes; `None` if there is none.
    last_requested: Option<u64>,
    last_decoded: Option<u64>,
}

impl Line {
    fn has_text(&self) -> bool {
        !(self.settled.is_empty() && self.tail.is_empty())
    }

    /// Settled words that are not on a finished line.
    fn open(&self) -> &[Word] {
        &self.settled[self.finished..]
    }
}

pub(super) struct Captioner {
    utterances: Utterances,
    /// Number of the current utterance, from 0.
    utterance: u64,
    /// Number of the current line, from 0; utterances without text have none.
    line_number: u64,
    line: Line,
    /// Most passes at the same time.
    max_passes: usize,
    /// Passes that have no result yet.
    in_flight: usize,
    /// [`Pass::stale`] of the passes whose results are needed.
    stale_flags: Vec<Arc<AtomicBool>>,
    languages: Vec<String>,
    current_language: Option<String>,
    speakers: Speakers,
}

impl Captioner {
    /// `pause`: silence that ends a line; `languages`: those that may be spoken, empty for any; `max_passes`: most
    /// passes at the same time.
    pub(super) fn new(vad: VadOptions, pause: Millis, languages: Vec<String>, max_passes: usize) -> Captioner {
        let current_language = Some(&languages).filter(|all| all.len() == 1).map(|all| all[0].clone());
        Captioner {
            utterances: Utterances::new(vad, pause),
            utterance: 0,
            line_number: 0,
            line: Line::default(),
            max_passes,
            in_flight: 0,
            stale_flags: Vec::new(),
            languages,
            current_language,
            speakers: Speakers::default(),
        }
    }

    /// Takes the next samples.
    pub(super) fn push(&mut self, samples: &[f32]) {
        self.utterances.push(samples);
    }

    /// Ends the sound.
    pub(super) fn finish(&mut self) {
        self.utterances.finish();
    }

    pub(super) fn set_max_passes(&mut self, max_passes: usize) {
        self.max_passes = max_passes;
    }

    /// Sets who speaks from now on; `None` if it is unknown.
    pub(super) fn set_speaker(&mut self, speaker: Option<SpeakerId>) {
        self.speakers.0.push((self.now(), speaker));
    }

    fn now(&self) -> Millis {
        Utterances::time(self.utterances.end())
    }

    /// How far captions are behind the sound: the age of the oldest speech that no pass has decoded, or zero.
    pub(super) fn lag(&self) -> Millis {
        match self.utterances.first() {
            Some(first) => self.now() - Utterances::time(self.line.decoded.max(first.start)),
            None => Millis(0),
        }
    }

    pub(super) fn has_passes_in_flight(&self) -> bool {
        self.in_flight > 0
    }

    /// The next pass to run, whose result must come back through [`handle_result`](Self::handle_result); `None` if
    /// there is none now.
    pub(super) fn next_pass(&mut self) -> Option<Pass> {
        let first = self.utterances.first()?;
        let start = first.start;
        let received = self.utterances.end();
        let ended = first.ended || self.utterances.silence() >= LAST_PASS_SILENCE;
        let target = if ended { first.end.min(received) } else { received };
        let end = target.min(start + MAX_PASS);
        let truncated = end < target;
        let last = ended && !truncated;
        let wanted = match last {
            // The padding after the last word must have been received.
            true => received >= end && self.line.last_requested != Some(end),
            false => self.has_enough_sound(start, end, truncated),
        };
        // A last pass does not wait for others.
        if !wanted || self.in_flight >= self.max_passes && !last {
            return None;
        }
        let chunk = self.utterances.chunk(start, end);
        if !chunk.certain && !first.ended && !truncated {
            return None;
        }
        self.line.requested = end;
        self.line.last_requested = last.then_some(end);
        self.in_flight += 1;
        let stale = Arc::<AtomicBool>::default();
        if last {
            self.stale_flags.drain(..).for_each(|stale| stale.store(true, Ordering::Relaxed));
        }
        self.stale_flags.push(stale.clone());
        let language = self.line.language.clone().or_else(|| {
            // The first words are shown in the last language, without waiting for the sound that detection needs.
            let assume = self.languages.len() == 1 || chunk.samples.duration() < MIN_LANGUAGE_SOUND;
            self.current_language.clone().filter(|_| assume)
        });
        let context = self.context(Utterances::time(start));
        Some(Pass { utterance: self.utterance, chunk, end, truncated, last, language, context, stale })
    }

    /// Whether there is enough new sound before sample `end` for a pass that is not the last.
    fn has_enough_sound(&self, start: u64, end: u64, truncated: bool) -> bool {
        let step = match (self.line.requested, self.line.has_text()) {
            (0, _) => MIN_FIRST_PASS,
            (_, false) => MIN_STEP_WITHOUT_TEXT,
            (_, true) => MIN_STEP,
        };
        truncated && end > self.line.requested
            || self.utterances.silence() < MAX_SILENCE && end >= self.line.requested.max(start) + step
    }

    /// The last settled words before `start`.
    fn context(&self, start: Millis) -> String {
        let count = self.line.settled.partition_point(|word| word.span.end <= start);
        text_of(&self.line.settled[count.saturating_sub(CONTEXT_WORDS)..count])
    }

    /// Takes the result of a pass and returns what changes.
    pub(super) fn handle_result(&mut self, result: PassResult) -> Vec<CaptionEvent> {
        self.in_flight -= 1;
        let PassResult { pass, detected, segments } = result;
        self.stale_flags.retain(|stale| !Arc::ptr_eq(stale, &pass.stale));
        if pass.stale.load(Ordering::Relaxed) {
            return Vec::new();
        }
        // The line may have ended, or a newer pass may have overtaken this one. A last pass counts in any case: it ends
        // before the silence that others contain.
        if pass.utterance != self.utterance || pass.end < self.line.decoded && !pass.last {
            return Vec::new();
        }
        self.line.decoded = pass.end.max(self.line.decoded);
        if let Some(detected) = detected.filter(|_| pass.chunk.samples.duration() >= MIN_LANGUAGE_SOUND) {
            let clear = detected.probability >= MIN_LANGUAGE_PROBABILITY;
            if clear {
                self.current_language = Some(detected.language.clone());
            }
            self.line.language = Some(detected.language).filter(|_| clear).or_else(|| self.current_language.clone());
        }
        if pass.last {
            self.line.last_decoded = Some(pass.end);
        }
        let end = Utterances::time(pass.end);
        let settle_before = end - if pass.truncated { MAX_UNSETTLED_TRUNCATED } else { MAX_UNSETTLED };
        let mut events = Vec::new();
        if let Some(segments) = segments {
            let words: Vec<Word> = segments.into_iter().flat_map(words_of).collect();
            let tail = words[agreement::settled_count(&self.line.settled, &words)..].to_vec();
            let agreed = agreement::agreed_count(&self.line.tail, &tail);
            let settled = agreed.max(tail.partition_point(|word| word.span.end < settle_before));
            self.line.tail = tail;
            events = self.settle(settled);
        }
        self.advance_start(pass.truncated.then_some(settle_before));
        let shown = if pass.last { self.line.tail.len() } else { self.presentable(end) };
        events.extend(self.show(shown));
        events
    }

    /// How many words of the tail may be shown as tentative, after a pass that ended at `end`.
    fn presentable(&self, end: Millis) -> usize {
        // The first words of a line are shown in any case: they are better than nothing.
        let is_first = self.line.settled.is_empty() && self.line.tentative.is_empty();
        let cut_off = if is_first { Millis(0) } else { CUT_OFF };
        let presentable = |word: &&Word| word.span.end + cut_off <= end && word.confidence >= MIN_CONFIDENCE;
        self.line.tail.iter().take_while(presentable).count()
    }

    /// Ends the line if its utterance has ended and its last pass has a result; returns what changes.
    pub(super) fn end_lines(&mut self) -> Vec<CaptionEvent> {
        let mut events = Vec::new();
        while let Some(first) = self.utterances.first()
            && first.ended
            && self.line.last_decoded == Some(first.end.min(self.utterances.end()))
        {
            events.extend(self.settle(self.line.tail.len()));
            self.utterances.discard_first();
            self.utterance += 1;
            events.extend(self.end_line());
            self.line = Line::default();
        }
        // Somebody who speaks without a pause gets a new line, too.
        if let (Some(first), Some(last)) = (self.line.open().first(), self.line.open().last()) {
            let length = last.span.end - first.span.start;
            if length >= MAX_LINE || length >= LONG_LINE && last.text.ends_with(['.', '!', '?', '…']) {
                events.extend(self.end_line());
            }
        }
        events
    }

    /// Makes the settled words a finished line.
    fn end_line(&mut self) -> Vec<CaptionEvent> {
        let words = self.line.open().to_vec();
        self.line.finished = self.line.settled.len();
        let Some(line) = Segment::of_words(words) else { return Vec::new() };
        let done = CaptionEvent::Caption(Caption::Done { line: self.line_number });
        self.line_number += 1;
        self.line.tentative.clear();
        let language = self.line.language.clone().or_else(|| self.current_language.clone()).unwrap_or_default();
        let segments = self.speakers.split(Segment { language, ..line });
        std::iter::once(done).chain(segments.into_iter().map(CaptionEvent::Line)).collect()
    }

    /// Settles the first `count` words of the tail.
    fn settle(&mut self, count: usize) -> Vec<CaptionEvent> {
        let words: Vec<Word> = self.line.tail.drain(..count).collect();
        let line = self.line_number;
        let speakers = &self.speakers;
        let mut events = Vec::new();
        for run in words.chunk_by(|a, b| speakers.at(a.span) == speakers.at(b.span)) {
            let text = text_after(self.line.open(), run);
            events.push(CaptionEvent::Caption(Caption::Settled { line, text, speaker: speakers.at(run[0].span) }));
            self.line.settled.extend_from_slice(run);
            self.line.tentative.clear();
        }
        events
    }

    /// Shows the first `count` words of the tail as tentative; `None` if they are shown already.
    fn show(&mut self, count: usize) -> Option<CaptionEvent> {
        let text = text_after(self.line.open(), &self.line.tail[..count]);
        if text == self.line.tentative {
            return None;
        }
        self.line.tentative.clone_from(&text);
        Some(CaptionEvent::Caption(Caption::Tentative { line: self.line_number, text }))
    }

    /// Lets later passes begin later, if possible. `settled_until`: after a truncated pass, the time up to which it
    /// settled all words; later passes must begin no earlier, or they would be truncated at the same place.
    fn advance_start(&mut self, settled_until: Option<Millis>) {
        let Some(first) = self.utterances.first() else { return };
        let start = Utterances::time(first.start);
        if let Some(settled_until) = settled_until {
            let settled = self.line.settled.last().map_or(Millis(0), |last| last.span.end);
            let next = if settled > start { settled_until.min(settled) } else { settled_until };
            return self.utterances.discard_before(samples_before(next));
        }
        let Some(last) = self.line.settled.last() else { return };
        if self.now() - start < LONG_PASS {
            return;
        }
        let latest = last.span.end - SETTLED_CONTEXT;
        let next = agreement::next_start(&self.line.settled, latest - START_RANGE, latest)
            .or_else(|| agreement::next_start(&self.line.settled, start, latest));
        if let Some(next) = next.filter(|next| *next > start) {
            self.utterances.discard_before(samples_before(next));
        }
    }
}

/// The words of a segment; one "word" with all of its text if the recogniser gave no word times.
fn words_of(segment: Segment) -> Vec<Word> {
    match segment.words.is_empty() {
        true => {
            vec![Word { span: segment.span, text: segment.text, spaced: true, confidence: segment.avg_logprob.exp() }]
        }
        false => segment.words,
    }
}

/// The text of `words`, with a space in front if it belongs between `before` and them.
fn text_after(before: &[Word], words: &[Word]) -> String {
    let space = !before.is_empty() && words.first().is_some_and(|word| word.spaced);
    format!("{}{}", if space { " " } else { "" }, text_of(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::VadOptions;

    /// A captioner for which all sound counts as speech.
    fn captioner() -> Captioner {
        Captioner::new(VadOptions::everything(), Millis(600), vec!["de".into()], 2)
    }

    /// What a pass recognises of words of 500 ms each, the first of which begins at 0.
    fn recognised(pass: &Pass, texts: &[&str]) -> Vec<Segment> {
        let clip = pass.chunk.clip().span();
        let mut words = crate::transcript::words_of(0, 500, &texts.join(" "));
        words.retain(|w| clip.start <= w.span.start && w.span.end <= clip.end);
        if words.is_empty() { Vec::new() } else { vec![Segment { words, ..Segment::default() }] }
    }

    /// Pushes so many blocks of 100 ms; each pass returns at once the words that `texts` gives for its end.
    fn run(captioner: &mut Captioner, blocks: usize, texts: impl Fn(u64) -> Vec<&'static str>) -> Vec<CaptionEvent> {
        let mut events = Vec::new();
        for _ in 0..blocks {
            captioner.push(&[0.1; 1_600]);
            while let Some(pass) = captioner.next_pass() {
                let segments = Some(recognised(&pass, &texts(pass.end)));
                events.extend(captioner.handle_result(PassResult { pass, detected: None, segments }));
            }
        }
        events
    }

    fn settled(events: &[CaptionEvent]) -> String {
        let text = |event: &CaptionEvent| match event {
            CaptionEvent::Caption(Caption::Settled { text, .. }) => Some(text.clone()),
            _ => None,
        };
        events.iter().filter_map(text).collect()
    }

    #[test]
    fn what_two_passes_agree_on_is_settled() {
        let mut captioner = captioner();
        let events = run(&mut captioner, 30, |_| vec!["eins", "zwei", "drei", "vier", "fünf", "sechs"]);
        assert_eq!(settled(&events), "eins zwei drei vier");
        let mut tentative = events.iter().filter_map(|event| match event {
            CaptionEvent::Caption(Caption::Tentative { text, .. }) => Some(text.as_str()),
            _ => None,
        });
        assert!(tentative.any(|text| text == " vier"), "it was tentative before");
    }

    #[test]
    fn a_word_on_which_passes_differ_is_settled_after_a_while() {
        let mut captioner = captioner();
        // The first word alternates.
        let texts =
            |end: u64| vec![if end / 1_600 % 8 < 4 { "mein" } else { "dein" }, "zwei", "drei", "vier", "fünf", "sechs"];
        assert_eq!(settled(&run(&mut captioner, 26, texts)), "");
        let later = settled(&run(&mut captioner, 14, texts));
        assert!(later.contains("ein zwei drei"), "{later}");
    }

    #[test]
    fn a_model_that_is_too_slow_gets_longer_passes() {
        let mut captioner = captioner();
        // No pass has a result for half a minute.
        let mut in_flight = Vec::new();
        for _ in 0..300 {
            captioner.push(&[0.1; 1_600]);
            in_flight.extend(captioner.next_pass());
        }
        assert_eq!(in_flight.len(), 2, "not more than there are recognisers");
        assert!(captioner.lag() > Millis(28_000));
        for pass in in_flight {
            captioner.handle_result(PassResult { pass, detected: None, segments: Some(Vec::new()) });
        }
        let long = captioner.next_pass().expect("a pass");
        assert!(long.truncated && long.chunk.samples.duration() == Millis(20_000));
        let start = long.chunk.start;
        // Even if it gives no text, the next pass begins later.
        captioner.handle_result(PassResult { pass: long, detected: None, segments: Some(Vec::new()) });
        let next = captioner.next_pass().expect("another");
        assert_eq!(next.chunk.start, start + Millis(18_000));
        captioner.handle_result(PassResult { pass: next, detected: None, segments: None });
        captioner.finish();
        while let Some(pass) = captioner.next_pass() {
            captioner.handle_result(PassResult { pass, detected: None, segments: Some(Vec::new()) });
            captioner.end_lines();
        }
        assert!(!captioner.has_passes_in_flight() && captioner.lag() == Millis(0), "nothing is left");
    }

    #[test]
    fn a_failed_pass_leaves_what_was_shown() {
        let mut captioner = captioner();
        let mut events = run(&mut captioner, 30, |_| vec!["eins", "zwei", "drei", "vier", "fünf", "sechs"]);
        captioner.finish();
        let last = captioner.next_pass().expect("the last pass");
        assert!(last.last);
        events.extend(captioner.handle_result(PassResult { pass: last, detected: None, segments: None }));
        events.extend(captioner.end_lines());
        assert_eq!(settled(&events), "eins zwei drei vier fünf");
        assert!(matches!(
            &events[events.len() - 2..],
            [CaptionEvent::Caption(Caption::Done { line: 0 }), CaptionEvent::Line(_)]
        ));
    }

    #[test]
    fn the_last_pass_overtakes_the_others() {
        let mut captioner = captioner();
        for _ in 0..12 {
            captioner.push(&[0.1; 1_600]);
        }
        let early = captioner.next_pass().expect("a pass");
        captioner.finish();
        let last = captioner.next_pass().expect("the last pass");
        assert!(early.stale.load(Ordering::Relaxed) && !last.stale.load(Ordering::Relaxed));
        let segments = Some(recognised(&last, &["eins", "zwei"]));
        let mut events = captioner.handle_result(PassResult { pass: last, detected: None, segments });
        events.extend(captioner.end_lines());
        // The other result belongs to a line that has ended.
        events.extend(captioner.handle_result(PassResult { pass: early, detected: None, segments: Some(Vec::new()) }));
        assert_eq!(settled(&events), "eins zwei");
        assert!(!captioner.has_passes_in_flight());
    }
}
