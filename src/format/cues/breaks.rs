//! What a break between two words costs the reader.
//!
//! After the guidelines of ARD, BBC and Netflix: break after a sentence, else after a clause, else before a conjunction
//! or preposition; keep an article with its noun, a number with its unit, the parts of a name together. Small
//! words decide, for German and English; in other languages only punctuation does. This is no grammar: a word that it takes
//! wrongly makes a line end where another end would be nicer, no more.

use super::super::text::{ends_sentence, unspaced_script};
use super::pieces::Piece;

/// Between sentences.
const SENTENCE: u32 = 0;
/// After a comma and the like.
const CLAUSE: u32 = 8;
/// Before a word that begins a clause, or joins.
const BEFORE_CONJUNCTION: u32 = 14;
/// Before a preposition; between phrases in Japanese.
const BEFORE_PREPOSITION: u32 = 18;
/// Between any two words.
pub(super) const PLAIN: u32 = 30;
/// Between words that belong together: pronoun and verb, adjective and noun, the parts of a name.
const TIGHT: u32 = 45;
/// Between words that must not be parted: article and noun, number and unit, preposition and what follows.
const BOUND: u32 = 70;
/// Where no blank is, as in `E-Mail`; before a closing bracket and after an opening one.
const GLUED: u32 = 300;

/// What a word may be; several at once.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Roles(u16);

impl Roles {
    const CONJUNCTION: Roles = Roles(1);
    const PREPOSITION: Roles = Roles(2);
    const ARTICLE: Roles = Roles(4);
    const PRONOUN: Roles = Roles(8);
    const TITLE: Roles = Roles(16);
    const NUMBER: Roles = Roles(32);
    const COUNTED: Roles = Roles(64);
    const CAPITAL: Roles = Roles(128);
    const INFLECTED: Roles = Roles(256);
    const ABBREVIATION: Roles = Roles(512);
    const GERMAN: Roles = Roles(1024);
    const KNOWN: Roles = Roles(2048);

    fn is(self, roles: Roles) -> bool {
        self.0 & roles.0 != 0
    }

    fn add(&mut self, yes: bool, role: Roles) {
        if yes {
            self.0 |= role.0;
        }
    }
}

/// What `text` may be in `language` (an ISO 639-1 code).
pub(super) fn roles(text: &str, language: &str) -> Roles {
    let mut roles = Roles::default();
    let bare = text.trim_matches(|c: char| !c.is_alphanumeric() && c != '§' && c != '%');
    roles.add(bare.starts_with(|c: char| c.is_ascii_digit()), Roles::NUMBER);
    let (german, english) = (language == "de", language == "en");
    if !german && !english {
        return roles;
    }
    roles.add(true, Roles::KNOWN);
    roles.add(german, Roles::GERMAN);
    let capital = bare.starts_with(char::is_uppercase);
    roles.add(capital, Roles::CAPITAL);
    let lower = bare.to_lowercase();
    let listed = if german { german_roles(&lower) } else { english_roles(&lower) };
    roles.0 |= listed.0;
    roles.add(abbreviated(text, bare, &lower, german), Roles::ABBREVIATION);
    let inflected = german && !capital && listed == Roles::default() && bare.len() > 4;
    roles.add(inflected && ["e", "en", "er", "es", "em"].iter().any(|e| bare.ends_with(e)), Roles::INFLECTED);
    roles
}

fn german_roles(word: &str) -> Roles {
    let mut roles = Roles::default();
    #[rustfmt::skip]
    roles.add(matches!(word, "und" | "oder" | "aber" | "sondern" | "denn" | "doch" | "sowie" | "weil" | "dass" | "damit"
        | "obwohl" | "wenn" | "falls" | "ob" | "als" | "wie" | "während" | "bevor" | "nachdem" | "sobald" | "solange"
        | "sodass" | "indem" | "wobei" | "wodurch" | "beziehungsweise" | "bzw"), Roles::CONJUNCTION);
    #[rustfmt::skip]
    roles.add(matches!(word, "in" | "im" | "ins" | "an" | "am" | "ans" | "auf" | "aufs" | "aus" | "bei" | "beim" | "mit"
        | "nach" | "von" | "vom" | "vor" | "zu" | "zum" | "zur" | "über" | "unter" | "durch" | "für" | "gegen" | "ohne"
        | "um" | "zwischen" | "seit" | "wegen" | "trotz" | "bis" | "hinter" | "neben" | "gegenüber" | "innerhalb"
        | "außerhalb" | "gemäß" | "laut" | "pro" | "per"), Roles::PREPOSITION);
    #[rustfmt::skip]
    let article = matches!(word, "der" | "die" | "das" | "den" | "dem" | "des" | "ein" | "eine" | "einen" | "einem" | "einer"
        | "eines" | "sehr" | "nicht" | "alle" | "allen" | "aller" | "jede" | "jeden" | "jeder" | "jedes" | "jedem" | "unser")
        || ["kein", "mein", "dein", "sein", "ihr", "unser", "unsr", "dies", "welch"].iter().any(|stem| {
            let ending = word.strip_prefix(stem);
            ending.is_some_and(|e| matches!(e, "e" | "en" | "em" | "er" | "es") || e.is_empty() && stem.ends_with("ein"))
        });
    roles.add(article, Roles::ARTICLE);
    roles.add(matches!(word, "ich" | "du" | "er" | "sie" | "es" | "wir" | "man" | "wer"), Roles::PRONOUN);
    #[rustfmt::skip]
    roles.add(matches!(word, "herr" | "herrn" | "frau" | "dr" | "prof" | "professor" | "bürgermeister" | "bürgermeisterin"
        | "oberbürgermeister" | "stadtrat" | "stadträtin"), Roles::TITLE);
    #[rustfmt::skip]
    roles.add(matches!(word, "§" | "§§" | "paragraph" | "paragraf" | "absatz" | "artikel" | "punkt" | "tagesordnungspunkt" | "top"
        | "nummer" | "nr" | "seite" | "kapitel" | "drucksache" | "ziffer" | "satz" | "jahr" | "jahre" | "kapital"), Roles::COUNTED);
    roles
}

