//! How a transcript looks in a file.
//!
//! Every format is a pure step from a [`Transcript`] to bytes: it opens no file, renames nothing and asks
//! for nothing but what the transcript holds, so that a transcript read back later can be written again.
//! What was said when is never changed here. Captions ([`cues()`]) are the one place that makes something
//! new, namely which words stand on the screen together and for how long.
//!
//! Whatever a model may come up with (control characters, arrows, tags), the file stays one that other
//! programs read: each format says in its head what it does to such text.

mod cues;
mod html;
mod json;
mod paragraphs;
mod srt;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod testing;
mod text;
mod tsv;
mod txt;
mod vtt;

use std::io::{self, BufWriter, Write};
use std::{fmt, str::FromStr};

pub use cues::{Cue, LINE_WIDTH, cues};

use crate::Transcript;

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
}

impl Format {
    /// All of them, in the order in which help texts name them.
    pub const ALL: [Format; 6] = [Format::Json, Format::Srt, Format::Vtt, Format::Txt, Format::Tsv, Format::Html];

    /// What it is called on the command line: lower case.
    pub fn name(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Srt => "srt",
            Format::Vtt => "vtt",
            Format::Txt => "txt",
            Format::Tsv => "tsv",
            Format::Html => "html",
        }
    }

    /// How its files' names end, without the dot.
    pub fn extension(self) -> &'static str {
        self.name()
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
    /// URL. `None`: its name, as if it lay beside the file.
    pub media: Option<String>,
}

/// No [`Format`] has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{0}`: there are json, srt, vtt, txt, tsv and html")]
pub struct UnknownFormat(pub String);

/// By [`Format::name`], in any case.
impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Format, UnknownFormat> {
        let found = Format::ALL.into_iter().find(|f| f.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// Writes the whole of `transcript`, in UTF-8 without a byte order mark, lines ending in `\n`.
///
/// Buffers by itself, and flushes. A transcript without segments gives a file that says so in its format's way.
///
/// # Errors
/// Those of `out`; what was written until then is of no use.
pub fn write(format: Format, transcript: &Transcript, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    match format {
        Format::Json => json::write(transcript, &mut out),
        Format::Srt => srt::write(transcript, &mut out),
        Format::Vtt => vtt::write(transcript, &mut out),
        Format::Txt => txt::write(transcript, &mut out),
        Format::Tsv => tsv::write(transcript, &mut out),
        Format::Html => html::write(transcript, style, &mut out),
    }?;
    out.flush()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};
    use testing::{council, endless, shown, vile};

    #[test]
    fn names_lead_back_to_formats() {
        for format in Format::ALL {
            assert_eq!(format.to_string().to_uppercase().parse(), Ok(format));
        }
        assert_eq!("docx".parse::<Format>(), Err(UnknownFormat("docx".into())));
        assert_eq!(UnknownFormat("docx".into()).to_string(), {
            let names = Format::ALL.map(Format::name);
            format!("unknown format `docx`: there are {} and {}", names[..5].join(", "), names[5])
        });
        assert_eq!(format!("[{:>5}]", Format::Srt), "[  srt]");
    }

    #[test]
    fn nothing_said_is_a_valid_file() {
        let empty = Transcript::default();
        assert_eq!(shown(Format::Srt, &empty), "");
        assert_eq!(shown(Format::Vtt, &empty), "WEBVTT\n");
        assert_eq!(shown(Format::Txt, &empty), "");
        assert_eq!(shown(Format::Tsv, &empty), "start\tend\ttext\n");
        let json: serde_json::Value = serde_json::from_str(&shown(Format::Json, &empty)).unwrap();
        assert_eq!(json["segments"], serde_json::json!([]));
    }

    #[test]
    fn no_control_character_gets_through() {
        for format in Format::ALL {
            let text = shown(format, &vile());
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
    fn long_recordings_are_written_quickly() {
        let long = endless(100_000);
        for format in Format::ALL {
            let time = || {
                let start = Instant::now();
                write(format, &long, &Style::default(), &mut io::sink()).unwrap();
                start.elapsed()
            };
            // Once more if something else kept the machine busy.
            let took = (0..3).map(|_| time()).find(|took| *took < Duration::from_secs(2));
            eprintln!("{format}: 100,000 segments in {took:?}");
            assert!(took.is_some(), "{format} took too long");
        }
    }
}
