//! A piece cut from a recording, with what is known about the speech in it.

use crate::audio::{Samples, duration, samples_before};
use crate::{Clip, Millis, Span};

/// Word times are nearly always off by less than this.
const WORD_TIME_ERROR: Millis = Millis(500);

/// An owned piece of a recording; [`clip`](Chunk::clip) borrows its sound for a recogniser.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// Time of the first sample.
    pub start: Millis,
    /// The sound, at most [`VadOptions::max_chunk`](super::VadOptions::max_chunk) long.
    pub samples: Samples,
    /// Whether somebody certainly speaks; if `false`, it may be a noise, a whisper, or somebody far away.
    pub certain: bool,
    /// Speech in the chunk without padding, in order; pauses of 200 ms and more are left out. Empty if speech was not
    /// looked for.
    pub speech: Vec<Span>,
    /// Where the score of [`Silero`](super::Silero) reaches [`VadOptions::certain`](super::VadOptions::certain), in
    /// order. Empty if speech was not looked for.
    pub certain_speech: Vec<Span>,
    /// Middle of the 2 s that this chunk shares with the previous one: the words of the previous chunk end there, and
    /// those of this one begin. `None` if a pause lies between the two chunks.
    pub overlap: Option<Millis>,
    /// Middle of the 2 s that this chunk shares with the next one. `None` if a pause lies between them.
    pub next_overlap: Option<Millis>,
}

impl Chunk {
    /// All of its sound, for a recogniser.
    pub fn clip(&self) -> Clip<'_> {
        self.samples.clip(self.start)
    }

    /// How much speech there is within 500 ms of `span`, and how much of it is certain. `None` if speech was not looked
    /// for.
    pub fn speech_around(&self, span: Span) -> Option<(Millis, Millis)> {
        let around = Span { start: span.start - WORD_TIME_ERROR, end: span.end + WORD_TIME_ERROR };
        let shared = |a: Span, b: &Span| Span { start: a.start.max(b.start), end: a.end.min(b.end) };
        let (mut total, mut certain) = (Millis(0), Millis(0));
        for speech in self.speech.iter().map(|speech| shared(around, speech)) {
            total = total + speech.length();
            certain = self.certain_speech.iter().fold(certain, |sum, other| sum + shared(speech, other).length());
        }
        (!self.speech.is_empty()).then_some((total, certain))
    }

    /// Splits the chunk in two at `at`, which should lie in a pause.
    pub fn split(self, at: Millis) -> (Chunk, Chunk) {
        let index = samples_before(at - self.start).min(self.samples.len() as u64);
        let (before, after) = self.samples.split_at(index as usize);
        let (speech, later_speech) = self.speech.iter().partition(|span| span.start < at);
        let (certain_speech, later_certain_speech): (Vec<Span>, Vec<Span>) =
            self.certain_speech.iter().partition(|span| span.start < at);
        // If speech was not looked for, there is no certain speech although the chunk counts as certain.
        let certain = |part: &[Span]| self.certain && (self.certain_speech.is_empty() || !part.is_empty());
        let (first_certain, later_certain) = (certain(&certain_speech), certain(&later_certain_speech));
        let start = self.start + duration(index);
        let (before, after) = (Samples::from_mono_16k(before.to_vec()), Samples::from_mono_16k(after.to_vec()));
        (
            Chunk { samples: before, certain: first_certain, speech, certain_speech, next_overlap: None, ..self },
            Chunk {
                start,
                samples: after,
                certain: later_certain,
                speech: later_speech,
                certain_speech: later_certain_speech,
                overlap: None,
                ..self
            },
        )
    }
}
