//! Which recordings lie in a folder, and what else does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use self::patterns::Patterns;
use super::{BatchError, BatchOptions, BesideFiles, manifest};
use crate::app::jobs::{TrackFiles, ending, is_recording, meeting_folder};
use crate::app::store::file_name;
use crate::format::Format;

pub(super) mod patterns;

/// A path that could not be searched.
pub(super) struct Unsearched {
    pub(super) path: PathBuf,
    pub(super) reason: String,
    /// Whether recordings may be missing because of it.
    pub(super) is_failure: bool,
}

/// What a batch does not take for a recording. Hidden files, and what patterns leave out, do not count; neither do transcripts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// Numbers of files by their extension in lower case; empty: without one.
    pub files: BTreeMap<String, usize>,
    /// Symbolic links to files, or to folders where these are searched, too.
    pub links: usize,
    /// Pipes, devices and sockets.
    pub special: usize,
}

/// What was found in one folder or several.
#[derive(Default)]
pub(super) struct Found {
    /// Paths from the folder, sorted.
    pub(super) recordings: Vec<PathBuf>,
    pub(super) unsearched: Vec<Unsearched>,
    pub(super) passed_over: PassedOver,
}

/// A pattern that matches nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnusedPattern {
    /// As given.
    pub pattern: String,
    /// Whether it is to leave something out.
    pub excludes: bool,
}

/// What to look for.
pub(super) struct Search {
    recursive: bool,
    /// Whether each folder is a conversation.
    tracks: bool,
    follow_links: bool,
    output_dir: Option<PathBuf>,
    beside: BesideFiles,
    include: Patterns,
    exclude: Patterns,
}

impl Search {
    /// # Errors
    /// [`BatchError::Pattern`].
    pub(super) fn new(options: &BatchOptions, tracks: bool) -> Result<Search, BatchError> {
        let output_dir = options.output_dir.as_ref().and_then(|folder| std::path::absolute(folder).ok());
        Ok(Search {
            recursive: options.recursive,
            tracks,
            follow_links: options.follow_links,
            output_dir,
            beside: options.beside.clone(),
            include: Patterns::new(&options.include)?,
            exclude: Patterns::new(&options.exclude)?,
        })
    }

    /// The patterns that have matched nothing in any folder so far.
    pub(super) fn unused(&self) -> Vec<UnusedPattern> {
        let unused = |patterns: &Patterns, excludes| -> Vec<UnusedPattern> {
            patterns.unused().map(|pattern| UnusedPattern { pattern, excludes }).collect()
        };
        [unused(&self.include, false), unused(&self.exclude, true)].concat()
    }

    /// Looks through `folder`.
    pub(super) fn run(&self, folder: &Path) -> Found {
        let depth = if self.recursive { usize::MAX } else { 1 + usize::from(self.tracks) };
        let walk =
            WalkDir::new(folder).min_depth(1).max_depth(depth).follow_links(self.follow_links).sort_by_file_name();
        let relative = |entry: &DirEntry| entry.path().strip_prefix(folder).unwrap_or(entry.path()).to_owned();
        let wanted = |entry: &DirEntry| {
            // The tracks of a meeting may lie in a folder of their own.
            let is_deeper =
                !self.recursive && entry.file_type().is_dir() && meeting_folder(entry.path()) == entry.path();
            entry.depth() == 0
                || !(is_deeper || is_hidden(entry) || self.exclude.match_any(&relative(entry), entry.path()))
        };
        let mut found = Found::default();
        let mut others = Vec::new();
        for entry in walk.into_iter().filter_entry(wanted) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) if entry.path_is_symlink() && !self.follow_links => {
                    let leads_to_folder = entry.path().is_dir();
                    found.passed_over.links += usize::from(!leads_to_folder || self.recursive);
                }
                Ok(entry) if entry.file_type().is_file() => {
                    let path = relative(&entry);
                    if self.include.is_empty() || self.include.match_any(&path, entry.path()) {
                        match is_recording(entry.path()) {
                            true => found.recordings.push(path),
                            false => others.push((path, entry.into_path())),
                        }
                    }
                }
                Ok(_) => found.passed_over.special += 1,
                Err(error) => found.unsearched.push(unsearched(folder, &error)),
            }
        }
        found.recordings.sort();
        let stems = self.stems(folder, &found.recordings);
        for (path, _) in others.iter().filter(|(path, full)| !self.is_known(path, full, &stems)) {
            *found.passed_over.files.entry(ending(path)).or_default() += 1;
        }
        found
    }

    /// The paths of transcripts of these recordings, without their endings.
    fn stems(&self, folder: &Path, recordings: &[PathBuf]) -> BTreeSet<PathBuf> {
        if !self.tracks {
            return recordings.iter().map(|path| path.with_extension("")).collect();
        }
        let firsts =
            TrackFiles::by_folder(recordings.to_vec()).into_iter().filter_map(|tracks| tracks.files.into_iter().next());
        let within = |first: &PathBuf| meeting_folder(first.parent().unwrap_or(Path::new(""))).to_owned();
        firsts.map(|first| within(&first).join(TrackFiles::name(&[folder.join(&first)]))).collect()
    }

    /// Whether a file is looked for beside recordings, or this program may have written it: a manifest, or something of a recording with one of these `stems`, or
    /// anywhere in the folder for outputs.
    fn is_known(&self, path: &Path, full: &Path, stems: &BTreeSet<PathBuf>) -> bool {
        let name = file_name(path);
        let extensions = Format::ALL.iter().map(|format| format.extension()).chain(["edits.json"]);
        let mut own = extensions.filter_map(|extension| name.strip_suffix(extension)?.strip_suffix('.'));
        let in_output_dir = || {
            let full = std::path::absolute(full).ok();
            self.output_dir.as_ref().zip(full).is_some_and(|(folder, full)| full.starts_with(folder))
        };
        let is_beside = self.beside.matches(&name);
        is_beside
            || manifest::is_own(&name)
            || own.any(|stem| stems.contains(&path.with_file_name(stem)) || in_output_dir())
    }
}

fn unsearched(folder: &Path, error: &walkdir::Error) -> Unsearched {
    let path = error.path().unwrap_or(folder).to_owned();
    let (reason, is_failure) = match (error.loop_ancestor(), error.io_error()) {
        (Some(above), _) => (format!("it leads back to `{}`", above.display()), false),
        // A link to nowhere, or a file that has just gone.
        (None, Some(why)) if why.kind() == std::io::ErrorKind::NotFound => (why.to_string(), false),
        (None, why) => (why.map_or_else(String::new, ToString::to_string), true),
    };
    Unsearched { path, reason, is_failure }
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

impl PassedOver {
    /// These and others.
    pub(super) fn add(&mut self, other: PassedOver) {
        other.files.into_iter().for_each(|(ending, count)| *self.files.entry(ending).or_default() += count);
        self.links += other.links;
        self.special += other.special;
    }

    /// Whether nothing was passed over.
    pub fn is_empty(&self) -> bool {
        *self == PassedOver::default()
    }
}
