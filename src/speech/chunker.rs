//! Where to cut a recording: at pauses if possible, between two words if not.

use super::buffer::SpeechBuffer;
use super::detector::{self, SpeechRegion};
use super::{Chunk, VadOptions};
use crate::audio::{duration, samples_before};
use crate::{Millis, Span};

/// Lower limit of [`VadOptions::max_chunk`]: shorter chunks leave no room for an overlap.
const MIN_MAX_CHUNK: Millis = Millis(5_000);
/// Samples on either side of a cut within speech that both chunks contain: 1 s.
const OVERLAP: u64 = 16_000;
/// Samples of a pause that is longer than any within a word: 250 ms.
const SHORT_PAUSE: u64 = 4_000;
/// Half of the window, in samples, that is compared when looking for the quietest place: 100 ms.
const HALF_QUIET_WINDOW: u64 = 1_600;
/// Energy of such a window, relative to the sound around it, below which it is a pause that the detector has bridged: −30 dB.
/// Within a word, no sound is as quiet for as long.
const SILENCE: f32 = 1e-3;

/// Cuts a stream of sound into chunks that contain speech.
pub struct Chunker {
    options: VadOptions,
    buffer: SpeechBuffer,
    /// Regions of speech in the chunk that is being filled, padded, in samples; the last may still grow.
    open: Vec<SpeechRegion>,
    /// Sample at which the words of the chunk that is being filled begin, if it was not cut at a pause.
    overlap: Option<u64>,
    /// Speech found so far, in samples.
    speech: u64,
    /// Music that was not taken yet; touching pieces are one.
    music: Vec<SpeechRegion>,
}

impl Chunker {
    /// A chunker for a stream whose first sample is at time `origin`.
    pub fn new(options: VadOptions, origin: Millis) -> Chunker {
        let options = VadOptions { max_chunk: options.max_chunk.max(MIN_MAX_CHUNK), ..options };
        let buffer = SpeechBuffer::new(options, origin);
        Chunker { options, buffer, open: Vec::new(), overlap: None, speech: 0, music: Vec::new() }
    }

