//! Writes a transcript as JSON, captions, documents, tables and so on.
//!
//! Every format is a pure function from a [`Transcript`] to bytes: it opens no files and needs nothing but the transcript, so that a
//! transcript read back later can be written again. Text and times are never changed here, but for words without a length, which get one. Only captions ([`cues()`]) add
//! something: which words are shown together, and for how long.
//!
//! Whatever a model writes (control characters, arrows, tags), other programs can read the file: each format says in its
//! documentation how it escapes such text. Markdown, Word and HTML render the blocks of a [`Document`].

mod audacity;
mod blocks;
mod captions;
mod csv;
mod cues;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod document_tests;
mod docx;
mod eaf;
mod f4;
mod html;
pub(crate) mod json;
mod lrc;
mod md;
mod nvivo;
mod passages;
mod qda;
mod quality;
mod rttm;
mod srt;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod testing;
mod text;
mod textgrid;
mod tiers;
mod tsv;
mod txt;
mod vtt;

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::{fmt, str::FromStr};

pub use captions::Captions;
pub use cues::{Cue, cues};
#[cfg(feature = "app")]
pub(crate) use html::digest as content_digest;
pub use quality::{LimitCheck, Quality, quality};
pub(crate) use text::ends_sentence;

use crate::document::Document;
use crate::transcript::{self, Transcript};
use crate::wording::Language;

/// A kind of file that a transcript can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Everything known, for programs; `docs/transcript.schema.json` describes it.
    Json,
    /// Captions as SubRip has them: the kind that every player reads.
    Srt,
    /// Captions as the W3C's WebVTT has them: the kind that browsers read.
    Vtt,
    /// Paragraphs to read.
    Txt,
    /// One segment a line with its times, as openai-whisper has it.
    Tsv,
    /// A page for a browser, to read, hear and correct it, and to print it.
    Html,
    /// Markdown: a heading and paragraphs.
    Md,
    /// A Word document: a heading and paragraphs with times. The only one that is not text.
    Docx,
    /// One paragraph a row, for spreadsheets and Talk to the City.
    Csv,
    /// `[hh:mm:ss] Name: text` for programs of qualitative research.
    Qda,
    /// `Name: text #hh:mm:ss-d#` after the rules of Dresing and Pehl.
    F4,
    /// A table for NVivo's import of transcripts.
    Nvivo,
    /// Tiers for ELAN.
    Eaf,
    /// Tiers for Praat.
    TextGrid,
    /// Labels for Audacity.
    Audacity,
    /// Who speaks when, as NIST has it.
    Rttm,
    /// Lines for music players.
    Lrc,
    /// JSON with openai-whisper's fields and no others.
    Whisper,
    /// JSON as WhisperX writes it.
    WhisperX,
    /// JSON as whisper.cpp's `whisper-cli -ojf` writes it.
    WhisperCpp,
}

impl Format {
    /// All of them, in the order in which help texts name them.
    pub const ALL: [Format; 20] = [
        Format::Json,
        Format::Srt,
        Format::Vtt,
        Format::Txt,
        Format::Tsv,
        Format::Html,
        Format::Md,
        Format::Docx,
        Format::Csv,
        Format::Qda,
        Format::F4,
        Format::Nvivo,
        Format::Eaf,
        Format::TextGrid,
        Format::Audacity,
        Format::Rttm,
        Format::Lrc,
        Format::Whisper,
        Format::WhisperX,
        Format::WhisperCpp,
    ];

