//! What is left of transcripts without what is not public.

use transcribe::app::{self, UsageError};
use transcribe::meeting::Meeting;
use transcribe::minutes::{self, Cues, Minutes};
use transcribe::{Error, Millis, Span, Transcript};

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
        if let Err(misuse) = settle_language(&mut transcript, meeting, reporter) {
            return Ok(Err(misuse));
        }
        let minutes = minutes::find(&transcript, meeting, &Cues::read(&transcript.language, None)?);
        if include_closed {
            return Ok(Ok(Public { transcript, minutes, left_out: Vec::new() }));
        }
        if let Some(item) = minutes.closed_and_not_found().first().map(|item| &minutes.items[*item]) {
            let hint = "`start` of the item in meeting.toml says it, a time after the end if it was not recorded; or `--include-closed`";
            return Ok(Err(unplaced(&item.number, "the recording", hint)));
        }
        let (transcript, left_out) = minutes::public_transcript(&transcript, &minutes);
        if !left_out.is_empty() {
            let length = Millis(left_out.iter().map(|span| span.length().0).sum());
            let length = length.to_string();
            reporter
                .note(&format!("what is not public is left out, {length} in all; `--include-closed` takes it, too"));
        }
        Ok(Ok(Public { transcript, minutes: minutes.public(), left_out }))
    }
}

/// Takes the language from the meeting if the transcript has none, and warns if it is none whose phrases are known.
pub(super) fn settle_language(
    transcript: &mut Transcript,
    meeting: &Meeting,
    reporter: Reporter,
) -> Result<(), UsageError> {
    if let Some(language) = meeting.languages.first().filter(|_| transcript.language.is_empty()) {
        transcript.language = app::language_code(language)?.unwrap_or_default();
    }
    if !["de", "en"].contains(&transcript.language.as_str()) {
        let language = if transcript.language.is_empty() { "not known" } else { &transcript.language };
        let hint =
            "phrases of English are looked for, also for what is not public; `languages` in meeting.toml names another";
        reporter.note(&format!("warning: the transcript: its language is {language}: {hint}"));
    }
    Ok(())
}

/// The same of several transcripts. Where an item is, is only looked for in a single one; what the chair says is heard in all.
///
/// # Errors
/// As [`Public::of`].
pub(super) fn all_public(
    transcripts: Vec<Transcript>,
    meeting: Option<&Meeting>,
    include_closed: bool,
    reporter: Reporter,
) -> Result<Result<Vec<Public>, UsageError>, Error> {
    let mut meeting = meeting.cloned().unwrap_or_default();
    if transcripts.len() > 1 {
        let closed = meeting.agenda.iter().find(|item| item.public == Some(false));
        if let Some(item) = closed.filter(|_| !include_closed) {
            let hint = "`--include-closed` takes all that is said";
            return Ok(Err(unplaced(&item.number, "several recordings", hint)));
        }
        meeting.agenda.clear();
    }
    transcripts.into_iter().map(|one| Public::of(one, &meeting, include_closed, reporter)).collect()
}

pub(super) fn unplaced(number: &str, place: &str, hint: &str) -> UsageError {
    UsageError::new(format!("it is not known where item `{number}`, which is not public, is in {place}"), hint)
}
