//! Replaces misrecognised words with terms of the glossary.

use std::cmp::Reverse;

use super::similarity::{distance, is_common, is_ubiquitous};
use super::{Glossary, Term};
use crate::transcript::text_of;
use crate::{Correction, Segment, Span, Word};

/// Mean confidence below which words may be a misrecognised term. In texts of the `base` model from real recordings, 8
/// % of the common words and 19 % of the others are below it.
const DOUBTFUL: f32 = 0.65;

/// Letters of the shortest term that may have been written as more or fewer words than it has.
const MIN_REJOINED_LETTERS: usize = 6;

/// Words to be replaced by a term. The prefix of the first and the suffix of the last are kept: quotes, a comma, `s`,
/// `-Team`.
struct Match<'a> {
    /// Number of words.
    words: usize,
    prefix: &'a str,
    suffix: &'a str,
    term: &'a Term,
}

impl Glossary {
    /// Corrects a segment: replaces every listed sound-alike, and words of low confidence that look and sound like a
    /// term. Returns the corrections in order.
    ///
    /// Text and words agree afterwards. In a segment without words only sound-alikes are replaced, and the span of a
    /// correction is that of the segment. Correcting again changes nothing, unless a term or sound-alike contains
    /// another term.
    ///
    /// Similar words are found in German and English only, by [`Segment::language`]. Common words of both languages,
    /// inflected terms (`Müllers`), other terms of the glossary, and words that could be either of two terms are kept.
    pub fn correct(&self, segment: &mut Segment) -> Vec<Correction> {
        let split = |text: &str| -> Vec<Word> {
            let word = |text: &str| Word { span: segment.span, text: text.into(), spaced: true, confidence: 1.0 };
            text.split_whitespace().map(word).collect()
        };
        let mut words = if segment.words.is_empty() { split(&segment.text) } else { segment.words.clone() };
        let mut corrections = Vec::new();
        let mut at = 0;
        while let Some(rest) = words.get(at..).filter(|rest| !rest.is_empty()) {
            if let Some(count) = self.term_at(rest) {
                at += count;
            } else if let Some(found) =
                self.sound_alike_at(rest).or_else(|| self.similar_term_at(rest, &segment.language))
            {
                let run = &rest[..found.words];
                let text = text_of(run);
                corrections.push(Correction {
                    span: span(run),
                    from: text[found.prefix.len()..text.len() - found.suffix.len()].to_owned(),
                    to: found.term.text(),
                });
                let (count, new) = (found.words, replacement(run, &found));
                let next = at + new.len();
                words.splice(at..at + count, new);
                at = next;
            } else {
                at += 1;
            }
        }
        if !corrections.is_empty() {
            segment.text = text_of(&words);
            if !segment.words.is_empty() {
                segment.words = words;
            }
        }
        corrections
    }

    /// Number of words of the longest term that `words` begin with; `None` if they begin with no term.
    fn term_at(&self, words: &[Word]) -> Option<usize> {
        let matches = |term: &&Term| match_phrase(&term.words, words, |a, b| a == b).is_some();
        self.terms.iter().filter(matches).map(|term| term.words.len()).max()
    }

    /// The longest sound-alike that `words` begin with.
    fn sound_alike_at<'a>(&'a self, words: &'a [Word]) -> Option<Match<'a>> {
        let same = |a: char, b: char| a.to_lowercase().eq(b.to_lowercase());
        let all =
            self.terms.iter().flat_map(|term| term.sound_alikes.iter().map(move |sound_alike| (term, sound_alike)));
        let found = all.filter_map(|(term, sound_alike)| {
            let (prefix, suffix) = match_phrase(sound_alike, words, same)?;
            let prefix = prefix.trim_end_matches(|c| term.words[0].starts_with(c));
            Some(Match { words: sound_alike.len(), prefix, suffix, term })
        });
        found.max_by_key(|found| found.words)
    }

