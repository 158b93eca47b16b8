//! The published models, from `models/catalogue.toml`, whose README explains the fields.

use std::sync::LazyLock;

use serde::Deserialize;

/// A published model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What users type: `base-q8_0`.
    pub name: String,
    /// What the model does.
    pub kind: ModelKind,
    /// File name in the [`Store`](super::Store) and on a mirror: `ggml-base-q8_0.bin`.
    pub file: String,
    /// Size of the file in bytes.
    pub size: u64,
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Where the publisher offers the file.
    pub url: String,
    /// Licence of the weights, as an SPDX identifier.
    pub licence: String,
    /// Number of languages: 1 (English), 99, or 100 with Cantonese.
    pub languages: u32,
    /// What the model is good for, as part of a sentence; may be empty.
    #[serde(default)]
    pub note: String,
    /// What the publisher offers instead of the file, which is made from it; `None`: the file.
    #[serde(default)]
    pub archive: Option<Archive>,
}

/// A file that holds a model in another form.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// Its name while it is here.
    pub file: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// What a model does.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// Speech to text.
    Speech,
    /// Tells speakers apart.
    Speakers,
}

impl Model {
    /// Whether it can only transcribe English.
    pub fn english_only(&self) -> bool {
        self.languages == 1
    }

    /// Estimate of the peak memory of a run with one worker, in bytes; as [`Header::memory`](super::Header::memory).
    pub fn memory(&self) -> u64 {
        if self.kind == ModelKind::Speakers {
            return SPEAKERS_MEMORY;
        }
        let (width, audio_layers, text_layers) = match self.name.as_str() {
            name if name.starts_with("tiny") => (384, 4, 4),
            name if name.starts_with("base") => (512, 6, 6),
            name if name.starts_with("small") => (768, 12, 12),
            name if name.starts_with("medium") => (1024, 24, 24),
            name if name.starts_with("large-v3-turbo") => (1280, 32, 4),
            _ => (1280, 32, 32),
        };
        super::header::memory(self.size, width, audio_layers, text_layers, 1)
    }
}

/// Peak memory of telling speakers apart, beyond that of recognition, in bytes.
const SPEAKERS_MEMORY: u64 = 150_000_000;

/// The smallest model that is useful in every language.
pub const DEFAULT: &str = "base-q8_0";

/// The model for transcripts that people rely on.
pub const RECOMMENDED: &str = "large-v3-turbo-q8_0";

/// All published models, the best first.
pub fn catalogue() -> &'static [Model] {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Catalogue {
        model: Vec<Model>,
    }
    static MODELS: LazyLock<Vec<Model>> = LazyLock::new(|| {
        let text = include_str!("../../models/catalogue.toml");
        // It is compiled in, and a test reads it.
        toml::from_str::<Catalogue>(text).expect("models/catalogue.toml is valid").model
    });
    &MODELS
}

/// Names that other tools use for the same model.
const ALIASES: &[(&str, &str)] = &[("turbo", "large-v3-turbo"), ("large", "large-v3")];

/// The published model of this name; also accepts `ggml-base-q8_0.bin`, `BASE-Q8_0`, `base_q8_0` and `turbo`.
pub fn published(name: &str) -> Option<&'static Model> {
    let name = normalized(name);
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, real)| normalized(real));
    catalogue().iter().find(|model| normalized(&model.name) == name)
}

/// Up to three names of the catalogue that are similar to `name`, the most similar first.
pub fn nearest(name: &str) -> Vec<&'static str> {
    let name = normalized(name);
    let mut near: Vec<_> = catalogue()
        .iter()
        .map(|model| (strsim::jaro_winkler(&name, &normalized(&model.name)), model.name.as_str()))
        .filter(|(similarity, _)| *similarity > 0.8)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// A size in bytes for people: `82 MB`, `1.6 GB`, in powers of ten.
pub fn size_for_people(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        1_000_000..999_500_000 => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// The same spelling for all names that mean the same model.
fn normalized(name: &str) -> String {
    let name = name.to_lowercase();
    let name = [".bin", ".safetensors"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    name.strip_prefix("ggml-").unwrap_or(name).replace(['_', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_valid() {
        let all = catalogue();
        assert!(all.len() > 30);
        for model in all {
            let name = &model.name;
            assert!(
                model.sha256.len() == 64 && model.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
                "{name}"
            );
            assert!(model.size > 0, "{name}");
            assert!(model.url.starts_with("https://"), "{name}");
            let (file, offered) = match model.kind {
                ModelKind::Speech => (format!("ggml-{name}.bin"), format!("/{}", model.file)),
                ModelKind::Speakers => (crate::speakers::FILE.into(), ".whl".into()),
            };
            assert!(model.file == file && model.url.ends_with(&offered), "{name}");
            assert_eq!(model.archive.is_some(), model.kind == ModelKind::Speakers, "{name}");
            assert!(!model.licence.is_empty() && model.languages > 0, "{name}");
            assert_eq!(model.english_only(), name.contains(".en"), "{name}");
            let same = |other: &&Model| {
                normalized(&other.name) == normalized(name) || other.sha256 == model.sha256 || other.url == model.url
            };
            assert_eq!(all.iter().filter(same).count(), 1, "{name}");
            assert_eq!(published(name), Some(model));
            assert_eq!(published(&model.file), Some(model));
        }
        assert!(published(DEFAULT).is_some() && published(RECOMMENDED).is_some());
        assert!(ALIASES.iter().all(|(alias, _)| published(alias).is_some()));
    }

    #[test]
    fn english_only_models_come_last() {
        assert!(
            catalogue().iter().filter(|model| model.kind == ModelKind::Speech).is_sorted_by_key(|m| m.english_only())
        );
    }

    #[test]
    fn names_are_read_as_people_write_them() {
        for name in ["base-q8_0", "BASE-Q8_0", "base_q8_0", "base-q8-0", "ggml-base-q8_0.bin", "ggml-base-q8_0"] {
            assert_eq!(published(name).map(|model| model.name.as_str()), Some("base-q8_0"), "{name}");
        }
        assert_eq!(published("tiny_en").map(|model| model.name.as_str()), Some("tiny.en"));
        assert_eq!(published("turbo").map(|model| model.name.as_str()), Some("large-v3-turbo"));
        assert_eq!(published("bass"), None);
        assert_eq!(published(""), None);
    }

    #[test]
    fn a_wrong_name_has_near_ones() {
        assert_eq!(nearest("smal").first(), Some(&"small"));
        assert!(nearest("large-v3-turbo-q8").contains(&"large-v3-turbo-q8_0"));
        assert!(nearest("qqq").is_empty());
    }

    #[test]
    fn sizes_for_people() {
        assert_eq!(size_for_people(81_768_585), "82 MB");
        assert_eq!(size_for_people(999_600_000), "1.0 GB");
        assert_eq!(size_for_people(1_624_555_275), "1.6 GB");
        assert_eq!(size_for_people(1), "1 kB");
    }
}
