//! The lines above the text of the page, in any language.

use super::Media;
use crate::format::text;
use crate::wording::{self, Language};
use crate::{Millis, Transcript};
use std::borrow::Cow;

/// A line of the header.
pub(super) struct Line {
    /// Its CSS class.
    pub(super) class: &'static str,
    /// Where in the recording, if it is about a place.
    pub(super) at: Option<Millis>,
    pub(super) text: String,
}

/// The lines in order; they are the same in all languages but for their text.
pub(super) fn lines(transcript: &Transcript, media: &Media<'_>, language: Language) -> Vec<Line> {
    let line = |class, text: String| Line { class, at: None, text };
    let model = text::line(&transcript.model.file);
    let model = model.trim_start_matches("ggml-").trim_end_matches(".bin");
    let mut lines = vec![line("origin", wording::origin(transcript.duration, model, language))];
    lines.extend(text::incomplete_in(transcript, language).map(|text| line("incomplete", format!("[{text}]"))));
    let parts = &transcript.recording.parts;
    if parts.len() > 1 && !media.link.starts_with("data:") {
        let names: Vec<Cow<'_, str>> = parts.iter().map(|part| text::line(part)).collect();
        lines.push(line("parts", wording::first_of(parts.len(), &names.join(", "), language)));
    }
    let tracks = &transcript.recording.tracks;
    if tracks.len() > 1 && !media.link.starts_with("data:") {
        let played = text::line(transcript.recording.media());
        lines.push(line("parts", wording::track_of(tracks.len(), &played, language)));
    }
    lines.extend(transcript.warnings.iter().map(|warning| Line {
        class: "warning",
        at: warning.at,
        text: text::line(&wording::warning(warning, language)).into_owned(),
    }));
    lines
}
