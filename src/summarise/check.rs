//! What of a summary is in its sources. A sentence that fails is marked, not dropped: a reader sees what the model wrote, and why not to
//! trust it. That a sentence passes does not make it true.

use super::decisions::{self, lower_words};
use super::numbers::{self, Writing};
use super::{Fault, Source, SummaryOptions};
use crate::names::folded;
use crate::wording::Language;

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
    pub(super) cited: &'a [&'a Source],
    /// The same by place: segments that follow each other.
    pub(super) places: &'a [Vec<&'a Source>],
    /// The title of the item, whose words may be used.
    pub(super) title: &'a str,
    /// The languages, and names of persons, who may be named only if they occur in what is cited.
    pub(super) options: &'a SummaryOptions<'a>,
}

impl Evidence<'_> {
    fn german(&self) -> bool {
        self.options.language == Language::German
    }

    /// What is said in one place.
    fn at<'b>(&'b self, place: &'b [&'b Source]) -> Evidence<'b> {
        Evidence { cited: place, places: &[], title: self.title, options: self.options }
    }

    fn texts(&self) -> Vec<&str> {
        self.cited.iter().map(|source| &*source.text).collect()
    }

    /// Whether all numbers, names and decisions of a sentence are there.
    fn has(&self, sentence: &str) -> bool {
        self.has_numbers(sentence) && self.has_names(sentence) && decisions::are_in(sentence, &self.texts())
    }

    fn has_numbers(&self, sentence: &str) -> bool {
        let writing = |language| if language == Language::German { Writing::German } else { Writing::English };
        let (written, spoken) = (writing(self.options.language), writing(self.options.spoken));
        // "Sprecher 2" is a name with a number.
        let who = self.cited.iter().filter_map(|source| source.who.as_deref());
        let known = who.chain(self.texts()).chain([self.title]).collect::<Vec<_>>().join("\n");
        numbers::are_in((sentence, written), (&known, spoken))
    }

    fn has_names(&self, sentence: &str) -> bool {
        let text = self.texts().join(" ");
        names(sentence, self).iter().all(|name| occurs(name, self, &text))
    }
}

/// All that is wrong with a sentence; `quote` is what it claims to be verbatim. Nothing if it cites nothing.
pub(super) fn faults(sentence: &str, quote: Option<&str>, evidence: &Evidence<'_>) -> Vec<Fault> {
    if evidence.cited.is_empty() {
        return Vec::new();
    }
    let texts = evidence.texts();
    let mut faults = Vec::new();
    let mut quotes =
        quote.into_iter().map(str::to_owned).chain(quoted(sentence)).filter(|quote| !plain(quote).is_empty());
    // Nobody said what two persons said one after the other.
    if !quotes.all(|quote| texts.iter().any(|text| contains(&plain(text), &plain(&quote)))) {
        faults.push(Fault::Quote);
    }
    if !evidence.has_numbers(sentence) {
        faults.push(Fault::Number);
    }
    if !evidence.has_names(sentence) {
        faults.push(Fault::Name);
    }
    if !decisions::are_in(sentence, &texts) {
        faults.push(Fault::Decision);
    }
    let one_place = |passage: &String| evidence.places.iter().any(|place| evidence.at(place).has(passage));
    if faults.is_empty() && !decisions::passages(sentence).iter().all(one_place) {
        faults.push(Fault::Combined);
    }
    faults
}

/// Quotation marks of all kinds, which may be mixed: „…“, “…”, "…", »…«, «…».
const MARKS: [char; 6] = ['„', '“', '”', '"', '»', '«'];
/// Single ones, which are apostrophes, too: ‚…‘, ‘…’, '…', ›…‹, ‹…›.
const SINGLE_MARKS: [char; 6] = ['‚', '‘', '’', '\'', '›', '‹'];

/// What stands in quotation marks; to the end if they are not closed.
fn quoted(sentence: &str) -> Vec<String> {
    let mut quotes: Vec<String> = sentence.split(MARKS).skip(1).step_by(2).map(str::to_owned).collect();
    let mut before = ' ';
    let mut open = None;
    for (at, c) in sentence.char_indices() {
        let after = &sentence[at + c.len_utf8()..];
        let in_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if SINGLE_MARKS.contains(&c) {
            match open {
                Some(start) if !in_word(after.chars().next()) => {
                    quotes.push(sentence[start..at].to_owned());
                    open = None;
                }
                None if !in_word(Some(before)) && in_word(after.chars().next()) => open = Some(at + c.len_utf8()),
                _ => {}
            }
        }
        before = c;
    }
    quotes
}

