//! Turns recordings into timestamped transcripts, entirely on this machine.
//!
//! Sound flows one way:
//!
//! 1. [`audio`] opens a recording as a stream of mono samples at 16 kHz.
//! 2. [`speech`] finds where people speak and cuts the recording into chunks at pauses.
//! 3. A [`Recogniser`] turns the sound of a chunk into text; [`whisper`] is the one that runs Whisper models.
//! 4. [`pipeline`] connects the three and returns a [`Transcript`].
//! 5. [`mod@format`] writes a transcript as text, subtitles, JSON and more.
//!
//! [`multitrack`] makes one transcript of several tracks of a conversation, one for each person.
//!
//! Besides, [`models`] finds and downloads models, [`live`] makes captions of sound while it comes in, [`mod@page`]
//! serves them to browsers, [`import`] reads transcripts of other programs, and [`edits`] applies corrections.
//!
//! The library prints nothing and never exits. Progress is reported to an [`Observer`], which can also cancel a run.
//!
//! # Example
//!
//! ```
//! use std::path::Path;
//! use transcribe::pipeline::{self, Recognisers};
//! use transcribe::{Line, Recogniser, Scripted, TranscribeOptions, audio, format};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // Returns scripted text. To run a model, use `Whisper::load(path, &header, false)?.worker(1)` instead.
//!     let line = Line { start: 300, end: 2_200, text: "And so, my fellow Americans".into(), ..Line::default() };
//!     let workers: Vec<Box<dyn Recogniser>> = vec![Box::new(Scripted::new(vec![line]))];
//!     let mut recognisers = Recognisers { workers, language_detector: None };
//!
//!     let recording = audio::open(Path::new("examples/recordings/jfk.flac"), audio::Selection::default())?;
//!     let options = TranscribeOptions::default();
//!     let (transcript, failure) = pipeline::transcribe(recording, &mut recognisers, &options, None, &())?;
//!     // If a run fails, the finished part of the transcript is returned together with the error.
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
//! # With a Whisper model
//!
//! One worker per core is fastest; one more recogniser detects the language if it is not known.
//! [`pipeline::with_workers`] shares the recognisers among several recordings, and resumes interrupted runs.
//!
//! ```no_run
//! use transcribe::models::{Header, Store};
//! use transcribe::pipeline::Recognisers;
//! use transcribe::{Recogniser, whisper::Whisper};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let model = Store::of_user().best()?;
//! let header = Header::read(&model.path)?; // checks the file: whisper.cpp ends the process on a damaged one
//! let whisper = Whisper::load(&model.path, &header, false)?;
//! let one = || Box::new(whisper.worker(1)) as Box<dyn Recogniser + '_>;
//! let cores = std::thread::available_parallelism()?.get();
//! let recognisers = Recognisers { workers: (0..cores).map(|_| one()).collect(), language_detector: Some(one()) };
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

pub mod app;
pub mod audio;
mod checkpoint_record;
pub mod contributions;
pub mod digest;
pub mod document;
pub mod edits;
mod error;
mod files;
pub mod format;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod glossary;
pub mod import;
pub mod live;
pub mod meeting;
pub mod minutes;
pub mod models;
pub mod multitrack;
mod names;
mod observe;
pub mod options;
#[cfg(feature = "page")]
pub mod page;
pub mod participation;
pub mod pipeline;
mod recognise;
mod retime;
pub mod speakers;
pub mod speech;
#[cfg(feature = "summarise")]
pub mod summarise;
mod transcript;
#[cfg(feature = "app")]
pub mod web;
pub mod whisper;
pub mod wording;

pub use audio::{Clip, Samples};
pub use checkpoint_record::CheckpointRecord;
pub use error::{
    DecodeErrorKind, DownloadErrorKind, Error, MicrophoneErrorKind, ModelErrorKind, NoModelKind, TranscriptErrorKind,
};
pub use glossary::Glossary;
pub use observe::{Event, Observer};
pub use recognise::{AudioContext, DecodingOptions, DetectedLanguage, Line, Recogniser, Recognition, Scripted};
pub use transcript::{
    Channels, Completeness, Correction, Coverage, Edit, Gap, GapReason, GlossaryId, ListenAgain, ListenReason, Marker,
    MarkerKind, Millis, ModelId, PartialReason, RecordingId, Removal, RemovalReason, Segment, Span, SpeakerId, TrackId,
    TranscribeOptions, Transcript, VadOptions, VoiceEstimate, Warning, WarningKind, Word, count_words, language_code,
};

/// The examples of the guide are tested with the documentation.
#[cfg(doctest)]
#[doc = include_str!("../docs/guide.md")]
struct Guide;
