//! The strings of the pages, as the pages' scripts get them: one JSON object, by language and key. `{name}` in a text is replaced by
//! the script.

use super::{Language, de, en, removal};
use crate::RemovalReason;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A table of texts; its keys in JSON are those of the scripts.
macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($key:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Serialize)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $name {
            $(pub(crate) $key: &'static str),*
        }
    };
}

texts! {
    /// Buttons and messages of the review page.
    ReviewPage {
        listen, play, back, ahead, slower, faster, speed, check, next_place, last_place, places, again, again_left, again_all, again_next, again_last, again_mark, again_done, next_turn, last_turn, next_segment, last_segment, search, searching, next_hit, last_hit, of, none, shading, notes, timeline, voices, all, no_voice, rename, undo, redo, download, save, open, more, help, helping, close, cancel, ok, edit, leave, split, join, remove, split_short, join_short, remove_short, restore, restore_short, start, end, now, done, voice, give_voice, toolbar, segment, name, everywhere, turn, one, several, taken, no_voices, all_voices, talk_time, sample, hear, name_of, united, pick_next, pick_last, no_time, clamped, was, unsaved, elsewhere, kept, foreign, partly, missing, pick, beyond, no_places, space, always, reading, typing, control, shift, enter, delete_key, page_up, page_down, saving, saved, not_saved, not_accepted, changed_elsewhere, reload,
    }
}

#[cfg(feature = "page")]
texts! {
    /// Buttons and messages of the page with live captions.
    LivePage {
        title, notice, paused, silent, lost, ended, connection, hidden, keys, close, space, larger, smaller, rows, light, full, hide, help, no_script,
    }
}

/// The review page's strings: in `only`, or in all languages.
pub(crate) fn review(only: Option<Language>) -> Value {
    by_language(only, |language| {
        let mut texts = serde_json::to_value(match language {
            Language::German => &de::REVIEW_PAGE,
            Language::English => &en::REVIEW_PAGE,
        });
        if let Ok(Value::Object(texts)) = &mut texts {
            let text = |reason: &RemovalReason| removal(reason, language).into_owned().into();
            let reasons = RemovalReason::KNOWN.iter().map(|reason| (reason.code().to_owned(), text(reason)));
            texts.insert("reasons".into(), Value::Object(reasons.collect()));
            texts.insert("why".into(), why(language));
        }
        texts
    })
}

/// Why to listen to a place again, by code.
fn why(language: Language) -> Value {
    match language {
        Language::German => json!({"no_text": "kein Text", "removed": "Text entfernt", "uncertain": "unsicher"}),
        Language::English => json!({"no_text": "no text", "removed": "text removed", "uncertain": "uncertain"}),
    }
}

/// The live page's strings: in `only`, or in all languages.
#[cfg(feature = "page")]
pub(crate) fn live(only: Option<Language>) -> Value {
    by_language(only, |language| serde_json::to_value(live_page(language)))
}

/// The live page's texts in one language.
#[cfg(feature = "page")]
pub(crate) fn live_page(language: Language) -> &'static LivePage {
    match language {
        Language::German => &de::LIVE_PAGE,
        Language::English => &en::LIVE_PAGE,
    }
}

/// Why the server of the live page refuses a request.
#[cfg(feature = "page")]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    /// The request is for another address.
    OtherAddress,
    /// The method is not one that reads.
    Method,
    /// The token is missing or wrong.
    Token,
    /// There is no such page.
    NoPage,
    /// There are too many viewers.
    Full,
}

/// The text of a refusal.
#[cfg(feature = "page")]
pub(crate) fn refusal(refusal: Refusal, language: Language) -> &'static str {
    match language {
        Language::German => de::refusal(refusal),
        Language::English => en::refusal(refusal),
    }
}

fn by_language(only: Option<Language>, texts: impl Fn(Language) -> serde_json::Result<Value>) -> Value {
    let languages = Language::ALL.into_iter().filter(|language| only.is_none_or(|only| only == *language));
    // A table of strings can always be written as JSON.
    let all = languages.filter_map(|language| Some((language.code().to_owned(), texts(language).ok()?)));
    Value::Object(all.collect::<Map<_, _>>())
}

#[cfg(all(test, feature = "page"))]
#[allow(clippy::unwrap_used)]
mod tests;