    /// What it is called on the command line: lower case.
    pub fn name(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Srt => "srt",
            Format::Vtt => "vtt",
            Format::Txt => "txt",
            Format::Tsv => "tsv",
            Format::Html => "html",
            Format::Md => "md",
            Format::Docx => "docx",
            Format::Csv => "csv",
            Format::Qda => "qda",
            Format::F4 => "f4",
            Format::Nvivo => "nvivo",
            Format::Eaf => "eaf",
            Format::TextGrid => "textgrid",
            Format::Audacity => "audacity",
            Format::Rttm => "rttm",
            Format::Lrc => "lrc",
            Format::Whisper => "whisper",
            Format::WhisperX => "whisperx",
            Format::WhisperCpp => "whispercpp",
        }
    }

    /// The names of all as help texts have them: `json, srt, …`.
    pub fn names() -> String {
        Format::ALL.map(Format::name).join(", ")
    }

    /// How its files' names end, without the dot; no two are the same.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Qda => "qda.txt",
            Format::F4 => "f4.txt",
            Format::Nvivo => "nvivo.tsv",
            Format::TextGrid => "TextGrid",
            Format::Audacity => "labels.txt",
            Format::Whisper => "whisper.json",
            Format::WhisperX => "whisperx.json",
            Format::WhisperCpp => "whispercpp.json",
            _ => self.name(),
        }
    }

    /// Is it text? What is not is nothing for a terminal.
    pub fn is_text(self) -> bool {
        self != Format::Docx
    }

    /// Does it list single words, if there are times of them?
    pub fn lists_words(self) -> bool {
        use Format::{Json, TextGrid, Whisper, WhisperCpp, WhisperX};
        matches!(self, Json | TextGrid | Whisper | WhisperX | WhisperCpp)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What can be chosen about how a transcript looks, apart from the format.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Style {
    /// Where the recording lies, as seen from the file, for formats that open it: a relative path with slashes, or a
    /// `file:` or `data:` URL. `None`: its name, as if it lay beside the file.
    pub media: Option<String>,
    /// Number the lines of a document, so that people can refer to them.
    pub line_numbers: bool,
    /// How captions are divided, and how long they are shown.
    pub captions: Captions,
    /// The language of the review page's buttons and messages; `None`: the browser's, if it is known, else English.
    pub ui_language: Option<Language>,
    /// What the review page has besides where a program serves it; `None`: it is a file.
    pub served: Option<Served>,
}

/// What a review page has besides where a program serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// Elements that come before the heading, as HTML.
    pub bar: String,
    /// The address that takes changes, as the page makes them.
    pub save: String,
}

/// Where the recording lies, as seen from the file; `None` if there is none.
fn media(transcript: &Transcript, style: &Style) -> Option<String> {
    let saved = transcript.recording.size > 0 || transcript.recording.started.is_none();
    let media = style.media.as_deref().or(saved.then_some(transcript.recording.media()));
    media.map(|media| text::line(media).into_owned()).filter(|media| !media.is_empty())
}

/// A kind of file that any [`Document`] can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentFormat {
    /// Markdown.
    Md,
    /// A Word document.
    Docx,
    /// A page to read, without scripts.
    Html,
}

/// Writes the blocks of a document. Of `style` only the numbering of lines counts, and that for Word.
///
/// # Errors
/// Those of `out`; what was written until then is of no use.
pub fn write_document(
    format: DocumentFormat,
    document: &Document,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        DocumentFormat::Md => md::write_document(document, &mut out),
        DocumentFormat::Docx => docx::write_document(document, style, &mut out),
        DocumentFormat::Html => html::write_document(document, &mut out),
    }?;
    out.flush()
}

/// No [`Format`] has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{0}`: there are {names}", names = Format::names())]
pub struct UnknownFormat(pub String);

