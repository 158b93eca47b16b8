//! What of a summary is in its sources. A sentence that fails is marked, not dropped: a reader sees what the model wrote, and why not to
//! trust it. That a sentence passes does not make it true.

use super::numbers::values;
use super::{Fault, Source};
use crate::names::folded;

/// Stems of words that say that something was decided.
const DECISIONS: [&str; 20] = [
    "beschlossen",
    "angenommen",
    "abgelehnt",
    "genehmigt",
    "verabschiedet",
    "zugestimmt",
    "bewilligt",
    "vertagt",
    "einstimmig",
    "mehrheitlich",
    "entschieden",
    "decided",
    "adopted",
    "approved",
    "rejected",
    "passed",
    "agreed",
    "resolved",
    "unanimous",
    "carried",
];
/// What must be in the source as it is claimed.
const MAJORITIES: [&str; 3] = ["einstimmig", "mehrheitlich", "unanimous"];
/// Words that make of a decision a wish, a plan, or a question.
const MODALS: [&str; 34] = [
    "soll",
    "sollen",
    "sollte",
    "sollten",
    "solle",
    "möchte",
    "möchten",
    "will",
    "wollen",
    "würde",
    "würden",
    "könnte",
    "könnten",
    "müsste",
    "müssten",
    "dürfte",
    "kann",
    "können",
    "wenn",
    "falls",
    "ob",
    "bitte",
    "beantrage",
    "beantragt",
    "vorschlag",
    "schlage",
    "should",
    "would",
    "could",
    "might",
    "may",
    "if",
    "whether",
    "propose",
];
/// Words that turn it around.
const NEGATIONS: [&str; 12] =
    ["nicht", "kein", "keine", "keinen", "keiner", "keinem", "nie", "niemand", "not", "no", "never", "nobody"];
/// Words before a name.
const TITLES: [&str; 12] = [
    "frau",
    "herr",
    "herrn",
    "dr",
    "prof",
    "mr",
    "mrs",
    "ms",
    "stadtrat",
    "stadträtin",
    "bürgermeister",
    "bürgermeisterin",
];

/// What a sentence is checked against.
pub(super) struct Evidence<'a> {
    /// The segments that it cites.
    pub(super) cited: Vec<&'a Source>,
    /// The title of the item, whose words may be used.
    pub(super) title: &'a str,
    /// Names of persons, who may be named only if they occur in what is cited.
    pub(super) names: &'a [String],
    /// Whether numbers are written as in German.
    pub(super) german: bool,
}

/// All that is wrong with a sentence; `quote` is what it claims to be verbatim.
pub(super) fn faults(sentence: &str, quote: Option<&str>, evidence: &Evidence<'_>) -> Vec<Fault> {
    if evidence.cited.is_empty() {
        return vec![Fault::NoSource];
    }
    let text = evidence.cited.iter().map(|source| &*source.text).collect::<Vec<_>>().join(" ");
    let mut faults = Vec::new();
    let quotes = quote.into_iter().map(str::to_owned).chain(quoted(sentence)).filter(|quote| !quote.trim().is_empty());
    if quotes.into_iter().any(|quote| !plain(&text).contains(&plain(&quote))) {
        faults.push(Fault::Quote);
    }
    let known = values(&[&text, " ", evidence.title].concat(), evidence.german);
    if !values(sentence, evidence.german).is_subset(&known) {
        faults.push(Fault::Number);
    }
    if !names(sentence, evidence).iter().all(|name| occurs(name, evidence, &text)) {
        faults.push(Fault::Name);
    }
    if claims_decision(sentence) && !evidence.cited.iter().any(|source| supports(sentence, &source.text)) {
        faults.push(Fault::Decision);
    }
    faults
}

/// What stands in quotation marks.
fn quoted(sentence: &str) -> Vec<String> {
    let mut quotes = Vec::new();
    for (open, close) in [('„', '“'), ('“', '”'), ('"', '"'), ('»', '«')] {
        let mut rest = sentence;
        while let Some((_, after)) = rest.split_once(open) {
            let Some((quote, after)) = after.split_once(close) else { break };
            quotes.push(quote.to_owned());
            rest = after;
        }
    }
    quotes
}