fn english_roles(word: &str) -> Roles {
    let mut roles = Roles::default();
    #[rustfmt::skip]
    roles.add(matches!(word, "and" | "or" | "but" | "nor" | "because" | "which" | "who" | "whose" | "when" | "where"
        | "while" | "if" | "although" | "though" | "since" | "so" | "unless" | "until" | "whether" | "than" | "as" | "that"),
        Roles::CONJUNCTION);
    #[rustfmt::skip]
    roles.add(matches!(word, "in" | "on" | "at" | "by" | "for" | "from" | "with" | "to" | "of" | "about" | "into" | "over"
        | "under" | "after" | "before" | "between" | "through" | "during" | "without" | "against" | "among" | "within"
        | "toward" | "towards" | "across" | "per"), Roles::PREPOSITION);
    #[rustfmt::skip]
    roles.add(matches!(word, "the" | "a" | "an" | "my" | "your" | "his" | "her" | "its" | "our" | "their" | "this" | "these"
        | "those" | "no" | "every" | "each" | "very" | "not"), Roles::ARTICLE);
    roles.add(matches!(word, "i" | "you" | "he" | "she" | "it" | "we" | "they" | "there"), Roles::PRONOUN);
    #[rustfmt::skip]
    roles.add(matches!(word, "mr" | "mrs" | "ms" | "dr" | "prof" | "professor" | "mayor" | "councillor" | "councilor" | "councilman"
        | "councilwoman" | "president" | "chairman" | "senator"), Roles::TITLE);
    #[rustfmt::skip]
    roles.add(matches!(word, "§" | "section" | "article" | "item" | "number" | "page" | "chapter" | "room" | "paragraph"
        | "motion" | "resolution" | "district"), Roles::COUNTED);
    roles
}

/// Does the full stop after `bare` belong to it? `3.` is a number of rank in German.
fn abbreviated(text: &str, bare: &str, lower: &str, german: bool) -> bool {
    let single = bare.chars().count() == 1 && bare.starts_with(char::is_alphabetic) && bare != "I";
    let ordinal = german && bare.len() <= 2 && bare.bytes().all(|b| b.is_ascii_digit());
    #[rustfmt::skip]
    let listed = matches!(lower, "dr" | "prof" | "nr" | "abs" | "art" | "st" | "str" | "hr" | "fr" | "bzw" | "ca" | "vgl" | "inkl"
        | "mr" | "mrs" | "ms" | "vs" | "no" | "z.b" | "d.h" | "u.a" | "e.g" | "i.e" | "evtl" | "ggf" | "mio" | "mrd" | "tel");
    text.ends_with('.')
        && !bare.is_empty()
        && (single || ordinal || listed && !(lower == "no" && !german && bare == "no"))
}

/// What a break between `a` and `b` costs: 0 is welcome, 300 a last resort.
pub(super) fn cost(a: &Piece<'_>, b: &Piece<'_>) -> u32 {
    if a.roles.is(Roles::ABBREVIATION) {
        return BOUND;
    }
    let glued = !b.spaced && glued(&a.text, &b.text);
    if glued || a.text.ends_with(['(', '[', '„', '«', '¿', '¡']) && a.text.chars().count() == 1 || only_dash(&b.text)
    {
        return GLUED;
    }
    if ends_sentence(&a.text) {
        return SENTENCE;
    }
    if a.text
        .trim_end_matches(['"', '“', '”', '’', '»'])
        .ends_with([',', ';', ':', '–', '—', '、', '，', '；', '：', '،'])
    {
        return CLAUSE;
    }
    if !b.spaced {
        return between_characters(&a.text, &b.text);
    }
    between_words(a.roles, b.roles)
}

