//! What tests of the library share.
#![allow(clippy::unwrap_used)]

use std::fs;

use super::versions::written;
use super::{JobSettings, JobState, Library, Recording, Requester, Window};
use crate::{Millis, Segment, Span, Transcript};

pub(super) const WINDOW: Window = Window { session: "window", version: None };

/// A change of the transcript that [`transcribed`] leaves.
pub(super) const EDITS: &str = r#"{"transcribe_edits": 1, "edits": [{"start": 0, "end": 0.9, "before": "Anfang.",
    "segments": [{"start": 0, "end": 0.9, "text": "Anfang!"}]}]}"#;

/// The file of a transcript of one sentence.
pub(super) fn transcript(text: &str) -> Vec<u8> {
    let segments = vec![Segment { span: Span::new(0, 900), text: text.into(), ..Segment::default() }];
    written(&Transcript { segments, duration: Millis(900), ..Transcript::default() })
}

/// A recording with a whole transcript.
pub(super) fn transcribed(library: &Library, requester: Requester) -> Recording {
    let mut incoming = library.receive().unwrap();
    incoming.write(b"a recording").unwrap();
    let (received, settings) = (incoming.finish().unwrap(), JobSettings::default());
    let job = library.job(library.take_in(received, "talk.wav", &settings, requester).unwrap()).unwrap();
    library.begin(&job).unwrap();
    fs::write(job.recording.transcript_path(), transcript("Anfang.")).unwrap();
    library.adopt(job.recording.key).unwrap();
    library.set_state(job.key, JobState::Done, None).unwrap();
    library.recording(job.recording.key).unwrap()
}