/// Text as quotes are compared: with single blanks, plain quotation marks, and without what ends it.
fn plain(text: &str) -> String {
    let text = text.replace(['„', '“', '”', '»', '«'], "\"").replace(['‚', '‘', '’'], "'").replace(['–', '—'], "-");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '.' | ',' | '!' | '?' | ';' | ':' | '"' | '…'))
        .to_owned()
}

/// Words that are names: of persons who are known, behind a title, or two in a row that begin with capitals.
fn names(sentence: &str, evidence: &Evidence<'_>) -> Vec<String> {
    let words: Vec<&str> =
        sentence.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty()).collect();
    let capital = |word: &str| word.starts_with(char::is_uppercase) && word.chars().count() > 1;
    let is_title = |word: &str| TITLES.contains(&word.to_lowercase().as_str());
    let mut found: Vec<String> = Vec::new();
    for (n, word) in words.iter().enumerate() {
        let behind_title = n > 0 && is_title(words[n - 1]) && capital(word) && !is_title(word);
        // In English, a capital within a sentence makes a name.
        let english = !evidence.german && n > 0 && capital(word) && !word.chars().all(char::is_uppercase);
        let pair = n > 0 && n + 1 < words.len() && capital(word) && capital(words[n + 1]) && !is_title(word);
        if behind_title || english || pair {
            found.push((*word).to_owned());
        }
        if pair {
            found.push(words[n + 1].to_owned());
        }
    }
    let last = |name: &String| name.split_whitespace().last().map(str::to_owned);
    let said =
        |name: &String| words.iter().any(|word| word.starts_with(char::is_uppercase) && folded(word) == folded(name));
    found.extend(evidence.names.iter().filter_map(last).filter(said));
    found
}

/// Whether a name is in what is cited: in the text, as a speaker, or in the title of the item; also with an ending of the genitive.
fn occurs(name: &str, evidence: &Evidence<'_>, text: &str) -> bool {
    let name = folded(name);
    let stem = name.strip_suffix('s').unwrap_or(&name);
    let speakers = evidence.cited.iter().filter_map(|source| source.who.as_deref());
    let all = speakers.chain([text, evidence.title]).map(folded).collect::<Vec<_>>().join(" ");
    all.split(|c: char| !c.is_alphanumeric() && c != '-')
        .any(|word| word == name || word == stem || word.strip_suffix('s') == Some(&*name))
}

fn lower_words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Whether the sentence says that something is decided, and not that it should be.
fn claims_decision(sentence: &str) -> bool {
    let words = lower_words(sentence);
    decisions(&words).next().is_some() && !words.iter().any(|word| MODALS.contains(&word.as_str()))
}

fn decisions(words: &[String]) -> impl Iterator<Item = &'static str> {
    DECISIONS.into_iter().filter(|stem| words.iter().any(|word| word.starts_with(stem)))
}

/// Whether a sentence of the source says that it is decided, too, in the same direction.
fn supports(claim: &str, source: &str) -> bool {
    let claimed = lower_words(claim);
    let negated = |words: &[String]| words.iter().any(|word| NEGATIONS.contains(&word.as_str()));
    source.split_inclusive(['.', '!', '?']).any(|sentence| {
        let words = lower_words(sentence);
        let modal = words.iter().any(|word| MODALS.contains(&word.as_str())) || sentence.ends_with('?');
        let same = rejects(&words) == rejects(&claimed)
            && negated(&words) == negated(&claimed)
            && MAJORITIES.iter().all(|stem| !has(&claimed, stem) || has(&words, stem));
        decisions(&words).next().is_some() && !modal && same
    })
}

fn rejects(words: &[String]) -> bool {
    has(words, "abgelehnt") || has(words, "rejected")
}

/// Whether one of the words begins so.
fn has(words: &[String], stem: &str) -> bool {
    words.iter().any(|word| word.starts_with(stem))
}