/// By [`Format::name`], in any case.
impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Format, UnknownFormat> {
        let found = Format::ALL.into_iter().find(|f| f.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// Writes the whole of `transcript`; text in UTF-8 without a byte order mark, lines ending in `\n`, in CSV in `\r\n`.
///
/// Buffers by itself, and flushes. A transcript without segments gives a file that says so in its format's way.
///
/// # Errors
/// Those of `out`; what was written until then is of no use.
pub fn write(format: Format, transcript: &Transcript, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let transcript = &*with_lengths(transcript);
    let mut out = BufWriter::with_capacity(1 << 16, out);
    match format {
        Format::Json => json::write(transcript, &mut out),
        Format::Srt => srt::write(transcript, &style.captions, &mut out),
        Format::Vtt => vtt::write(transcript, &style.captions, &mut out),
        Format::Txt => txt::write(transcript, &mut out),
        Format::Tsv => tsv::write(transcript, &mut out),
        Format::Html => html::write(transcript, style, &mut out),
        Format::Md => md::write(transcript, &mut out),
        Format::Docx => docx::write(transcript, style, &mut out),
        Format::Csv => csv::write(transcript, &mut out),
        Format::Qda => qda::write(transcript, &mut out),
        Format::F4 => f4::write(transcript, &mut out),
        Format::Nvivo => nvivo::write(transcript, &mut out),
        Format::Eaf => eaf::write(transcript, style, &mut out),
        Format::TextGrid => textgrid::write(transcript, &mut out),
        Format::Audacity => audacity::write(transcript, &mut out),
        Format::Rttm => rttm::write(transcript, &mut out),
        Format::Lrc => lrc::write(transcript, &mut out),
        Format::Whisper => json::whisper::write(transcript, &mut out),
        Format::WhisperX => json::whisperx::write(transcript, &mut out),
        Format::WhisperCpp => json::whispercpp::write(transcript, &mut out),
    }?;
    out.flush()
}

/// The transcript in which every segment and every word takes time: programs leave out or refuse what takes none. It lasts until the
/// last of them ends.
fn with_lengths(transcript: &Transcript) -> Cow<'_, Transcript> {
    let mut made = Cow::Borrowed(transcript);
    for (n, segment) in transcript.segments.iter().enumerate() {
        if let Some(segment) = transcript::with_lengths(segment) {
            let made = made.to_mut();
            made.duration = made.duration.max(segment.span.end);
            made.segments[n] = segment;
        }
    }
    made
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use testing::{council, endless, vile, written};

    #[test]
    fn names_lead_back_to_formats() {
        for format in Format::ALL {
            assert_eq!(format.to_string().to_uppercase().parse(), Ok(format));
        }
        assert_eq!("doc".parse::<Format>(), Err(UnknownFormat("doc".into())));
        assert_eq!(UnknownFormat("doc".into()).to_string(), {
            "unknown format `doc`: there are json, srt, vtt, txt, tsv, html, md, docx, csv, qda, f4, nvivo, eaf, textgrid, \
             audacity, rttm, lrc, whisper, whisperx, whispercpp"
        });
        assert_eq!(format!("[{:>5}]", Format::Srt), "[  srt]");
    }

    #[test]
    fn all_can_be_written_at_once() {
        let endings: std::collections::BTreeSet<_> = Format::ALL.map(|f| f.extension().to_lowercase()).into();
        assert_eq!(endings.len(), Format::ALL.len());
    }

    #[test]
    fn nothing_said_is_a_valid_file() {
        let empty = Transcript::default();
        assert_eq!(written(Format::Srt, &empty), "");
        assert_eq!(written(Format::Vtt, &empty), "WEBVTT\n");
        assert_eq!(written(Format::Txt, &empty), "");
        assert_eq!(written(Format::Tsv, &empty), "start\tend\ttext\n");
        let json: serde_json::Value = serde_json::from_str(&written(Format::Json, &empty)).unwrap();
        assert_eq!(json["segments"], serde_json::json!([]));
    }

    #[test]
    fn no_control_character_gets_through() {
        for format in Format::ALL.into_iter().filter(|format| format.is_text()) {
            let text = match format {
                Format::Csv => written(format, &vile()).replace("\r\n", "\n"),
                _ => written(format, &vile()),
            };
            let control = |c: &char| c.is_control() && !matches!(c, '\n' | '\t') || *c == '\u{feff}';
            assert_eq!(text.chars().find(control), None, "{format}");
            assert!(text.ends_with('\n') && !text.contains("\n\n\n"), "{format}: {text}");
        }
    }

    #[test]
    fn a_full_disk_is_an_error() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for format in Format::ALL {
            let error = write(format, &council(), &Style::default(), &mut Full).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{format}");
        }
    }

    #[test]
    fn no_word_is_without_a_length() {
        let mut council = council();
        for segment in &mut council.segments {
            let at = segment.span.start;
            segment.words[0].span.end = at;
            segment.words.last_mut().unwrap().span.start = segment.span.end;
        }
        let json: serde_json::Value = serde_json::from_str(&written(Format::WhisperX, &council)).unwrap();
        let words = json["word_segments"].as_array().unwrap();
        assert_eq!(words.len(), 34);
        assert!(words.iter().all(|word| word["start"].as_f64() < word["end"].as_f64()), "{words:?}");
        let cpp: serde_json::Value = serde_json::from_str(&written(Format::WhisperCpp, &council)).unwrap();
        let tokens = cpp["transcription"].as_array().unwrap().iter().flat_map(|s| s["tokens"].as_array().unwrap());
        assert!(tokens.clone().all(|t| t["offsets"]["from"].as_u64() < t["offsets"]["to"].as_u64()));
    }

    /// Recordings of days: work that grows with the square of the length would not end in time.
    #[test]
    fn long_recordings_are_written_quickly() {
        let (told, written) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let long = endless(100_000);
            for format in Format::ALL {
                write(format, &long, &Style::default(), &mut io::sink()).unwrap();
                told.send(format).unwrap();
            }
        });
        for format in Format::ALL {
            let next = written.recv_timeout(std::time::Duration::from_secs(60));
            assert_eq!(next, Ok(format), "{format} takes too long");
        }
    }
}
