//! Values of options, from one source or several.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::options::{Group, OptionSpec};

use super::{Settings, UsageError};

/// The options about the detection of speech. The longest clip counts without it, too.
fn detection() -> impl Iterator<Item = &'static OptionSpec> {
    let others = ["vad", "vad-max-speech-duration-s"];
    Settings::options().filter(move |spec| spec.group == Group::Speech && !others.contains(&spec.name))
}

/// Values of [options](Settings::options) by their names. What is not there is not given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// Checked by [`Kind`](crate::options::Kind).
    values: BTreeMap<String, Value>,
    /// Those that are paths, which need not be UTF-8.
    paths: BTreeMap<String, PathBuf>,
}

impl Values {
    /// These and one more.
    pub fn with(mut self, name: &str, value: Value) -> Values {
        self.values.insert(name.into(), value);
        self
    }

    /// These and a path.
    pub fn with_path(mut self, name: &str, path: PathBuf) -> Values {
        self.paths.insert(name.into(), path);
        self
    }

    /// Only those of options for which `wanted` holds.
    pub fn only(mut self, wanted: impl Fn(&OptionSpec) -> bool) -> Values {
        for spec in Settings::options().filter(|spec| !wanted(spec)) {
            self.remove(spec.name);
        }
        self
    }

    fn remove(&mut self, name: &str) {
        self.values.remove(name);
        self.paths.remove(name);
    }

    /// Removes a path and gives it; `None`: it is not given.
    pub fn take_path(&mut self, name: &str) -> Option<PathBuf> {
        self.paths.remove(name)
    }

    /// Whether an option is given.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name) || self.paths.contains_key(name)
    }

    /// A value; `None`: it is not given, or a path.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Whether a flag is given and true.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name) == Some(&Value::Bool(true))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    pub(super) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// A path; `None`: it is not given.
    pub fn path(&self, name: &str) -> Option<&Path> {
        self.paths.get(name).map(PathBuf::as_path)
    }

    /// Two options that are given although they cannot be set together.
    pub fn conflict(&self) -> Option<(&'static str, &'static str)> {
        let mut conflicts = Settings::options().filter_map(|spec| Some((spec.name, spec.conflict?)));
        conflicts.find(|(one, other)| self.has(one) && self.has(other))
    }

    /// These, and where they leave something open, those of a lower layer.
    ///
    /// Rules of captions that are named here replace the lower layer's together with its limits, a language here replaces its
    /// languages, and without detection its options about detection do not count.
    pub fn over(mut self, mut lower: Values) -> Values {
        for spec in Settings::options() {
            let conflicts = spec.conflict.is_some_and(|other| self.has(other));
            let is_limit = spec.group == Group::Captions && spec.name != "report";
            if conflicts || self.has(spec.name) || (is_limit && self.has("captions")) {
                lower.remove(spec.name);
            }
        }
        let vad = self.get("vad").or(lower.get("vad"));
        if vad == Some(&Value::Bool(false)) {
            detection().for_each(|spec| lower.remove(spec.name));
        }
        self.values.append(&mut lower.values);
        self.paths.append(&mut lower.paths);
        self
    }

    /// Options about detection make no sense without it.
    pub(super) fn check_vad(&self) -> Result<(), UsageError> {
        let detects = self.get("vad") != Some(&Value::Bool(false));
        match detects || !detection().any(|spec| self.has(spec.name)) {
            true => Ok(()),
            false => Err(UsageError::new(
                "with `--vad false` no speech is looked for",
                "leave the other options about speech out",
            )),
        }
    }

    /// The structure whose fields these are: `beam_size` for `beam-size`, and `vad` with a field for each `vad-…`.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, UsageError> {
        let (mut fields, mut vad) = (Map::new(), Map::new());
        for spec in Settings::options() {
            let Some(value) = self.get(spec.name) else { continue };
            let field = spec.field();
            match (field.strip_prefix("vad_"), value) {
                (Some(field), value) => vad.insert(field.into(), value.clone()),
                (None, Value::Bool(false)) if field == "vad" => vad.insert("threshold".into(), json!(0)),
                (None, value) => fields.insert(field, value.clone()),
            };
        }
        fields.insert("vad".into(), vad.into());
        serde_json::from_value(fields.into()).map_err(|e| e.to_string().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, Value)]) -> Values {
        pairs.iter().fold(Values::default(), |values, (name, value)| values.with(name, value.clone()))
    }

    #[test]
    fn the_upper_layer_counts_more() {
        let upper = values(&[("beam-size", json!(2))]).with_path("output-dir", "a".into());
        let lower = values(&[("beam-size", json!(3)), ("threads", json!(4))]).with_path("output-dir", "b".into());
        let both = values(&[("beam-size", json!(2)), ("threads", json!(4))]).with_path("output-dir", "a".into());
        assert_eq!(upper.over(lower), both);
    }

    #[test]
    fn a_language_replaces_languages_and_the_other_way_round() {
        let one = values(&[("language", json!("de"))]);
        let several = values(&[("languages", json!(["de", "en"]))]);
        assert_eq!(one.clone().over(several.clone()), one);
        assert_eq!(several.clone().over(one.clone()), several);
        assert_eq!(one.conflict(), None);
        assert_eq!(one.with("languages", json!(["en"])).conflict(), Some(("language", "languages")));
    }

    #[test]
    fn rules_that_are_named_are_not_mixed_with_limits_of_others() {
        let file = values(&[("captions", json!("bbc")), ("max-cps", json!(12.0)), ("report", json!(true))]);
        let upper = values(&[("max-line-width", json!(30))]);
        assert_eq!(upper.clone().over(file.clone()), file.clone().with("max-line-width", json!(30)));
        let upper = values(&[("captions", json!("ard"))]);
        assert_eq!(upper.clone().over(file), upper.with("report", json!(true)));
    }

    #[test]
    fn without_detection_a_lower_layer_says_nothing_about_it() {
        let file = values(&[("vad-threshold", json!(0.6)), ("vad-max-speech-duration-s", json!(20))]);
        let off = values(&[("vad", json!(false))]);
        let both = off.clone().over(file.clone());
        assert_eq!(both, off.clone().with("vad-max-speech-duration-s", json!(20)));
        assert_eq!(both.check_vad(), Ok(()));
        assert!(file.over(off).check_vad().is_err());
    }
}
