//! Who is meant by the name of a speaker.

use super::{Person, Role};
use crate::names::folded;

/// What stands before names, or instead of them, without marks and case as [`folded`] leaves it. Beginnings of words: `stadtrat` is
/// also `Stadträtin`.
const TITLES: [&str; 41] = [
    "dr",
    "prof",
    "med",
    "jur",
    "phil",
    "mag",
    "dipl",
    "ing",
    "msc",
    "frau",
    "herr",
    "mr",
    "mrs",
    "ms",
    "der",
    "die",
    "sir",
    "madam",
    "stadtrat",
    "gemeinderat",
    "kreistag",
    "ratsherr",
    "ratsfrau",
    "ratsmitglied",
    "stadtverordnet",
    "abgeordnet",
    "burgermeister",
    "oberburgermeister",
    "erster",
    "erste",
    "ortsvorsteher",
    "vorsitz",
    "prasident",
    "vizeprasident",
    "altersprasident",
    "council",
    "mayor",
    "vice",
    "chair",
    "member",
    "president",
];

/// What somebody is called who is meant by the office alone, and what may stand before it.
const CHAIR: [&str; 8] =
    ["vorsitz", "vorsitzende", "vorsitzender", "sitzungsleitung", "chair", "chairman", "chairwoman", "chairperson"];
const ARTICLES: [&str; 4] = ["der", "die", "the", "madam"];

pub(super) fn find<'a>(persons: &'a [Person], speaker: &str) -> Option<&'a Person> {
    let key = folded(speaker.trim());
    let written = |person: &&Person| {
        folded(person.name.trim()) == key || person.aliases.iter().any(|alias| folded(alias.trim()) == key)
    };
    if let found @ Some(_) = only(persons.iter().filter(written)) {
        return found;
    }
    let said = words(speaker);
    let presides = |word: &String| CHAIR.contains(&word.as_str());
    if said.iter().any(presides) && said.iter().all(|word| presides(word) || ARTICLES.contains(&word.as_str())) {
        return only(persons.iter().filter(|person| person.role == Some(Role::Chair)));
    }
    let said: Vec<String> = said.into_iter().filter(|word| !is_title(word)).collect();
    only(persons.iter().filter(|person| is_meant(person, &said)))
}

/// Whether the words of a speaker's name are the last name of a person, and nothing but names and the office of that person.
fn is_meant(person: &Person, said: &[String]) -> bool {
    let name = words(&plain(&person.name));
    let Some(last) = name.last() else { return false };
    let besides = [words(&person.office), words(&person.group)].concat();
    said.contains(last) && said.iter().all(|word| name.contains(word) || besides.contains(word))
}

fn is_title(word: &str) -> bool {
    TITLES.iter().any(|title| match title.len() {
        ..5 => word == *title,
        _ => word.starts_with(title) || word.ends_with("burgermeister") || word.ends_with("burgermeisterin"),
    })
}

/// A name without what stands in brackets and without the titles before it.
pub(super) fn plain(name: &str) -> String {
    let name = name.split('(').next().unwrap_or_default();
    let mut words = name.split_whitespace().peekable();
    while words.peek().is_some_and(|word| is_title(folded(word).trim_end_matches('.'))) {
        words.next();
    }
    words.collect::<Vec<_>>().join(" ")
}

/// The words of a name, [`folded`], without what stands in brackets.
fn words(name: &str) -> Vec<String> {
    let name = folded(name.split('(').next().unwrap_or_default());
    let words = name.split(|c: char| !c.is_alphanumeric() && c != '-');
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The one that there is; `None` if there are several.
fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    found.next().filter(|_| found.next().is_none())
}