    /// Takes the next samples and returns the chunks that are complete now.
    pub fn push(&mut self, samples: &[f32]) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        for block in samples.chunks(detector::FRAME * 64) {
            let regions = self.buffer.push(block);
            self.add(regions);
            chunks.extend(self.complete_chunks(false));
        }
        chunks
    }

    /// Ends the stream and returns the chunks that are left.
    pub fn finish(&mut self) -> Vec<Chunk> {
        let regions = self.buffer.finish();
        self.add(regions);
        // Padding may reach beyond the end.
        let end = self.buffer.end();
        self.open.iter_mut().for_each(|region| region.end = region.end.min(end));
        self.open.retain(|region| region.start < region.end);
        self.complete_chunks(true)
    }

    /// How much speech was found so far, padding and music included.
    pub fn speech(&self) -> Millis {
        duration(self.speech)
    }

    /// Music in which nobody speaks that was found since the last call, in order; all of it if the stream has ended.
    pub fn take_music(&mut self) -> Vec<Span> {
        let span =
            |region: SpeechRegion| Span { start: self.buffer.time(region.start), end: self.buffer.time(region.end) };
        std::mem::take(&mut self.music).into_iter().map(span).collect()
    }

    /// Adds new regions; joins those that touch because of their padding.
    fn add(&mut self, regions: Vec<SpeechRegion>) {
        for new in regions {
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

    /// Takes music out of the open regions: what sounds like speech there is singing, or an instrument.
    fn leave_out_music(&mut self) {
        for music in self.buffer.take_music() {
            let outside = |region: SpeechRegion| {
                let before = SpeechRegion { end: region.end.min(music.start), ..region };
                let after = SpeechRegion { start: region.start.max(music.end), ..region };
                [before, after].into_iter().filter(|part| part.start < part.end)
            };
            self.open = std::mem::take(&mut self.open).into_iter().flat_map(outside).collect();
            match self.music.last_mut() {
                Some(last) if last.end == music.start => last.end = music.end,
                _ => self.music.push(music),
            }
        }
    }

    /// Chunks that no later sound can change; with `last`, all that are left.
    fn complete_chunks(&mut self, last: bool) -> Vec<Chunk> {
        self.leave_out_music();
        let max_chunk = samples_before(self.options.max_chunk);
        let long_pause = samples_before(self.options.long_pause);
        let music_known = if last { u64::MAX } else { self.buffer.music_known_until() };
        let decided = if last { u64::MAX } else { self.buffer.earliest_start().min(music_known) };
        let mut chunks = Vec::new();
        while let Some(start) = self.open.first().map(|region| region.start) {
            let pause = self.open.windows(2).position(|two| two[1].start - two[0].end >= long_pause);
            let end = self.open.last().map_or(start, |region| region.end).min(self.buffer.end());
            let boundary = if let Some(pause) = pause.filter(|p| self.open[*p].end - start <= max_chunk) {
                Boundary::Pause(self.open[pause].end)
            } else if end.min(music_known).saturating_sub(start) > max_chunk {
                self.find_boundary(start, start + max_chunk)
            } else if last || decided.saturating_sub(end) >= long_pause {
                Boundary::Pause(end)
            } else {
                break;
            };
            if boundary.end() > music_known {
                break;
            }
            chunks.push(self.cut(start, boundary));
        }
        self.buffer.discard_before(self.open.first().map_or(self.buffer.earliest_start(), |region| region.start));
        chunks
    }

    /// The longest pause in the last two thirds of the samples `start..=limit`, or else the quietest place in their
    /// last third, which is a pause, too, if it is silent. An earlier pause would leave a chunk that is too short to be recognised as well
    /// (docs/performance.md).
    fn find_boundary(&self, start: u64, limit: u64) -> Boundary {
        let late = |(at, _): &(u64, u64)| (start + (limit - start) / 3..=limit).contains(at);
        let pauses = self.open.windows(2).map(|two| (two[0].end, two[1].start - two[0].end));
        // Pauses that padding has filled are cut in their middle.
        let frame = detector::FRAME as u64;
        let short = self.buffer.frames().windows(2).map(|two| (two[0] + frame, two[1]));
        let short = short.filter(|(end, next)| *next <= limit && next - end >= SHORT_PAUSE);
        let short = short.map(|(end, next)| ((end + next) / 2, next - end));
        let longest = pauses.filter(late).max_by_key(|(_, length)| *length);
        if let Some((at, _)) = longest.or_else(|| short.filter(late).max_by_key(|(_, length)| *length)) {
            return Boundary::Pause(at);
        }
        let from = start + (limit - start) * 2 / 3;
        let window = 2 * HALF_QUIET_WINDOW;
        let energy = |from: u64, to: u64| -> f32 { self.buffer.samples(from, to).iter().map(|s| s * s).sum() };
        let windows = (from..limit - OVERLAP - window).step_by(detector::FRAME);
        let quietest = windows.map(|at| (at, energy(at, at + window))).min_by(|a, b| a.1.total_cmp(&b.1));
        let Some((at, least)) = quietest else { return Boundary::Overlap(limit - OVERLAP) };
        let usual = energy(from, limit) * window as f32 / (limit - from) as f32;
        let middle = at + HALF_QUIET_WINDOW;
        if least < usual * SILENCE { Boundary::Pause(middle) } else { Boundary::Overlap(middle) }
    }

    /// Removes the chunk between sample `start` and `boundary` from the open regions and returns it.
    fn cut(&mut self, start: u64, boundary: Boundary) -> Chunk {
        // Both chunks contain the sound around a cut within speech, so that no word is cut in two.
        let (at, next_start) = match boundary {
            Boundary::Pause(at) => (at, at),
            Boundary::Overlap(at) => (at, at - OVERLAP),
        };
        let end = boundary.end();
        let next_overlap = matches!(boundary, Boundary::Overlap(_)).then_some(at);
        let time = |at: u64| self.buffer.time(at);
        let chunk = Chunk {
            overlap: self.overlap.map(time),
            next_overlap: next_overlap.map(time),
            ..self.buffer.chunk(start, end)
        };
        self.overlap = next_overlap;
        self.open.retain_mut(|region| {
            region.start = region.start.max(next_start);
            region.end > region.start.max(at)
        });
        chunk
    }
}

/// Sample at which a chunk ends.
#[derive(Clone, Copy)]
enum Boundary {
    /// Nobody speaks there.
    Pause(u64),
    /// Somebody speaks there, so the next chunk repeats some of the sound.
    Overlap(u64),
}

impl Boundary {
    /// The first sample after the chunk.
    fn end(self) -> u64 {
        match self {
            Boundary::Pause(at) => at,
            Boundary::Overlap(at) => at + OVERLAP,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Chunks of `length` samples with speech in `regions`; the value of a sample tells its position.
    fn chunks(options: VadOptions, regions: &[(u64, u64)], length: u64) -> Vec<Chunk> {
        let mut chunker = Chunker::new(options, Millis(0));
        chunker.buffer.keep((0..length).map(|i| (i % 1_000) as f32 / 1_000.0), &[]);
        chunker.add(regions.iter().map(|(start, end)| SpeechRegion { start: *start, end: *end }).collect());
        chunker.complete_chunks(true)
    }

    #[test]
    fn a_chunk_ends_at_the_longest_pause() {
        let second = 16_000;
        let chunks = chunks(
            VadOptions::default(),
            &[(0, 12 * second), (13 * second, 20 * second), (20 * second + 8_000, 35 * second)],
            40 * second,
        );
        let spans: Vec<_> = chunks.iter().map(|c| (c.clip().start.0, c.clip().end().0)).collect();
        assert_eq!(spans, [(0, 12_000), (13_000, 35_000)]);
    }

    #[test]
    fn a_long_pause_is_left_out() {
        let chunks = chunks(VadOptions::default(), &[(16_000, 32_000), (160_000, 176_000)], 200_000);
        let spans: Vec<_> = chunks.iter().map(|c| (c.clip().start.0, c.clip().end().0)).collect();
        assert_eq!(spans, [(1_000, 2_000), (10_000, 11_000)]);
    }

    #[test]
    fn speech_to_the_very_end_ends_there() {
        let mut chunker = Chunker::new(VadOptions::default(), Millis(0));
        chunker.buffer.keep([0.1; 50_000], &[]);
        chunker.add(vec![SpeechRegion { start: 10_000, end: 54_000 }]);
        assert_eq!(chunker.finish().iter().map(|c| (c.start.0, c.samples.len())).collect::<Vec<_>>(), [(625, 40_000)]);
    }

    #[test]
    fn a_chunk_knows_how_much_of_its_speech_is_certain() {
        let (chunks, _) = scored(VadOptions::default(), &[(4, 0.6, 0.9), (1, 0.0, 0.0), (4, 0.6, 0.1)]);
        assert_eq!(chunks.len(), 1);
        let around = |start, end| chunks[0].speech_around(Span::new(start, end)).map(|(a, b)| (a.0, b.0));
        assert_eq!(around(1_000, 2_000), Some((2_000, 2_000)));
        assert_eq!(around(7_000, 8_000), Some((2_000, 0)));
        assert_eq!(around(4_520, 4_980), Some((488, 0)));
        let (before, after) = chunks[0].clone().split(Millis(4_500));
        assert_eq!((before.certain_speech.len(), after.certain_speech.len()), (1, 0));
        assert_eq!((before.certain, after.certain), (true, false));
        assert_eq!(Chunk::default().speech_around(Span::new(0, 1_000)), None);
    }

    #[test]
    fn a_chunk_knows_whether_it_certainly_contains_speech() {
        for (certain, wanted) in [(2, true), (1, false)] {
            let mut chunker = Chunker::new(VadOptions::default(), Millis(0));
            chunker.buffer.keep([0.1; 50_000], &(0..certain).map(|n| 10_240 + 512 * n).collect::<Vec<_>>());
            chunker.add(vec![SpeechRegion { start: 10_000, end: 54_000 }]);
            assert_eq!(chunker.finish().iter().map(|c| c.certain).collect::<Vec<_>>(), [wanted]);
        }
    }

    /// Chunks of a recording, given as seconds with the scores of earshot and Silero; and the most numbers kept at a
    /// time.
    fn scored(options: VadOptions, scores: &[(u64, f32, f32)]) -> (Vec<Chunk>, usize) {
        let windows: Vec<_> =
            scores.iter().map(|(seconds, earshot, silero)| (seconds * 125 / 4, *earshot, *silero)).collect();
        scored_windows(options, &windows)
    }

    /// The same for windows of 32 ms.
    fn scored_windows(options: VadOptions, scores: &[(u64, f32, f32)]) -> (Vec<Chunk>, usize) {
        let (mut chunker, mut chunks, mut most) = (Chunker::new(options, Millis(0)), Vec::new(), 0);
        for (windows, earshot, silero) in scores {
            for _ in 0..*windows {
                let regions = chunker.buffer.push_scored(*earshot, *silero);
                chunker.add(regions);
                chunks.extend(chunker.complete_chunks(false));
                most = most.max(chunker.buffer.size() + chunker.open.len());
            }
        }
        chunks.extend(chunker.finish());
        (chunks, most)
    }

    /// Start, end and whether there is an overlap of the chunks of speech with pauses, both in windows of 32 ms.
    fn chunks_of_speech(speech: &[(u64, u64)]) -> Vec<(u64, u64, bool)> {
        let windows: Vec<_> =
            speech.iter().flat_map(|(spoken, pause)| [(*spoken, 0.9, 0.9), (*pause, 0.0, 0.9)]).collect();
        let (chunks, _) = scored_windows(VadOptions::default(), &windows);
        chunks.iter().map(|c| (c.start.0, c.clip().end().0, c.overlap.is_some() || c.next_overlap.is_some())).collect()
    }

    #[test]
    fn a_short_pause_is_better_than_cutting_into_speech() {
        assert_eq!(chunks_of_speech(&[(625, 9), (375, 0)]), [(0, 20_144, false), (20_144, 32_288, false)]);
        let overlaps = |speech| chunks_of_speech(speech).iter().map(|(.., overlap)| *overlap).collect::<Vec<_>>();
        assert_eq!(overlaps(&[(625, 7), (375, 0)]), [true, true], "a pause within a word");
        assert_eq!(overlaps(&[(156, 9), (844, 0)]), [true, true], "a chunk of 5 s would be recognised worse");
    }

    #[test]
    fn speech_without_a_pause_is_cut_where_it_is_quietest() {
        let second = 16_000;
        let mut chunker = Chunker::new(VadOptions::default(), Millis(0));
        let quiet = 22 * second..22 * second + 3_200;
        chunker.buffer.keep((0..40 * second).map(|at| if quiet.contains(&at) { 0.05 } else { 0.5 }), &[]);
        chunker.add(vec![SpeechRegion { start: 0, end: 40 * second }]);
        let chunks = chunker.complete_chunks(true);
        let overlap = chunks[0].next_overlap.expect("an overlap").0;
        assert!(overlap.abs_diff(22_100) < 20, "{overlap}");
        assert_eq!(
            (chunks[0].clip().end().0, chunks[1].start.0),
            (overlap + 1_000, overlap - 1_000),
            "both contain the sound around it"
        );
        assert_eq!(chunks[1].overlap, chunks[0].next_overlap);
    }

    #[test]
    fn silence_that_the_detector_bridges_is_a_pause() {
        let second = 16_000;
        let mut chunker = Chunker::new(VadOptions::default(), Millis(0));
        let silent = 22 * second..22 * second + 3_840;
        chunker.buffer.keep((0..40 * second).map(|at| if silent.contains(&at) { 0.005 } else { 0.5 }), &[]);
        chunker.add(vec![SpeechRegion { start: 0, end: 40 * second }]);
        let chunks = chunker.complete_chunks(true);
        let cut = chunks[0].clip().end();
        assert!((22_080..=22_160).contains(&cut.0), "{cut:?}");
        assert_eq!((chunks[0].next_overlap, chunks[1].overlap, chunks[1].start), (None, None, cut));
    }

    #[test]
    fn chunks_are_long_enough_for_an_overlap() {
        let options = VadOptions { max_chunk: Millis(0), ..VadOptions::default() };
        let chunks = chunks(options, &[(0, 16_000 * 30)], 16_000 * 30);
        assert!(chunks.len() > 5 && chunks.iter().all(|c| c.clip().span().length() <= Millis(5_000)));
    }

    #[test]
    fn music_is_left_out_of_chunks_and_named() {
        let second = 16_000;
        // Two notes in turn, between 10 and 20 s, where nobody certainly speaks.
        let tone = |at: u64, hertz: f32| (std::f32::consts::TAU * hertz * at as f32 / 16_000.0).sin() * 0.1;
        let chord = |at: u64, notes: [f32; 5]| notes.iter().map(|hertz| tone(at, *hertz)).sum::<f32>();
        let sound = |at: u64| match at / second {
            10..20 if (at / (2 * second)).is_multiple_of(2) => chord(at, [220.0, 277.2, 330.0, 554.4, 660.0]),
            10..20 => chord(at, [247.0, 311.1, 370.0, 622.3, 740.0]),
            _ => 0.001,
        };
        let mut chunker = Chunker::new(VadOptions::default(), Millis(1_000));
        for from in (0..30 * second).step_by(4_000) {
            chunker.buffer.push(&(from..from + 4_000).map(sound).collect::<Vec<_>>());
        }
        chunker.buffer.finish();
        chunker.add(vec![SpeechRegion { start: 8 * second, end: 24 * second }]);
        let chunks = chunker.complete_chunks(true);
        let music = chunker.take_music();
        assert_eq!(music.len(), 1, "{music:?}");
        assert!(music[0].start.0.abs_diff(11_000) <= 1_000 && music[0].end.0.abs_diff(21_000) <= 1_000, "{music:?}");
        let found: Vec<_> = chunks.iter().map(|chunk| chunk.clip().span()).collect();
        let around =
            [Span { start: Millis(9_000), end: music[0].start }, Span { start: music[0].end, end: Millis(25_000) }];
        assert_eq!(found, around);
        assert_eq!(chunker.take_music(), []);
    }

    fn spans(chunks: &[Chunk]) -> Vec<(u64, u64, bool)> {
        chunks.iter().map(|c| (c.start.0, c.clip().end().0, c.certain)).collect()
    }

    #[test]
    fn noise_is_dropped() {
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
    fn soft_speech_alone_is_not_certain() {
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
        fn all_speech_is_in_exactly_one_chunk(gaps in proptest::collection::vec((1_u64..60_000, 1_u64..900_000), 1..20)) {
            let mut at = 0;
            let regions: Vec<(u64, u64)> = gaps
                .iter()
                .map(|(gap, length)| {
                    let start = at + gap;
                    at = start + length;
                    (start, at)
                })
                .collect();
            let chunks = chunks(VadOptions::default(), &regions, at + 10_000);
            // Two chunks share the sound around an overlap; each is responsible for its own side.
            let own = |c: &Chunk| (c.overlap.unwrap_or(c.start), c.next_overlap.unwrap_or(c.clip().end()));
            let mut covered = 0;
            for pair in chunks.windows(2) {
                prop_assert!(own(&pair[0]).1 <= own(&pair[1]).0);
                prop_assert_eq!(pair[0].next_overlap, pair[1].overlap);
            }
            for chunk in &chunks {
                prop_assert!(chunk.clip().span().length() <= VadOptions::default().max_chunk);
                prop_assert!(!chunk.samples.is_empty());
                let (start, end) = own(chunk);
                let (start, end) = (start.0 * 16, end.0 * 16);
                covered += regions
                    .iter()
                    .map(|(s, e)| (*e).min(end).saturating_sub((*s).max(start)))
                    .sum::<u64>();
            }
            let spoken: u64 = regions.iter().map(|(s, e)| e - s).sum();
            // Times are whole milliseconds here, so up to 15 samples at each end are miscounted.
            prop_assert!(covered.abs_diff(spoken) <= 32 * chunks.len() as u64, "{covered} of {spoken}");
        }
    }
}
