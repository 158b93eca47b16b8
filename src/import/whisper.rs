//! JSON of openai-whisper, faster-whisper and WhisperX: the fields that this program's JSON has, too. Services that list words have
//! much the same fields: ElevenLabs gives blanks as words of their own, AssemblyAI times in milliseconds ([`lists`]).
//!
//! openai-whisper's words begin with the blank before them. WhisperX's do not, and have no times where it could not align them
//! (figures, mostly). Where the words do not make up the text, somebody has edited the text, and the text counts.

mod lists;

use super::lenient::{self, Object, Perhaps};
use super::parsing::{NO_TEXT, NO_TIMES, broken};
use super::rows::{Row, TimeCheck, collect, millis, sentences, span};
use super::voices::Voices;
use super::words::{LOOSE, out_of_order, respaced, text_of_words, timed};
use crate::retime::{retime, same_text};
use crate::transcript::is_blank;
use crate::{Error, Millis, ModelId, Segment, Span, Transcript, TranscriptErrorKind, Warning, WarningKind, Word};
use lists::{Chunk, refuse_milliseconds};
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// The file.
#[derive(Default, Deserialize)]
pub(super) struct Root<O> {
    #[serde(default)]
    pub(super) language: Option<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    pub(super) duration: Option<f64>,
    #[serde(default, deserialize_with = "lenient::objects")]
    pub(super) segments: Option<Vec<JsonSegment>>,
    /// OpenAI's interface has the words of all segments here.
    #[serde(default, deserialize_with = "lenient::objects")]
    words: Option<Vec<JsonWord>>,
    /// WhisperX has them here, too.
    #[serde(default)]
    word_segments: Perhaps<JsonWord>,
    /// Hugging Face's pipeline has segments, or words, here, and programs around it those with speakers.
    #[serde(default)]
    chunks: Perhaps<Chunk>,
    #[serde(default)]
    speakers: Perhaps<Chunk>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    language_code: Option<String>,
    /// AssemblyAI's length of the recording, in seconds; this and the next fields together are nobody else's.
    #[serde(default)]
    audio_duration: Option<Value>,
    #[serde(default)]
    utterances: Perhaps<JsonSegment>,
    #[serde(default, deserialize_with = "lenient::present")]
    acoustic_model: bool,
    #[serde(default, deserialize_with = "lenient::present")]
    language_model: bool,
    #[serde(default = "Option::default")]
    pub(super) transcribe: Option<O>,
}

/// A segment. Its times and its text may be null, but not missing.
#[derive(Default, Deserialize)]
pub(super) struct JsonSegment {
    #[serde(deserialize_with = "lenient::number")]
    start: Option<f64>,
    #[serde(deserialize_with = "lenient::number")]
    end: Option<f64>,
    #[serde(deserialize_with = "Option::deserialize")]
    text: Option<String>,
    #[serde(default, deserialize_with = "lenient::objects")]
    words: Option<Vec<JsonWord>>,
    #[serde(default, deserialize_with = "lenient::speaker")]
    pub(super) speaker: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    avg_logprob: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    no_speech_prob: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    temperature: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    compression_ratio: Option<f64>,
    #[serde(default)]
    edited: bool,
}

#[derive(Default, Deserialize)]
struct JsonWord {
    #[serde(default)]
    word: Option<String>,
    /// Services have it here.
    #[serde(default)]
    text: Option<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    start: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    end: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    probability: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    score: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    confidence: Option<f64>,
    /// WhisperX has it here, and at the segment only if it is asked to.
    #[serde(default, deserialize_with = "lenient::speaker")]
    speaker: Option<String>,
    #[serde(default, deserialize_with = "lenient::speaker")]
    speaker_id: Option<String>,
}

impl JsonWord {
    fn text(&self) -> &str {
        self.word.as_deref().or(self.text.as_deref()).unwrap_or_default()
    }
}

/// What other programs do not write.
type Foreign = serde::de::IgnoredAny;

