//! Everything that can go wrong, one variant for each thing that a caller would do differently.

use std::{io, path::PathBuf};

/// Why something was not done. Prints as one line in lower case, without what was said in the recording;
/// [`hint`](Error::hint) adds the way out.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The recording could not be opened or read.
    #[error("cannot read `{}`: {}", path.display(), plain(source))]
    Read {
        /// The recording.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It was read, but holds no sound that we can decode.
    #[error("cannot decode `{}`: {reason}", path.display())]
    Decode {
        /// The recording.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// The way out.
        hint: Option<String>,
    },
    /// The model can't be used.
    #[error("cannot use the model `{}`: {reason}", path.display())]
    Model {
        /// The model file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// The way out.
        hint: Option<String>,
    },
    /// No such model in the catalogue, or it is not installed.
    #[error("{reason}")]
    NoModel {
        /// What is missing.
        reason: String,
        /// The way out.
        hint: String,
    },
    /// The glossary can't be used.
    #[error("cannot use the glossary `{}`: {}{reason}", path.display(), line.map(|n| format!("line {n}: ")).unwrap_or_default())]
    Glossary {
        /// The file.
        path: PathBuf,
        /// Where in it, counted from 1; `None` if it is about the whole.
        line: Option<usize>,
        /// What is wrong there.
        reason: String,
    },
    /// It is no transcript that we can read, or no edits of one.
    #[error("cannot read `{}`: {}{reason}", path.display(), place.as_deref().map(|p| format!("{p}: ")).unwrap_or_default())]
    Transcript {
        /// The file.
        path: PathBuf,
        /// Where in it, if that is known: `line 3, column 7`.
        place: Option<String>,
        /// What is wrong there.
        reason: String,
        /// The way out.
        hint: Option<String>,
    },
    /// A model could not be downloaded.
    #[error("cannot download `{url}`: {reason}")]
    Download {
        /// Where from.
        url: String,
        /// What went wrong.
        reason: String,
        /// The way out.
        hint: Option<String>,
    },
    /// A file could not be written.
    #[error("cannot write `{}`: {}", path.display(), plain(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is there already would be replaced.
    #[error("`{}` exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Another run works there.
    #[error("another run is at work on `{}`{}", path.display(), holder.as_deref().map(|h| format!(" ({h})")).unwrap_or_default())]
    Busy {
        /// The recording or the folder.
        path: PathBuf,
        /// Who it is, as far as is known: `process 4711 on desk, since 2026-11-22T08:30:00Z`.
        holder: Option<String>,
    },
    /// The recording is not what it was when the work began.
    #[error("`{}` was changed while it was read", path.display())]
    Changed {
        /// The recording.
        path: PathBuf,
    },
    /// No microphone, or it can't be used.
    #[error("{reason}")]
    Microphone {
        /// What is in the way.
        reason: String,
        /// The way out.
        hint: Option<String>,
    },
    /// The page can't be served.
    #[error("cannot serve captions at `{address}`: {}", plain(source))]
    Serve {
        /// Where it was to be.
        address: std::net::SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The model gave up.
    #[error("recognition failed: {0}")]
    Recognise(String),
    /// The observer asked to stop.
    #[error("interrupted")]
    Cancelled,
}

impl Error {
    /// The way out, for people: `convert it first, e.g. …`.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Decode { hint, .. }
            | Error::Model { hint, .. }
            | Error::Download { hint, .. }
            | Error::Transcript { hint, .. }
            | Error::Microphone { hint, .. } => hint.clone(),
            Error::NoModel { hint, .. } => Some(hint.clone()),
            Error::Glossary { .. } => {
                Some("one term a line, as UTF-8 text, e.g. `Dembrane: Dembrahne, Dem Brane`".into())
            }
            Error::Exists { .. } => Some("`--overwrite` replaces it, `-o FOLDER` writes elsewhere".into()),
            Error::Read { path, source } => match source.kind() {
                io::ErrorKind::NotFound => Some("check the name and the folder".into()),
                io::ErrorKind::IsADirectory => {
                    Some(format!("`transcribe batch {}` transcribes all recordings in it", path.display()))
                }
                _ => None,
            },
            Error::Write { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied
                | io::ErrorKind::ReadOnlyFilesystem
                | io::ErrorKind::IsADirectory
                | io::ErrorKind::NotFound => Some("`-o FOLDER` writes elsewhere".into()),
                io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                    Some("a file is where a folder is needed; `-o FOLDER` takes another".into())
                }
                io::ErrorKind::StorageFull => Some("free some space, or `-o FOLDER` on another disk".into()),
                _ => None,
            },
            Error::Busy { .. } => Some("wait until it is done, or `-o FOLDER` writes elsewhere".into()),
            Error::Changed { .. } => Some("transcribe it again when nothing writes to it any more".into()),
            Error::Serve { address, source } => match source.kind() {
                io::ErrorKind::AddrInUse => Some(format!(
                    "another program is there; take another port, e.g. `--serve {}:{}`",
                    address.ip(),
                    address.port().wrapping_add(1)
                )),
                io::ErrorKind::AddrNotAvailable => {
                    Some("it is no address of this machine; without one it is 127.0.0.1:7272".into())
                }
                io::ErrorKind::PermissionDenied => {
                    Some("ports below 1024 belong to the system; take a higher one".into())
                }
                _ => None,
            },
            Error::Recognise(_) | Error::Cancelled => None,
        }
    }
}

/// The system's words without `(os error 2)`.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_speaks_in_our_style() {
        let error = Error::Read { path: "a b.wav".into(), source: io::Error::from_raw_os_error(2) };
        assert_eq!(error.to_string(), "cannot read `a b.wav`: no such file or directory");
    }
}
