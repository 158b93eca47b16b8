//! Bleed: what one person says is heard in another one's track, too, more quietly, and is recognised a second time.
//!
//! A word belongs to the track in which it is loudest by a margin. That a track is quieter does not suffice to take its words for a
//! copy, for two people may speak at once: the words must be the same, or the levels must go up and down together. What is dropped
//! is listed.

use super::Track;
use super::sound::{Balance, MARGIN, difference, level, likeness, middle};
use crate::names::folded;
use crate::transcript::text_of;
use crate::{Millis, Removal, RemovalReason, Segment, Span, SpeakerId, Word};

/// A word and its copy are at most this far apart, in milliseconds.
const FAR: i64 = 2_000;
/// Up to this they are heard at the same time.
const TOGETHER: i64 = 300;
/// Shorter stretches say too little by their levels alone.
const TELLING: Millis = Millis(400);

/// What becomes of a word.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Keep,
    /// The same is in another track.
    Drop,
    /// It is said in the track of this number, where it has no text.
    Move(usize),
}

/// Drops from each track what is a copy of what another one says, and gives words that only bleed has to whom they belong. Returns
/// what was dropped, in no order. Times of all tracks must be those of the conversation.
pub(super) fn resolve(tracks: &mut [Track]) -> Vec<Removal> {
    let (plans, gaps): (Vec<_>, Vec<_>) = {
        let bleed = Bleed::new(tracks);
        let plan = |(own, track): (usize, &Track)| {
            let fates: Vec<Vec<Fate>> = track.transcript.segments.iter().map(|s| bleed.fates(own, s)).collect();
            let mut gaps = track.transcript.gaps.clone();
            gaps.retain(|gap| !bleed.is_bleed(own, gap.span));
            (fates, gaps)
        };
        tracks.iter().enumerate().map(plan).unzip()
    };
    let speakers: Vec<Option<SpeakerId>> = tracks.iter().map(|track| track.speaker).collect();
    let mut removed = Vec::new();
    for ((track, plan), gaps) in tracks.iter_mut().zip(plans).zip(gaps) {
        track.transcript.gaps = gaps;
        let segments = std::mem::take(&mut track.transcript.segments).into_iter().zip(plan);
        track.transcript.segments = segments.flat_map(|(s, fates)| apply(s, &fates, &speakers, &mut removed)).collect();
    }
    removed
}

/// The parts of a segment that stay.
fn apply(segment: Segment, fates: &[Fate], speakers: &[Option<SpeakerId>], removed: &mut Vec<Removal>) -> Vec<Segment> {
    if fates.iter().all(|fate| *fate == Fate::Keep) {
        return vec![segment];
    }
    let mut parts = Vec::new();
    let mut words = segment.words.iter();
    for run in fates.chunk_by(|a, b| a == b) {
        let words: Vec<Word> = words.by_ref().take(run.len()).cloned().collect();
        match run[0] {
            Fate::Drop => {
                let span = Span { start: words[0].span.start, end: words[words.len() - 1].span.end };
                removed.push(Removal { span, text: text_of(&words), reason: RemovalReason::Bleed, uncertain: false });
            }
            Fate::Keep => parts.extend(segment.clone().with_words(words)),
            Fate::Move(to) => {
                parts.extend(Segment { speaker: speakers[to], ..segment.clone() }.with_words(words));
            }
        }
    }
    parts
}

/// What is compared.
struct Bleed<'a> {
    tracks: &'a [Track],
    /// The words of each track, in order of time.
    words: Vec<Vec<&'a Word>>,
    /// For each track the [`Balance`] of each other one against it.
    balances: Vec<Vec<Balance>>,
}

