//! Searching all transcripts.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use maud::{Markup, html};
use serde::Deserialize;

use super::answer::{Answer, aside};
use super::shell::{self, Shell};
use super::site::Site;
use super::words;
use crate::app::library::{Found, SHORTEST};
use crate::wording::app::{AppTexts, filled};

/// Places at once.
const MOST: usize = 100;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Sought {
    #[serde(default)]
    q: String,
}

/// `GET search?q=…`.
pub(super) async fn page(
    State(site): State<Arc<Site>>,
    Query(Sought { q }): Query<Sought>,
    headers: HeaderMap,
) -> Answer {
    let language = site.language(&headers);
    aside(move || {
        let texts = AppTexts::of(language);
        let words: Vec<&str> = q.split_whitespace().filter(|word| word.chars().count() >= SHORTEST).collect();
        let mut found = site.library().search(&q, MOST + 1)?;
        let more = found.len() > MOST;
        found.truncate(MOST);
        let count = words::number(found.len(), language);
        let told = match found.len() {
            _ if words.is_empty() => texts.too_short.to_owned(),
            0 => texts.found_none.to_owned(),
            _ if more => filled(texts.found_most, &[("n", &count)]),
            count => words::counted(count, texts.found_one, texts.found_many, language),
        };
        let title = filled(texts.searching_in, &[("text", &q)]);
        let body = html! {
            h1 dir="auto" { (title) }
            p role="status" { (told) }
            ul.hits { @for places in found.chunk_by(|a, b| a.recording.key == b.recording.key) { (hit(places, &words)) } }
        };
        Ok(shell::page(&site, &Shell { language, title: &title, heading: None, search: &q }, &body))
    })
    .await
}

/// The places of one recording.
fn hit(places: &[Found], words: &[&str]) -> Markup {
    let recording = &places[0].recording;
    let address = format!("recordings/{}", recording.key.0);
    html! {
        li {
            h2 { a href=(address) dir="auto" { (recording.name) } }
            @for place in places {
                a href={ (address) "#t=" (place.start.0) } {
                    time { (words::clock(place.start.seconds())) }
                    span dir="auto" { (marked(&place.text, words)) }
                }
            }
        }
    }
}

/// The text, with the words in it that were looked for.
fn marked(text: &str, words: &[&str]) -> Markup {
    let lower = text.to_lowercase();
    // Where lower case has another length, places can't be told.
    let mut spans: Vec<(usize, usize)> = match lower.len() == text.len() {
        true => words
            .iter()
            .flat_map(|word| {
                let word = word.to_lowercase();
                lower.match_indices(&word).map(|(at, found)| (at, at + found.len())).collect::<Vec<_>>()
            })
            .filter(|(from, to)| text.is_char_boundary(*from) && text.is_char_boundary(*to))
            .collect(),
        false => Vec::new(),
    };
    spans.sort_unstable();
    let mut at = 0;
    html! {
        @for (from, to) in spans {
            @if from >= at {
                (text[at..from])
                mark { (text[from..to]) }
                ({ at = to; "" })
            }
        }
        (text[at..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_marked_and_nothing_is_markup() {
        let shown = marked("Die Grundsteuer <b>GRUND</b>", &["grund", "steuer"]).into_string();
        assert_eq!(shown, "Die <mark>Grund</mark><mark>steuer</mark> &lt;b&gt;<mark>GRUND</mark>&lt;/b&gt;");
        assert_eq!(marked("İstanbul", &["ist"]).into_string(), "İstanbul");
        assert_eq!(marked("aaaa", &["aaa", "aa"]).into_string(), "<mark>aa</mark><mark>aa</mark>");
    }
}
