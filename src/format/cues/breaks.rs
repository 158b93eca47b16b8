//! The cost of a break between two words.
//!
//! After the guidelines of ARD, BBC and Netflix: break after a sentence, else after a clause, else before a conjunction
//! or preposition; keep an article with its noun, a number with its unit, the parts of a name together. In German
//! and English, function words decide; in other languages only punctuation does. This is no grammar: a word that is misjudged
//! only makes a line break less well.

use super::super::text::{ends_sentence, unspaced_script};
use super::pieces::Piece;
use super::words::Roles;

/// Between sentences.
const SENTENCE: u32 = 0;
/// After a comma and the like.
const CLAUSE: u32 = 8;
/// Before a word that begins a clause.
const BEFORE_CONJUNCTION: u32 = 12;
/// Before a preposition, or a word that joins two of a kind; between phrases in Japanese.
const BEFORE_PREPOSITION: u32 = 18;
/// Between any two words.
pub(super) const PLAIN: u32 = 30;
/// Between words that belong together: pronoun and verb, the parts of a verb, adjective and noun, the parts of a name.
pub(super) const TIGHT: u32 = 45;
/// Between words that must not be separated: article and noun, number and unit, preposition and what follows.
const BOUND: u32 = 70;
/// Without a blank, as in `E-Mail`; before a closing bracket and after an opening one.
const GLUED: u32 = 300;

/// The cost of a break between `a` and `b`: 0 for the best place, 300 for the last resort.
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

/// The kind of a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Break {
    /// After a sentence.
    Sentence,
    /// After a clause that a comma or the like ends.
    Clause,
    /// Between words that need not be together.
    Phrase,
    /// Between words that belong together: article and noun, the parts of a name.
    Torn,
}

impl Break {
    /// The kind of the break between `line` and `next`, both of which have visible text.
    pub(in super::super) fn between(line: &str, next: &str, language: &str) -> Break {
        let (a, b) = (line.rsplit(' ').next().unwrap_or_default(), next.split(' ').next().unwrap_or_default());
        let unspaced = |c: Option<char>| c.is_some_and(unspaced_script);
        let spaced = !unspaced(a.chars().next_back()) || !unspaced(b.chars().next());
        match cost(&Piece::new(a.into(), true, language), &Piece::new(b.into(), spaced, language)) {
            SENTENCE => Break::Sentence,
            CLAUSE => Break::Clause,
            cost if cost < TIGHT => Break::Phrase,
            _ => Break::Torn,
        }
    }
}

fn between_words(a: Roles, b: Roles) -> u32 {
    let names = a.is(Roles::CAPITAL) && b.is(Roles::CAPITAL);
    let adjective = a.is(Roles::INFLECTED) && b.is(Roles::CAPITAL);
    // `have | eaten`, `genehmigt | wurde`, `hat | sich`.
    let verb = a.is(Roles::AUXILIARY) && !b.is(Roles::ARTICLE)
        || a.is(Roles::VERBAL) && b.is(Roles::CLOSING)
        || b.is(Roles::REFLEXIVE);
    let joins = b.is(Roles::CONJUNCTION) || b.is(Roles::PREPOSITION) || b.is(Roles::JOINER);
    // Before `und`, what looks like a preposition is the rest of a verb: `liegt nicht vor und`.
    let particle = b.is(Roles::JOINER) || b.is(Roles::CONJUNCTION);
    let leads = a.is(Roles::ARTICLE) || a.is(Roles::PREPOSITION) && !particle;
    let number = a.is(Roles::COUNTED) && b.is(Roles::NUMBER) || a.is(Roles::NUMBER) && !joins;
    if leads || number || a.is(Roles::TITLE) && b.is(Roles::CAPITAL) {
        BOUND
    } else if a.is(Roles::CONJUNCTION) || a.is(Roles::JOINER) {
        BOUND - 10
    } else if b.is(Roles::CONJUNCTION) {
        BEFORE_CONJUNCTION
    } else if joins {
        BEFORE_PREPOSITION
    } else if a.is(Roles::PRONOUN) || adjective || names || verb {
        TIGHT
    } else {
        PLAIN
    }
}

/// A single dash belongs to the line before it.
fn only_dash(text: &str) -> bool {
    matches!(text, "-" | "–" | "—")
}

/// Without a blank: whether the break is inside a word, or at a character that may not begin or end a line (after JIS X 4051).
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
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn between(pair: &str, language: &str) -> u32 {
        let (a, b) = pair.split_once('|').unwrap();
        cost(&Piece::new(a.trim().into(), true, language), &Piece::new(b.trim().into(), b.starts_with(' '), language))
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
        all("de", BEFORE_CONJUNCTION, &["fest| dass", "da| wenn"]);
        all("de", BEFORE_PREPOSITION, &["Sitzung| im", "Damen| und", "Euro| für", "mehr| als", "vor| und"]);
        all("de", PLAIN, &["Rat| beschließt"]);
        all("de", TIGHT, &["wir| haben", "neuen| Bebauungsplan", "Anna| Meyer"]);
        all("de", TIGHT, &["genehmigt| wurde", "empfohlen| hat", "werden| muss", "hat| sich", "trifft| sich"]);
        all("de", PLAIN, &["Ausschuss| hat", "wurde| heute", "hat| gestern"]);
        all("de", BOUND, &["den| Antrag", "im| Rat", "ihren| Antrag", "kein| Geld", "zu| beschließen", "Herr| Meyer"]);
        all("de", BOUND, &["14.| Sitzung", "30| Euro", "§| 34", "Punkt| 4", "Dr.| Meyer", "z.| B.", "Nr.| 27"]);
        all("de", BOUND - 10, &["und| dann"]);
        all("de", GLUED, &["E-|Mail", "Haus|,", "Haus| –"]);
    }

    #[test]
    fn english_breaks() {
        all("en", SENTENCE, &["said.| We", "no.| We", "did I.| We"]);
        all("en", BEFORE_PREPOSITION, &["hall| in"]);
        all(
            "en",
            TIGHT,
            &["John| Smith", "we| met", "have| eaten", "couldn’t| hear", "it's| raining", "ask| themselves"],
        );
        all("en", BEFORE_PREPOSITION, &["was| in"]);
        all("en", PLAIN, &["is| the", "council| has"]);
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
