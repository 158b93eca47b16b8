//! Which files are the tracks of a conversation, and what it is called.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::kind::is_recording;
use crate::app::UsageError;
use crate::app::store::{file_name, stem, text_of};
use crate::multitrack::{are_of_one_call, track_names};

/// Where Zoom puts the tracks of a meeting, within the folder of the meeting.
const ZOOM_FOLDER: &str = "Audio Record";

/// The tracks of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackFiles {
    /// The files in order.
    pub files: Vec<PathBuf>,
    /// Recordings that lie beside them and are none of them: they hold everybody.
    pub left_out: Vec<PathBuf>,
}

impl TrackFiles {
    /// The tracks that are `given`: files, and folders with them. Where some recordings of a folder are named as those of a call
    /// are, the others are left out.
    ///
    /// # Errors
    /// If a folder can't be read or has no recordings, or a file is given twice.
    pub fn find(given: &[PathBuf]) -> Result<TrackFiles, UsageError> {
        let mut found = TrackFiles::default();
        for path in given {
            if !path.is_dir() {
                found.files.push(path.clone());
                continue;
            }
            let here = recordings(path)?;
            let zoom = path.join(ZOOM_FOLDER);
            let there = match zoom.is_dir() && !here.iter().any(|file| is_of_call(file)) {
                true => TrackFiles::among(recordings(&zoom)?).without(here),
                false => TrackFiles::among(here),
            };
            if there.files.is_empty() {
                let hint = "name the folder with the tracks, or the files";
                return Err(UsageError::new(format!("there are no recordings in `{}`", path.display()), hint));
            }
            found.files.extend(there.files);
            found.left_out.extend(there.left_out);
        }
        let real = |file: &PathBuf| std::fs::canonicalize(file).unwrap_or_else(|_| file.clone());
        let twice =
            (1..found.files.len()).find(|n| found.files[..*n].iter().any(|f| real(f) == real(&found.files[*n])));
        match twice {
            Some(twice) => Err(format!("`{}` is given twice", found.files[twice].display()).into()),
            None => Ok(found),
        }
    }

    /// The tracks of each conversation among recordings: those in one folder.
    pub(crate) fn by_folder(recordings: Vec<PathBuf>) -> Vec<TrackFiles> {
        let mut folders: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        for file in recordings {
            folders.entry(file.parent().unwrap_or(Path::new("")).to_owned()).or_default().push(file);
        }
        let has_tracks = |folder: &Path| folders.get(folder).is_some_and(|files| files.iter().any(|f| is_of_call(f)));
        // What Zoom writes beside the folder of its tracks holds everybody.
        let is_meeting = |folder: &Path| match meeting_folder(folder) {
            meeting if meeting != folder => !has_tracks(meeting),
            _ => has_tracks(folder) || !folders.contains_key(&folder.join(ZOOM_FOLDER)),
        };
        let beside = |folder: &PathBuf| match meeting_folder(folder) {
            meeting if meeting != folder => folders.get(meeting),
            _ => folders.get(&folder.join(ZOOM_FOLDER)),
        };
        let meetings = folders.iter().filter(|(folder, _)| is_meeting(folder));
        let tracks = |(folder, files): (&PathBuf, &Vec<PathBuf>)| {
            TrackFiles::among(files.clone()).without(beside(folder).cloned().unwrap_or_default())
        };
        meetings.map(tracks).collect()
    }

    /// The same tracks, with what is left out besides.
    fn without(mut self, mut recordings: Vec<PathBuf>) -> TrackFiles {
        recordings.sort_by_key(|file| by_number(file));
        self.left_out.extend(recordings);
        self
    }

    /// The tracks among the recordings of one folder.
    fn among(mut recordings: Vec<PathBuf>) -> TrackFiles {
        recordings.sort_by_key(|file| by_number(file));
        let (files, left_out) = match recordings.iter().any(|file| is_of_call(file)) {
            true => recordings.into_iter().partition(|file| is_of_call(file)),
            false => (recordings, Vec::new()),
        };
        TrackFiles { files, left_out }
    }

    /// Whether there are several tracks, or one that is named as those of a call. One recording that is not may hold everybody.
    pub(crate) fn tells_speakers(&self) -> bool {
        self.files.len() > 1 || self.files.iter().any(|file| is_of_call(file))
    }

    /// Whether nothing in the names of the tracks says that they are of several calls.
    pub(crate) fn are_of_one_call(&self) -> bool {
        are_of_one_call(&self.files.iter().map(|file| text_of(stem(file))).collect::<Vec<_>>())
    }

    /// The name of the conversation: that of the folder with its first track.
    pub(crate) fn name(files: &[PathBuf]) -> OsString {
        let first = files.first().map_or(Path::new(""), PathBuf::as_path);
        let folder = std::fs::canonicalize(first).ok().and_then(|file| Some(file.parent()?.to_owned()));
        folder.as_deref().map(meeting_folder).and_then(Path::file_name).unwrap_or(stem(first)).to_owned()
    }
}

/// The folder of the meeting whose tracks lie in `folder`.
pub(crate) fn meeting_folder(folder: &Path) -> &Path {
    let zoom = folder.file_name() == Some(OsStr::new(ZOOM_FOLDER));
    folder.parent().filter(|_| zoom).unwrap_or(folder)
}