pub(super) fn transcript(mut root: Root<Foreign>, path: &Path) -> Result<Transcript, Error> {
    root.convert_to_seconds();
    root.choose();
    refuse_milliseconds(&root, path)?;
    let unread = root.has_unread();
    let language = root.language.or(root.language_code).unwrap_or_default();
    let mut transcript = Transcript { model: ModelId::default(), language: language.clone(), ..Transcript::default() };
    let mut check = TimeCheck::default();
    let text = root.text.filter(|text| !is_blank(text));
    let given = root.segments.as_ref().map_or(0, Vec::len) + root.words.as_ref().map_or(0, Vec::len);
    let rows = match (root.segments, root.words) {
        (Some(mut segments), words) => {
            segments.iter_mut().for_each(|segment| segment.check_words(&mut check));
            give_words(&mut segments, words.unwrap_or_default());
            rows(segments, &language, &mut check)
        }
        (None, Some(words)) => words_alone(words, text.as_deref(), &language, &mut check),
        (None, None) => Vec::new(),
    };
    let is_silent = rows.iter().all(|row| is_blank(&row.segment.text));
    if is_silent && text.is_none() && given > 0 {
        return Err(broken(path, NO_TEXT, TranscriptErrorKind::UnknownFormat));
    }
    if is_silent && text.is_none() && unread {
        let reason = "its lists of segments and words are empty, and nothing is known of the times in its other lists";
        return Err(broken(path, reason, TranscriptErrorKind::UnknownFormat));
    }
    let is_timed = check.knows_any();
    transcript.duration = check.known(root.duration).and_then(millis).unwrap_or_default();
    let mut warnings = Vec::from_iter(check.warning(path)?);
    if !rows.is_empty() && !is_silent && is_timed {
        collect(&mut transcript, rows, &mut Voices::default());
    } else if let Some(text) = text.or_else(|| joined(&rows)) {
        let end = rows.iter().map(|row| row.segment.span.end).fold(transcript.duration, Millis::max);
        if end == Millis(0) {
            return Err(broken(path, NO_TIMES, TranscriptErrorKind::UnknownFormat));
        }
        let segment = Segment { span: Span::new(0, end.0), text: text.trim().into(), language, ..Segment::default() };
        collect(&mut transcript, vec![Row { segment, voice: None }], &mut Voices::default());
        warnings.push(Warning::new(None, WarningKind::TimesUnknown));
    }
    transcript.warnings.extend(warnings);
    Ok(transcript)
}

/// All text of the rows; `None` if there is none.
fn joined(rows: &[Row]) -> Option<String> {
    let texts: Vec<&str> = rows.iter().map(|row| &*row.segment.text).filter(|text| !is_blank(text)).collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}

/// A list of segments alone, as people write them out with faster-whisper.
pub(super) fn list(segments: Vec<Object<JsonSegment>>, path: &Path) -> Result<Transcript, Error> {
    let segments = segments.into_iter().map(|Object(segment)| segment).collect();
    transcript(Root { segments: Some(segments), ..Root::default() }, path)
}

/// Gives each of the words to the segment in which its middle lies, if no segment has words of its own.
fn give_words(segments: &mut [JsonSegment], words: Vec<JsonWord>) {
    if segments.iter().any(|segment| segment.words.as_ref().is_some_and(|words| !words.is_empty())) {
        return;
    }
    let mut at = 0;
    for word in words {
        let middle = word.start.zip(word.end).map(|(start, end)| (start + end) / 2.0);
        while at + 1 < segments.len() && middle >= segments[at + 1].start.or(Some(f64::INFINITY)) {
            at += 1;
        }
        if let Some(segment) = segments.get_mut(at) {
            segment.words.get_or_insert_default().push(word);
        }
    }
}

/// Sentences of words that come without segments; `text` has their punctuation.
fn words_alone(words: Vec<JsonWord>, text: Option<&str>, language: &str, check: &mut TimeCheck) -> Vec<Row> {
    let (start, end) = (words.iter().find_map(|word| word.start), words.iter().rev().find_map(|word| word.end));
    let text = text.map(str::to_owned);
    let whole = JsonSegment { start, end, text, words: Some(words), ..JsonSegment::default() };
    let voices = |row: Row| {
        let Row { segment, voice } = row;
        let language = segment.language;
        let sentences = sentences(segment.words).into_iter();
        sentences.map(move |sentence| Row {
            segment: Segment { language: language.clone(), ..sentence },
            voice: voice.clone(),
        })
    };
    rows(vec![whole], language, check).into_iter().flat_map(voices).collect()
}

/// The segments in rows.
pub(super) fn rows(mut segments: Vec<JsonSegment>, language: &str, check: &mut TimeCheck) -> Vec<Row> {
    for segment in &mut segments {
        (segment.start, segment.end) = check.both(segment.start, segment.end);
        for word in segment.words.iter_mut().flatten() {
            (word.start, word.end) = (check.known(word.start), check.known(word.end));
        }
    }
    // When the next segment with a known start begins.
    let mut next = vec![None; segments.len()];
    for n in (1..segments.len()).rev() {
        next[n - 1] = segments[n].begins().or(next[n]);
    }
    let mut reached = 0.0;
    let mut rows = Vec::with_capacity(segments.len());
    for (segment, next) in segments.into_iter().zip(next) {
        let start = segment.begins().unwrap_or(reached);
        let spoken = segment.words.iter().flatten().rev().find_map(|word| word.end);
        let end = segment.end.or(spoken).or(next).unwrap_or(start);
        reached = end;
        rows.extend(segment.rows(span(start, end).unwrap_or_default(), language));
    }
    rows
}

