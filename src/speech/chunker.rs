//! Where to cut between people's words, or between two words if need be.

use super::detector::{self, Stretch};
use super::track::Track;
use super::{Chunk, VadOptions};
use crate::Millis;
use crate::audio::{duration, samples_before};

/// A clip may be at least this long, or there would be no room for an overlap.
const ROOM: Millis = Millis(5_000);
/// Sound on either side of an overlap that both clips have: 1 s.
const OVERLAP: u64 = 16_000;
/// No pause within a word is as long: 250 ms.
const SHORT_PAUSE: u64 = 4_000;
/// Half of the window in which the quietest place is looked for: 100 ms.
const WINDOW: u64 = 1_600;

/// Cuts a stream of sound into clips that hold speech.
pub struct Chunker {
    options: VadOptions,
    track: Track,
    /// Stretches of speech in the clip that is being filled, padded, in samples; the last may still go on.
    open: Vec<Stretch>,
    /// Where the words of the clip that is being filled begin, if it was not cut at a pause.
    overlap: Option<u64>,
    /// Speech that was found in all, in samples.
    speech: u64,
}

impl Chunker {
    /// A cutter for a stream whose first sample is heard at `origin`.
    pub fn new(options: VadOptions, origin: Millis) -> Chunker {
        let options = VadOptions { longest: options.longest.max(ROOM), ..options };
        Chunker { options, track: Track::new(options, origin), open: Vec::new(), overlap: None, speech: 0 }
    }

    /// Takes the next sound; appends the clips that are complete to `to`.
    pub fn push(&mut self, samples: &[f32], to: &mut Vec<Chunk>) {
        for part in samples.chunks(detector::FRAME * 64) {
            let found = self.track.push(part);
            self.take(found);
            self.chunk(false, to);
        }
    }

    /// Appends what is left to `to`.
    pub fn finish(&mut self, to: &mut Vec<Chunk>) {
        let found = self.track.finish();
        self.take(found);
        // Padding reaches beyond the end.
        let heard = self.track.heard();
        self.open.iter_mut().for_each(|stretch| stretch.end = stretch.end.min(heard));
        self.open.retain(|stretch| stretch.start < stretch.end);
        self.chunk(true, to);
    }

    /// How much speech was found so far.
    pub fn speech(&self) -> Millis {
        duration(self.speech)
    }

    /// Adds new stretches, or makes the last one longer; joined where padding lets them touch.
    fn take(&mut self, found: Vec<Stretch>) {
        for new in found {
            match self.open.last_mut() {
                Some(last) if new.start <= last.end => {
                    self.speech += new.end.saturating_sub(last.end);
                    last.end = last.end.max(new.end);
                }
                _ => {
                    self.speech += new.end - new.start;
                    self.open.push(new);
                }
            }
        }
    }

    fn chunk(&mut self, last: bool, to: &mut Vec<Chunk>) {
        let longest = samples_before(self.options.longest);
        let long_pause = samples_before(self.options.long_pause);
        let now = if last { u64::MAX } else { self.track.settled() };
        while let Some(start) = self.open.first().map(|s| s.start) {
            let pause = self.open.windows(2).position(|two| two[1].start - two[0].end >= long_pause);
            let end = self.open.last().map_or(start, |s| s.end).min(self.track.heard());
            let until = if let Some(pause) = pause.filter(|p| self.open[*p].end - start <= longest) {
                Place::Pause(self.open[pause].end)
            } else if end - start > longest {
                self.cut_point(start, start + longest)
            } else if last || now.saturating_sub(end) >= long_pause {
                Place::Pause(end)
            } else {
                break;
            };
            self.emit(start, until, to);
        }
        self.track.forget(self.open.first().map_or(self.track.settled(), |s| s.start));
    }

