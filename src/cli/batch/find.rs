//! Which recordings lie in a folder.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use transcribe::app::UsageError;
use walkdir::{DirEntry, WalkDir};

/// Extensions of sound and video files.
const EXTENSIONS: &[&str] = &[
    "3gp", "aac", "ac3", "aif", "aifc", "aiff", "amr", "ape", "asf", "au", "avi", "caf", "dss", "ds2", "dts", "flac",
    "flv", "m2ts", "m4a", "m4b", "m4v", "mka", "mkv", "mov", "mp2", "mp3", "mp4", "mpeg", "mpg", "mts", "oga", "ogg",
    "ogv", "opus", "rf64", "snd", "spx", "tta", "vob", "w64", "wav", "wave", "webm", "wma", "wmv", "wv",
];

/// Something that was not looked at.
pub(super) struct LeftOut {
    pub(super) text: String,
    /// There may be recordings in it.
    pub(super) is_failure: bool,
}

/// What to look for.
pub(super) struct Search {
    pub(super) recursive: bool,
    include: GlobSet,
    exclude: GlobSet,
}

impl Search {
    /// # Errors
    /// If a pattern is none.
    pub(super) fn new(recursive: bool, include: &[String], exclude: &[String]) -> Result<Search, UsageError> {
        let set = |patterns: &[String]| -> Result<GlobSet, String> {
            let mut set = GlobSetBuilder::new();
            for pattern in patterns {
                let wrong = |e: globset::Error| format!("`{pattern}` is no pattern: {}", e.kind());
                set.add(GlobBuilder::new(pattern).literal_separator(true).build().map_err(wrong)?);
            }
            set.build().map_err(|e| e.to_string())
        };
        Ok(Search { recursive, include: set(include)?, exclude: set(exclude)? })
    }

    fn wants(&self, path: &Path) -> bool {
        // `*.wav` is meant for the name, `tables/*.wav` for the path.
        let matches = |set: &GlobSet| set.is_match(path) || path.file_name().is_some_and(|name| set.is_match(name));
        (self.include.is_empty() || matches(&self.include)) && !matches(&self.exclude)
    }

    /// The recordings in `folder`, as paths from there, sorted; and what was left out.
    pub(super) fn run(&self, folder: &Path) -> (Vec<PathBuf>, Vec<LeftOut>) {
        let depth = if self.recursive { usize::MAX } else { 1 };
        let walk = WalkDir::new(folder).min_depth(1).max_depth(depth).follow_links(true).sort_by_file_name();
        let (mut found, mut missed) = (Vec::new(), Vec::new());
        for entry in walk.into_iter().filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)) {
            match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    let path = entry.path().strip_prefix(folder).unwrap_or(entry.path());
                    if self.wants(path) && (has_extension(path) || sounds(entry.path())) {
                        found.push(path.to_owned());
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    let place = error.path().unwrap_or(folder).display();
                    let (why, is_failure) = match (error.loop_ancestor(), error.io_error()) {
                        (Some(above), _) => (format!("it leads back to `{}`", above.display()), false),
                        // A link to nowhere, or a file that has just gone.
                        (None, Some(why)) if why.kind() == std::io::ErrorKind::NotFound => (why.to_string(), false),
                        (None, why) => (why.map_or_else(String::new, ToString::to_string), true),
                    };
                    missed.push(LeftOut { text: format!("`{place}` is left out: {why}"), is_failure });
                }
            }
        }
        found.sort();
        (found, missed)
    }
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn has_extension(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()))
}

/// Does a file with another name, or without an extension, begin like sound or video?
fn sounds(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(4096).read_to_end(&mut head));
    let kind = read.ok().and_then(|_| infer::get(&head)).map(|kind| kind.matcher_type());
    matches!(kind, Some(infer::MatcherType::Audio | infer::MatcherType::Video))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_for_names_or_for_paths() {
        let wants = |include: &[&str], exclude: &[&str], path: &str| {
            let own = |patterns: &[&str]| patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
            Search::new(true, &own(include), &own(exclude)).expect("patterns").wants(Path::new(path))
        };
        assert!(wants(&[], &[], "a/b.wav"));
        assert!(wants(&["*.wav"], &[], "a/b.wav"));
        assert!(!wants(&["*.mp3"], &[], "a/b.wav"));
        assert!(wants(&["a/*.wav"], &[], "a/b.wav"));
        assert!(!wants(&["a/*.wav"], &[], "a/b/c.wav"));
        assert!(!wants(&[], &["old/**"], "old/x/b.wav"));
        assert!(!wants(&["*.wav"], &["*_backup.*"], "a/b_backup.wav"));
        assert!(Search::new(true, &["[".into()], &[]).is_err());
    }
}
