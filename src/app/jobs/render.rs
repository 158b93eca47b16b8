//! A transcript as the content of a file.

use std::borrow::Cow;
use std::path::PathBuf;
use std::slice;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::recording;
use crate::app::CancelToken;
use crate::app::store::file_name;
use crate::audio::{self, Recording, Selection};
use crate::format::{self, Format, Style};
use crate::multitrack::{self, Clock};
use crate::{Error, RecordingId, Transcript};

/// How a file is rendered.
#[derive(Clone, Copy)]
pub struct Rendering<'a> {
    /// How the format looks.
    pub style: &'a Style,
    /// Whether formats that list single words have them.
    pub word_times: bool,
    /// The files of the recording, if a page is to contain it.
    pub embed: Option<&'a [PathBuf]>,
}

/// The content of a file in this format.
///
/// # Errors
/// [`Error::Read`] or [`Error::Decode`] if the recording can't be embedded, [`Error::Cancelled`].
pub fn render(
    format: Format,
    transcript: &Transcript,
    rendering: &Rendering<'_>,
    cancel: &CancelToken,
) -> Result<Vec<u8>, Error> {
    // Captions and the like need the times of words in any case.
    let transcript = match format.lists_words() && !rendering.word_times {
        true => Cow::Owned(without_word_times(transcript)),
        false => Cow::Borrowed(transcript),
    };
    let mut content = Vec::new();
    // Writing into memory does not fail.
    let _ = match rendering.embed.filter(|_| format == Format::Html) {
        Some(parts) => {
            let style =
                Style { media: Some(data_url(parts, &transcript.recording, cancel)?), ..rendering.style.clone() };
            format::write(format, &transcript, &style, &mut content)
        }
        None => format::write(format, &transcript, rendering.style, &mut content),
    };
    Ok(content)
}

/// The transcript without times of single words.
pub(crate) fn without_word_times(transcript: &Transcript) -> Transcript {
    let mut shown = transcript.clone();
    shown.segments.iter_mut().for_each(|segment| segment.words.clear());
    shown
}

/// The whole recording as a `data:` URL, whatever part was transcribed: all times are those of the whole.
fn data_url(parts: &[PathBuf], id: &RecordingId, cancel: &CancelToken) -> Result<String, Error> {
    let first = parts.first().cloned().unwrap_or_default();
    let recording = match id.tracks.is_empty() || parts.len() == 1 {
        true => recording::open(parts, Selection::default())?,
        false => all_tracks(parts, id)?,
    };
    let opus = audio::opus(recording, &first, &|| cancel.is_cancelled())?;
    Ok(format!("data:audio/ogg;base64,{}", BASE64_STANDARD.encode(opus)))
}

/// The sound of all tracks together. Of those in `parts`, the ones that were not transcribed are left out.
fn all_tracks(parts: &[PathBuf], id: &RecordingId) -> Result<Recording, Error> {
    let mut tracks = Vec::new();
    for track in &id.tracks {
        let Some(part) = parts.iter().find(|part| file_name(part) == track.file) else { continue };
        let recording = recording::open(slice::from_ref(part), Selection::default())?;
        tracks.push((recording, Clock { offset: track.start.seconds(), drift: track.drift as f64 / 1000.0 }));
    }
    Ok(multitrack::mixed(tracks))
}