/// Words by which German and English are told apart.
const GERMAN: [&str; 16] = [
    "der", "die", "das", "und", "ist", "nicht", "ein", "eine", "den", "dem", "zu", "auf", "für", "mit", "wird", "wurde",
];
const ENGLISH: [&str; 16] =
    ["the", "and", "of", "is", "not", "a", "an", "to", "on", "for", "with", "was", "will", "that", "has", "by"];

/// Whether a text is rather in the other of the two languages.
pub(super) fn in_other_language(text: &str, german: bool) -> bool {
    let words = lower_words(text);
    let count = |list: &[&str]| words.iter().filter(|word| list.contains(&word.as_str())).count();
    let (own, other) = if german { (count(&GERMAN), count(&ENGLISH)) } else { (count(&ENGLISH), count(&GERMAN)) };
    other > own
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Millis;

    fn said(who: &str, text: &str) -> Source {
        Source { who: Some(who.into()), at: Millis(0), text: text.into() }
    }

    fn found(sentence: &str, quote: Option<&str>, sources: &[Source]) -> Vec<Fault> {
        let names = ["Eva Koch".to_owned(), "Anna Lang".to_owned()];
        let evidence =
            Evidence { cited: sources.iter().collect(), title: "Neubau Schule 3", names: &names, german: true };
        faults(sentence, quote, &evidence)
    }

    #[test]
    fn what_is_in_the_source_passes() {
        let sources =
            [said("Anna Lang", "Wir haben zwölf Ja-Stimmen. Damit ist der Antrag angenommen. „Es bleibt dabei.“")];
        assert_eq!(found("Der Antrag ist mit 12 Ja-Stimmen angenommen.", None, &sources), []);
        assert_eq!(found("Frau Lang sagt: „Es bleibt dabei“.", Some("es bleibt  dabei"), &sources), []);
        assert_eq!(found("Es geht um den Neubau Schule 3.", None, &sources), []);
        assert_eq!(found("Frau Langs Antrag ist angenommen.", None, &sources), []);
    }

    #[test]
    fn what_is_not_is_marked() {
        let sources =
            [said("Anna Lang", "Der Rat soll beschließen, zwölf Bäume zu pflanzen. Das wird noch nicht beschlossen.")];
        assert_eq!(found("Es wurden 13 Bäume genannt.", None, &sources), [Fault::Number]);
        assert_eq!(found("Es wurden dreizehn Bäume genannt.", None, &sources), [Fault::Number], "also in words");
        assert_eq!(found("Frau Koch spricht über Bäume.", None, &sources), [Fault::Name]);
        assert_eq!(found("Herr Unbekannt spricht.", None, &sources), [Fault::Name]);
        assert_eq!(found("Sie sagt: „zwölf Linden“.", None, &sources), [Fault::Quote]);
        assert_eq!(found("Der Rat hat beschlossen, zwölf Bäume zu pflanzen.", None, &sources), [Fault::Decision]);
        assert_eq!(found("Der Rat soll beschließen, zwölf Bäume zu pflanzen.", None, &sources), []);
        assert_eq!(found("Irgendetwas.", None, &[]), [Fault::NoSource]);
    }

    #[test]
    fn a_rejection_is_no_approval() {
        let sources = [said("Anna Lang", "Damit ist der Antrag abgelehnt.")];
        assert_eq!(found("Der Antrag wurde angenommen.", None, &sources), [Fault::Decision]);
        assert_eq!(found("Der Antrag wurde abgelehnt.", None, &sources), []);
        let majority = [said("Anna Lang", "Damit ist der Antrag mehrheitlich angenommen.")];
        assert_eq!(found("Der Antrag wurde einstimmig angenommen.", None, &majority), [Fault::Decision]);
        let asked = [said("Anna Lang", "Ist das angenommen?")];
        assert_eq!(found("Der Antrag wurde angenommen.", None, &asked), [Fault::Decision]);
    }

    #[test]
    fn languages_are_told_apart() {
        assert!(in_other_language("The council is in favour of the plan.", true));
        assert!(
            !in_other_language("Der Rat ist für den Plan.", true)
                && in_other_language("Der Rat ist für den Plan.", false)
        );
        assert!(!in_other_language("Ja.", true));
    }
}
