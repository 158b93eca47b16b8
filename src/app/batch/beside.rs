//! Files beside the recordings of a batch that say more of them: who speaks when, and the data of the meeting.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::entry::Entry;
use super::find::patterns::Matcher;
use super::{Item, manifest};
use crate::app::jobs::is_recording;
use crate::app::settings::check_channels;
use crate::app::store::{WrittenFile, checkpoint, file_name, stem, text_of};
use crate::app::{Settings, UsageError, Values};
use crate::names::composed;
use crate::{Warning, WarningKind};

/// What is looked for beside each recording.
#[derive(Clone, Debug, Default)]
pub struct BesideFiles {
    /// What is said of all recordings.
    values: Values,
    wanted: Vec<Wanted>,
}

/// Files that an option is about.
#[derive(Clone, Debug)]
struct Wanted {
    option: &'static str,
    /// As given.
    pattern: String,
    matcher: Matcher,
    /// Whether one file may be for all recordings of its folder.
    shared: bool,
}

impl BesideFiles {
    /// What these values say of all recordings, and which files say more of each. `names-from` is the name or pattern of such files, and
    /// so is `meeting` if it names no file that exists.
    ///
    /// # Errors
    /// Those of [`Settings::new`], and a pattern that is none or has folders.
    pub fn split(mut values: Values) -> Result<(Settings, BesideFiles), UsageError> {
        let names = values.take_path("names-from");
        let is_name = |path: &Path| !path.exists() && path.parent().is_none_or(|folder| folder.as_os_str().is_empty());
        let meeting = match values.path("meeting").is_some_and(is_name) {
            true => values.take_path("meeting"),
            false => None,
        };
        let settings = Settings::new(&values, None)?;
        if names.is_some() {
            check_channels(settings.transcribe.channels)?;
        }
        let wanted = [("names-from", names, false), ("meeting", meeting, true)].into_iter();
        let wanted = wanted.filter_map(|(option, path, shared)| Some(Wanted::new(option, &path?, shared)));
        let wanted = wanted.collect::<Result<_, _>>()?;
        Ok((settings, BesideFiles { values, wanted }))
    }

    /// Whether files of this name are looked for.
    pub(super) fn matches(&self, name: &str) -> bool {
        self.wanted.iter().any(|wanted| wanted.matches(name))
    }

    /// Gives each recording the settings that the files beside it make, and what a reader must know of files that are missing or
    /// can't be used.
    pub(super) fn complete(&self, items: &mut [Item]) {
        if self.wanted.is_empty() {
            return;
        }
        let mut folders: BTreeMap<PathBuf, Vec<&mut Item>> = BTreeMap::new();
        items.iter_mut().for_each(|item| folders.entry(item.beside_in.clone()).or_default().push(item));
        let mut manifests = Manifests::new();
        folders.into_iter().for_each(|(folder, items)| self.complete_folder(&folder, items, &mut manifests));
    }

    /// The same for the recordings of one folder.
    fn complete_folder(&self, folder: &Path, items: Vec<&mut Item>, manifests: &mut Manifests) {
        let mut stems: BTreeSet<String> = items.iter().map(|item| folded(&item.job.title())).collect();
        // Files of recordings that are not transcribed now are not for others.
        let parts: BTreeSet<String> =
            items.iter().flat_map(|item| &item.job.parts).map(|part| file_name(part)).collect();
        let others = listed(folder).filter(|path| is_recording(path) && !parts.contains(&file_name(path)));
        stems.extend(others.map(|path| folded(&text_of(stem(&path)))));
        let files = files_in(folder, &items, manifests);
        let found: Vec<(&Wanted, Found<'_>)> =
            self.wanted.iter().map(|wanted| (wanted, wanted.find(&files, &stems))).collect();
        for item in items {
            let stem = folded(&item.job.title());
            let (mut values, mut settings, mut missing) = (self.values.clone(), (*item.settings).clone(), Vec::new());
            for (wanted, found) in &found {
                let made = wanted.choose(&stem, found).and_then(|name| {
                    let path = folder.join(name);
                    item.beside.push(path.clone());
                    let with = values.clone().with_path(wanted.option, path);
                    let unusable = |error: UsageError| wanted.missing(Vec::new(), error.message);
                    let made = Settings::new(&with, None).map_err(unusable)?;
                    Ok((with, made))
                });
                match made {
                    Ok((with, made)) => (values, settings) = (with, made),
                    Err(why) => {
                        // Whichever is meant, none is to be written over.
                        if let WarningKind::BesideMissing { files, .. } = &why {
                            item.beside.extend(files.iter().map(|file| folder.join(file)));
                        }
                        missing.push(Warning::new(None, why));
                    }
                }
            }
            settings.known.missing = missing;
            item.settings = Arc::new(settings);
        }
    }
}

impl Wanted {
    fn new(option: &'static str, path: &Path, shared: bool) -> Result<Wanted, UsageError> {
        let pattern = text_of(path.as_os_str());
        let wrong = |reason: String| {
            let hint = "in a batch, it is a name or pattern of files beside each recording, such as '*.vtt'";
            UsageError::new(format!("`--{option} {pattern}`: {reason}"), hint)
        };
        if path.file_name() != Some(path.as_os_str()) {
            return Err(wrong("it names a folder, or a file in one".into()));
        }
        let matcher = Matcher::new(&pattern).map_err(wrong)?;
        Ok(Wanted { option, pattern, matcher, shared })
    }

