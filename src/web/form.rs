//! The form for a new transcription.

use maud::{Markup, PreEscaped, html};

use super::answer::Failed;
use super::site::Site;
use super::words;
use crate::app::language_name;
use crate::app::library::JobSettings;
use crate::app::models::cores;
use crate::models::{DEFAULT, Installed, ModelKind, RECOMMENDED, Store, by_name, size_for_people};
use crate::whisper;
use crate::wording::Language;
use crate::wording::app::{AppTexts, filled};

/// The most people that can be chosen.
const MOST_PEOPLE: usize = 12;
/// How many times faster than real time a core is with a model of [`MEASURED_SIZE`], roughly; other models by their size.
const MEASURED_SPEED: f64 = 3.0;
const MEASURED_SIZE: f64 = 82e6;
/// Bytes of a model than which few are better.
const MUCH: u64 = 800_000_000;

/// What can be chosen about a transcription.
pub(super) struct Choices<'a> {
    site: &'a Site,
    store: Store,
    installed: Vec<Installed>,
    texts: &'static AppTexts,
}

impl<'a> Choices<'a> {
    pub(super) fn read(site: &'a Site, language: Language) -> Choices<'a> {
        let store = Store::of_user();
        let all = store.installed().into_iter();
        let installed = all.filter(|one| one.whole() && one.model.kind == ModelKind::Speech).collect();
        Choices { site, store, installed, texts: AppTexts::of(language) }
    }

    /// Whether something can be transcribed: there is a model, or none is needed.
    pub(super) fn are_there(&self) -> bool {
        !self.installed.is_empty() || !self.site.queue.needs_model()
    }

    /// The fields for them, with what is chosen at first; where that is nothing, the best model and whatever language is spoken.
    /// `again`: for a recording that is transcribed already, whose voices are told apart as before unless people ask for something else.
    pub(super) fn fields(&self, chosen: &JobSettings, again: bool) -> Result<Markup, Failed> {
        let Choices { site, store, installed, texts } = self;
        let of = |option: &str| chosen.options.get(option).map(String::as_str);
        Ok(html! {
            div.fields {
                (languages(of("language"), texts))
                (models(site, installed, of("model"), texts)?)
                (speakers(store, of("speakers"), again, texts))
            }
            (better(store, installed, texts))
            details {
                summary { (texts.glossary) }
                label.quiet for="glossary" { (texts.glossary_help) }
                textarea #glossary name="glossary" rows="4" spellcheck="false" { "\n" (chosen.glossary) }
            }
        })
    }

    /// Whether the sound of a live session is transcribed once more at its end, and by which model; empty if there is no better one.
    pub(super) fn once_more(&self) -> Result<Markup, Failed> {
        let Choices { site, installed, texts, .. } = self;
        let better: Vec<_> = installed.iter().filter(|one| one.model.name != DEFAULT).cloned().collect();
        let rows = model_rows(site, &better, texts)?;
        Ok(html! {
            @if !rows.is_empty() {
                div.fields {
                    label { (texts.live_refine)
                        select #refine name="refine" {
                            option value="" { (texts.live_refine_no) }
                            @for (name, time) in &rows { option value=(name) { (time) } }
                        }
                    }
                }
            }
        })
    }
}

/// The form, or how to get a model if there is none; `first`: there is nothing else yet.
pub(super) fn form(site: &Site, first: bool, language: Language) -> Result<Markup, Failed> {
    let texts = AppTexts::of(language);
    let choices = Choices::read(site, language);
    let ready = choices.are_there();
    Ok(html! {
        section.card.new aria-labelledby="new" {
            h2 #new { (texts.new) }
            @if !ready { (no_model(texts)) }
            div #drop.drop.small[!first] hidden[!ready] data-first=(first) {
                (PreEscaped(SHEET))
                p #drop-text.drop-text { (texts.drop_here) }
                p.buttons {
                    button #choose.primary type="button" { (texts.choose_files) }
                    button #choose-folder type="button" { (texts.choose_folder) }
                }
                p.quiet { (texts.stays_here) }
                p.other { a #open-folder href="folder" { (texts.open_folder) } }
                input #files type="file" multiple hidden aria-label=(texts.choose_files);
                input #folder type="file" webkitdirectory hidden aria-label=(texts.choose_folder);
            }
            form #settings hidden {
                h3 #chosen {}
                ul #chosen-files.files {}
                p #left-out.quiet hidden {}
                (choices.fields(&JobSettings::default(), false)?)
                details #meeting-details {
                    summary { (texts.meeting) }
                    p.quiet { (texts.meeting_help) }
                    p.buttons {
                        button #meeting-choose type="button" data-file="meeting-file" { (texts.meeting_choose) }
                        button #meeting-drop type="button" hidden { (texts.meeting_drop) }
                        input #meeting-file type="file" accept=".toml,.json,.txt" hidden aria-label=(texts.meeting_choose);
                    }
                    p #meeting-told dir="auto" role="status" {}
                }
                p.buttons {
                    button #start.primary type="submit" { (texts.start) }
                    button #clear type="button" { (texts.clear) }
                }
            }
            ul #uploads.rows {}
        }
    })
}