/// Text as quotes are compared: with single blanks, plain quotation marks, and without what ends it.
fn plain(text: &str) -> String {
    let text = text.replace(MARKS, "\"").replace(SINGLE_MARKS, "'").replace(['–', '—'], "-");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    text.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

/// Whether `part` is in `text` by whole words.
fn contains(text: &str, part: &str) -> bool {
    text.match_indices(part).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + part.len()..].chars().next());
        [before, after].into_iter().flatten().all(|c| !c.is_alphanumeric())
    })
}

/// Words that are names: of persons who are known, behind a title, or two in a row that begin with capitals.
fn names(sentence: &str, evidence: &Evidence<'_>) -> Vec<String> {
    let words: Vec<&str> =
        sentence.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty()).collect();
    let capital = |word: &str| word.starts_with(char::is_uppercase) && word.chars().count() > 1;
    let is_title = |word: &str| TITLES.contains(&word.to_lowercase().as_str());
    let is_genitive = |word: &str| {
        evidence.options.names.iter().any(|name| {
            name.split_whitespace().last().is_some_and(|last| folded(word).strip_suffix('s') == Some(&*folded(last)))
        })
    };
    let mut found: Vec<String> = Vec::new();
    for (n, word) in words.iter().enumerate() {
        let behind_title = n > 0 && is_title(words[n - 1]) && capital(word) && !is_title(word);
        // In English, a capital within a sentence makes a name.
        let english = !evidence.german() && n > 0 && capital(word) && !word.chars().all(char::is_uppercase);
        let pair = n + 1 < words.len() && capital(word) && capital(words[n + 1]) && !is_title(word);
        // Every sentence begins with a capital, be it "Die Kosten" or "Langs Antrag".
        let pair = pair && (n > 0 || !begins_sentences(word) && !is_genitive(word));
        if behind_title || english || pair {
            found.push((*word).to_owned());
        }
        if pair {
            found.push(words[n + 1].to_owned());
        }
    }
    let last = |name: &String| name.split_whitespace().last().map(str::to_owned);
    let said = |name: &String| {
        words.iter().any(|word| word.starts_with(char::is_uppercase) && is_form(&folded(word), &folded(name)))
    };
    found.extend(evidence.options.names.iter().filter_map(last).filter(said));
    found
}

/// Words with which sentences begin, and which are no first names.
const BEGINNINGS: [&str; 68] = [
    "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer", "kein", "keine", "alle",
    "viele", "einige", "mehrere", "manche", "beide", "diese", "dieser", "dieses", "jeder", "jede", "jedes", "im", "in",
    "am", "an", "auf", "zum", "zur", "zu", "für", "mit", "bei", "beim", "nach", "vor", "von", "vom", "laut", "ohne",
    "durch", "über", "unter", "als", "wegen", "trotz", "seit", "the", "ihre", "seine", "unsere", "große", "großen",
    "neue", "neuen", "weitere", "weiteren", "hohe", "erste", "zweite", "dritte", "gute", "andere", "anderen", "wenige",
];
/// How adjectives end, and first names do not.
const ADJECTIVES: [&str; 14] = [
    "liche", "lichen", "ige", "igen", "ische", "ischen", "ende", "enden", "ierte", "ierten", "bare", "baren", "same",
    "lose",
];

fn begins_sentences(word: &str) -> bool {
    let word = word.to_lowercase();
    BEGINNINGS.contains(&word.as_str()) || ADJECTIVES.iter().any(|end| word.ends_with(end))
}

/// Whether a word is a name, perhaps with an ending of the genitive.
fn is_form(word: &str, name: &str) -> bool {
    word == name || word.strip_suffix('s') == Some(name) || name.strip_suffix('s') == Some(word)
}