impl<'a> Bleed<'a> {
    fn new(tracks: &'a [Track]) -> Bleed<'a> {
        let words: Vec<Vec<&Word>> =
            tracks.iter().map(|track| track.transcript.segments.iter().flat_map(|s| &s.words).collect()).collect();
        let balance = |own: usize, other: usize| {
            let spans = words[own].iter().chain(&words[other]).map(|word| word.span);
            Balance::of(spans.map(|span| difference(&tracks[other], &tracks[own], span)).collect())
        };
        let balances =
            (0..tracks.len()).map(|own| (0..tracks.len()).map(|other| balance(own, other)).collect()).collect();
        Bleed { tracks, words, balances }
    }

    fn others(&self, own: usize) -> impl Iterator<Item = usize> + use<> {
        (0..self.tracks.len()).filter(move |other| *other != own)
    }

    /// Whether the sound of a stretch of track `own` is another one's.
    fn is_bleed(&self, own: usize, span: Span) -> bool {
        self.others(own).any(|other| {
            let [first, second] = [other, own].map(|at| &self.tracks[at]);
            self.balances[own][other].may_be_bleed(difference(first, second, span))
                && likeness(first, second, span, 0) >= 0.6
        })
    }

    /// What becomes of the words of a segment of track `own`.
    fn fates(&self, own: usize, segment: &Segment) -> Vec<Fate> {
        let mut fates = vec![Fate::Keep; segment.words.len()];
        for other in self.others(own) {
            let same = self.same_words(other, &segment.words);
            if self.is_same_sound(own, other, segment, &same) {
                return vec![Fate::Drop; fates.len()];
            }
            let weak = self.weak_words(own, other, &segment.words, &same);
            let mut at = 0;
            for run in weak.chunk_by(|a, b| a == b) {
                let range = at..at + run.len();
                at = range.end;
                if run[0] && fates[range.clone()].iter().all(|fate| *fate == Fate::Keep) {
                    let fate = self.judge(own, other, &segment.words[range.clone()], &same[range.clone()]);
                    fates[range].fill(fate);
                }
            }
        }
        fates
    }

    /// For each word the one of another track that is the same, in the order in which both are said: the longest common
    /// subsequence of words within [`FAR`].
    fn same_words(&self, other: usize, own: &[Word]) -> Vec<Option<&'a Word>> {
        let (Some(first), Some(last)) = (own.first(), own.last()) else { return Vec::new() };
        let all = &self.words[other];
        let from = all.partition_point(|word| word.span.end.0 + (FAR as u64) < first.span.start.0);
        let to = all.partition_point(|word| word.span.start.0 <= last.span.end.0 + FAR as u64).max(from);
        let others = &all[from..to];
        let plain = |word: &Word| folded(&word.text).chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let (mine, theirs): (Vec<String>, Vec<String>) =
            (own.iter().map(plain).collect(), others.iter().map(|word| plain(word)).collect());
        let is_same =
            |a: usize, b: usize| !mine[a].is_empty() && mine[a] == theirs[b] && lag(&own[a], others[b]).abs() <= FAR;
        // How many of the words from here on are the same.
        let mut counts = vec![vec![0_usize; theirs.len() + 1]; mine.len() + 1];
        for a in (0..mine.len()).rev() {
            for b in (0..theirs.len()).rev() {
                let with = if is_same(a, b) { counts[a + 1][b + 1] + 1 } else { 0 };
                counts[a][b] = with.max(counts[a + 1][b]).max(counts[a][b + 1]);
            }
        }
        let mut same = vec![None; own.len()];
        let (mut a, mut b) = (0, 0);
        while a < mine.len() && b < theirs.len() {
            if is_same(a, b) && counts[a][b] == counts[a + 1][b + 1] + 1 {
                same[a] = Some(others[b]);
                (a, b) = (a + 1, b + 1);
            } else if counts[a + 1][b] >= counts[a][b + 1] {
                a += 1;
            } else {
                b += 1;
            }
        }
        same
    }

    /// Which words are quieter than what the other track has then, or has as the same word.
    fn weak_words(&self, own: usize, other: usize, words: &[Word], same: &[Option<&Word>]) -> Vec<bool> {
        let [mine, theirs] = [own, other].map(|at| &self.tracks[at]);
        let is_weak = |(word, same): (&Word, &Option<&Word>)| match same {
            Some(same) if lag(word, same).abs() > TOGETHER => {
                level(theirs, same.span) - level(mine, word.span) >= MARGIN
            }
            _ => self.balances[own][other].may_be_bleed(difference(theirs, mine, word.span)),
        };
        let weak: Vec<bool> = words.iter().zip(same).map(is_weak).collect();
        // The levels of a short word depend on its times, which are not certain.
        let is_beside = |at: usize| at > 0 && weak[at - 1] || weak.get(at + 1) == Some(&true);
        (0..weak.len()).map(|at| weak[at] || same[at].is_some() && is_beside(at)).collect()
    }

