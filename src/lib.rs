//! Turns recordings into timestamped transcripts, entirely on this machine.
//!
//! Sound flows one way: [`audio`] opens a recording as a stream of 16 kHz samples, [`speech`] cuts it into
//! clips, a [`Recogniser`] ([`whisper`] is the real one) writes down what it hears, [`pipeline`] joins the
//! three into a [`Transcript`], and [`mod@format`] writes that as JSON, SRT and so on. [`models`] knows where
//! models come from and where they lie. The library prints nothing and never exits.

pub mod audio;
mod error;
pub mod format;
pub mod models;
mod observe;
pub mod pipeline;
mod recognise;
pub mod speech;
mod transcript;
pub mod whisper;

pub use audio::{Clip, Samples};
pub use error::Error;
pub use observe::{Event, Observer};
pub use recognise::{Guess, Heard, Line, Recogniser, Request, Scripted};
pub use transcript::{
    Completeness, Millis, ModelId, RecordingId, Segment, Settings, Span, SpeakerId, Transcript, Warning, Word,
};
