//! Languages, by their codes and names.

use crate::names::folded;
use crate::whisper;

use self::names::NAMES;
use super::{UsageError, Values};

mod names;

/// The codes of the languages that may be spoken; empty: any.
pub(super) fn codes(values: &Values) -> Result<Vec<String>, UsageError> {
    if let Some(one) = values.text("language") {
        return Ok(Vec::from_iter(language_code(one)?));
    }
    let mut codes = Vec::new();
    for given in values.texts("languages") {
        let code = language_code(given)?
            .ok_or_else(|| UsageError::new("`auto` is no language", "leave `--languages` out to allow all"))?;
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Ok(codes)
}

/// The code of a language that is given as code, or by its name in English, German or the language itself; `None` for `auto`.
///
/// # Errors
/// A language that Whisper does not know.
pub fn language_code(given: &str) -> Result<Option<String>, UsageError> {
    let wanted = folded(given.trim());
    if wanted == "auto" {
        return Ok(None);
    }
    // `de-AT` is German to Whisper.
    let base = wanted.split(['-', '_']).next().unwrap_or_default();
    let code = whisper::languages().map(|(code, _)| code).find(|code| *code == wanted || *code == base);
    if let Some(code) = code.or_else(|| names().find(|(_, name)| folded(name) == wanted).map(|(code, _)| code)) {
        return Ok(Some(code.to_owned()));
    }
    let near = names()
        .map(|(code, name)| (strsim::jaro_winkler(&folded(name), &wanted), code, name))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, ..)| *likeness > 0.8)
        .map(|(_, code, name)| format!("did you mean `{code}` ({name})? "));
    Err(UsageError::new(
        format!("unknown language `{given}`"),
        format!(
            "{}a code or a name is expected, e.g. `de`, `german` or `deutsch`; `auto` detects it",
            near.unwrap_or_default()
        ),
    ))
}

/// Codes and all names of the languages that Whisper knows.
fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    let others = NAMES.iter().flat_map(|(code, names)| names.iter().map(|name| (*code, *name)));
    whisper::languages().chain(others)
}

/// The English name of a language code, with a capital letter.
pub fn language_name(code: &str) -> String {
    let name = whisper::languages().find(|(c, _)| *c == code).map_or(code, |(_, name)| name);
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_by_code_or_name() {
        assert_eq!(language_code("auto"), Ok(None));
        for given in ["de", "German", "GERMAN", "de-AT", "de_CH", "deutsch", "Deutsch", " DEUTSCH "] {
            assert_eq!(language_code(given), Ok(Some("de".into())), "{given}");
        }
        for (given, code) in [
            ("Englisch", "en"),
            ("English", "en"),
            ("français", "fr"),
            ("Franc\u{327}ais", "fr"),
            ("francais", "fr"),
            ("Französisch", "fr"),
            ("franzoesisch", "fr"),
            ("türkçe", "tr"),
            ("українська", "uk"),
            ("العربية", "ar"),
            ("farsi", "fa"),
            ("haitian creole", "ht"),
        ] {
            assert_eq!(language_code(given), Ok(Some(code.into())), "{given}");
        }
        let near = language_code("germann").expect_err("unknown");
        assert!(near.hint.is_some_and(|hint| hint.contains("`de`")));
        let near = language_code("Franzözisch").expect_err("unknown");
        assert!(near.hint.is_some_and(|hint| hint.contains("`fr` (Französisch)")));
        assert!(language_code("klingon").is_err());
        assert!(language_code("").is_err());
    }

    #[test]
    fn each_language_has_its_names_and_no_name_is_of_two() {
        let codes: Vec<&str> = whisper::languages().map(|(code, _)| code).collect();
        assert!(codes.iter().all(|code| NAMES.iter().any(|(other, names)| other == code && !names.is_empty())));
        assert!(NAMES.iter().all(|(code, _)| codes.contains(code)));
        let mut owners = std::collections::BTreeMap::new();
        for (code, name) in names() {
            let owner = *owners.entry(folded(name)).or_insert(code);
            assert_eq!(owner, code, "{name}");
            assert!(!codes.contains(&folded(name).as_str()), "{name}");
        }
    }
}
