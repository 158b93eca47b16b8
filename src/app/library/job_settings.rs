//! How a job is to be done, as it comes over the network.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{LibraryError, meeting};
use crate::app::{Settings, Values};
use crate::digest::Sha256;
use crate::options::{Group, Kind, OptionSpec};
use crate::{Error, Glossary, GlossaryId};

/// How a job is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobSettings {
    /// Options by their long names, as on the command line: those about the transcription itself, and none that name files.
    pub options: BTreeMap<String, String>,
    /// The lines of a glossary; empty: none.
    pub glossary: String,
    /// What is known of the meeting, as the content of a `meeting.toml` or of OParl; empty: nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub meeting: String,
}

impl JobSettings {
    /// With one more option; an empty value leaves it as it is.
    pub fn with(mut self, option: &str, value: &str) -> JobSettings {
        if !value.trim().is_empty() {
            self.options.insert(option.into(), value.trim().into());
        }
        self
    }

    /// As text, for the database and for comparing: the same settings are the same text.
    pub fn as_text(&self) -> String {
        // Maps with text keys can be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Checks that the options exist and have values that they may have.
    ///
    /// # Errors
    /// [`LibraryError::Settings`] says which one is wrong.
    pub fn check(&self) -> Result<(), LibraryError> {
        self.read()?;
        if self.meeting.is_empty() { Ok(()) } else { meeting::parse(&self.meeting).map(drop) }
    }

    /// What they come to, without the glossary.
    fn read(&self) -> Result<Settings, LibraryError> {
        let mut values = Values::default();
        for (name, text) in &self.options {
            let refused = |reason: String| LibraryError::Settings(format!("`{name}`: {reason}"));
            let spec = Settings::options().find(|spec| spec.name == name && is_allowed(spec));
            let spec = spec.ok_or_else(|| refused("this can't be set here".into()))?;
            if spec.name == "model" && (text.contains(['/', '\\']) || text.ends_with(".bin")) {
                return Err(refused("the name of a model is expected".into()));
            }
            let value = match spec.kind {
                Kind::List { .. } => {
                    text.split(',').map(|item| spec.kind.parse(item.trim())).collect::<Result<Value, _>>()
                }
                kind => kind.parse(text),
            };
            values = values.with(name, value.map_err(refused)?);
        }
        if let Some((one, other)) = values.conflict() {
            return Err(LibraryError::Settings(format!("`{one}` and `{other}` can't be set together")));
        }
        Settings::new(&values, None).map_err(|error| LibraryError::Settings(error.message))
    }

    /// What they come to, for work in this process.
    ///
    /// # Errors
    /// [`LibraryError::Settings`] says what is wrong; [`Error::Glossary`].
    pub(super) fn resolved(&self) -> Result<Settings, LibraryError> {
        let mut settings = self.read()?;
        if !self.glossary.trim().is_empty() {
            let invalid = |(line, reason)| Error::Glossary { path: "glossary".into(), line, reason };
            settings.glossary = Some(Glossary::parse(&self.glossary).map_err(invalid)?);
            let sha256 = Sha256::of_bytes(self.glossary.as_bytes()).to_string();
            settings.transcribe.glossary = Some(GlossaryId { file: "glossary.txt".into(), sha256 });
        }
        Ok(settings)
    }
}

/// Whether an option is about the transcription, and names no files and nothing of this computer.
fn is_allowed(spec: &OptionSpec) -> bool {
    let of_computer = ["device", "threads", "tracks"].contains(&spec.name);
    let about_files = spec.group == Group::Output || matches!(spec.kind, Kind::Path | Kind::Pairs { .. });
    !of_computer && !about_files
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_about_the_transcription_can_be_set() {
        let good =
            JobSettings::default().with("language", "Deutsch").with("speakers", "2-5").with("model", "base-q8_0");
        good.with("languages", " ").with("translate", "true").check().unwrap();
        for (name, value) in [
            ("output-dir", "/tmp"),
            ("output-format", "txt"),
            ("glossary", "/etc/passwd"),
            ("overwrite", "true"),
            ("threads", "64"),
            ("device", "gpu"),
            ("nonsense", "1"),
            ("model", "../../x"),
            ("model", "C:\\x"),
            ("model", "x.bin"),
            ("language", "klingon"),
            ("speakers", "two"),
            ("to", "0"),
        ] {
            let error = JobSettings::default().with(name, value).check().unwrap_err();
            assert_eq!(error.code(), "settings", "{name}={value}");
        }
        let both = JobSettings::default().with("language", "de").with("languages", "de,en");
        assert!(both.check().unwrap_err().to_string().contains("together"));
    }
}