/// The recordings in a folder.
fn recordings(folder: &Path) -> Result<Vec<PathBuf>, UsageError> {
    let unreadable = |error| UsageError::from(format!("cannot read the folder `{}`: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        // Not a link, as in a batch.
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && !file_name(&path).starts_with('.') && is_recording(&path) {
            files.push(path);
        }
    }
    Ok(files)
}

/// Files in the order of the numbers that their names begin with: `2-b` before `10-a`.
fn by_number(file: &Path) -> (u64, PathBuf) {
    let name = file_name(file);
    let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
    (digits.parse().unwrap_or(u64::MAX), file.to_owned())
}

fn is_of_call(file: &Path) -> bool {
    track_names(&[text_of(stem(file))]).of_call == [true]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[&str], given: &[&str]) -> Result<(Vec<String>, Vec<String>, OsString), String> {
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path().join("Sitzung 3");
        for file in files {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("room");
            std::fs::write(path, "").expect("room");
        }
        let given: Vec<PathBuf> = given.iter().map(|path| root.join(path)).collect();
        let tracks = TrackFiles::find(&given).map_err(|error| error.message)?;
        let names = |files: &[PathBuf]| files.iter().map(|file| file_name(file)).collect();
        Ok((names(&tracks.files), names(&tracks.left_out), TrackFiles::name(&tracks.files)))
    }

    #[test]
    fn a_folder_stands_for_its_tracks() {
        let craig = ["2-bert.flac", "1-anna.flac", "10-cem.flac", "info.txt", "raw.dat", ".x.wav", "mix.flac"];
        let (files, left_out, name) = found(&craig, &[""]).expect("tracks");
        assert_eq!(files, ["1-anna.flac", "2-bert.flac", "10-cem.flac"]);
        assert_eq!((left_out, name), (vec!["mix.flac".to_owned()], "Sitzung 3".into()));
        let zoom = ["audio_only.m4a", "video1.mp4", "Audio Record/audioAnna98796876.m4a"];
        let (files, left_out, name) = found(&zoom, &[""]).expect("tracks");
        assert_eq!((files, name), (vec!["audioAnna98796876.m4a".to_owned()], "Sitzung 3".into()));
        assert_eq!(left_out, ["audio_only.m4a", "video1.mp4"]);
        let (files, _, name) = found(&["b.wav", "a.wav"], &["b.wav", "a.wav"]).expect("tracks");
        assert_eq!((files, name), (vec!["b.wav".to_owned(), "a.wav".to_owned()], "Sitzung 3".into()));
    }

    #[test]
    fn each_folder_is_a_conversation() {
        let meetings = |files: &[&str]| -> Vec<Vec<String>> {
            let found = TrackFiles::by_folder(files.iter().map(PathBuf::from).collect());
            let text = |file: &PathBuf| text_of(file.as_os_str()).replace('\\', "/");
            found.iter().map(|tracks| tracks.files.iter().map(text).collect()).collect()
        };
        assert_eq!(
            meetings(&["x/10-c.wav", "x/2-b.wav", "a.wav", "x/y/d.wav"]),
            [vec!["a.wav"], vec!["x/2-b.wav", "x/10-c.wav"], vec!["x/y/d.wav"]]
        );
        let zoom = "Z/Audio Record/audioAnna98796876.m4a";
        assert_eq!(meetings(&["Z/audio_only.m4a", "Z/video1.mp4", zoom]), [[zoom]]);
        let moved = "Z/audioAnna98796876.m4a";
        assert_eq!(meetings(&[moved, "Z/Audio Record/rest.m4a"]), [[moved]]);
        let left_out = |files: &[&str]| {
            let found = TrackFiles::by_folder(files.iter().map(PathBuf::from).collect());
            let names = |tracks: &TrackFiles| tracks.left_out.iter().map(|file| file_name(file)).collect();
            found.iter().map(names).collect::<Vec<Vec<String>>>()
        };
        assert_eq!(left_out(&["Z/audio_only.m4a", "Z/video1.mp4", zoom]), [["audio_only.m4a", "video1.mp4"]]);
        assert_eq!(left_out(&[moved, "Z/Audio Record/rest.m4a", "Y/a.wav"]), [vec![], vec!["rest.m4a".to_owned()]]);
        assert_eq!(meetings(&[]), Vec::<Vec<String>>::new());
        assert_eq!(meeting_folder(Path::new("a/Z/Audio Record")), Path::new("a/Z"));
        assert_eq!(meeting_folder(Path::new("Audio Record")), Path::new(""));
        let tells = |files: &[&str]| TrackFiles::among(files.iter().map(PathBuf::from).collect()).tells_speakers();
        assert!(tells(&["1-anna.flac"]) && tells(&["a.wav", "b.wav"]) && !tells(&["room.wav"]));
    }

    #[test]
    fn mistakes_are_told() {
        assert!(found(&["a.txt"], &[""]).is_err_and(|why| why.starts_with("there are no recordings in")));
        assert!(found(&["a.wav"], &["", "a.wav"]).is_err_and(|why| why.ends_with("is given twice")));
    }
}
