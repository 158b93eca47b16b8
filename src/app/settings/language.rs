//! Languages, by their codes and names.

use crate::names::folded;
use crate::{transcript, whisper};

use super::{UsageError, Values};

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
    if given.trim().eq_ignore_ascii_case("auto") {
        return Ok(None);
    }
    if let Some(code) = transcript::language_code(given) {
        return Ok(Some(code.to_owned()));
    }
    let wanted = folded(given.trim());
    let near = transcript::language_names()
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
        for given in ["de", "German", "de_CH", " DEUTSCH "] {
            assert_eq!(language_code(given), Ok(Some("de".into())), "{given}");
        }
        let near = language_code("germann").expect_err("unknown");
        assert!(near.hint.is_some_and(|hint| hint.contains("`de`")));
        let near = language_code("Franzözisch").expect_err("unknown");
        assert!(near.hint.is_some_and(|hint| hint.contains("`fr` (Französisch)")));
        assert!(language_code("klingon").is_err());
        assert!(language_code("").is_err());
    }
}