    /// The term that is most similar to doubtful words at the start of `words`; `None` if there are two such terms.
    fn similar_term_at<'a>(&'a self, words: &'a [Word], language: &str) -> Option<Match<'a>> {
        let longest = self.terms.iter().map(|term| term.words.len()).max()? + 1;
        let mut all = Vec::new();
        for candidate in (1..=longest.min(words.len())).filter_map(|count| Candidate::new(words, count)) {
            for term in &self.terms {
                if let Some(edits) = self.edits(&candidate, term, language) {
                    let Candidate { run, prefix, suffix, .. } = candidate;
                    let found = Match { words: run.len(), prefix, suffix, term };
                    all.push(((edits, Reverse(found.words)), found));
                }
            }
        }
        all.sort_by_key(|(rank, _)| *rank);
        let ambiguous = all.len() > 1 && all[0].0 == all[1].0;
        all.into_iter().next().filter(|_| !ambiguous).map(|(_, found)| found)
    }

    /// Number of edits between a candidate and a term; `None` if the candidate must not be replaced by the term.
    fn edits(&self, candidate: &Candidate<'_>, term: &Term, language: &str) -> Option<usize> {
        let key = term.key.as_deref()?;
        let count = candidate.run.len();
        let rejoined = count != term.words.len();
        if rejoined && (count.abs_diff(term.words.len()) > 1 || key.chars().count() < MIN_REJOINED_LETTERS) {
            return None;
        }
        let edits = distance(&candidate.key, key, language).filter(|edits| !rejoined || *edits <= 1)?;
        let changed = |at: &usize| rejoined || candidate.cores[*at] != term.words[*at];
        let changed: Vec<usize> = (0..count).filter(changed).collect();
        let doubtful = mean(changed.iter().map(|at| candidate.run[*at].confidence)) < DOUBTFUL;
        // A term that is already there must neither be changed nor be divided.
        let taken = (0..count).any(|at| {
            let end = at + self.term_at(&candidate.rest[at..]).unwrap_or(0);
            end > count || changed.iter().any(|changed| (at..end).contains(changed))
        });
        // A common word may be wrong beside a rarer word of the term: `Klinikum führt`.
        let lower: Vec<String> = candidate.cores.iter().map(|core| core.to_lowercase()).collect();
        let same = |at: usize| lower[at] == term.words[at].to_lowercase() && !is_ubiquitous(&lower[at]);
        let has_context = !rejoined && count > 1 && (0..count).any(same);
        let meant = !has_context && changed.iter().all(|at| is_common(&lower[*at]));
        (doubtful && !taken && !meant).then_some(edits)
    }
}

/// Words that may be a misrecognised term, with nothing but spaces between them.
struct Candidate<'a> {
    run: &'a [Word],
    /// The run and all words after it.
    rest: &'a [Word],
    /// Punctuation before the first word and after the last.
    prefix: &'a str,
    suffix: &'a str,
    /// The words without punctuation around them.
    cores: Vec<&'a str>,
    /// The [`letters`] of all words.
    key: String,
}

