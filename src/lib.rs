//! Turns recordings into timestamped transcripts, entirely on this machine.
//!
//! Sound flows one way: [`audio`] opens a recording as a stream of 16 kHz samples, [`speech`] cuts it into
//! clips, a [`Recogniser`] ([`whisper`] is the real one) writes down what it hears, [`pipeline`] joins the
//! three into a [`Transcript`], and [`mod@format`] writes that as JSON, SRT and so on. [`models`] knows where
//! models come from and where they lie. [`live`] makes captions of sound while it comes in, and [`mod@page`] shows them to browsers.
//! The library prints nothing and never exits.
//!
//! ```
//! use std::path::Path;
//! use transcribe::pipeline::{self, Recognisers, TranscribeOptions};
//! use transcribe::{Line, Scripted, audio, format};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // Says what it is told to, for tests. The real one: `Whisper::load(path, &header, false)?` and its `worker(1)`.
//!     let line = Line { start: 300, end: 2_200, text: "And so, my fellow Americans".into(), ..Line::default() };
//!     let mut recognisers = Recognisers { workers: vec![Box::new(Scripted::new(vec![line]))], detector: None };
//!
//!     let recording = audio::open(Path::new("examples/recordings/jfk.flac"), audio::Selection::default())?;
//!     let (transcript, failure) = pipeline::transcribe(recording, &mut recognisers, &TranscribeOptions::default(), &())?;
//!     // What was done before a failure is kept, and the failure comes with it.
//!     assert!(failure.is_none());
//!     assert_eq!(transcript.duration.seconds(), 11.0);
//!
//!     let mut srt = Vec::new();
//!     format::write(format::Format::Srt, &transcript, &format::Style::default(), &mut srt)?;
//!     assert_eq!(String::from_utf8(srt)?, "1\n00:00:00,300 --> 00:00:02,200\nAnd so, my fellow Americans\n");
//!     Ok(())
//! }
//! ```
//!
//! With Whisper, one worker a core is fastest, and one more tells the language where it is not known.
//! [`pipeline::with_workers`] lets several recordings share them, and goes on where an earlier run ended:
//!
//! ```no_run
//! use transcribe::models::{Header, Store};
//! use transcribe::pipeline::Recognisers;
//! use transcribe::{Recogniser, whisper::Whisper};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let model = Store::of_user().best()?;
//! let header = Header::read(&model.path)?; // whisper.cpp ends the process on a damaged file
//! let whisper = Whisper::load(&model.path, &header, false)?;
//! let one = || Box::new(whisper.worker(1)) as Box<dyn Recogniser + '_>;
//! let cores = std::thread::available_parallelism()?.get();
//! let recognisers = Recognisers { workers: (0..cores).map(|_| one()).collect(), detector: Some(one()) };
//! # Ok(())
//! # }
//! ```

pub mod app;
pub mod audio;
mod checkpoint_record;
pub mod digest;
pub mod edits;
mod encoder;
mod error;
mod files;
pub mod format;
mod glossary;
pub mod import;
pub mod live;
pub mod models;
mod observe;
#[cfg(feature = "page")]
pub mod page;
pub mod pipeline;
mod recognise;
mod retime;
pub mod speech;
mod transcript;
pub mod whisper;

pub use audio::{Clip, Samples};
pub use checkpoint_record::CheckpointRecord;
pub use error::{
    DecodeErrorKind, DownloadErrorKind, Error, MicrophoneErrorKind, ModelErrorKind, NoModelKind, TranscriptErrorKind,
};
pub use glossary::Glossary;
pub use observe::{Event, Observer};
pub use recognise::{DetectedLanguage, Line, Recogniser, Recognition, Request, Scripted, Window};
pub use transcript::{
    Completeness, Correction, Coverage, Edit, Gap, GapReason, GlossaryId, Marker, MarkerKind, Millis, ModelId,
    RecordingId, Removal, Segment, Settings, Span, SpeakerId, Transcript, Vad, Warning, Word,
};

/// The examples of the README, so that they stay true.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
