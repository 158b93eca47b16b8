//! Names and words that the model does not know: they are part of the prompt of each chunk, and corrected in its text.
//!
//! This is not a spelling checker: text that resembles no listed term is kept as it is, and so is text that the model
//! may have meant.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use crate::names::composed;
use crate::{Error, files};

mod correct;
mod similarity;

pub(crate) use similarity::{distance, is_common, sounds_the_same};

/// Most bytes of a file.
const MAX_BYTES: usize = 1 << 20;
/// Most terms, since each is compared with each doubtful word.
const MAX_TERMS: usize = 5_000;
/// Most characters of a line; a longer one belongs to a text, not to a list.
const MAX_LINE_CHARS: usize = 1_000;
/// Most characters of a term or sound-alike.
const MAX_TERM_CHARS: usize = 100;

/// Terms in the order of the file, each with sound-alikes that the model may write instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glossary {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    words: Vec<String>,
    /// Its [letters](correct::letters), for finding similar words; `None` if it contains digits, or a word of it begins
    /// or ends with punctuation.
    key: Option<String>,
    /// Each as words.
    sound_alikes: Vec<Vec<String>>,
}

impl Term {
    fn new(words: Vec<String>) -> Term {
        let is_plain = |word: &String| word.trim_matches(|c: char| !c.is_alphanumeric()) == word;
        let key = correct::letters(&words.concat()).filter(|_| words.iter().all(is_plain));
        Term { words, key, sound_alikes: Vec::new() }
    }

    fn text(&self) -> String {
        self.words.join(" ")
    }
}

/// The line of a mistake, `None` for the whole file, and what is wrong.
type Mistake = (Option<usize>, String);

impl Glossary {
    /// Tokens of terms in the prompt of a chunk; more make the model worse.
    pub const PROMPT_TOKENS: usize = 60;

    /// Reads a glossary: UTF-8 text with one term per line, optionally followed by a colon and sound-alikes separated
    /// by commas. Empty lines and lines that begin with `#` are ignored; several spaces count as one.
    ///
    /// # Errors
    /// [`Error::Read`] if the file can't be read, [`Error::Glossary`] if it is not a glossary.
    pub fn read(path: &Path) -> Result<Glossary, Error> {
        let mut bytes = Vec::new();
        let read = files::open(path).and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes));
        let invalid = |(line, reason)| Error::Glossary { path: path.into(), line, reason };
        match read {
            Err(e) if e.kind() == io::ErrorKind::IsADirectory => Err(invalid((None, "it is a folder".into()))),
            Err(source) => Err(Error::Read { path: path.into(), source }),
            Ok(_) => parse(&bytes).map_err(invalid),
        }
    }

    /// Reads the content of a glossary.
    ///
    /// # Errors
    /// The line, if it is about one, and what is wrong there.
    pub(crate) fn parse(text: &str) -> Result<Glossary, (Option<usize>, String)> {
        parse(text.as_bytes())
    }

    /// The prompt of the chunk with this number: the user's `prompt`, then the terms that fit into `max_tokens`, as
    /// counted by `count_tokens`. If not all terms fit, consecutive chunks take turns. The result depends on nothing
    /// else, so chunks may be decoded in any order.
    pub fn prompt(
        &self,
        prompt: &str,
        chunk: usize,
        max_tokens: usize,
        count_tokens: &dyn Fn(&str) -> usize,
    ) -> String {
        let all = self.terms.iter().map(Term::text).map(|text| (count_tokens(&format!(" {text},")), text));
        let all: Vec<(usize, String)> = all.filter(|(cost, _)| *cost <= max_tokens).collect();
        // The first term of each turn; the last turn is filled up from the front of the list.
        let (mut starts, mut left) = (vec![0], max_tokens);
        for (at, (cost, _)) in all.iter().enumerate() {
            if *cost > left {
                starts.push(at);
                left = max_tokens;
            }
            left -= cost;
        }
        let mut left = max_tokens;
        let mut fits = |cost: usize| left.checked_sub(cost).map(|rest| left = rest).is_some();
        let turn = all.iter().cycle().skip(starts[chunk % starts.len()]).take(all.len());
        let terms: Vec<&str> = turn.take_while(|(cost, _)| fits(*cost)).map(|(_, text)| text.as_str()).collect();
        match (prompt.trim(), terms.join(", ")) {
            (prompt, terms) if terms.is_empty() => prompt.to_owned(),
            ("", terms) => format!("{terms}."),
            (prompt, terms) => format!("{prompt} {terms}."),
        }
    }

    /// Estimates the number of tokens of a text, without a tokenizer.
    pub fn estimate_tokens(text: &str) -> usize {
        text.chars().count().div_ceil(3)
    }
}

