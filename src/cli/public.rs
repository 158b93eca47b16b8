//! What is left of transcripts without what is not public.

use transcribe::app::{self, UsageError};
use transcribe::meeting::Meeting;
use transcribe::minutes::{self, Cues, Minutes};
use transcribe::{Error, Span, Transcript};

use super::progress::Reporter;

/// A transcript with what was found in it, both without what is not public.
pub(super) struct Public {
    pub(super) transcript: Transcript,
    pub(super) minutes: Minutes,
    /// When something was said that is left out.
    pub(super) left_out: Vec<Span>,
}

impl Public {
    /// Takes the language from the meeting if the transcript has none. Leaves out what was said in items that are not public, and tells it, unless `include_closed`.
    ///
    /// # Errors
    /// Those of the built-in cues; a mistake if it is not known where such an item is.
    pub(super) fn of(
        mut transcript: Transcript,
        meeting: &Meeting,
        include_closed: bool,
        reporter: Reporter,
    ) -> Result<Result<Public, UsageError>, Error> {
        if let Some(language) = meeting.languages.first().filter(|_| transcript.language.is_empty()) {
            match app::language_code(language) {
                Ok(code) => transcript.language = code.unwrap_or_default(),
                Err(misuse) => return Ok(Err(misuse)),
            }
        }
        let minutes = minutes::find(&transcript, meeting, &Cues::read(&transcript.language, None)?);
        if include_closed {
            return Ok(Ok(Public { transcript, minutes, left_out: Vec::new() }));
        }
        if let Some(item) = minutes.closed_and_not_found().first().map(|item| &minutes.items[*item]) {
            let hint = "`start` of the item in meeting.toml says it, a time after the end if it was not recorded; or `--include-closed`";
            return Ok(Err(unplaced(&item.number, "the recording", hint)));
        }
        let (transcript, left_out) = (minutes::public_transcript(&transcript, &minutes), minutes.closed());
        if !left_out.is_empty() {
            reporter.note("what is not public is left out; `--include-closed` takes it, too");
        }
        Ok(Ok(Public { transcript, minutes: minutes.public(), left_out }))
    }
}

/// Whether several transcripts may be taken whole: where an item is, is only looked for in a single one.
pub(super) fn check_several(meeting: Option<&Meeting>, include_closed: bool) -> Result<(), UsageError> {
    let mut agenda = meeting.into_iter().flat_map(|meeting| &meeting.agenda);
    match agenda.find(|item| item.public == Some(false)).filter(|_| !include_closed) {
        None => Ok(()),
        Some(item) => {
            let hint = "`--include-closed` takes all that is said";
            Err(unplaced(&item.number, "several recordings", hint))
        }
    }
}

fn unplaced(number: &str, place: &str, hint: &str) -> UsageError {
    UsageError::new(format!("it is not known where item `{number}`, which is not public, is in {place}"), hint)
}