impl JsonSegment {
    /// Takes times from words that lie outside of the segment or out of order: they cannot be right.
    fn check_words(&mut self, check: &mut TimeCheck) {
        let known = |time: Option<f64>| time.filter(|time| millis(*time).is_some());
        let from = known(self.start).unwrap_or(f64::MIN);
        let to = known(self.end).filter(|to| *to >= from).unwrap_or(f64::MAX);
        let words = self.words.as_deref_mut().unwrap_or_default();
        for time in words.iter_mut().flat_map(|word| [&mut word.start, &mut word.end]) {
            if known(*time).is_some_and(|time| time < from - LOOSE || time > to + LOOSE) {
                *time = None;
                check.misplaced();
            }
        }
        let starts: Vec<_> = (0..).zip(&*words).filter_map(|(n, word)| Some((n, known(word.start)?))).collect();
        for n in out_of_order(&starts) {
            (words[n].start, words[n].end) = (None, None);
            check.misplaced();
        }
    }

    /// When it begins, by itself or by its words.
    fn begins(&self) -> Option<f64> {
        self.start.or_else(|| self.words.iter().flatten().find_map(|word| word.start))
    }

    /// A row; several if only its words have speakers, and these differ.
    fn rows(mut self, span: Span, language: &str) -> Vec<Row> {
        let mut words = Vec::new();
        let mut voices = Vec::new();
        let given = self.words.take().unwrap_or_default();
        let is_apart = |word: &JsonWord| word.text().starts_with(char::is_whitespace);
        // Some give the blank before a word as a word of its own.
        let is_gap = |word: &JsonWord| is_apart(word) && is_blank(word.text());
        let blanks = given.iter().any(is_apart);
        let mut after_gap = given.iter().any(is_gap);
        for word in given {
            let spaced = !blanks || is_apart(&word) || after_gap;
            after_gap = is_gap(&word);
            let text = word.text();
            if !is_blank(text) {
                let confidence = word.probability.or(word.score).or(word.confidence).unwrap_or(1.0).clamp(0.0, 1.0);
                let made = Word { span, text: text.trim().into(), spaced, confidence: confidence as f32 };
                words.push((word.start.and_then(millis), word.end.and_then(millis), made));
                voices.push(word.speaker.or(word.speaker_id));
            }
        }
        let spoken = timed(words, span);
        let text = self.text.take().filter(|text| !is_blank(text)).unwrap_or_else(|| text_of_words(&spoken));
        let text = text.trim().to_owned();
        let mut words = spoken.clone();
        if !words.is_empty() && !same_text(&text, &words) {
            words = retime(&text, span, &words);
        } else if !blanks {
            respaced(&text, &mut words);
        }
        let voice = self.speaker.take();
        let segment = self.segment(span, text, words, language);
        match voice.is_none() && voices.iter().any(Option::is_some) {
            true => by_voice(segment, &spoken, &voices),
            false => vec![Row { segment, voice }],
        }
    }

    fn segment(self, span: Span, text: String, words: Vec<Word>, language: &str) -> Segment {
        Segment {
            span,
            text,
            words,
            speaker: None,
            language: self.language.unwrap_or_else(|| language.to_owned()),
            avg_logprob: self.avg_logprob.unwrap_or_default() as f32,
            no_speech_prob: self.no_speech_prob.unwrap_or_default() as f32,
            temperature: self.temperature.unwrap_or_default() as f32,
            compression_ratio: self.compression_ratio.unwrap_or_default() as f32,
            edited: self.edited,
        }
    }
}

/// Divides a segment by the speakers of its words as they were given. A word that nobody is named for belongs to the speaker before it,
/// or to the first one.
fn by_voice(segment: Segment, given: &[Word], voices: &[Option<String>]) -> Vec<Row> {
    let first = voices.iter().flatten().next();
    let mut speaking = first;
    let known: Vec<Option<&String>> = voices
        .iter()
        .map(|voice| {
            speaking = voice.as_ref().or(speaking);
            speaking
        })
        .collect();
    let voice = |word: &Word| {
        let middle = (word.span.start.0 + word.span.end.0) / 2;
        let at = given.partition_point(|given| given.span.end.0 <= middle).min(given.len().saturating_sub(1));
        known.get(at).copied().flatten()
    };
    let parts = segment.split_by(voice);
    let named = |segment: Segment| Row { voice: segment.words.first().and_then(voice).or(first).cloned(), segment };
    parts.into_iter().map(named).collect()
}
