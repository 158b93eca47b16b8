//! Everything that can go wrong, one variant for each case that a caller would handle differently.

use std::{io, path::PathBuf};

mod code;
mod kind;
pub use kind::{
    DecodeErrorKind, DownloadErrorKind, MicrophoneErrorKind, ModelErrorKind, NoModelKind, TranscriptErrorKind,
};

/// Why something was not done.
///
/// Displays as one line in lower case that never contains transcript text. What to do about it depends on the
/// program: the kinds carry what a hint needs.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The recording could not be opened or read.
    #[error("cannot read `{}`: {}", path.display(), io_message(source))]
    Read {
        /// The recording.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file was read, but no audio in it can be decoded.
    #[error("cannot decode `{}`: {reason}", path.display())]
    Decode {
        /// The recording.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What kind of problem it is.
        kind: DecodeErrorKind,
    },
    /// The model can't be used.
    #[error("cannot use the model `{}`: {reason}", path.display())]
    Model {
        /// The model file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What kind of problem it is.
        kind: ModelErrorKind,
    },
    /// There is no such model in the catalogue, or it is not installed.
    #[error("{0}")]
    NoModel(NoModelKind),
    /// The glossary can't be used.
    #[error("cannot use the glossary `{}`: {}{reason}", path.display(), line.map(|n| format!("line {n}: ")).unwrap_or_default())]
    Glossary {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1; `None` if the error is about the whole file.
        line: Option<usize>,
        /// What is wrong there.
        reason: String,
    },
    /// The file is not a transcript that can be read, or not edits of one.
    #[error("cannot read `{}`: {}{reason}", path.display(), place.as_deref().map(|p| format!("{p}: ")).unwrap_or_default())]
    Transcript {
        /// The file.
        path: PathBuf,
        /// Where in the file: `line 3, column 7`; `None` if it is about the whole file.
        place: Option<String>,
        /// What is wrong there.
        reason: String,
        /// What kind of problem it is.
        kind: TranscriptErrorKind,
    },
    /// The data of a meeting can't be used.
    #[error("cannot use the meeting data in `{}`: {}{reason}", path.display(), place.as_deref().map(|p| format!("{p}: ")).unwrap_or_default())]
    Meeting {
        /// The file.
        path: PathBuf,
        /// Where in it: line and field; `None` if it is about the whole file.
        place: Option<String>,
        /// What is wrong there.
        reason: String,
    },
    /// A file of cues can't be used.
    #[error("cannot use the cues in `{}`: {}{reason}", path.display(), place.as_deref().map(|p| format!("{p}: ")).unwrap_or_default())]
    Cues {
        /// The file.
        path: PathBuf,
        /// Where in it; `None` if it is about the whole file.
        place: Option<String>,
        /// What is wrong there.
        reason: String,
    },
    /// A model could not be downloaded.
    #[error("cannot download `{url}`: {reason}")]
    Download {
        /// The address, without a password.
        url: String,
        /// What went wrong.
        reason: String,
        /// What kind of problem it is.
        kind: DownloadErrorKind,
    },
    /// A file could not be written.
    #[error("cannot write `{}`: {}", path.display(), io_message(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file exists already and would be replaced.
    #[error("`{}` exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Another run is working on it.
    #[error("another run is at work on `{}`{}", path.display(), holder.as_deref().map(|h| format!(" ({h})")).unwrap_or_default())]
    Busy {
        /// The recording or the folder.
        path: PathBuf,
        /// The other run, if known: `process 4711 on desk, since 2026-11-22 08:30`.
        holder: Option<String>,
    },
    /// The recording changed while it was being read.
    #[error("`{}` was changed while it was read", path.display())]
    Changed {
        /// The recording.
        path: PathBuf,
    },
    /// There is no microphone, or it can't be used.
    #[error("{reason}")]
    Microphone {
        /// What is wrong.
        reason: String,
        /// What kind of problem it is.
        kind: MicrophoneErrorKind,
    },
    /// The caption page can't be served.
    #[error("cannot serve captions at `{address}`: {}", io_message(source))]
    Serve {
        /// The requested address.
        address: std::net::SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The model failed, with this reason.
    #[error("recognition failed: {0}")]
    Recognise(String),
    /// The caller asked to stop.
    #[error("interrupted")]
    Cancelled,
}

/// The message of an I/O error in the style of ours: it begins in lower case, without `(os error 2)`.
pub(crate) fn io_message(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_the_system_follow_our_style() {
        let error = Error::Read { path: "a b.wav".into(), source: io::Error::from_raw_os_error(2) };
        assert_eq!(error.to_string(), "cannot read `a b.wav`: no such file or directory");
    }
}