impl<'a> Candidate<'a> {
    /// The first `count` words of `rest`; `None` if none of them is doubtful, or something stands between them.
    fn new(rest: &'a [Word], count: usize) -> Option<Candidate<'a>> {
        let run = rest.get(..count)?;
        let punctuation = |c: char| !c.is_alphanumeric();
        let (first, last) = (&run.first()?.text, &run.last()?.text);
        let cores: Vec<&str> = run.iter().map(|word| word.text.trim_matches(punctuation)).collect();
        let adjacent = run
            .windows(2)
            .zip(cores.windows(2))
            .all(|(words, cores)| words[0].text.ends_with(cores[0]) && words[1].text.starts_with(cores[1]));
        let possible = adjacent && !cores.contains(&"") && run.iter().any(|word| word.confidence < DOUBTFUL);
        let key = letters(&cores.concat()).filter(|_| possible)?;
        let prefix = &first[..first.len() - first.trim_start_matches(punctuation).len()];
        let suffix = &last[last.trim_end_matches(punctuation).len()..];
        Some(Candidate { run, rest, prefix, suffix, cores, key })
    }
}

/// If `words` begin with `phrase`, returns what is before and after it in the first and the last word. After it may be
/// an ending `s`.
fn match_phrase<'a>(phrase: &[String], words: &'a [Word], same: fn(char, char) -> bool) -> Option<(&'a str, &'a str)> {
    let run = words.get(..phrase.len())?;
    let first_char = phrase.first()?.chars().next()?;
    let first = &run.first()?.text;
    let (prefix, _) = first.split_at(first.find(|c: char| c.is_alphanumeric() || c == first_char)?);
    let mut rest = "";
    for (at, (word, part)) in run.iter().zip(phrase).enumerate() {
        if !rest.is_empty() {
            return None;
        }
        let mut chars = word.text[if at == 0 { prefix.len() } else { 0 }..].chars();
        if !part.chars().all(|c| chars.next().is_some_and(|other| same(other, c))) {
            return None;
        }
        rest = chars.as_str();
    }
    let ending = rest.strip_prefix('s').unwrap_or(rest);
    (!ending.starts_with(char::is_alphanumeric)).then_some((prefix, rest))
}

/// The letters of a text in lower case, without punctuation; `None` if it contains digits.
pub(super) fn letters(text: &str) -> Option<String> {
    let digits = text.chars().any(char::is_numeric);
    (!digits).then(|| text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect())
}

/// The words of the term, with the times of `run`.
fn replacement(run: &[Word], found: &Match<'_>) -> Vec<Word> {
    let term = &found.term.words;
    let whole = span(run);
    let letters = term.iter().map(|word| word.chars().count() as u64).sum::<u64>().max(1);
    let mut before = 0;
    let mut words: Vec<Word> = Vec::new();
    for (at, text) in term.iter().enumerate() {
        // As many words as before keep their times; otherwise they share the time by their length.
        let time = |letters_before: u64| whole.start.0 + whole.length().0 * letters_before / letters;
        let after = before + text.chars().count() as u64;
        let (span, confidence) = match run.get(at).filter(|_| run.len() == term.len()) {
            Some(word) => (word.span, word.confidence),
            None => (Span::new(time(before), time(after)), mean(run.iter().map(|word| word.confidence))),
        };
        before = after;
        let spaced = at > 0 || run.first().is_some_and(|word| word.spaced);
        words.push(Word { span, text: text.clone(), spaced, confidence });
    }
    if let Some(first) = words.first_mut() {
        first.text.insert_str(0, found.prefix);
    }
    if let Some(last) = words.last_mut() {
        last.text.push_str(found.suffix);
    }
    words
}

/// From the start of the first word to the end of the last.
fn span(run: &[Word]) -> Span {
    let of = |word: Option<&Word>| word.map(|word| word.span).unwrap_or_default();
    Span { start: of(run.first()).start, end: of(run.last()).end }
}

