//! Patterns for names and paths, as people type them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use globset::{GlobBuilder, GlobMatcher};

use super::BatchError;
use crate::names::composed;

/// Patterns, and which of them have matched something.
pub(super) struct Patterns(Vec<Pattern>);

struct Pattern {
    given: String,
    matcher: Matcher,
    used: AtomicBool,
}

impl Patterns {
    /// # Errors
    /// [`BatchError::Pattern`].
    pub(super) fn new(patterns: &[String]) -> Result<Patterns, BatchError> {
        patterns.iter().map(|given| Pattern::new(given)).collect::<Result<_, _>>().map(Patterns)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them matches the name, the path from the folder of the batch, or that from here. Case does not count.
    pub(super) fn match_any(&self, path: &Path, full: &Path) -> bool {
        let absolute = std::path::absolute(full).unwrap_or_default();
        let full = full.strip_prefix(".").unwrap_or(full);
        let paths = [path, full, &absolute].map(Path::to_path_buf);
        let name = paths[0].file_name().map(PathBuf::from).unwrap_or_default();
        // All are asked, so that it is known which are of use.
        self.0.iter().filter(|pattern| pattern.matches(&name, &paths)).count() > 0
    }

    /// As given, those that have matched nothing.
    pub(super) fn unused(&self) -> impl Iterator<Item = String> {
        self.0.iter().filter(|pattern| !pattern.used.load(Ordering::Relaxed)).map(|pattern| pattern.given.clone())
    }
}

impl Pattern {
    fn new(given: &str) -> Result<Pattern, BatchError> {
        let matcher = Matcher::new(given).map_err(|reason| BatchError::Pattern { pattern: given.into(), reason })?;
        Ok(Pattern { given: given.into(), matcher, used: AtomicBool::new(false) })
    }

    /// `*.wav` is for the name, `tables/*.wav` for a path.
    fn matches(&self, name: &Path, paths: &[PathBuf]) -> bool {
        let matches = self.matcher.matches(name) || paths.iter().any(|path| self.matcher.matches(path));
        self.used.fetch_or(matches, Ordering::Relaxed);
        matches
    }
}

/// A pattern for names in composed form, without regard to case.
#[derive(Clone, Debug)]
pub(crate) struct Matcher(GlobMatcher);

impl Matcher {
    /// # Errors
    /// Why it is no pattern.
    pub(crate) fn new(given: &str) -> Result<Matcher, String> {
        let text = folded(given);
        // As a shell completes the name of a folder.
        let text = text.strip_prefix("./").unwrap_or(&text).trim_end_matches('/');
        let glob = GlobBuilder::new(text).literal_separator(true).case_insensitive(true).build();
        glob.map(|glob| Matcher(glob.compile_matcher())).map_err(|error| error.kind().to_string())
    }

    pub(crate) fn matches(&self, path: &Path) -> bool {
        self.0.is_match(folded_path(path))
    }
}

/// In composed form and without capitals: globset knows those of ASCII only.
fn folded(text: &str) -> String {
    composed(&text.to_lowercase()).into_owned()
}

/// The path with folded names; those that are no Unicode stay.
fn folded_path(path: &Path) -> PathBuf {
    path.to_str().map_or_else(|| path.to_owned(), |text| PathBuf::from(folded(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let full = Path::new("./in").join(path);
        Patterns::new(&[pattern.into()]).expect("a pattern").match_any(Path::new(path), &full)
    }

    #[test]
    fn patterns_are_for_names_or_for_paths() {
        assert!(matches("*.wav", "a/b.wav"));
        assert!(matches("*.wav", "a/b.WAV"));
        assert!(matches("*.WAV", "a/b.wav"));
        assert!(!matches("*.mp3", "a/b.wav"));
        assert!(matches("a/*.wav", "a/b.wav"));
        assert!(!matches("a/*.wav", "a/b/c.wav"));
        assert!(matches("old/**", "old/x/b.wav"));
        assert!(matches("in/a/*.wav", "a/b.wav"));
        assert!(matches("*_backup.*", "a/b_backup.wav"));
        for folder in ["old", "old/", "./old", "in/old/", "OLD"] {
            assert!(matches(folder, "old"), "{folder}");
        }
        let absolute = std::path::absolute("in/old").expect("a folder");
        assert!(matches(absolute.to_str().expect("Unicode"), "old"));
        assert!(!matches("old", "older"));
        assert!(Patterns::new(&["[".into()]).is_err());
    }

    #[test]
    fn a_name_written_in_two_ways_is_one_name() {
        assert!(matches("Bu\u{308}rger*", "Bürgerrat.wav"));
        assert!(matches("Bürger*", "Bu\u{308}rgerrat.wav"));
        assert!(matches("*/B\u{fc}rger?.wav", "in/Bu\u{308}rger1.wav"));
        for (pattern, path) in [("Übung*", "ÜBUNG.WAV"), ("ü*", "U\u{308}bung.wav"), ("*Ä/**", "straße ä/x.wav")]
        {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn what_matches_nothing_is_known() {
        let patterns = Patterns::new(&["*.wav".into(), "*.wave".into()]).expect("patterns");
        assert!(patterns.match_any(Path::new("a.wav"), Path::new("in/a.wav")));
        assert_eq!(patterns.unused().collect::<Vec<_>>(), ["*.wave"]);
    }
}