pub(super) fn no_model(texts: &AppTexts) -> Markup {
    let size = by_name(RECOMMENDED).map_or_else(|_| String::new(), |model| size_for_people(model.size));
    html! {
        div.notice {
            h3 { (texts.no_model) }
            p { (texts.no_model_why) }
            p { a.button.primary href="models" { (filled(texts.get_model, &[("size", &size)])) } }
        }
    }
}

/// What would make transcripts better and is not here.
fn better(store: &Store, installed: &[Installed], texts: &AppTexts) -> Markup {
    let size = |name| by_name(name).map_or_else(|_| String::new(), |model| size_for_people(model.size));
    let best = installed.first().is_some_and(|one| one.model.name != RECOMMENDED && one.model.size < MUCH);
    html! {
        @if best { p { a href="models" { (filled(texts.get_better, &[("size", &size(RECOMMENDED))])) } } }
        @if store.speakers().is_none() {
            p { a href="models" { (filled(texts.speakers_missing, &[("size", &size("speakers"))])) } }
        }
    }
}

/// Their names are English; the script has them in the language of the page.
fn languages(chosen: Option<&str>, texts: &AppTexts) -> Markup {
    let mut all: Vec<(&str, String)> = whisper::languages().map(|(code, _)| (code, language_name(code))).collect();
    all.sort_by(|one, other| one.1.cmp(&other.1));
    html! {
        label { (texts.language)
            select #language name="language" {
                option value="" { (texts.language_auto) }
                @for (code, name) in &all { option value=(code) selected[chosen == Some(code)] { (name) } }
            }
        }
    }
}

/// Names of models, and what people read about them.
fn model_rows(site: &Site, installed: &[Installed], texts: &AppTexts) -> Result<Vec<(String, String)>, Failed> {
    let mut rows = Vec::new();
    for one in installed {
        let speed = speed(site, &one.model.name, one.size)?;
        let name = match one.model.name.as_str() {
            RECOMMENDED => texts.model_fine,
            DEFAULT => texts.model_quick,
            other => other,
        };
        let time = words::per_hour(speed);
        rows.push((one.model.name.clone(), filled(texts.model_short, &[("name", name), ("time", &time)])));
    }
    Ok(rows)
}

fn models(site: &Site, installed: &[Installed], chosen: Option<&str>, texts: &AppTexts) -> Result<Markup, Failed> {
    let rows = model_rows(site, installed, texts)?;
    Ok(html! {
        label { (texts.model)
            select #model name="model" {
                @for (name, time) in &rows { option value=(name) selected[chosen == Some(name.as_str())] { (time) } }
            }
        }
    })
}

/// How many times faster than real time this computer is with a model: as measured, or else a guess.
pub(super) fn speed(site: &Site, model: &str, size: u64) -> Result<f64, Failed> {
    let guess = MEASURED_SPEED * f64::from(cores()) * MEASURED_SIZE / (size as f64).max(1.0);
    Ok(site.library().speed(model)?.unwrap_or(guess))
}

fn speakers(store: &Store, chosen: Option<&str>, again: bool, texts: &AppTexts) -> Markup {
    let there = store.speakers().is_some();
    let before = chosen.unwrap_or_default();
    let chosen = chosen.filter(|_| !again);
    html! {
        label { (texts.speakers)
            select #speakers name="speakers" {
                @if again { option value=(before) { (texts.again_speakers) } }
                @if there { option value="auto" { (texts.speakers_auto) } }
                option value="off" selected[chosen == Some("off")] { (texts.speakers_off) }
                @if there {
                    @for n in 2..=MOST_PEOPLE {
                        @let n = n.to_string();
                        option value=(n) selected[chosen == Some(n.as_str())] { (filled(texts.speakers_count, &[("n", &n)])) }
                    }
                }
            }
        }
    }
}

/// A sheet with lines and an arrow into it.
const SHEET: &str = r##"<svg class="sheet" aria-hidden="true" viewBox="0 0 48 48" width="48" height="48" fill="none"
stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"><path d="M24 6v20m0 0-7-7m7 7 7-7"/>
<path d="M8 30v7a4 4 0 0 0 4 4h24a4 4 0 0 0 4-4v-7"/></svg>"##;
