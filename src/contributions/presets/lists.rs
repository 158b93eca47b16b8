//! Programs that read a plain table.

use super::table::{Shape, write};
use super::{Contribution, Limits, Written};
use crate::format::{cell, line};
use std::collections::BTreeSet;

/// Polis takes 997 characters; one may become an apostrophe before a formula.
pub(super) const LONGEST_OF_POLIS: usize = 996;
/// Rows of a file for Polis: with more than 30 lines its upload fails without a word.
const ROWS_OF_POLIS: usize = 28;
/// Characters of a title of a proposal.
const LONGEST_TITLE: usize = 100;
/// Kōchō AI guesses the encoding of a file, and is sure of UTF-8 with so many characters beyond ASCII.
const SURE: usize = 4;
/// What pandas takes for an empty cell.
const NOTHING: [&str; 16] = [
    "#N/A", "#N/A N/A", "#NA", "-NaN", "-nan", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
    "-1.#IND", "1.#QNAN",
];

/// `participant_id,survey_text`. The ids are unique: of rows with one id, only the text of the first is read.
pub(super) fn sensemaker(contributions: &[&Contribution], limits: &Limits) -> Vec<Written> {
    let rows = contributions.iter().zip(1..).map(|(one, n): (_, usize)| {
        let text = if NOTHING.contains(&&*one.text) { format!("{}.", one.text) } else { shown(&one.text) };
        vec![format!("{} {n}", shown(&one.who)), text]
    });
    write(&["participant_id", "survey_text"], rows, &Shape::of("sensemaker", limits.bytes))
}

/// `id,comment`.
pub(super) fn kouchou(contributions: &[&Contribution], limits: &Limits) -> Vec<Written> {
    let rows = contributions.iter().zip(1..).map(|(one, n): (_, usize)| vec![n.to_string(), shown(&one.text)]);
    let mut files = write(&["id", "comment"], rows, &Shape::of("kouchou", limits.bytes));
    for Written { content, .. } in &mut files {
        let beyond = content.iter().filter(|byte| **byte >= 0xc0).count();
        if (1..SURE).contains(&beyond) {
            content.splice(0..0, *b"\xef\xbb\xbf");
        }
    }
    files
}

/// `comment_text`, in files of few lines; what was said twice is in it once.
pub(super) fn polis(contributions: &[&Contribution], limits: &Limits) -> Vec<Written> {
    let mut said = BTreeSet::new();
    let rows = contributions.iter().filter(|one| said.insert(&*one.text)).map(|one| vec![shown(&one.text)]);
    write(&["comment_text"], rows, &Shape { rows: ROWS_OF_POLIS, ..Shape::of("polis", limits.bytes) })
}

/// `title/de;body/de`. Decidim reads semicolons.
pub(super) fn decidim(contributions: &[&Contribution], limits: &Limits) -> Vec<Written> {
    let language = if limits.language.is_empty() { "en" } else { &limits.language };
    let head = ["title", "body"].map(|column| format!("{column}/{language}"));
    let rows = contributions.iter().map(|one| {
        let source = format!("{} ({}, {})", line(&one.text), line(&one.recording), one.span.start);
        vec![shown(&title(&one.text)), shown(&source)]
    });
    let shape = Shape { separator: b';', ..Shape::of("decidim", limits.bytes) };
    write(&head.each_ref().map(String::as_str), rows, &shape)
}

/// The first words.
fn title(text: &str) -> String {
    if text.chars().count() <= LONGEST_TITLE {
        return text.to_owned();
    }
    let begin: String = text.chars().take(LONGEST_TITLE - 1).collect();
    let words = begin.rsplit_once(' ').map_or(&*begin, |(words, _)| words);
    format!("{}…", words.trim_end_matches([',', ';', ':', '–', '-', ' ']))
}

/// All that is known.
pub(super) fn everything(contributions: &[&Contribution], limits: &Limits) -> Vec<Written> {
    let rows = contributions.iter().zip(1..).map(|(one, n): (_, usize)| {
        vec![
            n.to_string(),
            shown(&one.recording),
            one.turn.to_string(),
            shown(&one.who),
            one.role.as_deref().map(shown).unwrap_or_default(),
            one.group.as_deref().map(shown).unwrap_or_default(),
            one.span.start.to_string(),
            one.span.start.0.to_string(),
            one.span.end.0.to_string(),
            one.filler.to_string(),
            shown(&one.text),
        ]
    });
    let head = ["id", "recording", "turn", "speaker", "role", "group", "time", "start_ms", "end_ms", "filler", "text"];
    write(&head, rows, &Shape::of("contributions", limits.bytes))
}

/// On one line, and no formula.
fn shown(text: &str) -> String {
    cell(&line(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_made_of_whole_words() {
        assert_eq!(title("Mehr Bäume, bitte."), "Mehr Bäume, bitte.");
        let long = title(&"Wir brauchen Bänke, ".repeat(20));
        assert!(long.ends_with(" Wir brauchen…") && long.chars().count() <= LONGEST_TITLE, "{long}");
        assert_eq!(title(&"x".repeat(300)).chars().count(), LONGEST_TITLE);
    }
}