fn between_words(a: Roles, b: Roles) -> u32 {
    let names = a.is(Roles::CAPITAL) && b.is(Roles::CAPITAL);
    let adjective = a.is(Roles::INFLECTED) && b.is(Roles::CAPITAL);
    let joins = b.is(Roles::CONJUNCTION) || b.is(Roles::PREPOSITION);
    if a.is(Roles::ARTICLE) || a.is(Roles::PREPOSITION) || a.is(Roles::COUNTED) && b.is(Roles::NUMBER) {
        BOUND
    } else if a.is(Roles::NUMBER) && !joins || a.is(Roles::TITLE) && b.is(Roles::CAPITAL) {
        BOUND
    } else if a.is(Roles::CONJUNCTION) {
        BOUND - 10
    } else if b.is(Roles::CONJUNCTION) {
        BEFORE_CONJUNCTION
    } else if b.is(Roles::PREPOSITION) {
        BEFORE_PREPOSITION
    } else if a.is(Roles::PRONOUN) || adjective || names {
        TIGHT
    } else {
        PLAIN
    }
}

/// A dash of its own belongs to the line before it.
fn only_dash(text: &str) -> bool {
    matches!(text, "-" | "–" | "—")
}

/// Where there is no blank: is it inside of a word, or at a sign that may not begin or end a line (after JIS X 4051)?
fn glued(a: &str, b: &str) -> bool {
    let (Some(last), Some(first)) = (a.chars().next_back(), b.chars().next()) else { return false };
    let closes = !b.chars().any(char::is_alphanumeric) && !opens(first)
        || matches!(
            first,
            'ぁ' | 'ぃ'
                | 'ぅ'
                | 'ぇ'
                | 'ぉ'
                | 'っ'
                | 'ゃ'
                | 'ゅ'
                | 'ょ'
                | 'ァ'
                | 'ィ'
                | 'ゥ'
                | 'ェ'
                | 'ォ'
                | 'ッ'
                | 'ャ'
                | 'ュ'
                | 'ョ'
                | 'ー'
                | '々'
        );
    closes || opens(last) || !unspaced_script(last) && !unspaced_script(first)
}

fn opens(c: char) -> bool {
    matches!(c, '(' | '[' | '「' | '『' | '（' | '【' | '〈' | '《')
}

/// Japanese phrases end in hiragana and begin with kanji or katakana.
fn between_characters(a: &str, b: &str) -> u32 {
    let hiragana = |c: char| matches!(c, '\u{3041}'..='\u{309f}');
    let katakana = |c: char| matches!(c, '\u{30a0}'..='\u{30ff}');
    let (Some(last), Some(first)) = (a.chars().next_back(), b.chars().next()) else { return PLAIN };
    match (hiragana(last), hiragana(first)) {
        (true, false) if unspaced_script(last) => BEFORE_PREPOSITION,
        (false, true) => TIGHT,
        _ if katakana(last) && katakana(first) => BOUND,
        _ => PLAIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(pair: &str, language: &str) -> u32 {
        let (a, b) = pair.split_once('|').unwrap();
        let piece = |text: &str| {
            let spaced = text.starts_with(' ');
            let text = text.trim();
            Piece {
                start: 0,
                end: 0,
                text: text.to_owned().into(),
                width: 1,
                spaced,
                first: false,
                speaker: None,
                roles: roles(text, language),
            }
        };
        cost(&piece(a), &piece(b))
    }

    fn all(language: &str, expected: u32, pairs: &[&str]) {
        for pair in pairs {
            assert_eq!(between(pair, language), expected, "{pair}");
        }
    }

    #[test]
    fn german_breaks() {
        all("de", SENTENCE, &["fest.| Wir", "fest.“| Wir", "2019.| Danach"]);
        all("de", CLAUSE, &["fest,| dass", "an:| Erstens", "haben,| weil"]);
        all("de", BEFORE_CONJUNCTION, &["Damen| und", "sowohl| als"]);
        all("de", BEFORE_PREPOSITION, &["Sitzung| im", "Antrag| zur", "Euro| für"]);
        all("de", PLAIN, &["Rat| beschließt"]);
        all("de", TIGHT, &["wir| haben", "neuen| Bebauungsplan", "Anna| Meyer"]);
        all("de", BOUND, &["den| Antrag", "im| Rat", "ihren| Antrag", "kein| Geld", "zu| beschließen", "Herr| Meyer"]);
        all("de", BOUND, &["14.| Sitzung", "30| Euro", "§| 34", "Punkt| 4", "Dr.| Meyer", "z.| B.", "Nr.| 27"]);
        all("de", BOUND - 10, &["und| dann"]);
        all("de", GLUED, &["E-|Mail", "Haus|,", "Haus| –"]);
    }

    #[test]
    fn english_breaks() {
        all("en", SENTENCE, &["said.| We", "no.| We", "did I.| We"]);
        all("en", BEFORE_PREPOSITION, &["hall| in"]);
        all("en", TIGHT, &["John| Smith", "we| met"]);
        all("en", BOUND, &["the| town", "Mr.| Mayor", "item| 4", "No.| 4"]);
    }

    #[test]
    fn other_breaks() {
        all("ja", SENTENCE, &["。|本"]);
        all("ja", BEFORE_PREPOSITION, &["は|会"]);
        all("ja", PLAIN, &["会|議"]);
        all("ja", TIGHT, &["会|は"]);
        all("ja", GLUED, &["す|。", "「|会"]);
        all("fr", PLAIN, &["la| mairie"]);
    }
}