fn parse(bytes: &[u8]) -> Result<Glossary, Mistake> {
    if bytes.len() > MAX_BYTES {
        return Err((None, "it is larger than 1 MiB".into()));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = bytes[..e.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        (Some(line), "this is not UTF-8 text".to_owned())
    })?;
    let mut terms: Vec<Term> = Vec::new();
    // The model writes composed letters.
    let text = composed(text.strip_prefix('\u{feff}').unwrap_or(text));
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (words, sound_alikes) = entry(line).map_err(|reason| (Some(number), reason))?;
        let at = terms.iter().position(|term| term.words == words).unwrap_or_else(|| {
            terms.push(Term::new(words));
            terms.len() - 1
        });
        terms[at].sound_alikes.extend(sound_alikes);
        if terms.len() > MAX_TERMS {
            return Err((Some(number), format!("there are more than {MAX_TERMS} terms")));
        }
    }
    match terms.is_empty() {
        true => Err((None, "it contains no terms".into())),
        false => unambiguous(&terms).map(|()| Glossary { terms }).map_err(|reason| (None, reason)),
    }
}

/// Parses a line into the words of a term, and those of each of its sound-alikes.
fn entry(line: &str) -> Result<(Vec<String>, Vec<Vec<String>>), String> {
    if line.chars().count() > MAX_LINE_CHARS {
        return Err(format!("the line has more than {MAX_LINE_CHARS} characters"));
    }
    if line.chars().any(|c| c.is_control() && c != '\t') {
        return Err("the line contains a control character".into());
    }
    let (term, rest) = line.split_once(':').unwrap_or((line, ""));
    if term.trim().is_empty() {
        return Err("there is no term before the colon".into());
    }
    let sound_alikes = rest.split(',').filter(|text| !text.trim().is_empty()).map(phrase);
    Ok((phrase(term)?, sound_alikes.collect::<Result<_, _>>()?))
}

/// Splits a term or sound-alike into words.
fn phrase(text: &str) -> Result<Vec<String>, String> {
    let text = text.trim();
    if text.chars().count() > MAX_TERM_CHARS {
        return Err(format!("a term has more than {MAX_TERM_CHARS} characters"));
    }
    match text.chars().any(char::is_alphanumeric) {
        true => Ok(text.split_whitespace().map(str::to_owned).collect()),
        false => Err(format!("`{text}` has no letters")),
    }
}