    /// The longest pause in the last two thirds of the window, else the quietest place in its last third. A pause before would
    /// leave a clip that is too short to be understood as well (docs/performance.md).
    fn cut_point(&self, start: u64, limit: u64) -> Place {
        let late = |(at, _): &(u64, u64)| (start + (limit - start) / 3..=limit).contains(at);
        let pauses = self.open.windows(2).map(|two| (two[0].end, two[1].start - two[0].end));
        // Those that padding has filled: in their middle.
        let frame = detector::FRAME as u64;
        let short = self.track.frames().windows(2).map(|two| (two[0] + frame, two[1]));
        let short = short.filter(|(end, next)| *next <= limit && next - end >= SHORT_PAUSE);
        let short = short.map(|(end, next)| ((end + next) / 2, next - end));
        let longest = pauses.filter(late).max_by_key(|(_, length)| *length);
        if let Some((at, _)) = longest.or_else(|| short.filter(late).max_by_key(|(_, length)| *length)) {
            return Place::Pause(at);
        }
        let from = start + (limit - start) * 2 / 3;
        let quiet = |at: u64| -> f32 { self.track.sound(at, at + 2 * WINDOW).iter().map(|s| s * s).sum() };
        let quietest = (from..limit - OVERLAP - 2 * WINDOW)
            .step_by(detector::FRAME)
            .min_by(|a, b| quiet(*a).total_cmp(&quiet(*b)));
        Place::Overlap(quietest.map_or(limit - OVERLAP, |at| at + WINDOW))
    }

    fn emit(&mut self, start: u64, until: Place, to: &mut Vec<Chunk>) {
        // The sound that both clips have, so that no word is cut in two.
        let (place, end, next) = match until {
            Place::Pause(at) => (at, at, at),
            Place::Overlap(at) => (at, at + OVERLAP, at - OVERLAP),
        };
        let next_overlap = matches!(until, Place::Overlap(_)).then_some(place);
        let time = |at: u64| self.track.time(at);
        to.push(Chunk {
            overlap: self.overlap.map(time),
            next_overlap: next_overlap.map(time),
            ..self.track.chunk(start, end)
        });
        self.overlap = next_overlap;
        self.open.retain_mut(|stretch| {
            stretch.start = stretch.start.max(next);
            stretch.end > stretch.start.max(place)
        });
    }
}

/// Where a clip ends.
#[derive(Clone, Copy)]
enum Place {
    /// Nobody speaks.
    Pause(u64),
    /// Somebody does.
    Overlap(u64),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;
    use proptest::prelude::*;

    /// Speech as the detector marks it; the sound says where it is from.
    fn chunk(options: VadOptions, stretches: &[(u64, u64)], length: u64) -> Vec<Chunk> {
        let mut chunker = Chunker::new(options, Millis(0));
        chunker.track.keep((0..length).map(|i| (i % 1_000) as f32 / 1_000.0), &[]);
        chunker.take(stretches.iter().map(|(start, end)| Stretch { start: *start, end: *end }).collect());
        let mut to = Vec::new();
        chunker.chunk(true, &mut to);
        to
    }

    #[test]
    fn a_clip_ends_at_the_longest_pause() {
        let second = 16_000;
        let clips = chunk(
            VadOptions::default(),
            &[(0, 12 * second), (13 * second, 20 * second), (20 * second + 8_000, 35 * second)],
            40 * second,
        );
        let spans: Vec<_> = clips.iter().map(|c| (c.clip().start.0, c.clip().end().0)).collect();
        assert_eq!(spans, [(0, 12_000), (13_000, 35_000)]);
    }

    #[test]
    fn a_long_pause_is_left_out() {
        let clips = chunk(VadOptions::default(), &[(16_000, 32_000), (160_000, 176_000)], 200_000);
        let spans: Vec<_> = clips.iter().map(|c| (c.clip().start.0, c.clip().end().0)).collect();
        assert_eq!(spans, [(1_000, 2_000), (10_000, 11_000)]);
    }

    #[test]
    fn speech_to_the_very_end_ends_there() {
        let mut chunker = Chunker::new(VadOptions::default(), Millis(0));
        chunker.track.keep([0.1; 50_000], &[]);
        chunker.take(vec![Stretch { start: 10_000, end: 54_000 }]);
        let mut to = Vec::new();
        chunker.finish(&mut to);
        assert_eq!(to.iter().map(|c| (c.start.0, c.samples.len())).collect::<Vec<_>>(), [(625, 40_000)]);
    }

