//! Talk to the City. Its upload refuses the whole file for one bad cell: what a spreadsheet could run, also in the middle of a sentence,
//! characters that stand for lost ones, empty comments, and too many lines. After `common/csv-security` and `common/csv-validation` of
//! tttc-light-js.

use super::table::{Shape, write as write_table};
use super::{Contribution, Limits, Written};
use crate::format::{cell, line};

/// Its warning begins at 5,000; 10,000 are refused. What is put in to make a cell harmless has room in between.
pub(super) const LONGEST: usize = 5_000;
/// Bytes of a file, unless the server is set up otherwise.
const BYTES: usize = 150 * 1024;
/// Lines of a file are at most 10,000, of which one has the headings, and one is what follows the last line end.
const ROWS: usize = 10_000 - 2;
/// Characters of a name.
const LONGEST_NAME: usize = 200;
/// So many commas or quotation marks in a row are taken for an attack from 100 on, and a quotation mark is written as two.
const MOST_IN_A_ROW: usize = 40;

/// What is refused wherever it stands, in any case, and what is written instead.
const REFUSED: [(&str, &str); 5] = [
    ("javascript:", "javascript :"),
    ("vbscript:", "vbscript :"),
    ("data:", "data :"),
    ("powershell", "power shell"),
    ("<script", "< script"),
];
/// What is refused before this sign, also with blanks in between.
const REFUSED_BEFORE: [(&str, char); 2] = [("dde", '('), ("cmd", '|')];

pub(super) fn write(contributions: &[&Contribution], limits: &Limits) -> Vec<Written> {
    let rows = contributions.iter().zip(1..).map(|(one, n): (_, usize)| {
        let name: String = one.who.chars().take(LONGEST_NAME).collect();
        vec![n.to_string(), harmless(&name), one.span.start.to_string(), harmless(&one.text)]
    });
    let shape = Shape { rows: ROWS, ..Shape::of("t3c", Some(limits.bytes.unwrap_or(BYTES))) };
    write_table(&["id", "interview", "timestamp", "comment"], rows, &shape)
}

/// A cell that is not refused: what would be has a blank or a dash more.
fn harmless(text: &str) -> String {
    let mut text = line(text).replace('\u{fffd}', "");
    for (refused, instead) in REFUSED {
        text = replaced(&text, refused, |found| {
            // In the case in which it stands.
            let (before, after) = found.split_at(instead.find(' ').unwrap_or_default());
            format!("{before} {after}")
        });
    }
    for (word, sign) in REFUSED_BEFORE {
        text = parted(&text, word, sign);
    }
    for c in [',', '"'] {
        text = shortened(&text, c);
    }
    cell(&text).into_owned()
}

/// `text` with another text for each `word`, which is in lower case, in whatever case it stands.
fn replaced(text: &str, word: &str, with: impl Fn(&str) -> String) -> String {
    let lower = text.to_ascii_lowercase();
    let (mut done, mut from) = (String::with_capacity(text.len()), 0);
    for (at, _) in lower.match_indices(word) {
        done.push_str(&text[from..at]);
        done.push_str(&with(&text[at..at + word.len()]));
        from = at + word.len();
    }
    done + &text[from..]
}

/// `text` with a dash between each `word` and the `sign` that follows, perhaps behind blanks: `Budde – (SPD)`.
fn parted(text: &str, word: &str, sign: char) -> String {
    let lower = text.to_ascii_lowercase();
    let (mut done, mut from) = (String::with_capacity(text.len()), 0);
    for (at, _) in lower.match_indices(word) {
        let end = at + word.len();
        if end >= from && text[end..].trim_start().starts_with(sign) {
            done.push_str(&text[from..end]);
            done.push_str(" – ");
            from = text.len() - text[end..].trim_start().len();
        }
    }
    done + &text[from..]
}

/// `text` in which not too many of one sign follow each other.
fn shortened(text: &str, sign: char) -> String {
    let mut run = 0;
    let kept = |c: &char| {
        run = if *c == sign { run + 1 } else { 0 };
        run <= MOST_IN_A_ROW
    };
    text.chars().filter(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_words_are_parted_and_the_rest_stays() {
        for (text, expected) in [
            ("Die Metadata: liegen vor", "Die Metadata : liegen vor"),
            ("JavaScript:alert <SCRIPT>", "JavaScript :alert < SCRIPT>"),
            ("Frau Budde (SPD) und Dde  (x", "Frau Budde – (SPD) und Dde – (x"),
            ("cmd|cmd |", "cmd – |cmd – |"),
            ("PowerShell-Kurs", "Power Shell-Kurs"),
            ("=1+1", "'=1+1"),
            ("Größe\u{fffd}\r\nÄnderung", "Größe Änderung"),
            ("Daten: ja, Kommando (neu)", "Daten: ja, Kommando (neu)"),
        ] {
            assert_eq!(harmless(text), expected);
        }
        assert_eq!(harmless(&",".repeat(300)).len(), MOST_IN_A_ROW);
    }
}
