//! Drafts made of a transcript: minutes, and who takes part how much.

use std::sync::Arc;

use axum::extract::{Path, State};
use maud::{Markup, html};

use super::answer::{Answer, Failed, aside};
use super::export::attachment;
use super::site::Site;
use crate::app::library::{LibraryError, Recording, RecordingKey};
use crate::app::store::stem;
use crate::format::{DocumentFormat, Style, write_document};
use crate::minutes::{self, DraftOptions, Kind, Part};
use crate::participation::{self, Conversation, Naming, Parameters, Participation};
use crate::wording::Language;
use crate::wording::app::AppTexts;
use crate::{Error, Transcript};

/// What can be drafted: how it is called in addresses and names of files.
const DRAFTS: [&str; 4] = ["results.docx", "course.docx", "verbatim.docx", "participation.html"];

/// Links to all drafts, as seen from the page `from`.
pub(super) fn links(from: &str, texts: &AppTexts) -> Markup {
    let names = [texts.draft_results, texts.draft_course, texts.draft_verbatim, texts.draft_participation];
    html! {
        @for (draft, name) in DRAFTS.iter().zip(names) { a href={ (from) "/drafts/" (draft) } download { (name) } }
    }
}

/// `GET recordings/7/drafts/results.docx`.
pub(super) async fn draft(State(site): State<Arc<Site>>, Path((_, key, draft)): Path<(String, i64, String)>) -> Answer {
    aside(move || {
        let recording = site.library().recording(RecordingKey(key))?;
        let transcript = site.library().current(recording.key)?.transcript;
        let content = content(&draft, &recording, transcript).map_err(LibraryError::from)?;
        let content = content.ok_or_else(|| Failed::request("there is no such draft"))?;
        let name = format!("{}.{draft}", stem(recording.name.as_ref()).to_string_lossy());
        Ok(attachment(&name, content))
    })
    .await
}

/// The content of a draft; `None` if there is none of this name.
fn content(draft: &str, recording: &Recording, mut transcript: Transcript) -> Result<Option<Vec<u8>>, Error> {
    let kind = match draft {
        "results.docx" => Some(Kind::Results),
        "course.docx" => Some(Kind::Course),
        "verbatim.docx" => Some(Kind::Verbatim),
        "participation.html" => None,
        _ => return Ok(None),
    };
    let (known, found) = super::minutes::found(recording, &mut transcript)?;
    let meeting = known.clone().unwrap_or_default();
    if let Some(item) = found.closed_and_not_found().first() {
        let number = &found.items[*item].number;
        let field = Some(format!("`agenda`, item `{number}`"));
        let reason =
            "it is not public, and not found; `start` says where it is, a time after the end if it was not recorded";
        return Err(Error::Meeting { path: recording.meeting_path(), place: field, reason: reason.into() });
    }
    let (document, format) = match kind {
        Some(kind) => {
            let options = DraftOptions { kind, part: Part::Public, land: None, page: None, begins: Vec::new() };
            (minutes::draft(&transcript, &meeting, &found, &options), DocumentFormat::Docx)
        }
        None => {
            let naming = Naming { name: &recording.name, meeting: known.as_ref(), several: false };
            let parameters = Parameters::default();
            // Drafts are passed on: what is not public is not counted.
            let (public, left_out) = minutes::public_transcript(&transcript, &found);
            let items = participation::items(&found.public());
            let conversation = Conversation { items, left_out, ..Conversation::of(&public, &naming, parameters.gap) };
            let persons = known.as_ref().map(participation::persons).unwrap_or_default();
            let excluded = participation::MODERATION.map(str::to_owned).into();
            let measured = Participation::new(
                recording.name.clone(),
                Language::of(&transcript.language),
                vec![conversation],
                persons,
                (excluded, parameters),
            );
            (participation::report(&measured), DocumentFormat::Html)
        }
    };
    let style = Style { line_numbers: true, page_numbers: true, ..Style::default() };
    let mut written = Vec::new();
    // Writing into memory does not fail.
    let _ = write_document(format, &document, &style, &mut written);
    Ok(Some(written))
}
