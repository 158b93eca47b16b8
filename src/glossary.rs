//! Names and words of a meeting that the model does not know. They are told to it before each clip, and put right in what
//! it wrote.
//!
//! It is no spelling check: what is not in the list stays as the model wrote it, and so does what the model may have
//! meant. Imports no model.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::Error;

mod likeness;
mod repair;

/// Bytes that a file may have.
const LARGEST: usize = 1 << 20;
/// Terms that it may hold: each is compared with each doubtful word.
const MOST: usize = 5_000;
/// Characters that a line, and a term or sound-alike, may have: more is a text and no list.
const LONGEST_LINE: usize = 1_000;
const LONGEST_TERM: usize = 100;

/// Terms, in the order of the file, each with what the model may write for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glossary {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    words: Vec<String>,
    /// Its letters, for guessing; `None` where there are digits, or punctuation at an end of a word.
    key: Option<String>,
    /// As words.
    sound_alikes: Vec<Vec<String>>,
}

impl Term {
    fn new(words: Vec<String>) -> Term {
        let plain = |word: &String| word.trim_matches(|c: char| !c.is_alphanumeric()) == word;
        let key = repair::letters(&words.concat()).filter(|_| words.iter().all(plain));
        Term { words, key, sound_alikes: Vec::new() }
    }

    fn text(&self) -> String {
        self.words.join(" ")
    }
}

/// What is wrong with a file, and in which line.
type Wrong = (Option<usize>, String);

impl Glossary {
    /// Tokens of terms in the prompt of a clip that do good; more make the model worse.
    pub const ROOM: usize = 60;

    /// Reads a glossary: UTF-8, one term a line, which may be followed by a colon and sound-alikes between commas. Empty
    /// lines and those that begin with `#` do not count, and blanks in a row are one.
    ///
    /// # Errors
    /// [`Error::Read`] when the file can't be read, [`Error::Glossary`] when it is no such list.
    pub fn read(path: &Path) -> Result<Glossary, Error> {
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(LARGEST as u64 + 1).read_to_end(&mut bytes));
        let wrong = |(line, reason)| Error::Glossary { path: path.into(), line, reason };
        match read {
            Err(e) if e.kind() == io::ErrorKind::IsADirectory => Err(wrong((None, "it is a folder".into()))),
            Err(source) => Err(Error::Read { path: path.into(), source }),
            Ok(_) => parse(&bytes).map_err(wrong),
        }
    }

    /// What to tell the model before the clip of this number: the user's own prompt, then the terms that fit into `room`
    /// tokens. If not all do, the next clip has the next ones, and so on in turn. Depends on nothing else, so clips may be
    /// decoded in any order.
    pub fn prompt(&self, own: &str, clip: usize, room: usize, tokens: &dyn Fn(&str) -> usize) -> String {
        let all = self.terms.iter().map(Term::text).map(|text| (tokens(&format!(" {text},")), text));
        let all: Vec<(usize, String)> = all.filter(|(cost, _)| *cost <= room).collect();
        // Where each round begins; the last is filled up from the front.
        let (mut starts, mut left) = (vec![0], room);
        for (at, (cost, _)) in all.iter().enumerate() {
            if *cost > left {
                starts.push(at);
                left = room;
            }
            left -= cost;
        }
        let mut left = room;
        let mut fits = |cost: usize| left.checked_sub(cost).map(|rest| left = rest).is_some();
        let turn = all.iter().cycle().skip(starts[clip % starts.len()]).take(all.len());
        let terms: Vec<&str> = turn.take_while(|(cost, _)| fits(*cost)).map(|(_, text)| text.as_str()).collect();
        match (own.trim(), terms.join(", ")) {
            (own, terms) if terms.is_empty() => own.to_owned(),
            ("", terms) => format!("{terms}."),
            (own, terms) => format!("{own} {terms}."),
        }
    }

    /// How many tokens a text may have, where there is no tokenizer to ask.
    pub fn estimate(text: &str) -> usize {
        text.chars().count().div_ceil(3)
    }
}

fn parse(bytes: &[u8]) -> Result<Glossary, Wrong> {
    if bytes.len() > LARGEST {
        return Err((None, "it is larger than 1 MiB".into()));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = bytes[..e.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        (Some(line), "this is not UTF-8 text".to_owned())
    })?;
    let mut terms: Vec<Term> = Vec::new();
    for (line, number) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().zip(1..) {
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
        if terms.len() > MOST {
            return Err((Some(number), format!("there are more than {MOST} terms")));
        }
    }
    match terms.is_empty() {
        true => Err((None, "there are no terms in it".into())),
        false => unambiguous(&terms).map(|()| Glossary { terms }).map_err(|reason| (None, reason)),
    }
}