    fn matches(&self, name: &str) -> bool {
        self.matcher.matches(Path::new(&*composed(name)))
    }

    /// Which of `files` match, and which of `stems` they begin with.
    fn find<'a>(&self, files: &'a [String], stems: &BTreeSet<String>) -> Found<'a> {
        let mut found = Found { only_one: stems.len() == 1, ..Found::default() };
        for file in files.iter().filter(|file| self.matches(file)) {
            match owner(&folded(file), stems) {
                Some(stem) => found.owned.entry(stem).or_default().push(file),
                None => found.free.push(file),
            }
        }
        found
    }

    /// The file for the recording with this stem.
    ///
    /// # Errors
    /// Why there is none.
    fn choose<'a>(&self, stem: &str, found: &Found<'a>) -> Result<&'a str, WarningKind> {
        let files = match found.owned.get(stem) {
            Some(files) => files.as_slice(),
            None if self.shared || found.only_one => &found.free,
            None => &[],
        };
        match files {
            [one] => Ok(one),
            several => Err(self.missing(several.iter().map(|file| (*file).to_owned()).collect(), String::new())),
        }
    }

    /// What a reader is told.
    fn missing(&self, files: Vec<String>, detail: String) -> WarningKind {
        WarningKind::BesideMissing { pattern: self.pattern.clone(), files, detail }
    }
}

/// The files of a folder that match a pattern.
#[derive(Default)]
struct Found<'a> {
    /// By the stem of the recording whose name they begin with.
    owned: BTreeMap<String, Vec<&'a str>>,
    /// Those that begin with none.
    free: Vec<&'a str>,
    /// Whether the folder has one recording.
    only_one: bool,
}

/// The longest of `stems` that `file` is named after: it, and what a program or a person added. `talk.vtt` and `talk_transcript.vtt` are
/// of `talk`, `talks.vtt` is not.
fn owner(file: &str, stems: &BTreeSet<String>) -> Option<String> {
    let mut ends = file.char_indices().rev().filter(|(_, char)| !char.is_alphanumeric());
    ends.find_map(|(end, _)| stems.get(&file[..end]).cloned())
}

/// The names of files in the folder that can say something of its recordings: neither recordings nor what this program has written there,
/// according to manifests and checkpoints. What it would write over stays, for that is a clash.
fn files_in(folder: &Path, items: &[&mut Item], manifests: &mut Manifests) -> Vec<String> {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let here = real(folder);
    let mut written: BTreeSet<String> = BTreeSet::new();
    for item in items.iter().filter(|item| real(&item.job.folder) == here) {
        let checkpoint = item.job.checkpoint();
        let unfinished = checkpoint.map(|path| checkpoint::written_files(&path, item.job.recording()));
        let own = item.job.own_files.iter().chain(unfinished.iter().flatten());
        written.extend(own.map(|file| file.name.clone()));
    }
    let earlier = written_before(&here, manifests);
    let is_of_use = |path: &PathBuf| {
        let name = file_name(path);
        let is_own = written.contains(&name) || manifest::is_own(&name) || earlier.iter().any(|file| file.is_at(path));
        !name.starts_with('.') && !is_own && !is_recording(path)
    };
    let mut names: Vec<String> = listed(folder).filter(is_of_use).map(|path| file_name(&path)).collect();
    names.sort();
    names
}