/// Mean of confidences; 1 if there are none.
fn mean(confidences: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = confidences.fold((0.0, 0.0), |(sum, count), one| (sum + one, count + 1.0));
    if count == 0.0 { 1.0 } else { sum / count }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::glossary::parse;

    /// A segment of words of 100 ms each; those that begin with `~` are doubtful.
    fn segment(text: &str, language: &str) -> Segment {
        let word = |(text, at): (&str, u64)| Word {
            span: Span::new(at * 100, at * 100 + 100),
            text: text.trim_start_matches('~').to_owned(),
            spaced: true,
            confidence: if text.starts_with('~') { 0.4 } else { 0.9 },
        };
        let words: Vec<Word> = text.split(' ').zip(0..).map(word).collect();
        Segment { text: text_of(&words), words, language: language.into(), ..Segment::default() }
    }

    fn glossary(text: &str) -> Glossary {
        parse(text.as_bytes()).unwrap()
    }

    fn corrected(terms: &str, text: &str, language: &str) -> String {
        let mut segment = segment(text, language);
        glossary(terms).correct(&mut segment);
        assert_eq!(segment.text, text_of(&segment.words));
        segment.text
    }

    #[test]
    fn sound_alikes_are_always_replaced() {
        let terms =
            "Dembrane: Dembrahne, Dem Brane\nKlinikum Fürth: Klinikum führt, Klinikumfürth\nver.di: Verdi\n.NET: net";
        for (text, expected) in [
            ("Das ist Dembrahne.", "Das ist Dembrane."),
            ("bei „dem Brane“, sagt", "bei „Dembrane“, sagt"),
            ("DEM BRANE", "Dembrane"),
            ("Dembrahnes Angebot, Dembrahne's, das Dembrahne-Team", "Dembranes Angebot, Dembrane's, das Dembrane-Team"),
            ("im Klinikum führt man", "im Klinikum Fürth man"),
            ("(Klinikumfürth)", "(Klinikum Fürth)"),
            ("von Verdi.", "von ver.di."),
            ("mit .net und net", "mit .NET und .NET"),
            // Other words, and words in different sentences.
            ("dem. Brane", "dem. Brane"),
            ("Dembrahnen, Verdikt", "Dembrahnen, Verdikt"),
        ] {
            for language in ["de", "en", "fr"] {
                assert_eq!(corrected(terms, text, language), expected);
            }
        }
    }

    #[test]
    fn misrecognised_terms_are_corrected() {
        for (term, language, text, expected) in [
            ("Dembrane", "de", "Wir nutzen ~Dembrahne.", "Wir nutzen Dembrane."),
            ("Dembrane", "de", "Wir nutzen ~dem ~Brane.", "Wir nutzen Dembrane."),
            ("Klinikum Fürth", "de", "im Klinikum ~Führt ist", "im Klinikum Fürth ist"),
            ("Klinikum Fürth", "de", "im ~klinikum ~fürth ist", "im Klinikum Fürth ist"),
            ("Klinikum Fürth", "de", "im ~Klinikumfürt ist", "im Klinikum Fürth ist"),
            ("Gemeinderätin Krawczyk", "de", "Gemeinderätin ~Krawtschyk", "Gemeinderätin Krawczyk"),
            ("Wolfratshausen", "de", "nach ~Wolfratzhausen,", "nach Wolfratshausen,"),
            ("Donaueschingen", "de", "nach ~Donaueschlingen", "nach Donaueschingen"),
            ("Ansbach", "de", "aus ~Ansbbach", "aus Ansbach"),
            ("Özdemir", "de", "Herr ~Ösdemir sagt", "Herr Özdemir sagt"),
            ("Habersack", "de", "Frau ~habersack", "Frau Habersack"),
            // The next two are from real recordings.
            ("Simplicissimus", "de", "~Simplizessemus Teutsch", "Simplicissimus Teutsch"),
            ("Grimmelshausen", "de", "von ~Gremelshausen.", "von Grimmelshausen."),
            ("Wojciechowski", "en", "Mister ~Wojcechowsky said", "Mister Wojciechowski said"),
            ("Kubernetes", "en", "on ~Kubernettes.", "on Kubernetes."),
            ("Claire", "en", "said ~clair.", "said Claire."),
            ("Häberle", "en", "Mister ~Haberle", "Mister Häberle"),
            ("Siobhan", "en", "~Siobahn said", "Siobhan said"),
        ] {
            assert_eq!(corrected(term, text, language), expected);
        }
    }

    #[test]
    fn words_that_may_be_meant_are_kept() {
        for (term, language, text) in [
            // Common words, their inflections and compounds.
            ("Fürth", "de", "die ~Fahrt ~führt ~fort ~Furt"),
            ("Maier", "de", "im ~Mai ~Meer ~mehr ~Mayr"),
            ("Maier", "de", "~Meier ~Meyer ~Mayer"),
            ("Bürgerrad", "de", "der ~Bürgerrat ~Bürgerräte"),
            ("Bürgerrat", "de", "das ~Bürgerrad"),
            ("Bach", "de", "das ~Buch ~Bauch ~Bäche"),
            ("Müller", "de", "der ~Maler ~Mühle ~Möller"),
            ("Rath", "de", "der ~Rat im ~Rad ~Rate"),
            ("Wirth", "de", "der ~Wirt ~wird ~Wert ~Werth"),
            ("Schwartz", "de", "~schwarz ~Schwarz ~Schatz"),
            ("Berger", "de", "die ~Bürger ~Berge ~Burger"),
            ("Kita", "de", "die ~Kiste ~Kette ~Kanu"),
            ("Lehmann", "de", "ein ~Lehmann's ~Lehen ~Lehrmann"),
            ("Die Mitte", "de", "die ~Miete die ~Mitte ~mitte"),
            ("Haus Mitte", "de", "das Haus ~Miete"),
            ("Stadtwerke Fürth", "de", "Die Stadtwerke ~führen ~fort"),
            ("Endlich", "de", "~endlich ~Ende ~ich"),
            ("Demo", "de", "~dem ~O"),
            ("Claire", "en", "~clear ~Clara"),
            ("Harper", "en", "~harbor ~harp ~hamper"),
            ("Wright", "en", "~right ~write ~Write ~weight"),
            ("Reid", "en", "~read ~Read ~red ~ride"),
            ("Lee", "en", "~Lea ~leaf ~lee"),
            ("Marks", "en", "~marks ~Marx ~makes"),
            ("Council", "en", "~counsel ~consul counsil"),
            // Endings of the term itself.
            ("Müller", "de", "~Müllers ~Müllerin ~Müllersche ~Müller's"),
            ("Fürth", "de", "~Fürther ~Fürths ~Fürth-Süd"),
            ("Dembrane", "de", "~Dembranes ~Dembrahnes"),
            ("Donaueschingen", "de", "~Donaueschlingens"),
            // Another first letter, another sound, too many edits, digits, another language.
            ("Fischer", "de", "~Vischer ~Fichter"),
            ("Dembrane", "de", "~Dembrane2 ~Dembrähnje ~Membrane"),
            ("Dembrane", "fr", "~Dembrahne"),
            ("CDU", "de", "~cdu ~CDO"),
            // Words that may be either of two terms.
            ("Krawczyk\nKrawcyk", "de", "~Krawzcyk"),
            ("Dembrane\nDembrahne", "de", "~Dembrane ~Dembrahne"),
        ] {
            assert_eq!(corrected(term, text, language), text.replace('~', ""), "{term}");
        }
        assert_eq!(corrected("Dembrane", "Dembrahne", "de"), "Dembrahne", "the model was sure");
    }

    #[test]
    fn times_and_corrections_are_those_of_the_words() {
        let terms = glossary("Dembrane: Dem Brane\nKlinikum Fürth: Klinikumfürth");
        let mut segment = segment("Bei „dem Brane“, im Klinikum ~Führt und Klinikumfürth.", "de");
        let corrections = terms.correct(&mut segment);
        assert_eq!(segment.text, "Bei „Dembrane“, im Klinikum Fürth und Klinikum Fürth.");
        let correction = |span, from: &str, to: &str| Correction { span, from: from.into(), to: to.into() };
        assert_eq!(
            corrections,
            [
                correction(Span::new(100, 300), "dem Brane", "Dembrane"),
                correction(Span::new(400, 600), "Klinikum Führt", "Klinikum Fürth"),
                correction(Span::new(700, 800), "Klinikumfürth", "Klinikum Fürth"),
            ]
        );
        let times: Vec<_> = segment.words.iter().map(|word| (word.span.start.0, word.span.end.0)).collect();
        let expected = [(0, 100), (100, 300), (300, 400), (400, 500), (500, 600), (600, 700), (700, 761), (761, 800)];
        assert_eq!(times, expected);
        assert_eq!(segment.words[4].confidence, 0.4);
    }

    #[test]
    fn without_words_the_text_is_corrected() {
        let mut segment = Segment { words: Vec::new(), span: Span::new(5, 9), ..segment("Bei dem Brane.", "de") };
        let corrections = glossary("Dembrane: Dem Brane").correct(&mut segment);
        assert_eq!((segment.text.as_str(), segment.words.len()), ("Bei Dembrane.", 0));
        assert_eq!(corrections[0].span, Span::new(5, 9));
    }

    /// Segments of words that are similar to the terms, and of others.
    fn segments(confidence: std::ops::Range<f32>) -> impl Strategy<Value = Segment> {
        let text = prop_oneof![
            prop::sample::select(vec![
                "Dembrane",
                "„Dembrahne",
                "dem",
                "Brane,",
                "Brane",
                "Dembrahnes",
                "Klinikum",
                "klinikum",
                "führt",
                "Führt.",
                "Fürth",
                "Müller",
                "Müllers",
                "Muller",
                "Maler",
                "-",
                "2",
                "Ost",
                "Fürth-Ost",
            ])
            .prop_map(str::to_owned),
            "[„(]?[DKMFdkmf][a-zäöüß]{1,9}[-.,!“']{0,2}[a-z]{0,2}",
        ];
        let words = prop::collection::vec((text, confidence, 0..90u64), 1..12);
        (words, prop::sample::select(vec!["de", "en", "fr"])).prop_map(|(words, language)| {
            let mut time = 0;
            let word = |(text, confidence, length)| {
                time += length;
                Word { span: Span::new(time - length, time), text, spaced: true, confidence }
            };
            let words: Vec<Word> = words.into_iter().map(word).collect();
            Segment { text: text_of(&words), words, language: language.into(), ..Segment::default() }
        })
    }

    const TERMS: &str = "Dembrane\nKlinikum Fürth\nFürth Ost\nMüller\nDr. Maier";
    const SOUND_ALIKES: &str =
        "Dembrane: Dembrahne, Dem Brane\nKlinikum Fürth: Klinikum führt, Brane Fürth\nMüller: Muller";

    proptest! {
        #[test]
        fn confident_words_are_kept(segment in segments(DOUBTFUL..1.0)) {
            let mut after = segment.clone();
            prop_assert!(glossary(TERMS).correct(&mut after).is_empty());
            prop_assert_eq!(after, segment);
        }

        #[test]
        fn correcting_twice_changes_nothing(segment in segments(0.0..1.0)) {
            for terms in [TERMS, SOUND_ALIKES] {
                let mut once = segment.clone();
                let corrections = glossary(terms).correct(&mut once);
                prop_assert_eq!(corrections.is_empty(), once == segment);
                let mut twice = once.clone();
                prop_assert_eq!(glossary(terms).correct(&mut twice), []);
                prop_assert_eq!(&twice, &once);
                prop_assert_eq!(&once.text, &text_of(&once.words));
            }
        }

        #[test]
        fn times_stay_in_order(segment in segments(0.0..1.0)) {
            let mut after = segment.clone();
            glossary(SOUND_ALIKES).correct(&mut after);
            let ends = |s: &Segment| (s.words.first().map(|w| w.span.start), s.words.last().map(|w| w.span.end));
            prop_assert_eq!(ends(&after), ends(&segment));
            prop_assert!(after.words.iter().all(|word| word.span.start <= word.span.end && !word.text.is_empty()));
            prop_assert!(after.words.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
        }
    }
}
