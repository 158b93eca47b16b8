//! What the library knows about an error beyond its message: enough for a program to say what to do about it.

/// Why a recording can't be decoded.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeErrorKind {
    /// The file has no bytes.
    Empty,
    /// The file has no audio track of the requested number.
    NoSuchTrack,
    /// The track has no channel of the requested number, or more channels than can be read.
    NoSuchChannel,
    /// This library can't decode the file, and no `ffmpeg` is installed that might.
    NoFfmpeg,
    /// Neither this library nor the installed `ffmpeg` finds audio in the file.
    NoAudio,
    /// This library can't decode the file, and the installed `ffmpeg` failed with this message.
    FfmpegFailed(String),
    /// Anything else; the reason says it all.
    Other,
}

/// Why a model file can't be used.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelErrorKind {
    /// There is no such file, but a model of that file name is published under this name.
    NotFound(String),
    /// The file is a damaged or incomplete copy of the published model of this name.
    Damaged(String),
    /// The file is not a model that can be read, and none is published under its name.
    NotAModel,
    /// The model is not in the folder that downloads go to, so it is not deleted.
    OtherFolder,
    /// The model can only transcribe English.
    EnglishOnly,
    /// There is not enough free memory for the model.
    TooLarge,
    /// The memory to work with the model could not be allocated.
    OutOfMemory,
    /// The model computed values that are infinite or no number, so its weights are damaged.
    NotFinite,
    /// The file has the name of the published model of this name, and is another.
    NotPublished(String),
    /// The processor lacks instructions that the program was built for.
    WrongProcessor,
    /// Anything else; the reason says it all.
    Other,
}

/// Why there is no model.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoModelKind {
    /// No folder for models is known.
    #[error("there is no folder for models: this user has no home folder")]
    NoFolder,
    /// No published model is installed.
    #[error("no model is installed")]
    NoneInstalled,
    /// No model of this name is published or installed.
    #[error("there is no model `{name}`")]
    Unknown {
        /// The requested name.
        name: String,
        /// Published names that are similar, the most similar first; may be empty.
        near: Vec<&'static str>,
    },
    /// The published model of this name is not installed.
    #[error("the model `{name}` is not installed")]
    NotInstalled {
        /// Its name in the catalogue.
        name: String,
        /// Size of the download in bytes.
        size: u64,
    },
}

/// Why a file is not a transcript, or not one that can be used here.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TranscriptErrorKind {
    /// The file is in no format that can be read.
    UnknownFormat,
    /// The file is not text.
    NotText,
    /// A newer version of this library wrote it.
    Newer,
    /// The file holds edits of a transcript.
    Edits,
    /// The file ends in the middle.
    Truncated,
    /// A value or the syntax is wrong at the place that the error names.
    Invalid,
    /// A cue of an SRT file is malformed.
    InvalidCue,
    /// The first line of a WebVTT file is not `WEBVTT`.
    NoHeader,
    /// Another program wrote the transcript, and it was not imported.
    NotImported,
    /// The edits belong to a transcript of another recording.
    OtherRecording,
}

/// Why a download failed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownloadErrorKind {
    /// The address does not begin with `https://` or `http://`.
    NotAnAddress,
    /// The server can't be reached.
    Unreachable,
    /// There is no such file on the server, or one of another size.
    WrongFile,
    /// The SHA-256 of the downloaded file is not the published one.
    WrongDigest,
    /// The connection broke too often. What was downloaded is kept, and the next download resumes there.
    Interrupted {
        /// Bytes that are on the disk.
        downloaded: u64,
        /// Bytes that the whole file has.
        size: u64,
    },
    /// The disk is full. What was downloaded is kept, and the next download resumes there.
    DiskFull,
    /// The folder for models can't be written to.
    NotWritable,
    /// Anything else; the reason says it all.
    Other,
}

/// Why there is no sound from a microphone.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MicrophoneErrorKind {
    /// No microphone is connected.
    NoneFound,
    /// Another program uses it.
    Busy,
    /// The system does not allow its use.
    NotAllowed,
    /// No microphone has this name.
    Unknown {
        /// Names that are similar, the most similar first; may be empty.
        near: Vec<String>,
    },
    /// The name is part of those of several microphones.
    Ambiguous {
        /// Their names.
        names: Vec<String>,
    },
    /// It is there, but gives no sound.
    Unusable,
    /// The program was built without support for microphones.
    NotSupported,
    /// Anything else; the reason says it all.
    Other,
}