/// What the manifests say that were read, by folder: each is read once for all recordings.
type Manifests = BTreeMap<PathBuf, Vec<Entry>>;

/// The files that batches wrote into a folder, by the manifests in it and in the folders above.
fn written_before(folder: &Path, manifests: &mut Manifests) -> Vec<WrittenFile> {
    let mut written = Vec::new();
    for above in folder.ancestors() {
        // What can't be read says nothing.
        let read = || manifest::KnownRecordings::read(above).unwrap_or_default().latest().into_values().collect();
        let entries = manifests.entry(above.to_owned()).or_insert_with(read);
        let here = entries.iter().filter(|entry| above.join(&entry.output) == folder);
        written.extend(here.flat_map(|entry| entry.files.iter().chain(&entry.earlier).cloned()));
    }
    written
}

/// The files of a folder; no links, which may lead anywhere.
fn listed(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let is_file = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_file());
    std::fs::read_dir(folder).into_iter().flatten().flatten().filter(is_file).map(|entry| entry.path())
}

/// The name as names of files are compared: composed, without case.
fn folded(name: &str) -> String {
    composed(name).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(pattern: &str, shared: bool, stem: &str, stems: &[&str], files: &[&str]) -> Result<String, WarningKind> {
        let wanted = Wanted::new("names-from", Path::new(pattern), shared).expect("a pattern");
        let stems = stems.iter().map(|stem| folded(stem)).collect();
        let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
        wanted.choose(&folded(stem), &wanted.find(&files, &stems)).map(str::to_owned)
    }

    fn missing(pattern: &str, files: &[&str]) -> WarningKind {
        let files = files.iter().map(|file| (*file).to_owned()).collect();
        WarningKind::BesideMissing { pattern: pattern.to_owned(), files, detail: String::new() }
    }

    #[test]
    fn a_file_belongs_to_the_recording_whose_name_it_begins_with() {
        let stems = ["talk", "talk-2", "talk10", "Bürgerrat"];
        let files =
            ["talk.VTT", "talk-2.vtt", "talk10_transcript.vtt", "bu\u{308}rgerrat.vtt", "talks.vtt", "talk.csv"];
        let chosen = |stem| chosen("*.vtt", false, stem, &stems, &files);
        assert_eq!(chosen("talk"), Ok("talk.VTT".into()));
        assert_eq!(chosen("talk-2"), Ok("talk-2.vtt".into()));
        assert_eq!(chosen("talk10"), Ok("talk10_transcript.vtt".into()));
        assert_eq!(chosen("Bürgerrat"), Ok("bu\u{308}rgerrat.vtt".into()));
    }

    #[test]
    fn the_only_file_belongs_to_the_only_recording() {
        let files = ["Teams.vtt", "notes.txt"];
        assert_eq!(chosen("*.vtt", false, "talk", &["talk"], &files), Ok("Teams.vtt".into()));
        assert_eq!(chosen("Teams.vtt", false, "talk", &["talk"], &files), Ok("Teams.vtt".into()));
        assert!(chosen("*.vtt", false, "talk", &["talk", "other"], &files).is_err(), "it may be of the other one");
        assert_eq!(chosen("*.vtt", true, "talk", &["talk", "other"], &files), Ok("Teams.vtt".into()));
        assert_eq!(chosen("*.csv", false, "talk", &["talk"], &files), Err(missing("*.csv", &[])));
        let several = chosen("*.{vtt,csv}", false, "talk", &["talk"], &["a.vtt", "b.csv"]);
        assert_eq!(several, Err(missing("*.{vtt,csv}", &["a.vtt", "b.csv"])));
    }

    #[test]
    fn patterns_are_names() {
        for bad in ["names/*.vtt", "/names.csv", "..", "[", ""] {
            let wrong = Wanted::new("names-from", Path::new(bad), false).expect_err(bad);
            assert!(wrong.message.starts_with(&format!("`--names-from {bad}`: ")), "{wrong}");
        }
    }
}
