//! A recording as a part of a page.

use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use transcribe::audio::{self, Selection};
use transcribe::format::{Format, Style};
use transcribe::{Error, Transcript, format};

use super::{interrupt, source};

/// What `transcript` looks like as `format`. Pages hold the sound themselves if `embed` says in which files it lies.
///
/// # Errors
/// [`Error::Read`] or [`Error::Decode`] if the recording is not to be had.
pub(super) fn written(
    format: Format,
    transcript: &Transcript,
    style: &Style,
    embed: Option<&[PathBuf]>,
) -> Result<Vec<u8>, Error> {
    let mut content = Vec::new();
    // Writing into memory does not fail.
    let _ = match embed.filter(|_| format == Format::Html) {
        Some(parts) => {
            let style = Style { media: Some(sound(parts)?), ..style.clone() };
            format::write(format, transcript, &style, &mut content)
        }
        None => format::write(format, transcript, style, &mut content),
    };
    Ok(content)
}

/// As a `data:` URL, the whole recording whatever part was asked for: the times are its own.
fn sound(parts: &[PathBuf]) -> Result<String, Error> {
    let first = parts.first().cloned().unwrap_or_default();
    let recording = source::open(parts, Selection::default())?;
    let opus = audio::opus(recording, &first, &interrupt::stopping)?;
    Ok(format!("data:audio/ogg;base64,{}", BASE64_STANDARD.encode(opus)))
}