/// Checks that a sound-alike belongs to one term only, and is not another term itself.
fn unambiguous(terms: &[Term]) -> Result<(), String> {
    let key = |words: &[String]| words.join(" ").to_lowercase();
    let mut owners: BTreeMap<String, &Term> = terms.iter().map(|term| (key(&term.words), term)).collect();
    for term in terms {
        for sound_alike in &term.sound_alikes {
            let owner = *owners.entry(key(sound_alike)).or_insert(term);
            if owner != term && key(&owner.words) != key(&term.words) {
                let (sound_alike, one, two) = (sound_alike.join(" "), owner.text(), term.text());
                return Err(match sound_alike.to_lowercase() == one.to_lowercase() {
                    true => format!("`{sound_alike}` is a term and a sound-alike of `{two}`"),
                    false => format!("`{sound_alike}` is a sound-alike of both `{one}` and `{two}`"),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn prompts(glossary: &str, prompt: &str, max_tokens: usize, chunks: usize) -> Vec<String> {
        let glossary = parse(glossary.as_bytes()).unwrap();
        // Each byte is a token.
        (0..chunks).map(|chunk| glossary.prompt(prompt, chunk, max_tokens, &|text| text.len())).collect()
    }

    #[test]
    fn terms_are_written_as_the_model_writes() {
        let glossary = parse("O\u{308}zdemir: U\u{308}zdemir".as_bytes()).unwrap();
        assert_eq!(glossary, parse("Özdemir: Üzdemir".as_bytes()).unwrap());
    }

    #[test]
    fn one_term_per_line() {
        let file = "\u{feff}# Rat\r\n\r\nDembrane : Dembrahne,  Dem\tBrane ,\r\n Klinikum  F\u{fc}rth\r\nDembrane: Demo Bran\r\nMaier:";
        let glossary = parse(file.as_bytes()).unwrap();
        let texts: Vec<String> = glossary.terms.iter().map(Term::text).collect();
        assert_eq!(texts, ["Dembrane", "Klinikum Fürth", "Maier"]);
        let sound_alikes: Vec<String> = glossary.terms[0].sound_alikes.iter().map(|words| words.join(" ")).collect();
        assert_eq!(sound_alikes, ["Dembrahne", "Dem Brane", "Demo Bran"]);
    }

    #[test]
    fn mistakes_are_reported_with_their_line() {
        let long = format!("a\n{}", "x".repeat(101));
        let longer = format!("a: {}", "x, ".repeat(400));
        let many: String = (0..=MAX_TERMS).map(|n| format!("x{n}\n")).collect();
        let cases: &[(&[u8], Option<usize>, &str)] = &[
            (b"", None, "no terms"),
            (b"\xef\xbb\xbf# only a remark\n\n", None, "no terms"),
            (b"Maier\nF\xfcrth\n", Some(2), "UTF-8"),
            (b"\xff\xfeM\0a\0", Some(1), "UTF-8"),
            (b"M\0a\0i\0", Some(1), "control character"),
            (b"Maier\r\n\r\n: Meier\r\n", Some(3), "before the colon"),
            (b"---", Some(1), "no letters"),
            (b"Maier: ?", Some(1), "no letters"),
            (long.as_bytes(), Some(2), "100 characters"),
            (longer.as_bytes(), Some(1), "1000 characters"),
            (many.as_bytes(), Some(MAX_TERMS + 1), "5000 terms"),
            (&vec![b'#'; MAX_BYTES + 1], None, "1 MiB"),
            (b"Maier: Meier\nMeier", None, "`Meier` is a term and a sound-alike of `Maier`"),
            (b"Maier: Meyer\nMayr: meyer", None, "`meyer` is a sound-alike of both `Maier` and `Mayr`"),
        ];
        for (bytes, line, reason) in cases {
            let (found, message) = parse(bytes).unwrap_err();
            assert!(found == *line && message.contains(reason), "{found:?} {message}");
        }
    }

    #[test]
    fn errors_name_file_and_line_and_have_a_hint() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("names.txt");
        std::fs::write(&path, ": Meier").unwrap();
        let error = Glossary::read(&path).unwrap_err();
        let expected =
            format!("cannot use the glossary `{}`: line 1: there is no term before the colon", path.display());
        assert_eq!(error.to_string(), expected);
        assert!(Glossary::read(folder.path()).unwrap_err().to_string().ends_with("it is a folder"));
        assert!(matches!(Glossary::read(&folder.path().join("none")), Err(Error::Read { .. })));
    }

    #[test]
    fn all_terms_are_in_the_prompt_if_they_fit() {
        assert_eq!(prompts("Maier\nKlinikum Fürth", "", 60, 2), ["Maier, Klinikum Fürth."; 2]);
        assert_eq!(prompts("Maier", " Sitzung vom 3. Mai. ", 60, 1), ["Sitzung vom 3. Mai. Maier."]);
    }

    #[test]
    fn terms_take_turns_if_they_do_not_fit() {
        // ` Aa,` has four tokens.
        let all = prompts("Aa\nBb\nCc\nDd\nEe", "", 9, 4);
        assert_eq!(all, ["Aa, Bb.", "Cc, Dd.", "Ee, Aa.", "Aa, Bb."]);
        assert_eq!(prompts("Aa\nMuch too long\nBb", "Own.", 9, 1), ["Own. Aa, Bb."]);
        assert_eq!(prompts("Aa\nBb", "Own.", 3, 1), ["Own."]);
        assert_eq!(prompts("Aa", "", 0, 1), [""]);
        assert_eq!(Glossary::default().prompt("", 7, 60, &Glossary::estimate_tokens), "");
        assert_eq!(Glossary::estimate_tokens("Fürth"), 2);
    }
}