/// The words of a term, and of each of its sound-alikes.
fn entry(line: &str) -> Result<(Vec<String>, Vec<Vec<String>>), String> {
    if line.chars().count() > LONGEST_LINE {
        return Err(format!("it has more than {LONGEST_LINE} characters"));
    }
    if line.chars().any(|c| c.is_control() && c != '\t') {
        return Err("there is a control character in it".into());
    }
    let (term, rest) = line.split_once(':').unwrap_or((line, ""));
    if term.trim().is_empty() {
        return Err("there is no term before the colon".into());
    }
    let sound_alikes = rest.split(',').filter(|heard| !heard.trim().is_empty()).map(phrase);
    Ok((phrase(term)?, sound_alikes.collect::<Result<_, _>>()?))
}

fn phrase(text: &str) -> Result<Vec<String>, String> {
    let text = text.trim();
    if text.chars().count() > LONGEST_TERM {
        return Err(format!("a term has more than {LONGEST_TERM} characters"));
    }
    match text.chars().any(char::is_alphanumeric) {
        true => Ok(text.split_whitespace().map(str::to_owned).collect()),
        false => Err(format!("`{text}` has no letters")),
    }
}

/// A sound-alike stands for one term, and is no other term itself.
fn unambiguous(terms: &[Term]) -> Result<(), String> {
    let key = |words: &[String]| words.join(" ").to_lowercase();
    let mut owners: BTreeMap<String, &Term> = terms.iter().map(|term| (key(&term.words), term)).collect();
    for term in terms {
        for heard in &term.sound_alikes {
            let owner = *owners.entry(key(heard)).or_insert(term);
            if owner != term && key(&owner.words) != key(&term.words) {
                let (heard, one, two) = (heard.join(" "), owner.text(), term.text());
                return Err(match heard.to_lowercase() == one.to_lowercase() {
                    true => format!("`{heard}` is a term and a sound-alike of `{two}`"),
                    false => format!("`{heard}` is a sound-alike of both `{one}` and `{two}`"),
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

    fn prompts(glossary: &str, own: &str, room: usize, clips: usize) -> Vec<String> {
        let glossary = parse(glossary.as_bytes()).unwrap();
        // A token a character.
        (0..clips).map(|clip| glossary.prompt(own, clip, room, &|text| text.len())).collect()
    }

    #[test]
    fn one_term_a_line() {
        let file = "\u{feff}# Rat\r\n\r\nDembrane : Dembrahne,  Dem\tBrane ,\r\n Klinikum  F\u{fc}rth\r\nDembrane: Demo Bran\r\nMaier:";
        let glossary = parse(file.as_bytes()).unwrap();
        let texts: Vec<String> = glossary.terms.iter().map(Term::text).collect();
        assert_eq!(texts, ["Dembrane", "Klinikum Fürth", "Maier"]);
        let heard: Vec<String> = glossary.terms[0].sound_alikes.iter().map(|words| words.join(" ")).collect();
        assert_eq!(heard, ["Dembrahne", "Dem Brane", "Demo Bran"]);
    }

    #[test]
    fn what_is_wrong_and_where() {
        let long = format!("a\n{}", "x".repeat(101));
        let longer = format!("a: {}", "x, ".repeat(400));
        let many: String = (0..=MOST).map(|n| format!("x{n}\n")).collect();
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
            (many.as_bytes(), Some(MOST + 1), "5000 terms"),
            (&vec![b'#'; LARGEST + 1], None, "1 MiB"),
            (b"Maier: Meier\nMeier", None, "`Meier` is a term and a sound-alike of `Maier`"),
            (b"Maier: Meyer\nMayr: meyer", None, "`meyer` is a sound-alike of both `Maier` and `Mayr`"),
        ];
        for (bytes, line, reason) in cases {
            let (found, said) = parse(bytes).unwrap_err();
            assert!(found == *line && said.contains(reason), "{found:?} {said}");
        }
    }

    #[test]
    fn errors_name_file_and_line_and_the_way_out() {
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
    fn all_terms_are_told_where_they_fit() {
        assert_eq!(prompts("Maier\nKlinikum Fürth", "", 60, 2), ["Maier, Klinikum Fürth."; 2]);
        assert_eq!(prompts("Maier", " Sitzung vom 3. Mai. ", 60, 1), ["Sitzung vom 3. Mai. Maier."]);
    }

    #[test]
    fn terms_take_turns_where_they_do_not() {
        // ` Aa,` has four tokens here.
        let all = prompts("Aa\nBb\nCc\nDd\nEe", "", 9, 4);
        assert_eq!(all, ["Aa, Bb.", "Cc, Dd.", "Ee, Aa.", "Aa, Bb."]);
        assert_eq!(prompts("Aa\nMuch too long\nBb", "Own.", 9, 1), ["Own. Aa, Bb."]);
        assert_eq!(prompts("Aa\nBb", "Own.", 3, 1), ["Own."]);
        assert_eq!(prompts("Aa", "", 0, 1), [""]);
        assert_eq!(Glossary::default().prompt("", 7, 60, &Glossary::estimate), "");
        assert_eq!(Glossary::estimate("Fürth"), 2);
    }
}