    /// What becomes of words in a row that are quieter than the other track.
    fn judge(&self, own: usize, other: usize, words: &[Word], same: &[Option<&Word>]) -> Fate {
        let span = Span { start: words[0].span.start, end: words[words.len() - 1].span.end };
        let mut lags: Vec<i64> = words.iter().zip(same).filter_map(|(word, same)| Some(lag(word, (*same)?))).collect();
        lags.sort_unstable();
        let found = lags.len();
        let lag = lags.get(found / 2).copied().unwrap_or_default();
        let is_echo = lag.abs() > TOGETHER;
        let like = likeness(&self.tracks[other], &self.tracks[own], span, if is_echo { lag } else { 0 });
        let long = span.length() >= TELLING;
        let covered = self.covered(other, words);
        // What somebody else repeats is said in another way.
        let is_copy = match is_echo {
            true => found >= 3 && found * 10 >= words.len() * 6 && like >= 0.8,
            false => {
                let alike = if found >= 3 { 0.5 } else { 0.7 };
                found * 2 >= words.len() && like >= alike || long && covered >= 0.5 && like >= 0.7
            }
        };
        match () {
            () if is_copy => Fate::Drop,
            () if long && covered < 0.1 && like >= 0.75 => Fate::Move(other),
            () => Fate::Keep,
        }
    }

    /// The share of words during which the other track has text.
    fn covered(&self, other: usize, words: &[Word]) -> f64 {
        let near = |word: &&Word| {
            let at = middle(word.span).0;
            let before = self.words[other].partition_point(|one| one.span.end.0 + (TOGETHER as u64) < at);
            self.words[other].get(before).is_some_and(|one| one.span.start.0 <= at + TOGETHER as u64)
        };
        words.iter().filter(near).count() as f64 / words.len() as f64
    }

    /// Whether a segment is the same sound as what another track has, which is no quieter: as with two microphones of one recorder.
    fn is_same_sound(&self, own: usize, other: usize, segment: &Segment, same: &[Option<&Word>]) -> bool {
        let together =
            |(word, same): (&Word, &Option<&Word>)| same.is_some_and(|same| lag(word, same).abs() <= TOGETHER);
        let found = segment.words.iter().zip(same).filter(|pair| together(*pair)).count();
        let [first, second] = [other, own].map(|at| &self.tracks[at]);
        let difference = difference(first, second, segment.span);
        let is_first = difference > 0.0 || difference == 0.0 && other < own;
        found >= 3 && found * 10 >= same.len() * 7 && is_first && likeness(first, second, segment.span, 0) >= 0.9
    }
}