    #[test]
    fn a_clip_knows_how_much_of_its_speech_is_voice() {
        let (chunks, _) = scored(VadOptions::default(), &[(4, 0.6, 0.9), (1, 0.0, 0.0), (4, 0.6, 0.1)]);
        assert_eq!(chunks.len(), 1);
        let around = |start, end| chunks[0].speech_around(Span::new(start, end)).map(|(a, b)| (a.0, b.0));
        assert_eq!(around(1_000, 2_000), Some((2_000, 2_000)));
        assert_eq!(around(7_000, 8_000), Some((2_000, 0)));
        assert_eq!(around(4_520, 4_980), Some((488, 0)));
        let (before, after) = chunks[0].clone().split(Millis(4_500));
        assert_eq!((before.voices.len(), after.voices.len()), (1, 0));
        assert_eq!((before.certain, after.certain), (true, false));
        assert_eq!(Chunk::default().speech_around(Span::new(0, 1_000)), None);
    }

    #[test]
    fn a_clip_knows_whether_it_is_certainly_voice() {
        for (certain, wanted) in [(2, true), (1, false)] {
            let mut chunker = Chunker::new(VadOptions::default(), Millis(0));
            chunker.track.keep([0.1; 50_000], &(0..certain).map(|n| 10_240 + 512 * n).collect::<Vec<_>>());
            chunker.take(vec![Stretch { start: 10_000, end: 54_000 }]);
            let mut to = Vec::new();
            chunker.finish(&mut to);
            assert_eq!(to.iter().map(|c| c.certain).collect::<Vec<_>>(), [wanted]);
        }
    }

    /// Seconds of sound to which both networks give so much, to the end of the recording. Also: the most samples kept.
    fn scored(options: VadOptions, scores: &[(u64, f32, f32)]) -> (Vec<Chunk>, usize) {
        let windows: Vec<_> = scores.iter().map(|(seconds, one, other)| (seconds * 125 / 4, *one, *other)).collect();
        scored_windows(options, &windows)
    }

    /// The same for windows of 32 ms.
    fn scored_windows(options: VadOptions, scores: &[(u64, f32, f32)]) -> (Vec<Chunk>, usize) {
        let (mut chunker, mut to, mut most) = (Chunker::new(options, Millis(0)), Vec::new(), 0);
        for (windows, earshot, silero) in scores {
            for _ in 0..*windows {
                let found = chunker.track.push_scored(*earshot, *silero);
                chunker.take(found);
                chunker.chunk(false, &mut to);
                most = most.max(chunker.track.size() + chunker.open.len());
            }
        }
        chunker.finish(&mut to);
        (to, most)
    }

    /// Where clips begin and end if somebody speaks with these pauses, in windows of 32 ms, and whether they have overlaps.
    fn cut_in_speech(speech: &[(u64, u64)]) -> Vec<(u64, u64, bool)> {
        let windows: Vec<_> =
            speech.iter().flat_map(|(spoken, pause)| [(*spoken, 0.9, 0.9), (*pause, 0.0, 0.9)]).collect();
        let (chunks, _) = scored_windows(VadOptions::default(), &windows);
        chunks.iter().map(|c| (c.start.0, c.clip().end().0, c.overlap.is_some() || c.next_overlap.is_some())).collect()
    }

    #[test]
    fn a_short_pause_is_better_than_a_cut_into_speech() {
        assert_eq!(cut_in_speech(&[(625, 9), (375, 0)]), [(0, 20_144, false), (20_144, 32_288, false)]);
        let overlaps = |speech| cut_in_speech(speech).iter().map(|(.., overlap)| *overlap).collect::<Vec<_>>();
        assert_eq!(overlaps(&[(625, 7), (375, 0)]), [true, true], "a pause within a word");
        assert_eq!(overlaps(&[(156, 9), (844, 0)]), [true, true], "a clip of 5 s would be understood worse");
    }

    #[test]
    fn speech_without_a_pause_is_cut_where_it_is_quietest() {
        let second = 16_000;
        let mut chunker = Chunker::new(VadOptions::default(), Millis(0));
        let quiet = 22 * second..22 * second + 3_200;
        chunker.track.keep((0..40 * second).map(|at| if quiet.contains(&at) { 0.0 } else { 0.5 }), &[]);
        chunker.take(vec![Stretch { start: 0, end: 40 * second }]);
        let mut to = Vec::new();
        chunker.chunk(true, &mut to);
        let overlap = to[0].next_overlap.expect("an overlap").0;
        assert!(overlap.abs_diff(22_100) < 20, "{overlap}");
        assert_eq!(
            (to[0].clip().end().0, to[1].start.0),
            (overlap + 1_000, overlap - 1_000),
            "both have what is around it"
        );
        assert_eq!(to[1].overlap, to[0].next_overlap);
    }

