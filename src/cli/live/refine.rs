//! The saved sound once more, with a better model, when there is time.

use std::path::PathBuf;

use transcribe::audio::Selection;
use transcribe::{Error, Millis, pipeline};

use super::clerk::SessionWriter;
use crate::cli::args::Live;
use crate::cli::progress::Reporter;
use crate::cli::recognisers::SelectedModel;
use crate::cli::{report, source};
use transcribe::app::Settings;

/// Replaces the transcript by that of `model`; markers and speakers stay. Until it is done, and if it fails, the first one
/// stands.
///
/// # Errors
/// Those of the model, of the saved sound and of writing.
pub(super) fn run(
    model: &str,
    args: &Live,
    options: &Settings,
    saved: &[PathBuf],
    clerk: &mut SessionWriter,
    reporter: Reporter,
) -> Result<(), Error> {
    let loaded = SelectedModel::named(Some(model), &args.common, options, &|_| ())?.load(options)?;
    let recording = source::open(saved, Selection::default())?;
    let follower = reporter.follow(&clerk.book.begin.name, Millis(0), None);
    let mut recognisers = loaded.recognisers(options.transcribe.languages.len() != 1);
    let made = pipeline::transcribe(recording, &mut recognisers, &options.transcribe, &follower);
    let took = follower.finish();
    let (mut transcript, failure) = made?;
    if let Some(error) = failure {
        return Err(error);
    }
    clerk.book.begin.model = loaded.id();
    clerk.book.complete(&mut transcript);
    clerk.write(&transcript)?;
    let (name, length) = (&clerk.book.begin.name, transcript.duration);
    let files = clerk.names();
    let done = report::Done { name, transcript: &transcript, length, known: Millis(0), took, files };
    reporter.done(&done.summary(), done.facts());
    Ok(())
}