/// By how many milliseconds a word comes later than another.
fn lag(word: &Word, other: &Word) -> i64 {
    middle(word.span).0 as i64 - middle(other.span).0 as i64
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Clock, Levels};
    use super::*;
    use crate::transcript::words_of;
    use crate::{Gap, Transcript};

    /// A level that goes up and down as one person speaks, from `start` to `end` in frames of 20 ms; quiet elsewhere.
    fn voice(seed: u32, start: usize, end: usize, loud: f32) -> Vec<f32> {
        let mut state = seed;
        let mut level = 0.0;
        (0..1_000)
            .map(|frame| {
                if frame % 4 == 0 {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    level = (state >> 8) as f32 / (1 << 24) as f32 * 30.0;
                }
                if (start..end).contains(&frame) { loud - level } else { -80.0 }
            })
            .collect()
    }

    /// The louder of two at each moment.
    fn mixed(one: &[f32], other: &[f32], down: f32) -> Vec<f32> {
        one.iter().zip(other).map(|(one, other)| one.max(other - down)).collect()
    }

    /// A track that says these texts, 300 ms a word.
    fn track(speaker: u16, levels: Vec<f32>, texts: &[(u64, &str)]) -> Track {
        let segment = |(start, text): &(u64, &str)| {
            let words = words_of(*start, 300, text);
            Segment { speaker: Some(SpeakerId(speaker)), ..Segment::of_words(words).unwrap() }
        };
        let transcript = Transcript { segments: texts.iter().map(segment).collect(), ..Transcript::default() };
        Track { transcript, speaker: Some(SpeakerId(speaker)), clock: Clock::default(), levels: Levels::of(levels) }
    }

    /// Who says what, by tracks.
    fn said(tracks: &[Track]) -> Vec<Vec<String>> {
        let line = |segment: &Segment| format!("{}: {}", segment.speaker.unwrap().0, segment.text);
        tracks.iter().map(|track| track.transcript.segments.iter().map(line).collect()).collect()
    }

    fn texts(removed: &[Removal]) -> Vec<&str> {
        assert!(removed.iter().all(|removal| removal.reason == RemovalReason::Bleed));
        removed.iter().map(|removal| &*removal.text).collect()
    }

    #[test]
    fn what_is_heard_twice_belongs_to_the_louder_track() {
        let (anna, bert) = (voice(1, 100, 250, -20.0), voice(2, 400, 550, -20.0));
        let mut tracks = [
            track(1, mixed(&anna, &bert, 15.0), &[(2_000, "das Klinikum soll bleiben"), (8_000, "nein das geht nich")]),
            track(
                2,
                mixed(&bert, &anna, 15.0),
                &[(2_000, "das Clinicum soll bleiben"), (8_000, "nein das geht nicht")],
            ),
        ];
        let removed = resolve(&mut tracks);
        assert_eq!(said(&tracks), [["1: das Klinikum soll bleiben"], ["2: nein das geht nicht"]]);
        assert_eq!(texts(&removed), ["nein das geht nich", "das Clinicum soll bleiben"]);
    }

    #[test]
    fn two_at_once_lose_nothing() {
        for quieter in [0.0, 5.0, 12.0] {
            let (anna, bert) = (voice(1, 100, 700, -20.0), voice(2, 150, 650, -20.0 - quieter));
            let words = [(3_000, "ja das ist ganz richtig so"), (6_000, "und weiter geht es dann mit dem Haushalt")];
            let other = [(3_100, "ja nein das ist nicht richtig"), (6_200, "aber der Haushalt ist doch beschlossen")];
            for bleed in [15.0, 60.0] {
                let mut tracks =
                    [track(1, mixed(&anna, &bert, bleed), &words), track(2, mixed(&bert, &anna, bleed), &other)];
                let before = said(&tracks);
                assert_eq!(texts(&resolve(&mut tracks)), Vec::<&str>::new(), "{quieter} {bleed}");
                assert_eq!(said(&tracks), before);
            }
        }
    }

    #[test]
    fn an_answer_with_the_same_words_is_no_copy() {
        let (anna, bert) = (voice(1, 100, 160, -20.0), voice(2, 165, 225, -30.0));
        let mut tracks =
            [track(1, anna, &[(2_000, "am Donnerstag um acht")]), track(2, bert, &[(3_300, "am Donnerstag um acht")])];
        assert_eq!(resolve(&mut tracks), []);
        // An echo of the same voice is one.
        let echo: Vec<f32> = [vec![-80.0; 65], voice(1, 100, 160, -35.0)].concat();
        let mut tracks = [
            track(1, voice(1, 100, 160, -20.0), &[(2_000, "am Donnerstag um acht")]),
            track(2, echo, &[(3_300, "am Donnerstag um acht")]),
        ];
        assert_eq!(texts(&resolve(&mut tracks)), ["am Donnerstag um acht"]);
    }

    #[test]
    fn what_only_bleed_has_belongs_to_whom_it_comes_from() {
        let (anna, bert) = (voice(1, 100, 250, -20.0), voice(2, 400, 550, -20.0));
        let mut tracks = [
            track(1, mixed(&anna, &bert, 15.0), &[]),
            track(2, mixed(&bert, &anna, 15.0), &[(2_000, "das soll bleiben"), (8_000, "nein")]),
        ];
        tracks[0].transcript.gaps = vec![Gap { span: Span::new(8_100, 9_500), ..Gap::default() }];
        assert_eq!(resolve(&mut tracks), []);
        assert_eq!(said(&tracks)[1], ["1: das soll bleiben", "2: nein"]);
        assert_eq!(tracks[0].transcript.gaps, [], "nobody is missed where bleed has no text");
    }

    #[test]
    fn two_microphones_of_one_recorder_say_it_once() {
        let voice = voice(1, 100, 400, -20.0);
        let mut tracks = [
            track(1, voice.clone(), &[(2_000, "das soll so bleiben")]),
            track(2, voice, &[(2_040, "das soll so bleiben")]),
        ];
        assert_eq!(texts(&resolve(&mut tracks)), ["das soll so bleiben"]);
        assert_eq!(said(&tracks), [vec!["1: das soll so bleiben"], vec![]]);
    }
}
