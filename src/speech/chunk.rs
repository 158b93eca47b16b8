//! A clip that was cut out of a recording, with what is known of the speech in it.

use crate::audio::{Samples, duration, samples_before};
use crate::{Clip, Millis, Span};

/// Times of words are off by so much at most, nearly always.
const NEARBY: Millis = Millis(500);

/// A clip that owns its sound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// When its first sample is heard.
    pub start: Millis,
    /// At most [`VadOptions::longest`](super::VadOptions::longest).
    pub samples: Samples,
    /// Somebody speaks there; `false`: it may be a noise, a whisper, or somebody far away.
    pub certain: bool,
    /// Where speech was found in it, without padding, in order; pauses of 200 ms and more are left out. Empty if it was not
    /// looked for.
    pub speech: Vec<Span>,
    /// Where [`Silero`](super::Silero) is certain that it hears a voice, in order. Empty if it was not asked.
    pub voices: Vec<Span>,
    /// Where the words of the clip before end and this one's begin, if no pause was there to cut at: the two share two
    /// seconds of sound around it.
    pub overlap: Option<Millis>,
    /// Likewise towards the next clip.
    pub next_overlap: Option<Millis>,
}

impl Chunk {
    /// As what a recogniser hears.
    pub fn clip(&self) -> Clip<'_> {
        self.samples.clip(self.start)
    }

    /// How long is speech within `span` and half a second around it, and how much of that is certainly a voice. `None`: it was
    /// not looked for.
    pub fn speech_around(&self, span: Span) -> Option<(Millis, Millis)> {
        let around = Span { start: span.start - NEARBY, end: span.end + NEARBY };
        let shared = |a: Span, b: &Span| Span { start: a.start.max(b.start), end: a.end.min(b.end) };
        let (mut spoken, mut voiced) = (Millis(0), Millis(0));
        for speech in self.speech.iter().map(|speech| shared(around, speech)) {
            spoken = spoken + speech.length();
            voiced = self.voices.iter().fold(voiced, |sum, voice| sum + shared(speech, voice).length());
        }
        (!self.speech.is_empty()).then_some((spoken, voiced))
    }

    /// In two, at a pause.
    pub fn split(self, at: Millis) -> (Chunk, Chunk) {
        let index = samples_before(at - self.start).min(self.samples.len() as u64);
        let (before, after) = self.samples.split_at(index as usize);
        let (speech, later_speech) = self.speech.iter().partition(|span| span.start < at);
        let (voices, later_voices): (Vec<Span>, Vec<Span>) = self.voices.iter().partition(|span| span.start < at);
        // Where nobody looked, there are no voices, and all is certain.
        let certain = |voices: &[Span]| self.certain && (self.voices.is_empty() || !voices.is_empty());
        let (first, later) = (certain(&voices), certain(&later_voices));
        let start = self.start + duration(index);
        let (before, after) = (Samples::from_mono_16k(before.to_vec()), Samples::from_mono_16k(after.to_vec()));
        (
            Chunk { samples: before, certain: first, speech, voices, next_overlap: None, ..self },
            Chunk {
                start,
                samples: after,
                certain: later,
                speech: later_speech,
                voices: later_voices,
                overlap: None,
                ..self
            },
        )
    }
}
