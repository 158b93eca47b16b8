//! What the data of a meeting says about its recording: names and terms to expect, and languages.

use std::path::Path;

use super::language::language_code;
use super::{Settings, UsageError, Values};
use crate::digest::Sha256;
use crate::meeting::Meeting;
use crate::transcript::GlossaryId;
use crate::{Error, Glossary, files};

/// Characters that a name may have to be a term.
const LONGEST: usize = 100;

/// Takes over what the meeting at `path` says. Languages that are given count more.
pub(super) fn complete(settings: &mut Settings, values: &Values, path: &Path) -> Result<(), UsageError> {
    let meeting = Meeting::read(path).map_err(unusable)?;
    take(settings, values, &meeting, path)
}

fn unusable(error: Error) -> UsageError {
    UsageError::new(error.to_string(), "`transcribe minutes --init` writes a file that shows all fields")
}

/// Takes over what `meeting` says, which is kept at `path`.
pub(in crate::app) fn take(
    settings: &mut Settings,
    values: &Values,
    meeting: &Meeting,
    path: &Path,
) -> Result<(), UsageError> {
    if !values.has("language") && !values.has("languages") {
        for language in &meeting.languages {
            let code = language_code(language)?;
            settings.transcribe.languages.extend(code);
        }
    }
    let terms: Vec<String> = meeting.terms().iter().filter_map(|term| usable(term)).collect();
    if terms.is_empty() {
        return Ok(());
    }
    let mut text = match values.path("glossary") {
        Some(glossary) => files::read(glossary)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned() + "\n")
            .map_err(|source| unusable(Error::Read { path: glossary.into(), source }))?,
        None => String::new(),
    };
    text.push_str(&terms.join("\n"));
    let glossary = Glossary::parse(&text).map_err(|(_, reason)| {
        unusable(Error::Meeting { path: path.into(), place: Some("`glossary`".into()), reason })
    })?;
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let sha256 = Sha256::of_bytes(&text).to_string();
    settings.glossary = Some(glossary);
    settings.transcribe.glossary = Some(GlossaryId { file, sha256 });
    Ok(())
}

/// A term as a glossary has it; `None` for a name that can be none.
fn usable(term: &str) -> Option<String> {
    let line: String = term.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim_start_matches(['#', ' ']).trim().to_owned();
    let name = line.split(':').next().unwrap_or_default();
    (name.chars().any(char::is_alphanumeric) && name.chars().count() <= LONGEST).then_some(line)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings(meeting: &str, glossary: Option<&str>, values: Values) -> Result<Settings, UsageError> {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name)
        };
        let values = values.with_path("meeting", place("meeting.toml", meeting));
        let values = match glossary {
            Some(text) => values.with_path("glossary", place("names.txt", text)),
            None => values,
        };
        Settings::new(&values, None)
    }

    const MEETING: &str = "languages = [\"deutsch\"]\nglossary = [\"Lindenau: Linden Au\"]\nchair = \"Dr. Anna Vogt\"\n[[person]]\nname = \"?\"";

    #[test]
    fn a_meeting_has_names_and_languages() {
        let made = settings(MEETING, None, Values::default()).unwrap();
        assert_eq!(made.transcribe.languages, ["de"]);
        assert_eq!(made.glossary, Some(Glossary::parse("Lindenau: Linden Au\nAnna Vogt").unwrap()));
        assert_eq!(made.transcribe.glossary.as_ref().map(|id| id.file.as_str()), Some("meeting.toml"));
        let both = settings(MEETING, Some("Fürth"), Values::default().with("language", json!("en"))).unwrap();
        assert_eq!(both.transcribe.languages, ["en"]);
        assert_eq!(both.glossary, Some(Glossary::parse("Fürth\nLindenau: Linden Au\nAnna Vogt").unwrap()));
        assert_ne!(both.transcribe.glossary, made.transcribe.glossary);
    }

    #[test]
    fn data_that_cannot_be_used_is_refused() {
        let wrong = |text: &str| settings(text, None, Values::default()).unwrap_err().to_string();
        assert!(wrong("date = 1").contains("line 1, `date`"));
        assert!(
            wrong("glossary = [\"A: B\", \"C: B\"]").contains("`glossary`"),
            "{}",
            wrong("glossary = [\"A: B\", \"C: B\"]")
        );
        assert!(wrong("languages = [\"klingon\"]").contains("klingon"));
        assert_eq!(settings("date = 2026-01-01", None, Values::default()).unwrap().glossary, None);
    }
}