    #[test]
    fn clips_can_be_no_shorter_than_it_takes_to_cut_them() {
        let options = VadOptions { longest: Millis(0), ..VadOptions::default() };
        let chunks = chunk(options, &[(0, 16_000 * 30)], 16_000 * 30);
        assert!(chunks.len() > 5 && chunks.iter().all(|c| c.clip().span().length() <= Millis(5_000)));
    }

    fn spans(chunks: &[Chunk]) -> Vec<(u64, u64, bool)> {
        chunks.iter().map(|c| (c.start.0, c.clip().end().0, c.certain)).collect()
    }

    #[test]
    fn a_noise_is_dropped() {
        let (chunks, _) = scored(VadOptions::default(), &[(4, 0.0, 0.0), (8, 0.9, 0.1), (8, 0.0, 0.0)]);
        assert_eq!(spans(&chunks), []);
        let (chunks, _) = scored(VadOptions::default(), &[(4, 0.0, 0.0), (8, 0.9, 0.1)]);
        assert_eq!(spans(&chunks), [], "at the end of the recording");
        let (chunks, _) = scored(VadOptions { confirm: 0.0, ..VadOptions::default() }, &[(4, 0.0, 0.0), (8, 0.9, 0.1)]);
        assert_eq!(spans(&chunks), [(3_600, 12_000, false)]);
        let (chunks, _) = scored(VadOptions::everything(), &[(8, 0.9, 0.1)]);
        assert_eq!(spans(&chunks), [(0, 8_000, true)]);
    }

    #[test]
    fn soft_speech_near_clear_speech_is_kept() {
        let soft = (4, 0.6, 0.1);
        let (chunks, _) =
            scored(VadOptions::default(), &[soft, (4, 0.6, 0.9), (4, 0.0, 0.0), (1, 0.6, 0.2), (9, 0.0, 0.0)]);
        assert_eq!(spans(&chunks), [(0, 8_400, true), (11_600, 13_000, false)]);
    }

    #[test]
    fn what_is_soft_throughout_is_no_certain_speech() {
        let (chunks, _) = scored(VadOptions::default(), &[(4, 0.6, 0.4), (4, 0.0, 0.0)]);
        assert_eq!(spans(&chunks), [(0, 4_400, false)]);
    }

    #[test]
    fn a_long_noise_needs_little_memory() {
        let (chunks, most) = scored(VadOptions::default(), &[(4, 0.6, 0.9), (3_600, 0.9, 0.1), (4, 0.6, 0.9)]);
        assert_eq!(spans(&chunks), [(0, 9_000, true), (3_599_000, 3_608_000, true)]);
        assert!(most < 30 * 16_000, "{most}");
    }

    proptest! {
        #[test]
        fn all_speech_is_in_exactly_one_clip(gaps in proptest::collection::vec((1_u64..60_000, 1_u64..900_000), 1..20)) {
            let mut at = 0;
            let stretches: Vec<(u64, u64)> = gaps
                .iter()
                .map(|(gap, length)| {
                    let start = at + gap;
                    at = start + length;
                    (start, at)
                })
                .collect();
            let clips = chunk(VadOptions::default(), &stretches, at + 10_000);
            // Around an overlap two clips have the same sound, of which each is to hear its own.
            let own = |c: &Chunk| (c.overlap.unwrap_or(c.start), c.next_overlap.unwrap_or(c.clip().end()));
            let mut covered = 0;
            for pair in clips.windows(2) {
                prop_assert!(own(&pair[0]).1 <= own(&pair[1]).0);
                prop_assert_eq!(pair[0].next_overlap, pair[1].overlap);
            }
            for clip in &clips {
                prop_assert!(clip.clip().span().length() <= VadOptions::default().longest);
                prop_assert!(!clip.samples.is_empty());
                let (start, end) = own(clip);
                let (start, end) = (start.0 * 16, end.0 * 16);
                covered += stretches
                    .iter()
                    .map(|(s, e)| (*e).min(end).saturating_sub((*s).max(start)))
                    .sum::<u64>();
            }
            let spoken: u64 = stretches.iter().map(|(s, e)| e - s).sum();
            // Times are whole milliseconds here, so up to 15 samples at each end are counted wrongly.
            prop_assert!(covered.abs_diff(spoken) <= 32 * clips.len() as u64, "{covered} of {spoken}");
        }
    }
}
