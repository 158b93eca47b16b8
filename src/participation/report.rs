//! Participation as a document to read: tables, and charts of the same numbers.

mod facts;
mod people;
mod time;

use super::{Item, Part, Participation, Views};
use crate::document::{Block, Document, Run};
use crate::wording::{Language, ParticipationTexts, decimal};
use crate::{Millis, Span};

/// What every section needs.
#[derive(Clone, Copy)]
struct Page<'a> {
    of: &'a Participation,
    texts: &'static ParticipationTexts,
    language: Language,
    /// Whether it can be known who speaks at the same time.
    overlaps: bool,
}

/// The report. Its headings are of level 2 for one recording; for several, each is a section of its own.
pub fn report(participation: &Participation) -> Document {
    let language = participation.language;
    let page = Page {
        of: participation,
        texts: ParticipationTexts::of(language),
        language,
        overlaps: participation.knows_overlaps(),
    };
    let mut blocks = facts::head(page);
    if let Some(together) = &participation.together {
        blocks.push(heading(2, page.texts.tables));
        blocks.extend(people::overview(page));
        blocks.extend(sections(page, together, 3));
    }
    for part in &participation.parts {
        blocks.extend(of_part(page, part));
    }
    blocks.extend(facts::method(page));
    Document { language: language.code().to_owned(), blocks }
}

/// One recording.
fn of_part(page: Page<'_>, part: &Part) -> Vec<Block> {
    let page = Page { overlaps: part.conversation.knows_overlaps(), ..page };
    let mut blocks = Vec::new();
    let level = match page.of.together {
        Some(_) => {
            blocks.push(heading(2, &part.conversation.name));
            blocks.push(Block::Facts(facts::times(page, &part.conversation, &part.whole)));
            3
        }
        None => 2,
    };
    blocks.extend(facts::remarks(page, &part.conversation));
    blocks.extend(sections(page, &part.whole, level));
    blocks.extend(time::timeline(page, part, level));
    blocks.extend(time::items(page, part, level));
    blocks
}

/// What there is to say of a recording, or of all of them.
fn sections(page: Page<'_>, views: &Views, level: u8) -> Vec<Block> {
    if views.all.speakers.is_empty() {
        return Vec::new();
    }
    let mut blocks = people::shares(page, views, level);
    blocks.extend(people::floor(page, views, level));
    blocks.extend(people::spread(page, views, level));
    blocks.extend(people::groups(page, views, level));
    blocks.extend(people::takeovers(page, views, level));
    blocks
}

fn heading(level: u8, text: &str) -> Block {
    Block::Heading { level, text: text.to_owned() }
}

/// A table; columns without a heading are left out.
fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Block {
    let shown: Vec<bool> = head.iter().map(|text| !text.is_empty()).collect();
    let kept = |row: Vec<String>| {
        let cells = row.into_iter().zip(&shown).filter(|(_, shown)| **shown);
        cells.map(|(text, _)| vec![Run::plain(text)]).collect()
    };
    Block::Table {
        head: head.iter().filter(|text| !text.is_empty()).map(|text| (*text).to_owned()).collect(),
        rows: rows.into_iter().map(kept).collect(),
    }
}

/// A number, or a dash if there is none.
fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

/// The heading of a column that is not always there.
fn shown(when: bool, text: &'static str) -> &'static str {
    if when { text } else { "" }
}

/// What an item is called in a list.
fn title(item: &Item, texts: &ParticipationTexts) -> String {
    match item.name.as_str() {
        "" => texts.item.to_owned(),
        name => name.to_owned(),
    }
}

/// `0:00:12–0:03:40`.
fn from_to(span: Span) -> String {
    format!("{}–{}", span.start, span.end)
}

/// Seconds with one digit behind the point.
fn seconds(time: Millis, language: Language) -> String {
    format!("{} s", decimal(time.seconds(), 1, language))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