/// Whether a name is in what is cited: in the text, as a speaker, or in the title of the item; also with an ending of the genitive.
fn occurs(name: &str, evidence: &Evidence<'_>, text: &str) -> bool {
    let name = folded(name);
    let speakers = evidence.cited.iter().filter_map(|source| source.who.as_deref());
    let all = speakers.chain([text, evidence.title]).map(folded).collect::<Vec<_>>().join(" ");
    all.split(|c: char| !c.is_alphanumeric() && c != '-').any(|word| is_form(word, &name))
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
        let (language, spoken) = (Language::German, Language::German);
        let options = SummaryOptions { language, spoken, context: 4_096, names: &names };
        let cited: Vec<&Source> = sources.iter().collect();
        let places: Vec<Vec<&Source>> = sources.iter().map(|source| vec![source]).collect();
        let evidence = Evidence { cited: &cited, places: &places, title: "Neubau Schule 3", options: &options };
        faults(sentence, quote, &evidence)
    }

    #[test]
    fn a_decision_its_numbers_and_names_are_said_in_one_place() {
        let sources = [
            said("Anna Lang", "Wir haben zwölf Bäume bestellt, das wären 12 Stimmen."),
            said("Bert Vogt", "Bei drei Gegenstimmen ist der Antrag von Frau Koch angenommen."),
            said("Bert Vogt", "Der zweite Antrag ist abgelehnt."),
        ];
        for (sentence, expected) in [
            ("Der Antrag wurde mit 12 Stimmen angenommen.", vec![Fault::Combined]),
            ("Der Antrag wurde mit 12 Stimmen, wie gewünscht, angenommen.", vec![Fault::Combined]),
            ("Der Antrag von Frau Lang wurde angenommen.", vec![Fault::Combined]),
            ("Der Antrag von Frau Lang, den Weg zu sperren, wurde angenommen.", vec![Fault::Combined]),
            ("Der Antrag von Frau Lang, der heute vorlag und lang war, wurde angenommen.", vec![Fault::Combined]),
            ("Der Antrag von Frau Lang und Frau Koch wurde angenommen.", vec![Fault::Combined]),
            ("Der Antrag von Frau Lang wurde, wie empfohlen, angenommen.", vec![Fault::Combined]),
            ("Der Antrag von Frau Koch, den Weg zu sperren, wurde angenommen.", vec![]),
            ("Der Antrag wurde mit 14 Stimmen angenommen.", vec![Fault::Number]),
            ("Der Antrag von Frau Koch wurde bei drei Gegenstimmen angenommen.", vec![]),
            ("Der eine Antrag wurde bei 3 Gegenstimmen angenommen, der zweite abgelehnt.", vec![]),
            ("Der eine Antrag wurde angenommen und der zweite abgelehnt.", vec![]),
            ("Frau Lang spricht von zwölf Bäumen, und der Antrag von Frau Koch wurde angenommen.", vec![]),
            ("Frau Lang hat 12 Bäume bestellt, Bert Vogt nennt drei Gegenstimmen.", vec![]),
        ] {
            assert_eq!(found(sentence, None, &sources), expected, "{sentence}");
        }
    }

    #[test]
    fn what_is_in_the_source_passes() {
        let sources =
            [said("Anna Lang", "Wir haben zwölf Ja-Stimmen. Damit ist der Antrag angenommen. „Es bleibt dabei.“")];
        assert_eq!(found("Der Antrag ist mit 12 Ja-Stimmen angenommen.", None, &sources), []);
        assert_eq!(found("Frau Lang sagt: „Es bleibt dabei“.", Some("es bleibt  dabei"), &sources), []);
        assert_eq!(found("Es geht um den Neubau Schule 3.", None, &sources), []);
        assert_eq!(found("Frau Langs Antrag ist angenommen.", None, &sources), []);
        let unknown = [said("Sprecher 2", "Das ist gut.")];
        assert_eq!(found("Sprecher 2 ist zufrieden.", None, &unknown), []);
        assert_eq!(found("Sprecher 4 ist zufrieden.", None, &unknown), [Fault::Number]);
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
    }

    #[test]
    fn quotes_of_all_kinds_are_compared() {
        let sources = [said("Anna Lang", "Der Neubau ist angenommen."), said("Bert Koch", "Ich bin's, der dafür ist.")];
        for quote in [
            "„angenommen. Ich bin’s“",
            "«völlig frei erfunden»",
            "“völlig frei erfunden“",
            "»völlig frei erfunden«",
            "‚völlig frei erfunden‘",
            "'völlig frei erfunden'",
            "›völlig frei erfunden‹",
            "\"völlig frei erfunden",
            "„Bau“",
        ] {
            assert_eq!(found(&format!("Dort heißt es {quote}."), None, &sources), [Fault::Quote], "{quote}");
        }
        for quote in ["„Ich bin's, der dafür ist“", "‚Ich bin’s, der dafür ist‘", "'Neubau'", "Annas' und Berts'"]
        {
            assert_eq!(found(&format!("Dort heißt es {quote}."), None, &sources), [], "{quote}");
        }
    }

    #[test]
    fn names_that_nobody_says_are_marked() {
        let sources = [said("Anna Lang", "Der Neubau kostet mehr.")];
        for sentence in ["Hans Meyer ist dagegen.", "Dem widerspricht Hans Meyer.", "Kochs Antrag geht weiter."] {
            assert_eq!(found(sentence, None, &sources), [Fault::Name], "{sentence}");
        }
        for sentence in
            ["Anna Lang spricht.", "Der Bau wird teurer.", "Zusätzliche Mittel fehlen.", "Langs Antrag geht weiter."]
        {
            assert_eq!(found(sentence, None, &sources), [], "{sentence}");
        }
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
