//! Errors as codes, for programs that read what this one says.

use std::io;

use super::{DecodeErrorKind, DownloadErrorKind, Error, ModelErrorKind, NoModelKind};

impl Error {
    /// What went wrong, as a code that keeps its meaning from version to version; `docs/formats.md` lists them.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Read { source, .. } if source.kind() == io::ErrorKind::NotFound => "not_found",
            Error::Read { .. } => "unreadable",
            Error::Decode { kind, .. } => match kind {
                DecodeErrorKind::Empty => "empty",
                DecodeErrorKind::NoFfmpeg => "needs_ffmpeg",
                DecodeErrorKind::NoAudio => "no_audio",
                DecodeErrorKind::NoSuchTrack | DecodeErrorKind::NoSuchChannel => "no_such_track",
                DecodeErrorKind::FfmpegFailed(_) | DecodeErrorKind::Other => "damaged",
            },
            Error::Model { kind, .. } => match kind {
                ModelErrorKind::EnglishOnly => "english_only",
                ModelErrorKind::TooLarge | ModelErrorKind::OutOfMemory => "no_memory",
                ModelErrorKind::WrongProcessor => "processor",
                _ => "model",
            },
            Error::NoModel(NoModelKind::NoneInstalled) => "no_model",
            Error::NoModel(_) => "unknown_model",
            Error::Glossary { .. } => "glossary",
            Error::Transcript { .. } => "transcript",
            Error::Meeting { .. } => "meeting",
            Error::Cues { .. } => "cues",
            Error::Download { kind: DownloadErrorKind::DiskFull, .. } => "disk_full",
            Error::Download { .. } => "download",
            Error::Write { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "disk_full",
                _ => "not_writable",
            },
            Error::Exists { .. } => "exists",
            Error::Busy { .. } => "busy",
            Error::Changed { .. } => "changed",
            Error::Microphone { .. } => "microphone",
            Error::Serve { .. } => "serve",
            Error::Recognise(_) => "recognition",
            Error::Cancelled => "interrupted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_has_one_code_wherever_it_shows() {
        let full = Error::Write { path: "a".into(), source: io::ErrorKind::StorageFull.into() };
        let fetched = Error::Download { url: "u".into(), reason: String::new(), kind: DownloadErrorKind::DiskFull };
        assert_eq!([full.code(), fetched.code()], ["disk_full"; 2]);
        let gone = Error::Read { path: "a".into(), source: io::ErrorKind::NotFound.into() };
        assert_eq!(gone.code(), "not_found");
    }
}
