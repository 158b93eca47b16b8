//! whisper.cpp's JSON, as `examples/cli/cli.cpp` of its version 1.9 writes it: `-oj`, and with tokens `-ojf`.
//!
//! whisper.cpp writes tokens as they are, so a token, and with `-ml` a segment, may end within a word or within a character. Text that
//! does not begin with a blank goes on with the word before.

use super::lenient;
use super::parsing::{NO_TEXT, NO_TIMES, broken, parse_json};
use super::rows::{self, Row, TimeCheck, collect, sentences};
use super::voices::Voices;
use crate::retime::same_text;
use crate::transcript::tokens::{Assembler, Token, has_blanks, unfinished};
use crate::transcript::{is_blank, language_code, unspaced_script};
use crate::{Error, Millis, ModelId, Segment, Span, Transcript, TranscriptErrorKind};
use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, de};
use std::fmt;
use std::path::Path;

#[derive(Deserialize)]
pub(super) struct Root {
    #[serde(default)]
    params: Params,
    #[serde(default)]
    model: Model,
    #[serde(default)]
    result: Outcome,
    #[serde(deserialize_with = "lenient::objects")]
    transcription: Option<Vec<JsonSegment>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Params {
    model: String,
    language: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Model {
    /// Tokens of the model; this program writes 0.
    #[serde(deserialize_with = "lenient::number")]
    vocab: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Outcome {
    language: String,
}

#[derive(Deserialize)]
struct JsonSegment {
    offsets: Offsets,
    #[serde(deserialize_with = "bytes_or_null")]
    text: Bytes,
    #[serde(default, deserialize_with = "lenient::objects")]
    tokens: Option<Vec<JsonToken>>,
    #[serde(default, deserialize_with = "lenient::speaker")]
    speaker: Option<String>,
}

/// Milliseconds.
#[derive(Deserialize)]
struct Offsets {
    #[serde(deserialize_with = "lenient::number")]
    from: Option<f64>,
    #[serde(deserialize_with = "lenient::number")]
    to: Option<f64>,
}

#[derive(Deserialize)]
struct JsonToken {
    #[serde(deserialize_with = "bytes_or_null")]
    text: Bytes,
    #[serde(default)]
    offsets: Option<Offsets>,
    #[serde(default, deserialize_with = "lenient::number")]
    p: Option<f64>,
}

/// A string that may begin or end within a character.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        struct OfString;
        impl Visitor<'_> for OfString {
            type Value = Bytes;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(OfString)
    }
}

fn bytes_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads a file that is no UTF-8 only because tokens or segments end within characters; `None` for any other.
pub(super) fn with_split_characters(bytes: &[u8], path: &Path) -> Option<Transcript> {
    if !bytes.trim_ascii_start().starts_with(b"{") || std::str::from_utf8(bytes).is_ok() {
        return None;
    }
    let root: Root = parse_json(bytes, path).ok()?;
    let segments = root.transcription.iter().flatten();
    let text: Vec<u8> = segments.flat_map(|segment| &segment.text.0).copied().collect();
    std::str::from_utf8(&text).ok()?;
    transcript(root, path).ok()
}

pub(super) fn transcript(root: Root, path: &Path) -> Result<Transcript, Error> {
    let language =
        [root.result.language, root.params.language].into_iter().find(|code| !code.is_empty() && code != "auto");
    let language = language.unwrap_or_default();
    let language = language_code(&language).map_or(language, str::to_owned);
    let file = root.params.model.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let mut transcript = Transcript {
        language: language.clone(),
        model: ModelId { file, sha256: String::new() },
        ..Transcript::default()
    };
    let mut check = TimeCheck::default();
    let mut reached = 0.0;
    let mut segments = root.transcription.unwrap_or_default();
    // This program writes names.
    if root.model.vocab != Some(0.0) {
        name_channels(&mut segments);
    }
    let piece = |segment: JsonSegment| segment.piece(&mut check, &mut reached);
    let pieces: Vec<Piece> = segments.into_iter().map(piece).collect();
    let warning = check.warning(path)?;
    let is_silent = pieces.iter().all(|piece| is_blank(&String::from_utf8_lossy(&piece.text)));
    if is_silent && !pieces.is_empty() {
        return Err(broken(path, NO_TEXT, TranscriptErrorKind::UnknownFormat));
    }
    if !is_silent && !check.knows_any() {
        return Err(broken(path, NO_TIMES, TranscriptErrorKind::UnknownFormat));
    }
    let blanks = has_blanks(&language);
    let single = are_single_words(&pieces, blanks);
    let pieces = if blanks { with_whole_words(pieces) } else { pieces };
    let rows = rows(pieces, &language, single);
    let rows = if single { in_sentences(rows) } else { rows };
    collect(&mut transcript, rows, &mut Voices::default());
    transcript.warnings.extend(warning);
    Ok(transcript)
}

/// Makes names of the numbers of two channels, if no other speakers are there; a question mark stands for an unknown one.
fn name_channels(segments: &mut [JsonSegment]) {
    let mut speakers = segments.iter().filter_map(|segment| segment.speaker.as_deref());
    let are_channels = speakers.all(|speaker| ["0", "1", "?"].contains(&speaker));
    for segment in segments {
        segment.speaker = segment.speaker.take().filter(|speaker| speaker != "?").map(|speaker| match &*speaker {
            "0" if are_channels => "Speaker 1".to_owned(),
            "1" if are_channels => "Speaker 2".to_owned(),
            _ => speaker,
        });
    }
}

/// A segment, which may begin or end anywhere.
struct Piece {
    text: Vec<u8>,
    span: Span,
    /// Without marks such as `[_BEG_]`.
    tokens: Vec<(Vec<u8>, Span, f32)>,
    voice: Option<String>,
}

impl JsonSegment {
    /// `reached`: the end of the piece before, in seconds, and then of this one.
    fn piece(self, check: &mut TimeCheck, reached: &mut f64) -> Piece {
        let is_text = |token: &JsonToken| !(token.text.0.starts_with(b"[_") && token.text.0.ends_with(b"]"));
        let tokens = self.tokens.into_iter().flatten().filter(is_text).filter_map(|token| {
            let (from, to) = token.offsets?.seconds();
            Some((token.text.0, rows::span(from?, to?)?, token.p.unwrap_or(1.0) as f32))
        });
        let (from, to) = self.offsets.seconds();
        let (from, to) = check.both(from, to);
        let from = from.unwrap_or(*reached);
        *reached = to.unwrap_or(from);
        let span = rows::span(from, *reached).unwrap_or_default();
        Piece { text: self.text.0, span, tokens: tokens.collect(), voice: self.speaker }
    }
}

impl Offsets {
    fn seconds(&self) -> (Option<f64>, Option<f64>) {
        (self.from.map(|from| from / 1000.0), self.to.map(|to| to / 1000.0))
    }
}

/// The longest token of a script without blanks, in characters.
const LONGEST_TOKEN: usize = 5;

/// Whether no segment is more than a word, as with `-ml 1`.
fn are_single_words(pieces: &[Piece], blanks: bool) -> bool {
    let is_word = |piece: &Piece| {
        let text = String::from_utf8_lossy(&piece.text);
        match blanks {
            true => !text.trim().contains(char::is_whitespace),
            false => text.trim().chars().count() <= LONGEST_TOKEN,
        }
    };
    pieces.len() > 1 && pieces.iter().all(is_word)
}

/// Gives the beginning of a segment to the one before if that ends within a word or within a character.
fn with_whole_words(pieces: Vec<Piece>) -> Vec<Piece> {
    // Somebody may have taken the blanks away.
    if !pieces.iter().any(|piece| piece.text.starts_with(b" ")) {
        return pieces;
    }
    let mut whole: Vec<Piece> = Vec::with_capacity(pieces.len());
    for mut piece in pieces {
        if let Some(last) = whole.last_mut().filter(|last| goes_on(last, &piece)) {
            give_head(last, &mut piece);
        }
        if !piece.text.trim_ascii().is_empty() {
            whole.push(piece);
        }
    }
    whole
}

/// Whether `next` begins within the last word of `piece`.
fn goes_on(piece: &Piece, next: &Piece) -> bool {
    let (before, after) = (String::from_utf8_lossy(&piece.text), String::from_utf8_lossy(&next.text));
    let (Some(last), Some(first)) = (before.chars().next_back(), after.chars().next()) else { return false };
    let inside = match first {
        _ if unfinished(&piece.text) > 0 => true,
        first if unspaced_script(first) || unspaced_script(last) => false,
        first if first.is_alphanumeric() => last.is_alphanumeric() || matches!(last, '-' | '\'' | '’'),
        first => {
            matches!(first, '.' | ',' | '!' | '?' | ':' | ';' | '\'' | '’' | '%' | ')' | '…') && !last.is_whitespace()
        }
    };
    inside && piece.voice == next.voice && next.span.start <= piece.span.end + Millis(100)
}

/// Moves what precedes the first blank of `next` to `piece`.
fn give_head(piece: &mut Piece, next: &mut Piece) {
    let is_blank = |text: &[u8]| text.first().is_some_and(u8::is_ascii_whitespace);
    let at = next.text.iter().position(u8::is_ascii_whitespace).unwrap_or(next.text.len());
    let tokens = next.tokens.iter().position(|(text, ..)| is_blank(text)).unwrap_or(next.tokens.len());
    let shared = next.span.start.0 + next.span.length().0 * at as u64 / next.text.len().max(1) as u64;
    let until = match next.tokens[..tokens].last() {
        Some((_, span, _)) if at < next.text.len() => span.end.0.clamp(next.span.start.0, next.span.end.0),
        _ => shared,
    };
    piece.text.extend(next.text.drain(..at));
    piece.tokens.extend(next.tokens.drain(..tokens));
    piece.span = Span::new(piece.span.start.0, piece.span.end.0.max(until));
    next.span = Span::new(until, next.span.end.0);
}

/// `single`: each is a word, even without tokens.
fn rows(pieces: Vec<Piece>, language: &str, single: bool) -> Vec<Row> {
    let mut assembler = Assembler::new(language);
    let mut begun = Vec::new();
    let mut rows = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let whole = [(piece.text.clone(), piece.span, 1.0)];
        let tokens = if single && piece.tokens.is_empty() { &whole } else { &piece.tokens[..] };
        let tokens: Vec<Token<'_>> = tokens.iter().map(token).collect();
        assembler.overlapping();
        let words = assembler.words(piece.span, &tokens);
        let mut bytes = std::mem::take(&mut begun);
        bytes.extend_from_slice(&piece.text);
        begun = bytes.split_off(bytes.len() - unfinished(&bytes));
        let text = String::from_utf8_lossy(&bytes).trim().to_owned();
        let words = Some(words).filter(|words| same_text(&text, words)).unwrap_or_default();
        let segment = Segment { span: piece.span, text, words, language: language.to_owned(), ..Segment::default() };
        rows.push(Row { segment, voice: piece.voice });
    }
    rows
}

fn token((bytes, span, p): &(Vec<u8>, Span, f32)) -> Token<'_> {
    Token { bytes, span: *span, probability: *p }
}

/// Single words as sentences.
fn in_sentences(rows: Vec<Row>) -> Vec<Row> {
    if rows.iter().any(|row| row.segment.words.is_empty() && !row.segment.text.is_empty()) {
        return rows;
    }
    let sentences = rows.chunk_by(|a, b| a.voice == b.voice).flat_map(|turn| {
        let words = turn.iter().flat_map(|row| row.segment.words.clone()).collect();
        let row = |segment| Row {
            segment: Segment { language: turn[0].segment.language.clone(), ..segment },
            voice: turn[0].voice.clone(),
        };
        sentences(words).into_iter().map(row)
    });
    sentences.collect()
}
